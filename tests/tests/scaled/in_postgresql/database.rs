//! The database goes away: stopped, killed, frozen, and cut off at each step of a sync.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use whole_system_tests::fault_proxy::{FaultProxy, Faults};
use whole_system_tests::postgres_server::PostgresServer;
use whole_system_tests::service_client::wait_for;

use crate::system::{Moment, Setting, Stage};

fn proxy() -> FaultProxy {
    let port = PostgresServer::shared().port();
    FaultProxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), 7).unwrap()
}

/// Cuts every connection while a worker is at this moment, its statement on its way and its commit not.
fn connections_are_cut_at(moment: Moment) {
    let mut stage = Stage::start(Setting::of(2));
    let mut gate = stage.close(moment);
    let mut worker = stage.worker();
    let slot = stage.make_due();
    gate.wait();
    stage.database.cut_connections().unwrap();
    stage.is_whole(&[slot], 0);
    assert!(worker.is_there(), "{}", worker.said());
}

#[test]
fn connections_are_cut_while_a_run_is_queued() {
    connections_are_cut_at(Moment::Queueing);
}

#[test]
fn connections_are_cut_while_a_run_is_taken() {
    connections_are_cut_at(Moment::Claiming);
}

#[test]
fn connections_are_cut_before_anything_is_written() {
    connections_are_cut_at(Moment::Planned);
}

#[test]
fn connections_are_cut_between_statement_and_commit() {
    connections_are_cut_at(Moment::Applying);
}

#[test]
fn connections_are_cut_in_the_commit() {
    connections_are_cut_at(Moment::Committing);
}

#[test]
fn connections_are_cut_while_the_end_is_written() {
    connections_are_cut_at(Moment::Ending);
}

#[test]
fn a_commit_whose_answer_is_lost_is_found_and_not_made_again() {
    let mut stage = Stage::start(Setting::of(1));
    let proxy = proxy();
    let mut gate = stage.close(Moment::Committing);
    let mut worker = stage.worker_through(proxy.address().port());
    let slot = stage.make_due();
    gate.wait();
    proxy.set(Faults { keeps_answers: true, ..Faults::default() });
    gate.open();
    let filed = "SELECT count(*) FROM connector.directory_runs";
    wait_for("commit", || (stage.sql.number(filed) == 1).then_some(()));
    proxy.cut();
    proxy.heal();
    stage.is_whole(&[slot], 0);
    assert_eq!(stage.sql.number(filed), 1, "the run was found applied");
    assert!(worker.is_there(), "{}", worker.said());
}

#[test]
fn a_network_that_is_slow_cuts_and_keeps_what_goes_one_way() {
    let mut stage = Stage::start(Setting::of(3));
    let proxy = proxy();
    let port = proxy.address().port();
    let workers = [stage.worker_through(port), stage.worker_through(port), stage.worker()];
    let mut slots = Vec::new();
    for faults in [
        Faults { delay: Duration::from_millis(20), ..Faults::default() },
        Faults { cut_within: Some(30_000), ..Faults::default() },
        Faults { keeps_requests: true, ..Faults::default() },
        Faults { keeps_answers: true, ..Faults::default() },
        Faults { turns_away: true, ..Faults::default() },
    ] {
        slots.push(stage.make_due());
        proxy.set(faults);
        thread::sleep(Duration::from_millis(2500));
    }
    proxy.cut();
    proxy.heal();
    stage.is_whole(&slots, 3 * slots.len());
    for mut worker in workers {
        assert!(worker.is_there(), "{}", worker.said());
    }
}

/// A server of a test's own, which goes away and comes back while a worker is in the applying transaction.
///
/// Gives what the workers have said.
fn server_goes_away(goes: impl FnOnce(&mut PostgresServer)) -> String {
    let mut server = PostgresServer::start().unwrap();
    let mut stage = Stage::start_on(&server, &Setting::of(2));
    let mut gate = stage.close(Moment::Applying);
    let mut workers = [stage.worker(), stage.worker()];
    let slot = stage.make_due();
    gate.wait();
    goes(&mut server);
    drop(gate);
    // A mail of each integration may be on its way when the server cannot note that it is out.
    stage.is_whole(&[slot], 2);
    for worker in &mut workers {
        assert!(worker.is_there(), "{}", worker.said());
    }
    format!("{}{}", workers[0].said(), workers[1].said())
}

fn is_told(said: &str) {
    assert!(said.contains("is tried again") || said.contains("cannot"), "a wait has a message: {said}");
}

#[test]
fn the_server_is_restarted() {
    let said = server_goes_away(|server| {
        server.stop().unwrap();
        thread::sleep(Duration::from_secs(1));
        server.start_again().unwrap();
    });
    is_told(&said);
}

#[test]
fn the_server_is_killed_and_comes_back_after_every_lease_is_over() {
    let said = server_goes_away(|server| {
        server.kill().unwrap();
        thread::sleep(Duration::from_secs(3));
        server.start_again().unwrap();
    });
    is_told(&said);
}

#[test]
fn the_server_is_frozen_for_longer_than_a_lease() {
    // It is only slow: what was asked is answered after all, and nobody need say anything.
    server_goes_away(|server| {
        server.freeze().unwrap();
        thread::sleep(Duration::from_secs(4));
        server.thaw().unwrap();
    });
}
