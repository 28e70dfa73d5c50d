//! Whether a plan may be applied (rule S19): as it is, or because a person has approved exactly this one, once.

use crate::codes;
use crate::directory::{Accounts, Approvals, DirectoryError};
use crate::hash;
use crate::run::{Failure, RunReport, RunVerdict};
use connector_host::contract::{Directory, GuardHit, Plan, Verdict};
use connector_host::names::{census, guard_hits};

/// Settles the report's verdict; true if the plan is to be applied.
///
/// An approval that does not fit is refused even for a plan that needs none: the person who gave it saw another plan. What
/// blocks a plan is reported all the same, and first: no approval helps against it.
///
/// # Errors
/// When the directory cannot be read.
pub async fn judge(
    report: &mut RunReport,
    approved: Option<&str>,
    transaction: &mut (impl Accounts + Approvals + ?Sized),
) -> Result<bool, DirectoryError> {
    let Some(plan) = &mut report.plan else { return Ok(false) };
    count_again(plan, &transaction.snapshot().await?);
    // A plan that says more than it did when it was made is another plan.
    report.plan_hash = Some(hash::of(plan));
    let (plan, Some(hash)) = (&*plan, &report.plan_hash) else { return Ok(false) };
    let refusal = match approved {
        Some(given) if given != hash => Some(other_plan(given, hash)),
        Some(_) if needs_approval(plan) && transaction.approval_used(hash).await? => Some(used(hash)),
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

/// Counts the guards as the directory stands now, whatever the plan came by: the accounts may have changed since it was
/// made, and a saved plan may have been changed too. What the plan names already stays as a person has seen it.
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
