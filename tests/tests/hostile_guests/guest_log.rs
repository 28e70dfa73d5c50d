//! What a guest logs, as the platform's subscriber gets it: caught as events, before any formatter could clean it.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use connector_host::sandbox::Limits;
use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::fixture::{Call, SECRET, SECRET_IN_BASE64, holding, hostile_guest, run, settings, tenant};
use super::source::spell;

/// Every event as `LEVEL target field=value …`, from any crate.
#[derive(Clone, Default)]
pub struct Caught(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Caught {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, " {field}={value}").unwrap();
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Caught {
    /// Catches what this thread emits, for as long as the guard lives.
    pub fn start() -> (Self, (DefaultGuard, Dispatch)) {
        let caught = Self::default();
        // With one subscriber alone, a line that another test's thread comes to first is taken for one that nobody listens to.
        let second = Dispatch::new(tracing_subscriber::registry());
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(caught.clone()));
        (caught, (guard, second))
    }

    /// Every line so far.
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// The guest's own lines.
    fn lines(&self) -> Vec<String> {
        let all = self.0.lock().unwrap();
        all.iter().filter(|line| line.contains(" connector ")).cloned().collect()
    }
}

/// The log lines of a configured guest that does these things one after the other.
async fn logged(limits: &Limits, whats: &[&str]) -> Vec<String> {
    let connector = hostile_guest().await;
    let (mut guest, secret) = tenant(connector, limits).await.unwrap();
    guest.configure(holding(&settings("well"), &secret)).await.unwrap();
    let (caught, guard) = Caught::start();
    for what in whats {
        // What comes of it is the other suites' to look at.
        let _ = run(&mut guest, &secret, Call::MapEmployee, what).await;
    }
    drop(guard);
    assert!(!caught.0.lock().unwrap().concat().contains(SECRET), "somewhere in the log");
    caught.lines()
}

#[tokio::test]
async fn a_line_has_its_level_and_its_connector() {
    let lines = logged(&Limits::default(), &["log as it is"]).await;
    assert_eq!(lines, ["WARN connector message=as it is connector=hostile"]);
}

#[tokio::test]
async fn a_secret_in_a_line_is_scrubbed_in_every_spelling() {
    let percent = spell(SECRET, |byte| format!("%{byte:02x}"));
    for spelling in [SECRET, &percent] {
        let lines = logged(&Limits::default(), &[&format!("log before {spelling} after")]).await;
        assert_eq!(lines, ["WARN connector message=before [secret] after connector=hostile"]);
    }
    // The last characters of base64 depend on what comes after a secret, so they are not looked for.
    let lines = logged(&Limits::default(), &[&format!("log before {SECRET_IN_BASE64} after")]).await;
    assert_eq!(lines, ["WARN connector message=before [secret]I= after connector=hostile"]);
}

#[tokio::test]
async fn a_panic_s_text_is_scrubbed_too() {
    let lines = logged(&Limits::default(), &[&format!("panic {SECRET}")]).await;
    assert!(lines.len() == 1 && lines[0].contains(r"\n[secret]"), "{lines:?}");
}

#[tokio::test]
async fn a_line_stays_one_line_and_does_nothing_to_a_terminal() {
    let lines =
        logged(&Limits::default(), &["log a\r\nERROR forged\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}b\0\u{202e}c\u{2028}d\t"])
            .await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(!lines[0].contains(|c: char| c.is_control() || "\u{202e}\u{2028}".contains(c)), "{lines:?}");
    assert!(lines[0].contains(r"a\r\nERROR forged\u{1b}[31m"), "{lines:?}");
}

#[tokio::test]
async fn the_log_is_written_at_its_limit_and_dropped_past_it_with_one_notice() {
    // A line costs 32 bytes beside its text.
    let at = format!("log {}", "x".repeat(1024 - 32));
    let limits = Limits::default().log_kib(1);
    let lines = logged(&limits, &[&at, "log y", "log z"]).await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("xxx") && lines[1].contains("wrote more than log-kib = 1 allows"), "{lines:?}");
    let past = format!("{at}x");
    let lines = logged(&limits, &[&past, "log y"]).await;
    assert!(lines.len() == 1 && lines[0].contains("wrote more than"), "{lines:?}");
}
