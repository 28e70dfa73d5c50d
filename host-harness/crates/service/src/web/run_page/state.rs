//! Words for how a run is, and links to what it belongs to.

use connector_console::model::{Named, RunKind, RunState, Trigger};
use jiff::Timestamp;

use super::super::integrations::time;
use crate::db::{self, Cause, Decided, Integration, Run};

/// An integration to link to.
#[must_use]
pub fn named(integration: &Integration) -> Named {
    Named { id: integration.id.clone(), name: integration.form.name.clone() }
}

/// What a run is to do, for a page.
#[must_use]
pub const fn kind(kind: db::RunKind) -> RunKind {
    match kind {
        db::RunKind::Sync | db::RunKind::Apply => RunKind::Sync,
        db::RunKind::Preview => RunKind::Preview,
    }
}

/// How a run is, for a page.
#[must_use]
pub fn state(run: &Run, is_stopping: bool) -> RunState {
    match run.state {
        db::RunState::Queued => return RunState::Queued,
        db::RunState::Running if is_stopping => return RunState::Cancelling,
        db::RunState::Running => return RunState::Running,
        db::RunState::Ended => {}
    }
    match (run.verdict.as_deref(), run.decided) {
        (Some("planned" | "needs-approval"), Some(Decided::Approved)) => RunState::Approved,
        (Some("planned" | "needs-approval"), Some(Decided::Discarded)) => RunState::Discarded,
        (Some("planned"), None) => RunState::Planned,
        (Some("needs-approval"), None) => RunState::NeedsApproval,
        (Some("done"), _) => RunState::Done,
        (Some("blocked"), _) => RunState::Blocked,
        (Some("stopped"), _) => RunState::Cancelled,
        (Some("interrupted"), _) => RunState::Interrupted,
        _ => RunState::Failed,
    }
}

/// Who or what started a run, for a page.
#[must_use]
pub fn trigger(run: &Run) -> Trigger {
    match (&run.cause, &run.plan_of) {
        (Cause::User(email), Some(plan)) => Trigger::Approval(email.clone(), plan.clone()),
        (Cause::User(email), None) => Trigger::User(email.clone()),
        (Cause::Schedule, _) => Trigger::Schedule,
    }
}

/// Until when a run's source asked to wait, if that is not over.
#[must_use]
pub fn waits_until(run: &Run) -> Option<Timestamp> {
    let until = Timestamp::from_second(run.not_before.filter(|_| run.state == db::RunState::Queued)?).ok()?;
    (until > Timestamp::now()).then_some(until)
}

/// How long a run took, or has taken, in milliseconds.
#[must_use]
pub fn duration(run: &Run, started: Timestamp) -> Option<u64> {
    run.started.as_ref()?;
    let ended = run.ended.as_deref().map_or_else(Timestamp::now, time);
    u64::try_from(ended.as_millisecond() - started.as_millisecond()).ok()
}
