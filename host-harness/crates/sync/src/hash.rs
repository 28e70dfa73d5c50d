//! A plan's hash: what an approval names (rule S19).
//!
//! It covers what would be written, to what state of which account, and whether a guard speaks; and nothing else: not
//! the order, not the time, not the notices. Two plans with one hash do the same; a plan made again tomorrow for the same state has the same.

use sha2::{Digest, Sha256};

use connector_host::contract::{Action, Plan, Verdict};

/// Changes whenever the canonical form does, so that no approval outlives its meaning.
const FORM: &str = "elearnio-plan-2";

/// The hash, in lower-case hexadecimal.
#[must_use]
pub fn of(plan: &Plan) -> String {
    let mut actions: Vec<&Action> = plan.actions.iter().collect();
    actions.sort_unstable_by(|left, right| left.id.cmp(&right.id));
    let mut hash = Sha256::new();
    hash.update(FORM);
    hash.update(match &plan.verdict {
        Verdict::Ready => "ready",
        Verdict::NeedsApproval(_) => "needs-approval",
        Verdict::Blocked(_) => "blocked",
    });
    if let Verdict::NeedsApproval(hits) = &plan.verdict {
        // An approval is for what a person has seen: which guards, and how far beyond them.
        let mut figures: Vec<String> =
            hits.iter().map(|hit| format!("{} {:?} {} {}\n", hit.guard, hit.field, hit.limit, hit.actual)).collect();
        figures.sort_unstable();
        for figure in figures {
            hash.update(figure);
        }
    }
    for action in actions {
        // Plain data without maps: serde_json writes the same bytes for the same action, and cannot fail on it.
        let line = serde_json::to_vec(&action).unwrap_or_default();
        hash.update((line.len() as u64).to_be_bytes());
        hash.update(line);
    }
    hex::encode(hash.finalize())
}
