//! Third pass: each supervisor has an account, and no circle is closed (rule S14).
//!
//! A plan's changes of supervisor are acyclic together. Some of them may have been skipped, though, and what is left may
//! then close a circle with what is stored: the changes on it rely on the skipped ones, and are stale.

use std::collections::{HashMap, HashSet};

use super::{AccountIndex, Step, effort};
use crate::codes;
use crate::run::Outcome;
use connector_host::contract::Operation;

/// How often circles are looked for one by one. Taking changes back can close others; after this many times all changes
/// are withheld, since nothing else is sure to end in time proportional to the plan.
const ROUNDS: usize = 8;

/// Fails changes whose supervisor has no account, and withholds those that would close a circle.
pub(super) fn settle(steps: &mut [Step<'_>], accounts: &AccountIndex) {
    fail_missing(steps);
    if !steps.iter().any(sets) {
        return;
    }
    let stored = stored_edges(accounts);
    for _ in 0..ROUNDS {
        if !withhold(steps, &on_circles(&edges_after(steps, &stored))) {
            return;
        }
    }
    steps.iter_mut().filter(|step| sets(step)).for_each(|step| step.outcome = Outcome::Stale);
}

/// True for a live action that gives somebody a supervisor.
fn sets(step: &Step<'_>) -> bool {
    step.live() && step.supervisor.is_some()
}

fn fail_missing(steps: &mut [Step<'_>]) {
    let lives: Vec<bool> = steps.iter().map(Step::live).collect();
    for step in steps.iter_mut().filter(|step| step.live()) {
        let root = step.supervisor.and_then(|supervisor| supervisor.root);
        if root.is_some_and(|root| lives.get(root) != Some(&true)) {
            step.outcome = Outcome::Failed(codes::SUPERVISOR_MISSING);
        }
    }
}

type Edges = HashMap<usize, usize>;

fn stored_edges(accounts: &AccountIndex) -> Edges {
    let edge = |(node, account): (usize, &super::Standing)| {
        account.supervisor.as_ref().and_then(|id| accounts.by_id.get(id)).map(|&supervisor| (node, supervisor))
    };
    accounts.all.iter().enumerate().filter_map(edge).collect()
}

fn edges_after(steps: &[Step<'_>], stored: &Edges) -> Edges {
    let mut edges = stored.clone();
    for step in steps.iter().filter(|step| step.live()) {
        let (Some(person), Operation::SetSupervisor(_)) = (step.person, &step.action.operation) else { continue };
        match step.supervisor {
            Some(supervisor) => edges.insert(person.node, supervisor.node),
            None => edges.remove(&person.node),
        };
    }
    edges
}

/// The accounts on a circle. Everybody has one supervisor at most, so that each walk either ends, meets an earlier walk,
/// or meets itself.
fn on_circles(edges: &Edges) -> HashSet<usize> {
    let mut walk_of: HashMap<usize, usize> = HashMap::with_capacity(edges.len());
    let mut circles = HashSet::new();
    for (walk, &start) in edges.keys().enumerate() {
        let mut at = start;
        while !walk_of.contains_key(&at) {
            effort::step();
            walk_of.insert(at, walk);
            let Some(&next) = edges.get(&at) else { break };
            at = next;
        }
        if edges.contains_key(&at) && walk_of.get(&at) == Some(&walk) {
            mark(edges, at, &mut circles);
        }
    }
    circles
}

/// Marks the circle through `start`, if that lies on one.
fn mark(edges: &Edges, start: usize, circles: &mut HashSet<usize>) {
    let mut at = start;
    while circles.insert(at) {
        effort::step();
        let Some(&next) = edges.get(&at) else { return };
        at = next;
    }
}

/// Makes the changes stale that lie on a circle; true if there was one.
fn withhold(steps: &mut [Step<'_>], circles: &HashSet<usize>) -> bool {
    let mut any = false;
    for step in steps.iter_mut().filter(|step| sets(step)) {
        effort::step();
        if step.person.is_some_and(|person| circles.contains(&person.node)) {
            step.outcome = Outcome::Stale;
            any = true;
        }
    }
    any
}
