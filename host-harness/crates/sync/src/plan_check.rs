//! The one check of a plan, in the transaction that applies it (rules S4 and S19): whether this directory issued it, what the
//! guards count as the accounts stand now, and whether a person has approved exactly this one, once.
//!
//! Every plan goes through it, wherever it comes from: one that a connector made in this run, one from a file, one from a
//! queue. Which of its actions may be written at all, such as none that takes over an administrator's account, is asked of
//! the same transaction just after, by [`apply_check`](crate::apply_check).
//!
//! Signing saved plans was rejected: the key would have to lie beside the directory, and anybody who can read it could sign.
//! What the directory itself remembers needs no key.

use crate::codes;
use crate::directory::{DirectoryError, Issue, Transaction};
use crate::hash;
use crate::plan_file::IssuedPlan;
use crate::run::{Failure, RunReport, RunVerdict};
use connector_host::contract::{Directory, GuardHit, Plan, Verdict};
use connector_host::names::{census, guard_hits};

/// Settles the report's verdict; true if the plan is to be applied. `directory` is the ID of the transaction's directory.
///
/// An approval that does not fit is refused even for a plan that needs none: the person who gave it saw another plan. What
/// blocks a plan is reported all the same, and first: no approval helps against it.
///
/// # Errors
/// [`DirectoryError::NotIssued`] or [`DirectoryError::AppliedBefore`] for a saved plan that this directory does not take;
/// others when the directory cannot be read.
pub async fn check(
    report: &mut RunReport,
    approved: Option<&str>,
    directory: Option<&str>,
    transaction: &mut dyn Transaction,
) -> Result<bool, DirectoryError> {
    if let Some(issued) = report.issued(directory) {
        check_issued(issued, directory, transaction).await?;
    }
    let Some(plan) = &mut report.plan else { return Ok(false) };
    count_again(plan, &transaction.snapshot().await?);
    // A plan that says more than it did when it was made is another plan.
    let hash = hash::of(plan, &report.tenant, directory);
    report.plan_hash = Some(hash.clone());
    let refusal = match approved {
        Some(given) if given != hash => Some(other_plan(given, &hash)),
        Some(_) if needs_approval(plan) && transaction.approval_used(&hash).await? => Some(used(&hash)),
        _ => None,
    };
    let is_approved = approved.is_some() && refusal.is_none();
    let (verdict, may) = match &plan.verdict {
        Verdict::Blocked(_) => (RunVerdict::Blocked, false),
        Verdict::Ready if refusal.is_none() => (RunVerdict::Planned, true),
        Verdict::NeedsApproval(_) if is_approved => (RunVerdict::Planned, true),
        Verdict::Ready | Verdict::NeedsApproval(_) => (RunVerdict::NeedsApproval, false),
    };
    report.failures.extend(refusal);
    report.verdict = verdict;
    Ok(may)
}

/// A directory without an ID is not kept, and so has issued nothing.
async fn check_issued(
    plan: IssuedPlan,
    directory: Option<&str>,
    transaction: &mut dyn Transaction,
) -> Result<(), DirectoryError> {
    let issue = if directory.is_some() { transaction.issued(&plan).await? } else { Issue::Unknown };
    match issue {
        Issue::Open => Ok(()),
        Issue::Applied => Err(DirectoryError::AppliedBefore(plan.hash)),
        Issue::Unknown => Err(DirectoryError::NotIssued(plan.hash)),
    }
}

/// Counts the guards as the directory stands now: the accounts may have changed since the plan was made. What the plan names
/// already stays as a person has seen it.
fn count_again(plan: &mut Plan, directory: &Directory) {
    let broken = guard_hits(&census(&directory.accounts), &plan.actions);
    let named: &[GuardHit] = match &plan.verdict {
        Verdict::Blocked(_) => return,
        Verdict::Ready => &[],
        Verdict::NeedsApproval(hits) => hits,
    };
    let is_named = |hit: &GuardHit| {
        named.iter().any(|named| (&named.guard, &named.field) == (&hit.guard, &hit.field) && named.actual >= hit.actual)
    };
    if !broken.iter().all(is_named) {
        plan.verdict = Verdict::NeedsApproval(broken);
    }
}

const fn needs_approval(plan: &Plan) -> bool {
    matches!(plan.verdict, Verdict::NeedsApproval(_))
}

fn other_plan(given: &str, actual: &str) -> Failure {
    Failure {
        code: codes::APPROVAL_UNKNOWN.to_owned(),
        subject: None,
        message: format!("The approval is for plan {given}, but this is plan {actual}."),
        remedy: "Look at this plan, and approve it by its own hash if it is right.".to_owned(),
    }
}

fn used(hash: &str) -> Failure {
    Failure {
        code: codes::APPROVAL_USED.to_owned(),
        subject: None,
        message: format!("The approval for plan {hash} was used before."),
        remedy: "An approval counts once. Something has undone what that plan did; find out what before you continue."
            .to_owned(),
    }
}
