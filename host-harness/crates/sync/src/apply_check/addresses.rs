//! Second pass: no two accounts share an address once the plan is written (rules S2, S10 and S12).
//!
//! An action *claims* an address: a create and a changed address for good, a link in that no other linked account may
//! have it. An account *holds* its address until an update of this plan moves it away. A claim fails where somebody
//! holds on; the account that wanted to move then holds on too, and so the failures spread backwards along a chain of
//! moves. Each address keeps at most one claim after the first look, so that the whole is linear.

use std::collections::{HashMap, HashSet};

use connector_common::key;

use super::{AccountIndex, Step, effort};
use crate::codes;
use crate::run::Outcome;
use connector_host::contract::Operation;

const ADDRESS_TAKEN: Outcome = Outcome::Failed(codes::ADDRESS_TAKEN);

/// Who holds an address and who wants it.
#[derive(Default)]
struct Slot {
    /// Claiming actions, in the plan's order; at most one is left after the first look.
    claims: Vec<usize>,
    /// Accounts that hold it and stay.
    holders: usize,
    /// Those of them that are linked.
    linked: usize,
}

/// Fails the claims that cannot be met, and makes stale what relies on them.
pub(super) fn settle(steps: &mut [Step<'_>], accounts: &AccountIndex) {
    let mut register = Register::new(steps, accounts);
    register.count_holders(accounts);
    register.first_look(steps);
    register.spread(steps);
    withhold_invitations(steps);
}

struct Register<'a> {
    accounts: &'a AccountIndex,
    slots: HashMap<String, Slot>,
    /// Actions that take an account away from its address, by account.
    moves: HashMap<usize, usize>,
    /// Live actions that rely on a create or link, by that action.
    relying: HashMap<usize, Vec<usize>>,
    /// Actions that were skipped and whose consequences are not yet drawn.
    skipped: Vec<usize>,
}

impl<'a> Register<'a> {
    fn new(steps: &[Step<'_>], accounts: &'a AccountIndex) -> Self {
        let mut register = Self {
            accounts,
            slots: HashMap::new(),
            moves: HashMap::new(),
            relying: HashMap::new(),
            skipped: Vec::new(),
        };
        for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.live()) {
            register.enter(index, step);
        }
        register
    }

    fn enter(&mut self, index: usize, step: &Step<'_>) {
        effort::step();
        let Some(person) = step.person else { return };
        if let Some(root) = person.root.filter(|&root| root != index) {
            self.relying.entry(root).or_default().push(index);
        }
        let held = self.accounts.all.get(person.node).map(|account| key(&account.email));
        let wanted = match step.action.operation {
            Operation::Link => held.clone(),
            _ => step.address().map(key),
        };
        let Some(wanted) = wanted else { return };
        if step.action.operation != Operation::Link && held.is_some() {
            if held.as_deref() == Some(&*wanted) {
                return; // Another spelling of the same address takes nothing from anybody.
            }
            self.moves.insert(person.node, index);
        }
        self.slots.entry(wanted.into_owned()).or_default().claims.push(index);
    }

    fn count_holders(&mut self, accounts: &AccountIndex) {
        for (node, account) in accounts.all.iter().enumerate() {
            effort::step();
            if self.moves.contains_key(&node) {
                continue;
            }
            if let Some(slot) = self.slots.get_mut(&*key(&account.email)) {
                slot.hold(account.employee.is_some());
            }
        }
    }

    /// Of the claims that nobody's hold forbids, the first in the plan's order stands.
    fn first_look(&mut self, steps: &mut [Step<'_>]) {
        for slot in self.slots.values_mut() {
            let mut standing = None;
            for claim in std::mem::take(&mut slot.claims) {
                effort::step();
                let free = steps.get(claim).is_some_and(|step| !slot.forbids(step));
                if free && standing.is_none() {
                    standing = Some(claim);
                } else {
                    skip(steps, claim, ADDRESS_TAKEN, &mut self.skipped);
                }
            }
            slot.claims.extend(standing);
        }
    }

    /// Draws the consequences of each skipped action until there are none.
    fn spread(&mut self, steps: &mut [Step<'_>]) {
        self.skipped.sort_unstable(); // The map's order must not decide which of two reasons an action gets.
        while let Some(index) = self.skipped.pop() {
            for reliant in self.relying.remove(&index).unwrap_or_default() {
                effort::step();
                skip(steps, reliant, Outcome::Stale, &mut self.skipped);
            }
            self.stay(steps, index);
        }
    }

    /// The account of a skipped move holds on to its address, against the account that claimed it.
    fn stay(&mut self, steps: &mut [Step<'_>], index: usize) {
        let Some(person) = steps.get(index).and_then(|step| step.person) else { return };
        if self.moves.get(&person.node) != Some(&index) {
            return;
        }
        self.moves.remove(&person.node);
        let Some(account) = self.accounts.all.get(person.node) else { return };
        let Some(slot) = self.slots.get_mut(&*key(&account.email)) else { return };
        slot.hold(account.employee.is_some());
        for claim in std::mem::take(&mut slot.claims) {
            effort::step();
            if steps.get(claim).is_some_and(|step| slot.forbids(step)) {
                skip(steps, claim, ADDRESS_TAKEN, &mut self.skipped);
            } else {
                slot.claims.push(claim);
            }
        }
    }
}

impl Slot {
    fn hold(&mut self, linked: bool) {
        self.holders += 1;
        self.linked += usize::from(linked);
    }

    fn forbids(&self, claim: &Step<'_>) -> bool {
        let against = if claim.action.operation == Operation::Link { self.linked } else { self.holders };
        against > 0
    }
}

fn skip(steps: &mut [Step<'_>], index: usize, outcome: Outcome, skipped: &mut Vec<usize>) {
    if let Some(step) = steps.get_mut(index).filter(|step| step.live()) {
        step.outcome = outcome;
        skipped.push(index);
    }
}

/// An invitation relies on the address: it would go to the one the person has left.
fn withhold_invitations(steps: &mut [Step<'_>]) {
    let still_old = |step: &&Step<'_>| !step.live() && step.address().is_some();
    let still_old: HashSet<usize> =
        steps.iter().filter(still_old).filter_map(|step| step.person.map(|person| person.node)).collect();
    for step in steps.iter_mut().filter(|step| step.live() && step.action.operation == Operation::Invite) {
        if step.person.is_some_and(|person| still_old.contains(&person.node)) {
            step.outcome = Outcome::Stale;
        }
    }
}
