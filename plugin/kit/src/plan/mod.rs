//! Planning: what brings a directory in step with what was read.
//!
//! A pure function in one direction: [`roster`] settles who was read, [`matching`] who has which account, then
//! [`changes`], [`supervisors`], [`groups`] and [`invitations`] add their actions in the order of rule S13, and
//! [`guards`] judges the whole. People are sorted by ID once, at the start; nothing after that depends on the order of
//! pages, employees, accounts or groups (rule S20), and no stage costs more than a sort of what it is given.

mod changes;
mod groups;
mod guards;
mod invitations;
mod matching;
mod notices;
mod people;
mod roster;
mod supervisors;

use crate::bindings::elearnio::connector::types::{Counts, Directory, Field, Plan, Problem, SourceRead, Verdict};
use crate::codes;
use crate::form::PlanOptions;
use crate::problem::problem;
use changes::Changes;
use matching::Accounts;
use notices::Notices;
use roster::Roster;

/// Plans what brings `target` in step with `source`.
#[must_use]
pub fn plan(source: &SourceRead, target: &Directory, options: PlanOptions) -> Plan {
    let roster = Roster::take(source);
    let mut notices = Notices::default();
    roster.report(&mut notices);
    let accounts = Accounts::index(target);
    if let Some(problem) = blocked(source, &roster, &accounts) {
        return refuse(problem, &roster, notices);
    }
    roster.report_incomplete(&mut notices);
    let frozen = changes::Frozen::find(source, &roster, &mut notices);
    let mut people = matching::settle(&roster, &accounts, &frozen, &mut notices);
    people::report_absent(&roster, &accounts, &mut notices);

    let Changes { mut actions, updates } =
        changes::plan(&mut people, &accounts, &frozen, roster.complete, &mut notices);
    actions.extend(updates);
    let links = supervisors::plan(&mut people, &accounts, &frozen, &mut notices);
    let mut counts = Counts { supervisors: count(links.len()), ..roster.counts() };
    actions.extend(links);
    let joins = groups::plan(&people, &accounts, target, options, &frozen, &mut notices);
    counts.group_additions = count(joins.len());
    actions.extend(joins);
    let invitations = invitations::plan(&people, &accounts, options);
    counts.invitations = count(invitations.len());
    actions.extend(invitations);

    people::tally(&people, &mut counts);
    let verdict = guards::judge(&actions, accounts.linked());
    Plan { verdict, actions, notices: notices.finish(), counts, complete: roster.complete }
}

/// Rules S7 and S18: why nothing may be done at all.
fn blocked(source: &SourceRead, roster: &Roster<'_>, accounts: &Accounts<'_>) -> Option<Problem> {
    let hidden = source.hidden.iter().find(|hidden| hidden.required).map(|hidden| hidden.attribute.clone());
    if let Some(attribute) = hidden.or_else(|| roster.hidden_in_every_record()) {
        return Some(hidden_attribute(&attribute));
    }
    if roster.is_empty() {
        return Some(problem(
            codes::NO_EMPLOYEES,
            None,
            "The source has no employees.",
            "Check in the HR system that the credential may read employees; nothing was changed.",
        ));
    }
    if roster.nobody_is_flagged() && accounts.linked() > 0 {
        return Some(problem(
            codes::NOBODY_FLAGGED,
            Some("flag"),
            "Nobody is flagged for the sync although accounts are linked.",
            "Check the filter attribute's values in the HR system; nothing was changed.",
        ));
    }
    None
}

fn hidden_attribute(attribute: &Field) -> Problem {
    let name = crate::field_name(attribute);
    problem(
        codes::HIDDEN_REQUIRED_ATTRIBUTE,
        Some(name),
        &format!("The credential may not read the attribute {name}, and nothing can be decided without it."),
        "In the HR system, let the credential read this attribute.",
    )
}

/// A plan that does nothing: everybody who would have been synced is left as they are.
fn refuse(problem: Problem, roster: &Roster<'_>, notices: Notices) -> Plan {
    let mut counts = roster.counts();
    counts.unchanged = count(roster.learners.len());
    Plan {
        verdict: Verdict::Blocked(problem),
        actions: Vec::new(),
        notices: notices.finish(),
        counts,
        complete: roster.complete,
    }
}

/// Lengths are counts in the contract. A `usize` always fits.
const fn count(length: usize) -> u64 {
    length as u64
}

#[cfg(test)]
mod tests;
