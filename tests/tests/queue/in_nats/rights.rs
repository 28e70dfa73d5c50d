//! Permissions: the least that the queue needs, and what it says when one of them is missing.

use std::time::Duration;

use connector_queue::Queue as _;
use whole_system_tests::nats_server::NatsServer;

use super::{admin, connect, job, refusal, server_with, take};

/// All that a user of the queue publishes to.
const PUBLISHES: [&str; 8] = [
    "connector-jobs.>",
    "$JS.API.STREAM.INFO.connector-jobs",
    "$JS.API.STREAM.CREATE.connector-jobs",
    "$JS.API.STREAM.MSG.GET.connector-jobs",
    "$JS.API.CONSUMER.CREATE.connector-jobs.workers",
    "$JS.API.CONSUMER.INFO.connector-jobs.workers",
    "$JS.API.CONSUMER.MSG.NEXT.connector-jobs.workers",
    "$JS.ACK.connector-jobs.workers.>",
];

/// A server with an administrator, and a user who may do only this.
fn server(publishes: &[&str], subscribes: &[&str]) -> NatsServer {
    server_with(&format!(
        "authorization {{ users: [
            {{ user: admin, password: admin }}
            {{ user: worker, password: worker, permissions: {{ publish: {publishes:?}, subscribe: {subscribes:?} }} }}
        ] }}"
    ))
}

async fn has_no_stream(server: &NatsServer) -> bool {
    admin(&server.url("admin:admin")).await.get_stream("connector-jobs").await.is_err()
}

#[tokio::test]
async fn the_least_permissions_are_enough_for_everything() {
    let server = server(&PUBLISHES, &["_INBOX.>"]);
    let queue = connect(&server.url("worker:worker")).await.unwrap();
    queue.offer(&job("a"), Duration::ZERO).await.unwrap();
    queue.offer(&job("b"), Duration::from_millis(10)).await.unwrap();
    assert!(queue.depth().await.unwrap().oldest.is_some());
    let first = take(&queue).await;
    first.in_progress().await.unwrap();
    first.hand_back(Duration::ZERO).await.unwrap();
    for _ in 0..2 {
        take(&queue).await.done().await.unwrap();
    }
    assert!(queue.is_available());
}

#[tokio::test]
async fn each_missing_permission_is_named_and_nothing_is_made() {
    for missing in PUBLISHES {
        let others: Vec<&str> = PUBLISHES.into_iter().filter(|subject| *subject != missing).collect();
        let server = server(&others, &["_INBOX.>"]);
        let text = refusal(&server.url("worker:worker")).await;
        let start = "the queue at nats://127.0.0.1:PORT: its user may not ";
        let named = missing.trim_end_matches(".>");
        assert!(text.starts_with(start) && text.contains(named), "{missing}: {text}");
        assert!(text.ends_with("; give the user these permissions"), "{missing}: {text}");
        assert!(has_no_stream(&server).await, "{missing}: something was made");
    }
}

#[tokio::test]
async fn all_missing_permissions_are_named_at_once() {
    let server = server(&PUBLISHES[..6], &["_INBOX.>"]);
    let text = refusal(&server.url("worker:worker")).await;
    assert_eq!(
        text,
        "the queue at nats://127.0.0.1:PORT: its user may not publish to `$JS.API.CONSUMER.MSG.NEXT.connector-jobs.workers` and \
         publish to `$JS.ACK.connector-jobs.workers.>`; give the user these permissions"
    );
}

#[tokio::test]
async fn answers_have_to_be_received() {
    let server = server(&PUBLISHES, &["nothing"]);
    let text = refusal(&server.url("worker:worker")).await;
    assert_eq!(
        text,
        "the queue at nats://127.0.0.1:PORT: its user may not subscribe to `_INBOX.>`; give the user these permissions"
    );
}

/// A stream that is there needs no permission to make one.
#[tokio::test]
async fn a_stream_that_an_administrator_made_is_enough() {
    let others: Vec<&str> = PUBLISHES.into_iter().filter(|subject| !subject.contains("STREAM.CREATE")).collect();
    let server = server(&others, &["_INBOX.>"]);
    drop(connect(&server.url("admin:admin")).await.unwrap());
    connect(&server.url("worker:worker")).await.unwrap();
}
