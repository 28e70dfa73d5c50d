//! The guards (rule S19), counted by the host: it does not trust a connector that says its plan needs no approval.

use crate::contract::Directory;
use crate::contract::{GuardHit, Plan, Verdict as Judgement};
use crate::names::{census, guard_hits};

/// The guards that the plan itself names.
pub(super) fn hits(plan: &Plan) -> &[GuardHit] {
    match &plan.verdict {
        Judgement::NeedsApproval(hits) => hits,
        Judgement::Ready | Judgement::Blocked(_) => &[],
    }
}

/// Checks that the plan names every guard it breaks, with the figures a person decides by. `target` is the directory that it
/// was made from.
pub(super) fn check(plan: &Plan, target: &Directory) -> Result<(), String> {
    let figures = |hit: &GuardHit| (hit.guard.clone(), hit.field.clone(), hit.limit, hit.actual);
    for broken in guard_hits(&census(&target.accounts), &plan.actions) {
        if !hits(plan).iter().any(|named| figures(named) == figures(&broken)) {
            let GuardHit { guard, limit, actual, .. } = broken;
            return Err(format!("{guard} allows {limit}, but the plan has {actual} and does not report it"));
        }
    }
    Ok(())
}
