//! Matches people with accounts (rules S2, S4, S10, S11 and S12).
//!
//! The ID decides; an address is looked at only for people without an account, and for people whose address changes.
//! Addresses are judged by who holds them once the plan is applied, so that a chain of changes (A takes B's address, B
//! takes a free one) is settled in one plan and planning again finds nothing to do. A swap is a cycle: nobody can go
//! first, so both stay.

use std::borrow::Cow;
use std::collections::HashMap;

use super::changes::{self, HiddenFields};
use super::notices::Notices;
use super::people::{Address, Person, Standing};
use super::population::Population;
use crate::bindings::elearnio::connector::types::{Account, Directory, Field, Learner, Reading, StatusReading};
use crate::codes;
use crate::key;
use connector_common::sorting::by_id;

/// The directory's accounts, by employee and by address.
#[derive(Debug)]
pub struct Accounts<'d> {
    all: &'d [Account],
    by_employee: HashMap<&'d str, Holder>,
    /// Employees by an earlier ID of theirs, as a person decided (rule S12).
    by_earlier: HashMap<&'d str, &'d str>,
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
        let mut by_earlier: HashMap<&str, &str> = HashMap::new();
        let mut by_email: HashMap<_, Vec<usize>> = HashMap::with_capacity(all.len());
        for (index, account) in all.iter().enumerate() {
            if let Some(employee) = account.employee.as_deref() {
                by_employee
                    .entry(employee)
                    .and_modify(|holder| *holder = Holder::Several)
                    .or_insert(Holder::One(index));
                for earlier in &account.earlier_employees {
                    // Of two who claim one ID the first by ID has it, whatever the accounts' order (rule S20).
                    let of = by_earlier.entry(earlier).or_insert(employee);
                    *of = if by_id(employee, of).is_lt() { employee } else { *of };
                }
            }
            by_email.entry(key(&account.email)).or_default().push(index);
        }
        by_earlier.retain(|earlier, _| !by_employee.contains_key(earlier));
        Self { all, by_employee, by_earlier, by_email }
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

    /// True for an ID that a person said is somebody's earlier one (rule S12). An ID that an account is linked to is not.
    #[must_use]
    pub fn supersedes(&self, employee: &str) -> bool {
        self.by_earlier.contains_key(employee)
    }

    /// The ID that the employee with this one has now.
    #[must_use]
    pub fn current<'s>(&'s self, employee: &'s str) -> &'s str {
        self.by_earlier.get(employee).copied().unwrap_or(employee)
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
    population: &Population<'a>,
    accounts: &Accounts<'_>,
    hidden: &HiddenFields,
    notices: &mut Notices,
) -> Vec<Person<'a>> {
    // None for people whose address is hidden, empty or of no use: they neither take an address nor dispute one.
    let keys: Vec<Option<Cow<'a, str>>> =
        population.learners.iter().map(|(_, learner)| changes::address(learner).map(key)).collect();
    let mut uses: HashMap<&str, usize> = HashMap::with_capacity(keys.len());
    for key in keys.iter().flatten() {
        *uses.entry(key).or_default() += 1;
    }
    let shared = |key: &str| uses.get(key).is_some_and(|uses| *uses > 1);
    let moves = Moves::settle(population, &keys, accounts, &shared);
    let settle_one = |(&(record, learner), key): (&(usize, &'a Learner), &Option<Cow<'a, str>>)| {
        let is_shared = key.as_deref().is_some_and(shared);
        if is_shared {
            notices.add(codes::EMAIL_DUPLICATE_IN_SOURCE, None, &learner.employee);
        }
        let (standing, address) = match accounts.by_employee.get(learner.employee.as_str()) {
            Some(Holder::One(index)) => (Standing::Linked(*index), moves.address(*index, is_shared)),
            Some(Holder::Several) => {
                notices.add(codes::EMPLOYEE_LINKED_TWICE, None, &learner.employee);
                (Standing::Conflict, Address::Keep)
            }
            None if is_shared => (Standing::Conflict, Address::Keep),
            None => {
                let holders = key.as_deref().map(|key| accounts.after(&moves, key));
                (newcomer(learner, hidden, holders, notices), Address::Keep)
            }
        };
        if let Some(key) = key.as_deref().filter(|_| address == Address::Disputed && !is_shared) {
            let owner = owner(accounts.after(&moves, key));
            notices.add(codes::EMAIL_CHANGE_CONFLICT, owner, &learner.employee);
        }
        Person { learner, record, standing, address, status: None, changes: false }
    };
    population.learners.iter().zip(&keys).map(settle_one).collect()
}

