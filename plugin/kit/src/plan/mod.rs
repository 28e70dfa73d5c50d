//! Planning: what brings a directory in step with what was read.
//!
//! A pure function in one direction: [`population`] settles who was read, [`matching`] who has which account, then
//! [`changes`], [`supervisors`], [`groups`] and [`invitations`] add their actions in the order of rule S13, [`values`] puts in
//! what changes, and the guards of [`connector_common::guards`] judge the whole. People are sorted by ID once, at the start;
//! nothing after that depends on the order of pages, employees, accounts or groups (rule S20), and no stage costs more than a
//! sort of what it is given.

mod changes;
mod cycles;
mod groups;
mod invitations;
mod matching;
mod notices;
mod people;
mod population;
mod supervisors;
mod values;

use crate::bindings::elearnio::connector::types::{Action, Directory, Field, Plan, Problem, SourceRead, Verdict};
use crate::codes;
use crate::names;
use crate::problem::problem;
use crate::settings::PlanOptions;
use matching::Accounts;
use notices::Notices;
use population::Population;
use values::Origin;

/// Plans what brings `target` in step with `source`, for callers that go on using both.
#[must_use]
pub fn plan(source: &SourceRead, target: &Directory, options: PlanOptions) -> Plan {
    plan_from(source.clone(), target.clone(), options)
}

/// Plans what brings `target` in step with `source`; values of both become the plan's.
#[must_use]
pub fn plan_from(source: SourceRead, target: Directory, options: PlanOptions) -> Plan {
    let Decided { mut plan, origins } = decide(&source, &target, options);
    let census = names::census(&target.accounts).into_owned();
    values::fill(&mut plan.actions, &origins, source, target);
    if plan.verdict == Verdict::Ready {
        let hits = names::guard_hits(&census, &plan.actions);
        if !hits.is_empty() {
            plan.verdict = Verdict::NeedsApproval(hits);
        }
    }
    plan
}

/// A plan whose updates have no values yet, and of which no guard has spoken.
struct Decided {
    plan: Plan,
    /// Where the updates' values come from.
    origins: Vec<Origin>,
}

fn decide(source: &SourceRead, target: &Directory, options: PlanOptions) -> Decided {
    let accounts = Accounts::index(target);
    let population = Population::take(source, &accounts);
    let mut notices = Notices::default();
    population.report(&mut notices);
    if let Some(problem) = blocked(source, &population, &accounts) {
        return Decided { plan: refuse(problem, &population, notices), origins: Vec::new() };
    }
    population.report_incomplete(&mut notices);
    let hidden = changes::HiddenFields::find(source, &population, &mut notices);
    let mut people = matching::settle(&population, &accounts, &hidden, &mut notices);
    people::report_absent(&population, &accounts, &mut notices);

    // Room for an update and a supervisor each: a list that grows by doubling needs its memory twice over, and this one is
    // the largest there is.
    let mut actions = Vec::with_capacity(2 * people.len());
    let origins = changes::plan(&mut people, &accounts, &hidden, &mut actions, &mut notices);
    let mut counts = population.counts();
    counts.supervisors = grown(&mut actions, |actions| {
        supervisors::plan(&mut people, &accounts, &hidden, actions, &mut notices);
    });
    counts.group_additions = grown(&mut actions, |actions| {
        groups::plan(&people, &accounts, target, options, &hidden, actions, &mut notices);
    });
    counts.invitations = grown(&mut actions, |actions| invitations::plan(&people, &accounts, options, actions));

    people::tally(&people, &mut counts);
    let plan =
        Plan { verdict: Verdict::Ready, actions, notices: notices.finish(), counts, complete: population.complete };
    Decided { plan, origins }
}

/// Rules S7 and S18: why nothing may be done at all.
fn blocked(source: &SourceRead, population: &Population<'_>, accounts: &Accounts<'_>) -> Option<Problem> {
    let hidden = source.hidden.iter().find(|hidden| hidden.required).map(|hidden| hidden.attribute.clone());
    if let Some(attribute) = hidden.or_else(|| population.hidden_in_every_record()) {
        return Some(hidden_attribute(&attribute));
    }
    if population.is_empty() {
        return Some(problem(
            codes::NO_EMPLOYEES,
            None,
            "The source has no employees.",
            "Check in the HR system that the credential may read employees; nothing was changed.",
        ));
    }
    if population.nobody_is_flagged() && accounts.linked() > 0 {
        return Some(problem(
            codes::NOBODY_FLAGGED,
            Some("flag"),
            "Nobody is flagged for the sync, although there are linked accounts.",
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
fn refuse(problem: Problem, population: &Population<'_>, notices: Notices) -> Plan {
    let mut counts = population.counts();
    counts.unchanged = count(population.learners.len());
    Plan {
        verdict: Verdict::Blocked(problem),
        actions: Vec::new(),
        notices: notices.finish(),
        counts,
        complete: population.complete,
    }
}

/// How many actions a stage adds.
fn grown(actions: &mut Vec<Action>, stage: impl FnOnce(&mut Vec<Action>)) -> u64 {
    let before = actions.len();
    stage(actions);
    count(actions.len() - before)
}

/// Lengths are counts in the contract. A `usize` always fits.
const fn count(length: usize) -> u64 {
    length as u64
}

#[cfg(test)]
mod tests;
