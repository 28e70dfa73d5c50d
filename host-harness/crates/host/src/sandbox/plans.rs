//! Whether a plan is valid: it refers to what the connector was shown, its counts add up, and it keeps the rules that
//! protect accounts.
//!
//! A plan is the only thing by which a connector can reach accounts, so it is held to those rules (S2 to S4, S6, S13, S16,
//! S17, S19, S23) regardless of who wrote the connector: what it says about its own plan, such as `ready`, is checked, not
//! trusted. Whether the plan is a good one is not judged here.

mod actions;
mod guards;
mod values;

use crate::contract::{Counts, Directory, Operation, Plan, SourceRead, Verdict as Judgement};

use super::guest_error::GuestError;
use super::limits::Limits;
use super::validate::{SHORT, code, problem};
use actions::DirectoryView;

const CALL: &str = "plan-actions";

/// What a plan was made from.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    /// Everybody who was read.
    pub source: &'a SourceRead,
    /// The directory as it was shown.
    pub target: &'a Directory,
    /// Whether the tenant's form lets people be invited (rule S16).
    pub invites: bool,
}

/// Checks a plan against what it was made from.
pub(super) fn check(plan: &Plan, given: Given<'_>, limits: &Limits) -> Result<(), GuestError> {
    let hits = guards::hits(plan).len();
    within("actions", limits.actions, plan.actions.len())?;
    within("notices", limits.notices, plan.notices.len().max(hits))?;
    if matches!(plan.verdict, Judgement::Blocked(_)) && !plan.actions.is_empty() {
        return Err(GuestError::invalid_response(CALL, "a blocked plan has actions"));
    }
    if plan.complete && !given.source.ended {
        return Err(GuestError::invalid_response(CALL, "it reports a read as complete that did not reach its end"));
    }
    names(plan)?;
    counts(&plan.counts)?;
    notices(plan, given)?;
    if plan.actions.is_empty() {
        return Ok(());
    }
    let mut shown = DirectoryView::new(given);
    plan.actions.iter().try_for_each(|action| {
        // The ID is the connector's own text, and may hold anything: what is wrong with the action names it well enough.
        shown.action(action).map_err(|what| GuestError::invalid_response(CALL, format!("an action {what}")))
    })?;
    guards::check(plan, given.target).map_err(|what| GuestError::invalid_response(CALL, what))
}

fn within(limit: &'static str, set_to: u64, actual: usize) -> Result<(), GuestError> {
    if actual as u64 > set_to {
        return Err(GuestError::LimitReached {
            call: CALL,
            limit,
            set_to,
            what: format!("the plan has {actual} {limit}"),
        });
    }
    Ok(())
}

/// Codes are codes, and IDs of a length that can be one.
fn names(plan: &Plan) -> Result<(), GuestError> {
    for action in &plan.actions {
        if action.id.len() > 2 * SHORT {
            return Err(GuestError::invalid_response(
                CALL,
                format!("an action's ID is longer than {} bytes", 2 * SHORT),
            ));
        }
        code(CALL, "an action's reason", &action.reason)?;
        if let Operation::Other(name) = &action.operation {
            code(CALL, "an operation's name", name)?;
        }
    }
    plan.notices.iter().try_for_each(|notice| code(CALL, "a notice's code", &notice.code))?;
    plan.counts.exclusions.iter().try_for_each(|part| code(CALL, "a reason to leave somebody out", &part.code))?;
    guards::hits(plan).iter().try_for_each(|hit| code(CALL, "a guard's code", &hit.guard))?;
    match &plan.verdict {
        Judgement::Blocked(one) => problem(CALL, one),
        Judgement::Ready | Judgement::NeedsApproval(_) => Ok(()),
    }
}

/// Everybody in exactly one count (rule S23).
fn counts(counts: &Counts) -> Result<(), GuestError> {
    let Counts { created, linked, updated, unchanged, excluded, rejected, conflicts, .. } = *counts;
    let sum = [created, linked, updated, unchanged, excluded, rejected, conflicts].into_iter().map(u128::from).sum();
    let reasons: u128 = counts.exclusions.iter().map(|reason| u128::from(reason.count)).sum();
    if u128::from(counts.read) != sum || u128::from(excluded) != reasons {
        return Err(GuestError::invalid_response(CALL, "its counts do not add up"));
    }
    Ok(())
}

/// A notice counts people or accounts, of whom there are only so many.
fn notices(plan: &Plan, given: Given<'_>) -> Result<(), GuestError> {
    let most = (given.source.records.len() + given.target.accounts.len()) as u64;
    if plan.notices.iter().any(|notice| notice.count > most) || plan.counts.read > most {
        return Err(GuestError::invalid_response(CALL, "it counts more people than there are"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
