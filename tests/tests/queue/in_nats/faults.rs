//! What happens to a server while it is used: nothing of it ends a process, and the queue goes on when it can.

use std::time::Duration;

use async_nats::jetstream::stream;
use connector_queue::{Queue as _, QueueError};
use whole_system_tests::nats_server::{NatsServer, NatsSettings};

use super::{admin, becomes_available, connect, job, offer_until_taken, server_with, take};

/// What was offered and what is held outlives the server's process, whichever way that ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_started_again_has_everything() {
    for kill in [false, true] {
        let mut server = NatsServer::start().unwrap();
        let queue = connect(&server.url("")).await.unwrap();
        for run in ["a", "b", "c"] {
            queue.offer(&job(run), Duration::ZERO).await.unwrap();
        }
        let held = take(&queue).await;
        assert_eq!(held.job().run, "a");
        if kill {
            server.kill().unwrap();
        } else {
            server.stop().unwrap();
        }

        becomes_available(&queue, false).await;
        assert!(matches!(queue.offer(&job("d"), Duration::ZERO).await, Err(QueueError::Unavailable(_))));
        assert!(matches!(queue.depth().await, Err(QueueError::Unavailable(_))));
        assert!(matches!(held.in_progress().await, Err(QueueError::Unavailable(_))));

        let mut waiting = queue.take();
        assert!(tokio::time::timeout(Duration::from_millis(300), &mut waiting).await.is_err(), "taking waits");
        server.start_again().unwrap();
        let next = tokio::time::timeout(super::PATIENCE, waiting).await.expect("a job").unwrap();
        assert_eq!(next.job().run, "b");
        assert!(queue.is_available());
        next.done().await.unwrap();
        held.done().await.unwrap();
        offer_until_taken(&queue, "d").await;
        for run in ["c", "d"] {
            let delivery = take(&queue).await;
            assert_eq!(delivery.job().run, run);
            delivery.done().await.unwrap();
        }
    }
}

/// A server that comes back without its disk has lost the jobs. The queue makes stream and consumer again, for offers and for
/// workers that wait, and takes the jobs that are offered again.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_its_disk_is_set_up_again() {
    let mut server = NatsServer::start().unwrap();
    let (scheduler, worker) = (connect(&server.url("")).await.unwrap(), connect(&server.url("")).await.unwrap());
    for run in ["a", "b"] {
        scheduler.offer(&job(run), Duration::ZERO).await.unwrap();
    }
    let held = take(&worker).await;
    server.kill().unwrap();
    server.lose_disk().unwrap();
    becomes_available(&worker, false).await;
    server.start_again().unwrap();

    // First by a worker that waits for the next job, then by whoever offers one.
    let offered = async {
        for run in ["a", "b"] {
            offer_until_taken(&scheduler, run).await;
        }
    };
    let (next, ()) = tokio::join!(take(&worker), offered);
    assert_eq!((next.job().run.as_str(), next.attempt()), ("a", 1));
    next.done().await.unwrap();
    assert_eq!(take(&worker).await.job().run, "b");
    // Whoever held one of the lost jobs does not disturb the new ones.
    let _ = held.done().await;
    assert!(worker.is_available() && scheduler.is_available());
}

/// Somebody removes the consumer, or the stream.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_removes_is_made_again() {
    let server = NatsServer::start().unwrap();
    let queue = connect(&server.url("")).await.unwrap();
    let admin = admin(&server.url("")).await;

    queue.offer(&job("a"), Duration::ZERO).await.unwrap();
    admin.get_stream("connector-jobs").await.unwrap().delete_consumer("workers").await.unwrap();
    take(&queue).await.done().await.unwrap();

    // While a worker waits.
    let (next, ()) = tokio::join!(take(&queue), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        admin.get_stream("connector-jobs").await.unwrap().delete_consumer("workers").await.unwrap();
        queue.offer(&job("b"), Duration::ZERO).await.unwrap();
    });
    assert_eq!(next.job().run, "b");

    admin.delete_stream("connector-jobs").await.unwrap();
    queue.offer(&job("c"), Duration::ZERO).await.unwrap();
    assert_eq!(take(&queue).await.job().run, "c");
}

