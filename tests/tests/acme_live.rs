//! The main job over the network: `harness sync --live` against a server on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use std::fs;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::Value;
use whole_system_tests::desk::Desk;
use whole_system_tests::{component, fixture};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// Each request's path and its `X-Personio-…` headers.
type Asked = Arc<Mutex<Vec<(String, Vec<String>)>>>;

/// Acme's cassette as a server; it ends with the test.
struct Source {
    origin: String,
    asked: Asked,
    _runtime: tokio::runtime::Runtime,
}

impl Source {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let asked = Asked::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&asked));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { origin, asked, _runtime: runtime }
    }
}

async fn answer(State(asked): State<Asked>, uri: Uri, headers: HeaderMap) -> String {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let identity = ["x-personio-partner-id", "x-personio-app-id"].map(header).to_vec();
    asked.lock().unwrap().push((uri.path().to_owned(), identity));
    let exchange = match uri.path() {
        "/v1/auth" => "0001-post-v1-auth",
        "/v1/company/employees/attributes" => "0002-get-v1-company-employees-attributes",
        _ => "0003-get-v1-company-employees",
    };
    let file = fixture("acme").join(format!("exchanges/{exchange}.json"));
    let exchange: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    exchange["response"]["json"].to_string()
}

/// A desk whose settings point to the server.
fn desk(source: &Source) -> Desk {
    let desk = Desk::furnished(HARNESS, "acme");
    let more = format!("endpoint = \"{}\"\npartner-id = \"ELEARNIO\"\napp-id = \"SYNC\"\n", source.origin);
    desk.settings("group-assignment", &format!("{more}group-assignment"));
    desk
}

fn sync(desk: &Desk, more: &[&str]) -> whole_system_tests::desk::Ran {
    let component = component();
    let component = component.to_string_lossy();
    let arguments = [
        &["sync", "--live", "--settings", "settings.toml", "--directory", "accounts.db", "--component", &component][..],
        more,
    ];
    desk.harness(&arguments.concat())
}

#[test]
fn a_live_sync_does_what_the_recorded_one_does_and_says_who_asks() {
    let source = Source::start();
    let desk = desk(&source);
    let ran = sync(&desk, &["--allow-origin", &source.origin]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("done, the plan was applied."), "{}", ran.stdout);
    assert!(ran.stderr.ends_with("3 mails in outbox\n"), "{}", ran.stderr);
    let paths = ["/v1/auth", "/v1/company/employees/attributes", "/v1/company/employees"];
    let identity = vec!["ELEARNIO".to_owned(), "SYNC".to_owned()];
    let expected: Vec<_> = paths.map(|path| (path.to_owned(), identity.clone())).to_vec();
    assert_eq!(*source.asked.lock().unwrap(), expected);
    let again = sync(&desk, &["--allow-origin", &source.origin]);
    assert!(again.stdout.contains("done, there is nothing left to do."), "{}", again.stdout);
}

#[test]
fn a_live_sync_goes_nowhere_that_was_not_allowed() {
    let source = Source::start();
    let ran = sync(&desk(&source), &[]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains(&source.origin), "it names what to allow: {}", ran.stdout);
    assert!(source.asked.lock().unwrap().is_empty());
}
