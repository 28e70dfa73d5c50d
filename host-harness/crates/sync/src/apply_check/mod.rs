//! Which actions of a plan may be written (rules S10, S13 and S21): the pure half of applying.
//!
//! Knows no database: it judges a plan against an [`AccountIndex`], the few facts of every account that matter, so another
//! platform's directory can use it as it is. Three passes, each linear in the accounts and actions:
//!
//! 1. [`preconditions`]: is each action still about the account it was planned for, and can it be carried out at all?
//! 2. [`addresses`]: would two accounts share an address once the plan is written?
//! 3. [`supervisors`]: does each supervisor have an account, and do the changes that are left close no circle?
//!
//! Judging and writing action by action was rejected: people who swap addresses need the state after the whole plan, and
//! every version must be compared before the first write changes one.

mod addresses;
mod effort;
mod new_ids;
mod preconditions;
mod supervisors;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

pub use new_ids::NewIds;

use crate::run::Outcome;
use connector_host::contract::{Action, Operation};

/// What is to be known of one account before it may be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The account.
    pub id: String,
    /// Its version now (rule S21).
    pub version: u64,
    /// The employee it is linked to.
    pub employee: Option<String>,
    /// Its address, as it is written.
    pub email: String,
    /// Its supervisor's account.
    pub supervisor: Option<String>,
    /// Whether it was invited before (rule S16).
    pub invited: bool,
    /// Whether it is an administrator's (rule S4).
    pub protected: bool,
}

/// A directory's accounts and groups, as far as judging needs them.
#[derive(Debug, Default)]
pub struct AccountIndex {
    all: Vec<Standing>,
    by_id: HashMap<String, usize>,
    groups: HashSet<String>,
}

impl AccountIndex {
    /// An index of these accounts and groups; IDs are unique.
    #[must_use]
    pub fn new(accounts: Vec<Standing>, groups: HashSet<String>) -> Self {
        let by_id = accounts.iter().enumerate().map(|(index, account)| (account.id.clone(), index)).collect();
        Self { all: accounts, by_id, groups }
    }

    /// How many accounts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// True if there is no account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// True if an account has this ID.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }
}

/// Judges a plan's actions, in its order: [`Outcome::Applied`] stands for "write it".
#[must_use]
pub fn check(actions: &[Action], accounts: &AccountIndex) -> Vec<Outcome> {
    let mut steps = preconditions::check(actions, accounts);
    addresses::settle(&mut steps, accounts);
    supervisors::settle(&mut steps, accounts);
    steps.into_iter().map(|step| step.outcome).collect()
}

/// The person an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Person {
    /// The account: a position in the index, or, past its end, one this plan creates.
    node: usize,
    /// The create or link action of this plan that everything about this person relies on.
    root: Option<usize>,
}

/// An action on its way through the passes.
struct Step<'a> {
    action: &'a Action,
    outcome: Outcome,
    /// Whom it is about; none if it was not admitted.
    person: Option<Person>,
    /// Whom it makes the supervisor.
    supervisor: Option<Person>,
}

impl<'a> Step<'a> {
    fn live(&self) -> bool {
        self.outcome == Outcome::Applied
    }

    /// The address it gives the account, if it gives one.
    fn address(&self) -> Option<&'a str> {
        match &self.action.operation {
            Operation::Create(new) => Some(&new.email),
            Operation::Update(changes) => preconditions::new_address(changes),
            _ => None,
        }
    }
}
