//! A worker that is asked to end (SIGTERM): what it only reads it hands back, what it applies it finishes, and it ends in time.

use std::time::Duration;

use whole_system_tests::postgres_server::PostgresServer;
use whole_system_tests::service_client::wait_for;

use crate::system::{Moment, Setting, Stage};

/// A service manager waits for this long, and then kills.
const DEADLINE: Duration = Duration::from_secs(20);

#[test]
fn what_is_only_read_is_handed_back_and_another_worker_finishes_it() {
    let mut stage = Stage::start(Setting::of(2));
    stage.source.fault("slow-drip=1000@1x*");
    let mut worker = stage.worker();
    let slot = stage.make_due();
    wait_for("page that is asked for", || (stage.source.pages_asked() > 1).then_some(()));
    worker.ask_to_end();
    assert!(worker.wait_for_end(DEADLINE).success(), "{}", worker.said());
    let states = stage.sql.rows("SELECT state, deliveries FROM connector.runs");
    assert_eq!(states, vec![["queued", "0"]; 2], "handed back, as if it had not been taken");
    stage.source.mend();
    let _other = stage.worker();
    stage.is_whole(&[slot], 0);
    assert_eq!(stage.sql.text("SELECT max(deliveries) FROM connector.runs"), "1");
}

#[test]
fn what_is_applied_is_finished() {
    let mut stage = Stage::start(Setting::of(2));
    let mut gate = stage.close(Moment::Applying);
    let mut worker = stage.worker();
    stage.make_due();
    gate.wait();
    worker.ask_to_end();
    wait_for("word of the end", || worker.said().contains("stopping:").then_some(()));
    gate.open();
    assert!(worker.wait_for_end(DEADLINE).success(), "{}", worker.said());
    let done = "SELECT count(*) FROM connector.runs WHERE verdict = 'done' AND deliveries = 1";
    assert!(stage.sql.number(done) > 0, "nothing was finished");
    let begun = "SELECT count(*) FROM connector.runs WHERE state = 'running'";
    assert_eq!(stage.sql.number(begun), 0, "nothing is left in its hands");
}

#[test]
fn mails_that_cannot_be_delivered_do_not_keep_it() {
    let mut stage = Stage::start(Setting::of(1));
    stage.post.fall_silent();
    let mut worker = stage.worker();
    let slot = stage.make_due();
    stage.post.wait();
    worker.ask_to_end();
    assert!(worker.wait_for_end(DEADLINE).success(), "{}", worker.said());
    stage.post.speak();
    // The server that schedules finds what is left.
    stage.is_whole(&[slot], 1);
}

#[test]
fn a_database_that_is_away_does_not_keep_it() {
    let mut server = PostgresServer::start().unwrap();
    let mut stage = Stage::start_on(&server, &Setting::of(1));
    let mut gate = stage.close(Moment::Applying);
    let mut worker = stage.worker();
    let slot = stage.make_due();
    gate.wait();
    server.kill().unwrap();
    worker.ask_to_end();
    assert!(worker.wait_for_end(DEADLINE).success(), "{}", worker.said());
    server.start_again().unwrap();
    let _other = stage.worker();
    stage.is_whole(&[slot], 0);
}
