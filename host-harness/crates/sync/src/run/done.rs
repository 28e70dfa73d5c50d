//! What was done, counted from the outcomes, next to what was planned (rule S23).

use std::collections::BTreeSet;

use super::{Outcome, RunReport, RunVerdict};
use connector_host::contract::{Action, Counts, Operation};

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

/// The figures of a report in the order in which every report has them, each with what was done where there is something
/// to do: read, created, linked, updated, unchanged, excluded, rejected, conflicts, supervisors, group additions,
/// invitations.
#[must_use]
pub fn figures(counts: &Counts, done: Option<Done>) -> [(u64, Option<u64>); 11] {
    let done = |count: fn(&Done) -> u64| done.as_ref().map(count);
    [
        (counts.read, None),
        (counts.created, done(|done| done.created)),
        (counts.linked, done(|done| done.linked)),
        (counts.updated, done(|done| done.updated)),
        (counts.unchanged, None),
        (counts.excluded, None),
        (counts.rejected, None),
        (counts.conflicts, None),
        (counts.supervisors, done(|done| done.supervisors)),
        (counts.group_additions, done(|done| done.group_additions)),
        (counts.invitations, done(|done| done.invitations)),
    ]
}

/// Where in [`figures`] the excluded are, whose reasons are figures too.
pub const EXCLUDED: usize = 5;

impl RunReport {
    /// What was done; none if nothing was to be written, since the plan was not applied.
    #[must_use]
    pub fn done(&self) -> Option<Done> {
        (self.verdict == RunVerdict::Done).then(|| Done {
            created: self.applied(|operation| matches!(operation, Operation::Create(_))),
            linked: self.applied(|operation| matches!(operation, Operation::Link)),
            updated: self.updated(),
            supervisors: self.applied(|operation| matches!(operation, Operation::SetSupervisor(_))),
            group_additions: self.applied(|operation| matches!(operation, Operation::AddToGroup(_))),
            invitations: self.applied(|operation| matches!(operation, Operation::Invite)),
        })
    }

    fn applied(&self, is: fn(&Operation) -> bool) -> u64 {
        let is_applied =
            |(action, outcome): &(&Action, &Outcome)| **outcome == Outcome::Applied && is(&action.operation);
        self.actions().filter(is_applied).count() as u64
    }

    /// Everybody is in one count: whose account was to be created or linked is not updated too.
    fn updated(&self) -> u64 {
        let mut fresh = BTreeSet::new();
        let mut changed = BTreeSet::new();
        for (action, outcome) in self.actions() {
            match action.operation {
                Operation::Create(_) | Operation::Link => _ = fresh.insert(&action.employee),
                Operation::Update(_) | Operation::SetSupervisor(_) if *outcome == Outcome::Applied => {
                    changed.insert(&action.employee);
                }
                _ => {}
            }
        }
        changed.difference(&fresh).count() as u64
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