/// Rules S2, S4, S6 and S12: what becomes of somebody without an account; `holders` are the accounts that keep the address,
/// if there is one.
fn newcomer<'d>(
    learner: &Learner,
    hidden: &HiddenFields,
    holders: Option<impl Iterator<Item = (usize, &'d Account)> + Clone>,
    notices: &mut Notices,
) -> Standing {
    let Some(holders) = holders else {
        reject(learner, hidden, notices);
        return Standing::Rejected;
    };
    let owner = owner(holders.clone());
    let mut one_by_one = holders;
    let code = match (one_by_one.next(), one_by_one.next(), owner) {
        (None, ..) if reject(learner, hidden, notices) => return Standing::Rejected,
        (None, ..) => return Standing::New,
        (.., Some(_)) => codes::EMAIL_BELONGS_TO_LINKED_ACCOUNT,
        (Some(_), Some(_), None) => codes::EMAIL_MATCHES_SEVERAL_ACCOUNTS,
        (Some((_, only)), None, None) if only.protected => codes::EMAIL_BELONGS_TO_PROTECTED_ACCOUNT,
        (Some((_, only)), None, None) if only.foreign_employees.contains(&learner.employee) => {
            codes::EMAIL_BELONGS_TO_UNLINKED_ACCOUNT
        }
        (Some((index, _)), None, None) => return Standing::Link(index),
    };
    notices.add(code, owner, &learner.employee);
    Standing::Conflict
}

/// Tells everything that somebody lacks to be given an account (rule S6); false if that is nothing.
fn reject(learner: &Learner, hidden: &HiddenFields, notices: &mut Notices) -> bool {
    let mut lacks = false;
    for (field, reading) in [
        (Field::Email, &learner.email),
        (Field::FirstName, hidden.read(learner, &Field::FirstName)),
        (Field::LastName, hidden.read(learner, &Field::LastName)),
    ] {
        match (&field, reading) {
            (_, Reading::Value(_)) => continue,
            // Told of everybody, with or without an account.
            (Field::Email, Reading::Hidden) => {}
            (_, Reading::Hidden) => notices.add(codes::NAME_HIDDEN, None, &learner.employee),
            _ => changes::report(field, reading, learner, notices),
        }
        lacks = true;
    }
    match &learner.status {
        StatusReading::Hidden => lacks = true,
        StatusReading::Unusable(code) => {
            notices.add(code, Some(crate::field_name(&Field::Status)), &learner.employee);
            lacks = true;
        }
        StatusReading::Known(_) | StatusReading::Unknown(_) => {}
    }
    lacks
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
    /// can go any more. Those who are left wait for an address that stays taken, or for each other: a swap.
    fn settle(
        population: &Population<'_>,
        keys: &[Option<Cow<'_, str>>],
        accounts: &Accounts<'_>,
        shared: &impl Fn(&str) -> bool,
    ) -> Self {
        let mut addresses = HashMap::new();
        let mut waiting: HashMap<&str, (usize, usize)> = HashMap::new();
        let mut free = Vec::new();
        for ((_, learner), wanted) in population.learners.iter().zip(keys) {
            let (Some(wanted), Some(index)) = (wanted, accounts.of_employee(&learner.employee)) else { continue };
            let Some(account) = accounts.get(index).filter(|account| key(&account.email) != *wanted) else { continue };
            if account.protected {
                addresses.insert(index, Address::Protected);
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
