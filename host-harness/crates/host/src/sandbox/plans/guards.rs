//! The guards (rule S19), counted again: a connector that says its plan needs no approval is not believed.

use crate::contract::{Change, Field, GuardHit, Operation, Plan, Verdict as Judgement};

/// How often an operation does what a guard looks for.
type Hurt = fn(&Operation) -> usize;

const GUARDS: [(&str, Hurt); 3] =
    [("guard-deactivations", deactivations), ("guard-email-changes", email_changes), ("guard-clears", clears)];

/// The guards that the plan itself names.
pub(super) fn hits(plan: &Plan) -> &[GuardHit] {
    match &plan.verdict {
        Judgement::NeedsApproval(hits) => hits,
        Judgement::Ready | Judgement::Blocked(_) => &[],
    }
}

/// Checks that the plan names every guard it breaks, with the figures a person decides by, and that it deactivates nobody
/// on a read that was not complete (rule S17). `linked` is how many people had an account before it.
pub(super) fn check(plan: &Plan, linked: usize) -> Result<(), String> {
    let limit = text_key::guards::limit(linked);
    for (guard, hurt) in GUARDS {
        let actual: usize = plan.actions.iter().map(|action| hurt(&action.operation)).sum();
        let named = |hit: &GuardHit| hit.guard == guard && (hit.limit, hit.actual) == (limit as u64, actual as u64);
        if actual > limit && !hits(plan).iter().any(named) {
            return Err(format!("{guard} lets {limit} pass, the plan has {actual} and does not say so"));
        }
    }
    if !plan.complete && plan.actions.iter().any(|action| deactivations(&action.operation) > 0) {
        return Err("it makes people inactive although the read was not complete".to_owned());
    }
    Ok(())
}

fn deactivations(operation: &Operation) -> usize {
    changed(operation, locks_out)
}

fn email_changes(operation: &Operation) -> usize {
    changed(operation, |change| change.field == Field::Email)
}

fn clears(operation: &Operation) -> usize {
    match operation {
        Operation::SetSupervisor(change) => usize::from(change.after.is_none()),
        other => changed(other, |change| change.after.is_none()),
    }
}

fn changed(operation: &Operation, of_interest: impl Fn(&Change) -> bool) -> usize {
    match operation {
        Operation::Update(changes) => changes.iter().filter(|change| of_interest(change)).count(),
        _ => 0,
    }
}

/// True if the change takes an account's access away.
pub(super) fn locks_out(change: &Change) -> bool {
    change.field == Field::Status && change.after.as_deref() == Some("inactive")
}
