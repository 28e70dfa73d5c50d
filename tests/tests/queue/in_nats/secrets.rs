//! Credentials: in nothing that the queue says, of a server that is right and of one that is wrong.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_queue::{JetStreamOptions, Queue as _};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::{becomes_available, connect, job, server_with};

const PASSWORD: &str = "hunter2-of-the-queue";

/// Every event of every level, but those of the library that the program does not listen to.
#[derive(Clone, Default)]
struct Caught(Arc<Mutex<String>>);

impl<S: Subscriber> Layer<S> for Caught {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if !event.metadata().target().starts_with("async_nats::") {
            event.record(&mut Line(&mut self.0.lock().unwrap()));
        }
    }
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0, "{field}={value:?}").unwrap();
    }
}

#[tokio::test]
async fn no_password_is_in_the_log_or_in_a_message() {
    let caught = Caught::default();
    // With one subscriber alone, a line that another test's thread comes to first is taken for one that nobody listens to.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(caught.clone()));
    let mut server = server_with(&format!("authorization {{ users: [{{ user: ann, password: {PASSWORD:?} }}] }}"));
    let url = server.url(&format!("ann:{PASSWORD}"));
    let queue = connect(&url).await.unwrap();
    queue.offer(&job("a"), Duration::ZERO).await.unwrap();
    server.stop().unwrap();
    becomes_available(&queue, false).await;
    let offered = queue.offer(&job("b"), Duration::ZERO).await.unwrap_err();
    server.start_again().unwrap();
    let wrong = connect(&server.url(&format!("bob:{PASSWORD}"))).await.err().unwrap();
    let options = JetStreamOptions::parse(&url).unwrap();
    let said = format!("{offered} {offered:?} {wrong} {wrong:?} {options:?} {}", options.shown());

    let log = caught.0.lock().unwrap().clone();
    assert!(log.contains("cannot be used: the connection is lost"), "the log was not caught: {log}");
    assert!(!log.contains(PASSWORD), "{log}");
    assert!(!said.contains(PASSWORD), "{said}");
}
