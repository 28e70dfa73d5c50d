//! A plan's hash: what an approval names (rule S19).
//!
//! It covers the tenant, the directory, what would be written in which order to which state of which account, and whether a
//! guard holds the plan back. It does not cover the time or the notices. Two plans with the same hash do the same to the
//! same accounts, and a plan made again tomorrow for the same state has the same hash.

use sha2::{Digest, Sha256};

use connector_host::contract::{Plan, Verdict};

/// Changes whenever the canonical form does, so that no approval outlives its meaning.
const FORM: &str = "elearnio-plan-3";

/// The hash, in lower-case hexadecimal: of a plan for this tenant, by its integration name, and the directory of this ID;
/// none for one that is not kept.
#[must_use]
pub fn of(plan: &Plan, tenant: &str, directory: Option<&str>) -> String {
    let mut hash = Sha256::new();
    hash.update(FORM);
    part(&mut hash, tenant.as_bytes());
    hash.update([u8::from(directory.is_some())]);
    part(&mut hash, directory.unwrap_or_default().as_bytes());
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
    for action in &plan.actions {
        // Plain data without maps: serde_json writes the same bytes for the same action, and cannot fail on it.
        part(&mut hash, &serde_json::to_vec(action).unwrap_or_default());
    }
    hex::encode(hash.finalize())
}

/// With its length before it, so that no two lists of parts are one text.
fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::samples;

    #[test]
    fn s19_a_hash_is_of_one_tenant_one_directory_and_one_order() {
        let plan = samples::conflicts().plan.unwrap();
        let mut reversed = plan.clone();
        reversed.actions.reverse();
        let of_each = [
            of(&plan, "Acme", Some("d1")),
            of(&plan, "Beta", Some("d1")),
            of(&plan, "Acme", Some("d2")),
            of(&plan, "Acme", Some("")),
            of(&plan, "Acme", None),
            of(&reversed, "Acme", Some("d1")),
        ];
        let different: std::collections::BTreeSet<&String> = of_each.iter().collect();
        assert_eq!(different.len(), of_each.len(), "{of_each:?}");
        assert_eq!(of_each[0], of(&plan.clone(), "Acme", Some("d1")));
    }
}
