//! A worker that is stopped (SIGSTOP) for longer than its lease, as a machine is that was put to sleep, and goes on.

use whole_system_tests::service_client::wait_for;

use crate::system::{Moment, Setting, Stage};

fn stage() -> Stage {
    Stage::start(Setting::of(2))
}

/// Waits until another worker has ended every run.
fn wait_for_end(stage: &mut Stage) {
    let left = "SELECT count(*) FROM connector.runs WHERE state <> 'ended'";
    wait_for("end of all runs", || (stage.sql.number(left) == 0).then_some(()));
}

#[test]
fn while_it_reads() {
    let mut stage = stage();
    stage.source.fault("slow-drip=50@1x*");
    let worker = stage.worker();
    let slot = stage.make_due();
    wait_for("page that is asked for", || (stage.source.pages_asked() > 1).then_some(()));
    worker.pause();
    stage.source.mend();
    let _other = stage.worker();
    wait_for_end(&mut stage);
    worker.go_on();
    stage.is_whole(&[slot], 0);
    assert_eq!(stage.sql.text("SELECT DISTINCT deliveries FROM connector.runs"), "2");
}

#[test]
fn while_its_claim_is_on_its_way() {
    let mut stage = stage();
    let mut gate = stage.close(Moment::Claiming);
    let worker = stage.worker();
    let slot = stage.make_due();
    gate.wait();
    worker.pause();
    gate.open();
    let _other = stage.worker();
    wait_for_end(&mut stage);
    worker.go_on();
    stage.is_whole(&[slot], 0);
}

#[test]
fn in_the_applying_transaction() {
    let mut stage = stage();
    let mut gate = stage.close(Moment::Applying);
    let worker = stage.worker();
    let slot = stage.make_due();
    gate.wait();
    worker.pause();
    gate.open();
    let _other = stage.worker();
    // Its transaction holds the lease, until the server ends it: nobody waits for a machine that is asleep.
    wait_for_end(&mut stage);
    worker.go_on();
    stage.is_whole(&[slot], 0);
}

#[test]
fn while_it_mails() {
    let mut stage = stage();
    stage.post.fall_silent();
    let worker = stage.worker();
    let slot = stage.make_due();
    stage.post.wait();
    worker.pause();
    stage.post.speak();
    let _other = stage.worker();
    wait_for_end(&mut stage);
    worker.go_on();
    stage.is_whole(&[slot], 2);
}
