//! A source that never gets better (rule S25): what the run says once all tries are used up. Time is paused, so that the
//! fifteen seconds and more of waiting take none; what is not the waiting is as in the command.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_cassette::Replay;
use connector_cassette::cassette::read_folder;
use connector_host::http::{EgressPolicy, Gateway, HttpLimits, Vault};
use connector_host::sandbox::Host;
use connector_mail::TenantMails;
use connector_settings::file;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::progress::{Phase, Progress};
use connector_sync::run::RunReport;
use connector_sync::sleeper::TokioSleeper;
use connector_sync::{self as sync, Options, SyncContext};
use jiff::Timestamp;
use serde_json::{Value, json};
use whole_system_tests::desk::Desk;

use super::desk;

/// Remembers the waits.
#[derive(Default)]
struct Waits(Mutex<Vec<(u32, Duration, String)>>);

impl Progress for Waits {
    fn phase(&self, _: Phase) {}
    fn page(&self, _: u64, _: u64, _: Option<u64>) {}
    fn waiting(&self, delay: Duration, attempt: u32, why: &str) {
        self.0.lock().expect("one thread").push((attempt, delay, why.to_owned()));
    }
}

/// Every employees request is answered like this, forever.
fn always(desk: &Desk, response: Value) {
    desk.exchange(3, |exchange| {
        exchange["response"] = response;
        exchange["repeat"] = true.into();
    });
}

async fn run(desk: &Desk, waits: &Waits) -> RunReport {
    let settings = file::load_with(&desk.path("settings.toml"), |_| Some("any".to_owned())).expect("settings");
    let host = Host::builder().build().expect("a host");
    let connector = host.load(&whole_system_tests::component()).await.expect("a connector");
    let origins = connector.description().origins.clone();
    let replay = Replay::of(read_folder(&desk.path("exchanges")).expect("a recording"));
    let vault = Vault::new();
    let policy = EgressPolicy::new(origins, Vec::new());
    let gateway = Gateway::new(policy, Arc::new(replay), vault.clone(), HttpLimits::default());
    let mut tenant = connector.tenant(gateway, vault, None).await.expect("a tenant");
    let mut directory = SqliteDirectory::open(&desk.path("accounts.db")).expect("a directory");
    let before = directory.snapshot().expect("accounts");
    let job = SyncContext { tenant: &mut tenant, settings: &settings, progress: waits, sleeper: &TokioSleeper };
    let report = sync::sync(job, &mut directory, &TenantMails::new(&settings), &Options::default(), Timestamp::now())
        .await
        .expect("a run");
    assert_eq!(directory.snapshot().expect("accounts"), before, "nothing was read, so nothing is written");
    report
}

#[tokio::test(start_paused = true)]
async fn s25_a_source_that_keeps_sending_garbage_ends_the_run_with_an_excerpt() {
    let html = format!("<!DOCTYPE html>\n<html><body>{}</body></html>", "Wartungsarbeiten ".repeat(40));
    for (response, code, message) in [
        (
            json!({ "status": 200, "headers": { "content-type": "text/html" }, "text": html }),
            "answer-unreadable",
            "Personio's response is not the JSON that was expected. It begins: <!DOCTYPE html> <html><body>Wartungsarbeiten",
        ),
        (
            json!({ "status": 200, "text": "{\"success\":true,\"data\":[{\"attributes\":{\"last_name\":{\"value\":\"Alb" }),
            "answer-unreadable",
            "Personio's response is not the JSON that was expected. It begins: \
             {\"success\":true,\"data\":[{\"attributes\":{\"last_name\":{\"value\":\"…",
        ),
        (
            json!({ "status": 502, "text": "<html>Bad Gateway</html>" }),
            "source-unavailable",
            "Personio has a server error (status 502). The response begins: <html>Bad Gateway</html>",
        ),
        (
            json!({ "status": 429, "json": { "error": { "code": 429, "message": "Too many requests" } } }),
            "source-busy",
            "Personio asks to wait (status 429): Too many requests",
        ),
    ] {
        let desk = desk();
        always(&desk, response);
        let waits = Waits::default();
        let report = run(&desk, &waits).await;
        let waits = waits.0.into_inner().expect("one thread");
        assert_eq!(waits.iter().map(|(attempt, ..)| *attempt).collect::<Vec<_>>(), [1, 2, 3, 4], "five tries in all");
        assert!(waits.iter().all(|(_, delay, _)| *delay >= Duration::from_secs(1)), "{waits:?}");
        let [failure] = &*report.failures else { panic!("one reason, not {:?}", report.failures) };
        assert_eq!(failure.code, code);
        assert!(failure.message.starts_with(message), "{}", failure.message);
        // S25: the first 200 characters of what came, and no more.
        assert!(failure.message.chars().count() < 200 + 80, "{}", failure.message);
        assert!(failure.remedy.starts_with("Start the sync again later"), "a remedy for when waiting is over");
    }
}