/// The stream comes back as something else: nobody's stream is changed, and the queue waits until it is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_became_something_else_is_waited_for() {
    let server = NatsServer::start().unwrap();
    let queue = connect(&server.url("")).await.unwrap();
    let admin = admin(&server.url("")).await;
    admin.delete_stream("connector-jobs").await.unwrap();
    let other = stream::Config {
        name: "connector-jobs".to_owned(),
        subjects: vec!["other.>".to_owned()],
        ..stream::Config::default()
    };
    admin.create_stream(other).await.unwrap();
    let offered = queue.offer(&job("a"), Duration::ZERO).await;
    let text = offered.unwrap_err().to_string();
    assert!(text.contains("the stream `connector-jobs` is there with other settings"), "{text}");
    let mut waiting = queue.take();
    assert!(tokio::time::timeout(Duration::from_millis(500), &mut waiting).await.is_err(), "taking waits");
    assert!(!queue.is_available());
    admin.delete_stream("connector-jobs").await.unwrap();
    let (next, ()) = tokio::join!(waiting, offer_until_taken(&queue, "a"));
    assert_eq!(next.unwrap().job().run, "a");
}

/// A server that hangs keeps its connections. Nobody waits for it for long, and it goes on where it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_waited_for_and_goes_on() {
    let mut server = NatsServer::start().unwrap();
    let queue = connect(&server.url("")).await.unwrap();
    queue.offer(&job("a"), Duration::ZERO).await.unwrap();
    let held = take(&queue).await;
    server.pause().unwrap();
    assert!(matches!(queue.offer(&job("b"), Duration::ZERO).await, Err(QueueError::Unavailable(_))));
    assert!(matches!(held.done().await, Err(QueueError::Unavailable(_))));
    assert!(!queue.is_available());
    server.resume().unwrap();
    offer_until_taken(&queue, "b").await;
    becomes_available(&queue, true).await;
    // The word of before may have arrived; whether or not, it can be said again.
    held.done().await.unwrap();
    assert_eq!(take(&queue).await.job().run, "b");
}

/// Credentials that were changed on the server are waited for as well: somebody will change them back, or start this anew.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_no_longer_good_are_waited_for() {
    let users = |password: &str| NatsSettings {
        more: format!("authorization {{ users: [{{ user: ann, password: \"{password}\" }}] }}"),
        ..NatsSettings::default()
    };
    let mut server = server_with(&users("first").more);
    let queue = connect(&server.url("ann:first")).await.unwrap();
    queue.offer(&job("a"), Duration::ZERO).await.unwrap();
    server.stop().unwrap();
    server.reconfigure(users("second"));
    server.start_again().unwrap();
    becomes_available(&queue, false).await;
    let mut waiting = queue.take();
    assert!(tokio::time::timeout(Duration::from_secs(1), &mut waiting).await.is_err(), "taking waits");
    server.stop().unwrap();
    server.reconfigure(users("first"));
    server.start_again().unwrap();
    assert_eq!(tokio::time::timeout(super::PATIENCE, waiting).await.expect("a job").unwrap().job().run, "a");
}

/// What somebody else puts on the stream is no job: it is removed, and holds up nobody.
#[tokio::test]
async fn a_message_that_is_no_job_is_removed() {
    let server = NatsServer::start().unwrap();
    let queue = connect(&server.url("")).await.unwrap();
    let admin = admin(&server.url("")).await;
    for payload in ["", "hello", "{\"run\":7}"] {
        admin.publish("connector-jobs.x.y", payload.into()).await.unwrap().await.unwrap();
    }
    queue.offer(&job("a"), Duration::ZERO).await.unwrap();
    let next = take(&queue).await;
    assert_eq!(next.job().run, "a");
    next.done().await.unwrap();
    let emptied = async {
        while admin.get_stream("connector-jobs").await.unwrap().cached_info().state.messages > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(super::PATIENCE, emptied).await.expect("nothing is left on the stream");
}
