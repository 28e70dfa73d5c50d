//! A network between the queue and its server that is slow, breaks, goes one way only, and sends things twice.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_queue::{JetStreamOptions, JetStreamQueue, Job, Queue as _, QueueError};
use whole_system_tests::fault_proxy::{FaultProxy, Faults};
use whole_system_tests::nats_server::NatsServer;

use super::{PATIENCE, becomes_available, connect, job, offer_until_taken, take};

fn proxied(server: &NatsServer, seed: u64) -> (FaultProxy, String) {
    let proxy = FaultProxy::start(server.address(), seed).unwrap();
    let url = format!("nats://{}", proxy.address());
    (proxy, url)
}

/// An offer that arrives twice is one job, and is not taken again when it is done.
#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_the_network_sends_twice_is_one_job() {
    let server = NatsServer::start().unwrap();
    let (proxy, url) = proxied(&server, 1);
    let queue = connect(&url).await.unwrap();
    proxy.set(Faults { duplicates: Some(("connector-jobs.".to_owned(), 1.0)), ..Faults::default() });
    for run in 0..50 {
        let run = format!("run-{run}");
        queue.offer(&job(&run), Duration::ZERO).await.unwrap();
        let delivery = take(&queue).await;
        assert_eq!((delivery.job().run.as_str(), delivery.attempt()), (run.as_str(), 1));
        delivery.done().await.unwrap();
    }
    assert_eq!(proxy.duplicated(), 50);
    assert_eq!(queue.depth().await.unwrap().waiting, 0);
}

/// Whatever a worker says arrives twice: nothing is ended that somebody else has.
#[tokio::test(flavor = "multi_thread")]
async fn words_that_the_network_sends_twice_are_one_word() {
    let server = NatsServer::start().unwrap();
    let (proxy, url) = proxied(&server, 1);
    let queue = connect(&url).await.unwrap();
    proxy.set(Faults { duplicates: Some(("$JS.ACK.".to_owned(), 1.0)), ..Faults::default() });
    queue.offer(&job("a"), Duration::ZERO).await.unwrap();
    let mut attempt = 0;
    // A second word of handing back may hand back the next delivery; none is lost.
    for _ in 0..10 {
        let delivery = take(&queue).await;
        assert!(delivery.attempt() > attempt);
        attempt = delivery.attempt();
        delivery.in_progress().await.unwrap();
        delivery.hand_back(Duration::ZERO).await.unwrap();
    }
    take(&queue).await.done().await.unwrap();
    assert!(proxy.duplicated() >= 21);
}

/// A connection that goes one way only is noticed, and made anew when it can be.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_goes_one_way_only_is_noticed() {
    for faults in
        [Faults { keeps_requests: true, ..Faults::default() }, Faults { keeps_answers: true, ..Faults::default() }]
    {
        let server = NatsServer::start().unwrap();
        let (proxy, url) = proxied(&server, 1);
        let queue = connect(&url).await.unwrap();
        queue.offer(&job("a"), Duration::ZERO).await.unwrap();
        proxy.set(faults);
        let offered = queue.offer(&job("b"), Duration::ZERO).await;
        assert!(matches!(offered, Err(QueueError::Unavailable(_))), "{offered:?}");
        assert!(!queue.is_available());
        proxy.heal();
        assert_eq!(take(&queue).await.job().run, "a");
        offer_until_taken(&queue, "b").await;
        assert_eq!(take(&queue).await.job().run, "b");
        becomes_available(&queue, true).await;
    }
}

/// The server cannot be reached for a while, and new connections are broken.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_turns_everybody_away_is_waited_for() {
    let server = NatsServer::start().unwrap();
    let (proxy, url) = proxied(&server, 1);
    let queue = connect(&url).await.unwrap();
    proxy.set(Faults { turns_away: true, ..Faults::default() });
    proxy.cut();
    becomes_available(&queue, false).await;
    proxy.heal();
    offer_until_taken(&queue, "a").await;
    assert_eq!(take(&queue).await.job().run, "a");
    assert!(queue.is_available());
}

/// Connections break all the time, in the middle of whatever is being said, and everything is slow. With a scheduler that offers
/// what is not done yet, as the service's does, every job is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_job_is_done_whatever_breaks() {
    let seed = seed();
    println!("HARNESS_SEED={seed}");
    let server = NatsServer::start().unwrap();
    let (proxy, url) = proxied(&server, seed);
    let hold = Duration::from_secs(3);
    let options = JetStreamOptions::parse(&url).unwrap().hold(hold);
    let mut queues = Vec::new();
    for _ in 0..3 {
        queues.push(Arc::new(JetStreamQueue::connect(&options).await.unwrap()));
    }
    let jobs: Vec<Job> = (0..60).map(|run| job(&format!("run-{run}"))).collect();
    // What the service's database has as queued.
    let open: Arc<Mutex<BTreeSet<String>>> = Arc::new(Mutex::new(jobs.iter().map(|job| job.run.clone()).collect()));
    proxy.set(Faults {
        delay: Duration::from_millis(5),
        cut_within: Some(20_000),
        duplicates: Some(("connector-jobs.".to_owned(), 0.2)),
        ..Faults::default()
    });

    let mut workers = tokio::task::JoinSet::new();
    for queue in &queues[1..] {
        let (queue, open) = (Arc::clone(queue), Arc::clone(&open));
        workers.spawn(async move {
            loop {
                let delivery = queue.take().await.unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
                open.lock().unwrap().remove(&delivery.job().run);
                let _ = delivery.done().await;
            }
        });
    }
    let scheduling = async {
        loop {
            let left = open.lock().unwrap().clone();
            if left.is_empty() {
                return;
            }
            for job in jobs.iter().filter(|job| left.contains(&job.run)) {
                let _ = queues[0].offer(job, Duration::ZERO).await;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let done = tokio::time::timeout(PATIENCE * 2, scheduling).await;
    let left = open.lock().unwrap().len();
    assert!(done.is_ok(), "HARNESS_SEED={seed}: {left} jobs are not done");
}

/// What is at random comes from this.
fn seed() -> u64 {
    let given = std::env::var("HARNESS_SEED").ok().map(|seed| seed.parse().expect("HARNESS_SEED is a number"));
    given.unwrap_or_else(|| fastrand::u64(..))
}
