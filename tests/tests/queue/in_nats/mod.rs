//! The queue in `JetStream`, with the distribution's server.

mod bad_input;
mod broken_network;
mod conformance;
mod faults;
mod rights;
mod tls;

use std::time::Duration;

use async_nats::jetstream;
use connector_queue::{JetStreamOptions, JetStreamQueue, Job, Queue as _, StartError};
use whole_system_tests::nats_server::{NatsServer, NatsSettings};

/// A hold time that is never over in a test.
const LONG: Duration = Duration::from_hours(1);

/// How long anything may take that has to happen.
const PATIENCE: Duration = Duration::from_mins(2);

fn job(run: &str) -> Job {
    Job { run: run.to_owned(), tenant: "acme".to_owned(), integration: "personio".to_owned() }
}

/// A server that asks who this is.
fn server_with(more: &str) -> NatsServer {
    NatsServer::start_with(NatsSettings { more: more.to_owned(), ..NatsSettings::default() }).unwrap()
}

async fn connect(url: &str) -> Result<JetStreamQueue, StartError> {
    JetStreamQueue::connect(&JetStreamOptions::parse(url)?.hold(LONG)).await
}

/// Why a queue cannot be begun with, with its port written as `PORT`.
async fn refusal(url: &str) -> String {
    let Err(error) = connect(url).await else { panic!("{url} should be refused") };
    let text = error.to_string();
    match url.rsplit_once(':').map(|(_, rest)| rest.split(['?', '/']).next().unwrap_or_default()) {
        Some(port) if port.parse::<u16>().is_ok() => text.replace(port, "PORT"),
        _ => text,
    }
}

/// The server as its administrator sees it.
async fn admin(url: &str) -> jetstream::Context {
    let url: async_nats::ServerAddr = url.parse().unwrap();
    let mut options = async_nats::ConnectOptions::new();
    if let (Some(name), Some(password)) = (url.username(), url.password()) {
        options = options.user_and_password(name.to_owned(), password.to_owned());
    }
    jetstream::new(options.connect(url).await.unwrap())
}

/// Takes the next job, which has to come.
async fn take(queue: &JetStreamQueue) -> Box<dyn connector_queue::Delivery> {
    tokio::time::timeout(PATIENCE, queue.take()).await.expect("a job").unwrap()
}

/// Waits until the queue is available, or is not.
async fn becomes_available(queue: &JetStreamQueue, available: bool) {
    let is_so = async {
        while queue.is_available() != available {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, is_so).await;
    assert!(waited.is_ok(), "the queue should become available = {available}");
}

/// Offers until the queue takes it, as the scheduler does.
async fn offer_until_taken(queue: &JetStreamQueue, run: &str) {
    let offering = async {
        while queue.offer(&job(run), Duration::ZERO).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, offering).await.expect("an offer that is taken");
}
