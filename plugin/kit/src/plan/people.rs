//! A person while a plan is made: what was read, which account they have, and what has been decided so far.

use super::matching::Accounts;
use super::notices::Notices;
use super::population::Population;
use crate::bindings::elearnio::connector::types::{Account, AccountStatus, Action, Counts, Learner, Operation};
use crate::codes;

/// Where a person stands before anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Has an account: its index in the directory.
    Linked(usize),
    /// Gets this unlinked account, by its index (rule S2).
    Link(usize),
    /// Gets a new account.
    New,
    /// Gets nothing until somebody decides.
    Conflict,
    /// Cannot be given an account for want of data.
    Rejected,
}

/// What is to become of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// As it is.
    Keep,
    /// As it is, though somebody else in the source has it too (rule S11).
    Shared,
    /// The new one is free, or becomes free in this plan.
    Change,
    /// Belongs to somebody else (rules S10 and S11).
    Disputed,
    /// The account is protected: control of its address means control of the account (rule S4).
    Protected,
}

/// A person in mid-plan.
#[derive(Debug)]
pub struct Person<'a> {
    /// What was read.
    pub learner: &'a Learner,
    /// The record's place in the read.
    pub record: usize,
    /// Where they stand.
    pub standing: Standing,
    /// What is to become of their address.
    pub address: Address,
    /// Their status once the plan is applied; none without an account.
    pub status: Option<AccountStatus>,
    /// True once an attribute of theirs is to change.
    pub changes: bool,
}

impl Person<'_> {
    /// The account they have, or are to be linked to.
    #[must_use]
    pub fn account<'d>(&self, accounts: &Accounts<'d>) -> Option<&'d Account> {
        match self.standing {
            Standing::Linked(index) | Standing::Link(index) => accounts.get(index),
            Standing::New | Standing::Conflict | Standing::Rejected => None,
        }
    }

    /// True if they have an account once the plan is applied.
    #[must_use]
    pub const fn has_account(&self) -> bool {
        matches!(self.standing, Standing::Linked(_) | Standing::Link(_) | Standing::New)
    }

    /// An action about this person. `id` is the operation's part of the action's ID.
    #[must_use]
    pub fn action(&self, id: &str, accounts: &Accounts<'_>, operation: Operation, reason: &str) -> Action {
        let account = self.account(accounts);
        Action {
            id: format!("{id}:{}", self.learner.employee),
            employee: self.learner.employee.clone(),
            account: account.map(|account| account.id.clone()),
            version: account.map(|account| account.version),
            operation,
            reason: reason.to_owned(),
        }
    }
}

/// Rule S23: everybody in exactly one count. What is written comes before what is disputed: somebody whose address is
/// disputed and whose department changes is `updated`, and has a notice.
pub fn tally(people: &[Person<'_>], counts: &mut Counts) {
    for person in people {
        let count = match person.standing {
            Standing::New => &mut counts.created,
            Standing::Link(_) => &mut counts.linked,
            Standing::Rejected => &mut counts.rejected,
            Standing::Conflict => &mut counts.conflicts,
            Standing::Linked(_) if person.changes => &mut counts.updated,
            Standing::Linked(_) if person.address == Address::Disputed => &mut counts.conflicts,
            Standing::Linked(_) => &mut counts.unchanged,
        };
        *count += 1;
    }
}

/// Rule S5: linked accounts whose person is no longer flagged, or no longer there.
pub fn report_absent(population: &Population<'_>, accounts: &Accounts<'_>, notices: &mut Notices) {
    for employee in accounts.employees() {
        if population.excludes(employee) {
            notices.add(codes::FLAG_LOST, None, employee);
        } else if population.complete && !population.contains(employee) {
            notices.add(codes::PERSON_GONE, None, employee);
        }
    }
}
