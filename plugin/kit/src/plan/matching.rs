//! Who has which account (rules S2, S10, S11 and S12).
//!
//! The ID decides; an address is looked at only for people without an account, and for people whose address changes.
//! Addresses are judged by who holds them once the plan is applied, so that a chain of changes (A takes B's address, B
//! takes a free one) is settled in one plan and planning again finds nothing to do. A swap is a cycle: nobody can go
//! first, so both stay.

use std::borrow::Cow;
use std::collections::HashMap;

use super::changes::Frozen;
use super::notices::Notices;
use super::people::{Address, Person, Standing};
use super::roster::{Roster, by_id};
use crate::bindings::elearnio::connector::types::{Account, Directory, Field, Learner, Reading};
use crate::codes;
use crate::key::key;

/// The directory's accounts, by employee and by address.
#[derive(Debug)]
pub struct Accounts<'d> {
    all: &'d [Account],
    by_employee: HashMap<&'d str, Holder>,
    by_email: HashMap<Cow<'d, str>, Vec<usize>>,
}

#[derive(Debug, Clone, Copy)]
enum Holder {
    One(usize),
    Several,
}

impl<'d> Accounts<'d> {
    /// Indexes a directory.
    #[must_use]
    pub fn index(directory: &'d Directory) -> Self {
        let all = directory.accounts.as_slice();
        let mut by_employee = HashMap::new();
        let mut by_email: HashMap<_, Vec<usize>> = HashMap::with_capacity(all.len());
        for (index, account) in all.iter().enumerate() {
            if let Some(employee) = account.employee.as_deref() {
                by_employee
                    .entry(employee)
                    .and_modify(|holder| *holder = Holder::Several)
                    .or_insert(Holder::One(index));
            }
            by_email.entry(key(&account.email)).or_default().push(index);
        }
        Self { all, by_employee, by_email }
    }

    /// The account at an index.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&'d Account> {
        self.all.get(index)
    }

    /// All accounts, in the directory's order.
    pub fn iter(&self) -> impl Iterator<Item = &'d Account> {
        self.all.iter()
    }

    /// How many employees have an account.
    #[must_use]
    pub fn linked(&self) -> usize {
        self.by_employee.len()
    }

    /// The employees who have an account, in no order.
    pub fn employees(&self) -> impl Iterator<Item = &'d str> {
        self.by_employee.keys().copied()
    }

    /// The one account of an employee.
    #[must_use]
    pub fn of_employee(&self, employee: &str) -> Option<usize> {
        match self.by_employee.get(employee) {
            Some(Holder::One(index)) => Some(*index),
            Some(Holder::Several) | None => None,
        }
    }

    /// The accounts that hold an address once the plan is applied.
    fn after<'s>(
        &'s self,
        moves: &'s Moves,
        key: &str,
    ) -> impl Iterator<Item = (usize, &'d Account)> + Clone + use<'s, 'd> {
        let holders = self.with_email(key).iter().copied().filter(|index| !moves.leaves(*index));
        holders.filter_map(|index| Some((index, self.get(index)?)))
    }

    fn with_email(&self, key: &str) -> &[usize] {
        self.by_email.get(key).map_or(&[], Vec::as_slice)
    }
}

/// Settles where everybody stands.
pub fn settle<'a>(
    roster: &Roster<'a>,
    accounts: &Accounts<'_>,
    frozen: &Frozen,
    notices: &mut Notices,
) -> Vec<Person<'a>> {
    let keys: Vec<Cow<'a, str>> = roster.learners.iter().map(|(_, learner)| key(&learner.email)).collect();
    let mut uses: HashMap<&str, usize> = HashMap::with_capacity(keys.len());
    for key in &keys {
        *uses.entry(key).or_default() += 1;
    }
    let shared = |key: &str| uses.get(key).is_some_and(|uses| *uses > 1);
    let moves = Moves::settle(roster, &keys, accounts, &shared);
    let settle_one = |(&(record, learner), key): (&(usize, &'a Learner), &Cow<'a, str>)| {
        if shared(key) {
            notices.add(codes::EMAIL_DUPLICATE_IN_SOURCE, None, &learner.employee);
        }
        let (standing, address) = match accounts.by_employee.get(learner.employee.as_str()) {
            Some(Holder::One(index)) => (Standing::Linked(*index), moves.address(*index, shared(key))),
            Some(Holder::Several) => {
                notices.add(codes::EMPLOYEE_LINKED_TWICE, None, &learner.employee);
                (Standing::Conflict, Address::Keep)
            }
            None if shared(key) => (Standing::Conflict, Address::Keep),
            None => (newcomer(learner, frozen, accounts.after(&moves, key), notices), Address::Keep),
        };
        if address == Address::Disputed && !shared(key) {
            let owner = owner(accounts.after(&moves, key));
            notices.add(codes::EMAIL_CHANGE_CONFLICT, owner, &learner.employee);
        }
        Person { learner, record, standing, address, status: None, changes: false }
    };
    roster.learners.iter().zip(&keys).map(settle_one).collect()
}

