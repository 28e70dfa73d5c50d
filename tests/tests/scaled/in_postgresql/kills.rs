//! kill -9: of a worker at each step of a sync, and of the server that schedules.

use whole_system_tests::service_client::wait_for;

use crate::system::{Moment, Setting, Stage};

fn stage() -> Stage {
    Stage::start(Setting::of(2))
}

/// Kills a worker at a moment; another one brings the run to its end.
fn worker_is_killed_at(moment: Moment) {
    let mut stage = stage();
    let mut gate = stage.close(moment);
    let mut worker = stage.worker();
    let slot = stage.make_due();
    gate.wait();
    worker.kill();
    gate.open();
    let _other = stage.worker();
    stage.is_whole(&[slot], 0);
}

#[test]
fn of_a_worker_that_takes_a_run() {
    worker_is_killed_at(Moment::Claiming);
}

#[test]
fn of_a_worker_that_reads() {
    let mut stage = stage();
    stage.source.fault("slow-drip=1000@1x*");
    let mut worker = stage.worker();
    let slot = stage.make_due();
    wait_for("page that is asked for", || (stage.source.pages_asked() > 0).then_some(()));
    worker.kill();
    stage.source.mend();
    let _other = stage.worker();
    stage.is_whole(&[slot], 0);
}

#[test]
fn of_a_worker_that_has_planned() {
    worker_is_killed_at(Moment::Planned);
}

#[test]
fn of_a_worker_in_the_applying_transaction() {
    worker_is_killed_at(Moment::Applying);
}

#[test]
fn of_a_worker_that_commits() {
    worker_is_killed_at(Moment::Committing);
}

#[test]
fn of_a_worker_that_mails() {
    let mut stage = stage();
    stage.post.fall_silent();
    let mut worker = stage.worker();
    let slot = stage.make_due();
    stage.post.wait();
    worker.kill();
    stage.post.speak();
    let _other = stage.worker();
    // One of each integration, at most.
    stage.is_whole(&[slot], 2);
}

#[test]
fn of_a_worker_between_commit_and_end() {
    worker_is_killed_at(Moment::Ending);
}

#[test]
fn of_every_worker_again_and_again() {
    let mut stage = stage();
    let mut slots = Vec::new();
    for moment in [Moment::Claiming, Moment::Planned, Moment::Applying, Moment::Ending] {
        let mut gate = stage.close(moment);
        let mut workers = [stage.worker(), stage.worker()];
        slots.push(stage.make_due());
        gate.wait();
        for worker in &mut workers {
            worker.kill();
        }
        gate.open();
    }
    let _last = stage.worker();
    // Beside those at the gate, others may have been mailing.
    stage.is_whole(&slots, 2 * slots.len());
}

/// Kills the server that schedules at a moment; it is started again.
fn server_is_killed_at(moment: Moment) {
    let mut stage = stage();
    let _worker = stage.worker();
    let mut gate = stage.close(moment);
    let slot = stage.make_due();
    gate.wait();
    stage.service.kill();
    gate.open();
    stage.service.start_again();
    stage.is_whole(&[slot], 0);
    let of_slot = format!("SELECT count(*) FROM connector.runs WHERE slot = {slot}");
    assert_eq!(stage.sql.number(&of_slot), 2, "one of each integration");
}

#[test]
fn of_a_server_that_queues_what_is_due() {
    server_is_killed_at(Moment::Queueing);
}

#[test]
fn of_a_server_between_queueing_and_noting_the_slot() {
    server_is_killed_at(Moment::Scheduled);
}
