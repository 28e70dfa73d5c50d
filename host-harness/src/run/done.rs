//! What was done, counted from the outcomes, beside what was planned (rule S23).

use std::collections::BTreeSet;

use super::{Outcome, RunReport, RunVerdict};
use crate::contract::{Action, Operation};

/// How much of a plan's work was carried out. The names are those of the plan's counts; people who are left alone have
/// nothing to carry out, so their counts are the plan's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Done {
    /// Accounts created.
    pub created: u64,
    /// People linked to an account.
    pub linked: u64,
    /// People whose account was there and linked, and of whom at least one change was written.
    pub updated: u64,
    /// Supervisors set or taken away.
    pub supervisors: u64,
    /// Group memberships added.
    pub group_additions: u64,
    /// People invited.
    pub invitations: u64,
}

impl Done {
    /// Counts these actions.
    #[must_use]
    pub fn of(actions: &[&Action]) -> Self {
        let count = |is: fn(&Operation) -> bool| actions.iter().filter(|action| is(&action.operation)).count() as u64;
        Self {
            created: count(|operation| matches!(operation, Operation::Create(_))),
            linked: count(|operation| matches!(operation, Operation::Link)),
            updated: updated(actions),
            supervisors: count(|operation| matches!(operation, Operation::SetSupervisor(_))),
            group_additions: count(|operation| matches!(operation, Operation::AddToGroup(_))),
            invitations: count(|operation| matches!(operation, Operation::Invite)),
        }
    }
}

/// Everybody is in one count: whose account is new or newly linked is not updated too.
fn updated(actions: &[&Action]) -> u64 {
    let people = |is: fn(&Operation) -> bool| -> BTreeSet<&str> {
        actions.iter().filter(|action| is(&action.operation)).map(|action| action.employee.as_str()).collect()
    };
    let fresh = people(|operation| matches!(operation, Operation::Create(_) | Operation::Link));
    let changed = people(|operation| matches!(operation, Operation::Update(_) | Operation::SetSupervisor(_)));
    changed.difference(&fresh).count() as u64
}

impl RunReport {
    /// What was done; none if nothing was to be written, since the plan was not applied.
    #[must_use]
    pub fn done(&self) -> Option<Done> {
        let applied = self.actions().filter(|(_, outcome)| **outcome == Outcome::Applied);
        (self.verdict == RunVerdict::Done).then(|| Done::of(&applied.map(|(action, _)| action).collect::<Vec<_>>()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::samples;

    #[test]
    fn s23_all_that_is_planned_is_done_when_every_action_is_applied() {
        let report = samples::all_well();
        let counts = &report.plan.as_ref().unwrap().counts;
        let done = Done {
            created: counts.created,
            linked: counts.linked,
            updated: counts.updated,
            supervisors: counts.supervisors,
            group_additions: counts.group_additions,
            invitations: counts.invitations,
        };
        assert_eq!(report.done(), Some(done));
    }

    #[test]
    fn s23_what_was_skipped_or_failed_is_not_done() {
        let report = samples::conflicts();
        let done = report.done().unwrap();
        assert_eq!((done.created, done.updated, done.group_additions, done.invitations), (1, 0, 0, 1));
        assert_eq!(samples::dry_run().done(), None);
    }
}