/// Rules S2 and S12: what becomes of somebody without an account; `holders` are the accounts that keep the address.
fn newcomer<'d>(
    learner: &Learner,
    frozen: &Frozen,
    holders: impl Iterator<Item = (usize, &'d Account)> + Clone,
    notices: &mut Notices,
) -> Standing {
    let named = |field| matches!(frozen.read(learner, &field), Reading::Value(_));
    let owner = owner(holders.clone());
    let mut indexes = holders.map(|(index, _)| index);
    let (standing, code) = match (indexes.next(), indexes.next(), owner) {
        (None, ..) if named(Field::FirstName) && named(Field::LastName) => return Standing::New,
        (None, ..) => (Standing::Rejected, codes::NAME_HIDDEN),
        (Some(only), None, None) => return Standing::Link(only),
        (.., Some(_)) => (Standing::Conflict, codes::EMAIL_BELONGS_TO_LINKED_ACCOUNT),
        (.., None) => (Standing::Conflict, codes::EMAIL_MATCHES_SEVERAL_ACCOUNTS),
    };
    notices.add(code, owner, &learner.employee);
    standing
}

/// The employee to look up about an address: who is linked to an account that has it, of several the first by ID.
fn owner<'d>(holders: impl Iterator<Item = (usize, &'d Account)>) -> Option<&'d str> {
    holders.filter_map(|(_, account)| account.employee.as_deref()).min_by(|left, right| by_id(left, right))
}

/// Which linked accounts change their address, by the accounts' index.
struct Moves {
    addresses: HashMap<usize, Address>,
}

impl Moves {
    /// Lets everybody go whose new address is free, then those who wait for an address that has become free, until nobody
    /// can go any more. Whoever is left waits for an address that stays taken, or for each other: a swap.
    fn settle(
        roster: &Roster<'_>,
        keys: &[Cow<'_, str>],
        accounts: &Accounts<'_>,
        shared: &impl Fn(&str) -> bool,
    ) -> Self {
        let mut addresses = HashMap::new();
        let mut waiting: HashMap<&str, (usize, usize)> = HashMap::new();
        let mut free = Vec::new();
        for ((_, learner), wanted) in roster.learners.iter().zip(keys) {
            let Some(index) = accounts.of_employee(&learner.employee) else { continue };
            if accounts.get(index).is_some_and(|account| key(&account.email) == *wanted) {
                continue;
            }
            addresses.insert(index, Address::Disputed);
            if shared(wanted) {
                continue;
            }
            match accounts.with_email(wanted).len() {
                0 => free.push(index),
                holders => drop(waiting.insert(wanted, (index, holders))),
            }
        }
        while let Some(index) = free.pop() {
            addresses.insert(index, Address::Change);
            let Some(account) = accounts.get(index) else { continue };
            if let Some((next, holders)) = waiting.get_mut(key(&account.email).as_ref()) {
                *holders -= 1;
                if *holders == 0 {
                    free.push(*next);
                }
            }
        }
        Self { addresses }
    }

    fn address(&self, index: usize, shared: bool) -> Address {
        let unmoved = if shared { Address::Shared } else { Address::Keep };
        self.addresses.get(&index).copied().unwrap_or(unmoved)
    }

    fn leaves(&self, index: usize) -> bool {
        self.addresses.get(&index) == Some(&Address::Change)
    }
}
