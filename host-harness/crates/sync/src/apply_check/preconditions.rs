//! First pass: is each action still about what it was planned for, and can it be carried out?

use std::collections::{HashMap, HashSet};

use super::{AccountIndex, Person, Step};
use crate::codes;
use crate::run::Outcome;
use connector_common::text::{is_damaged, trimmed};
use connector_host::contract::{AccountStatus, Action, Change, Field, NewAccount, Operation};
use connector_host::names::{status_name, status_named};

/// Stale, or a failure: why an action is not carried out.
type Checked<T> = Result<T, Outcome>;

const ACCOUNT_MISSING: Outcome = Outcome::Failed(codes::ACCOUNT_MISSING);
const GROUP_GONE: Outcome = Outcome::Failed(codes::GROUP_GONE);
const SUPERVISOR_MISSING: Outcome = Outcome::Failed(codes::SUPERVISOR_MISSING);
const PROTECTED: Outcome = Outcome::Failed(codes::ACCOUNT_PROTECTED);
const OPERATION_UNKNOWN: Outcome = Outcome::Failed(codes::OPERATION_UNKNOWN);

/// Judges each action by the accounts' versions and links, and by the actions before it.
pub(super) fn check<'a>(actions: &'a [Action], accounts: &'a AccountIndex) -> Vec<Step<'a>> {
    let mut preconditions = Preconditions::new(accounts);
    let judge = |(index, action)| match preconditions.judge(index, action) {
        Ok((person, supervisor)) => Step { action, outcome: Outcome::Applied, person: Some(person), supervisor },
        Err(outcome) => Step { action, outcome, person: None, supervisor: None },
    };
    actions.iter().enumerate().map(judge).collect()
}

/// The address an update gives, if it changes the address.
pub(super) fn new_address(changes: &[Change]) -> Option<&str> {
    changes.iter().find(|change| change.field == Field::Email).and_then(|change| change.after.as_deref())
}

/// What the actions judged so far have led to.
struct Preconditions<'a> {
    accounts: &'a AccountIndex,
    /// Everybody who has an account, or will have one by an action judged before.
    persons: HashMap<&'a str, Person>,
    /// Accounts of the directory that an action judged before links.
    claimed: HashSet<usize>,
    /// Accounts that an action judged before gives a new address.
    readdressed: HashSet<usize>,
    /// Accounts that an action judged before invites.
    invited: HashSet<usize>,
    /// The index of the next account this plan creates.
    next: usize,
}

impl<'a> Preconditions<'a> {
    fn new(accounts: &'a AccountIndex) -> Self {
        let person = |(node, account): (usize, &'a super::Standing)| {
            account.employee.as_deref().map(|employee| (employee, Person { node, root: None }))
        };
        Self {
            accounts,
            persons: accounts.all.iter().enumerate().filter_map(person).collect(),
            claimed: HashSet::new(),
            readdressed: HashSet::new(),
            invited: HashSet::new(),
            next: accounts.len(),
        }
    }

    fn judge(&mut self, index: usize, action: &'a Action) -> Checked<(Person, Option<Person>)> {
        let named = self.named(action)?;
        match &action.operation {
            Operation::Create(new) => self.create(index, action, named, new).map(|person| (person, None)),
            Operation::Link => self.link(index, action, named).map(|person| (person, None)),
            operation => {
                let person = self.person(action, named)?;
                self.effect(person, operation).map(|supervisor| (person, supervisor))
            }
        }
    }

    /// The account an action names, if it is still as it was planned against (rule S21).
    fn named(&self, action: &Action) -> Checked<Option<usize>> {
        let Some(id) = &action.account else { return Ok(None) };
        let node = *self.accounts.by_id.get(id).ok_or(ACCOUNT_MISSING)?;
        let account = self.accounts.all.get(node).ok_or(ACCOUNT_MISSING)?;
        if action.version == Some(account.version) { Ok(Some(node)) } else { Err(Outcome::Stale) }
    }

    /// A second account for one employee is never made: the plan was applied before, or somebody linked the person since.
    fn create(&mut self, index: usize, action: &'a Action, named: Option<usize>, new: &NewAccount) -> Checked<Person> {
        if named.is_some() || self.persons.contains_key(action.employee.as_str()) {
            return Err(Outcome::Stale);
        }
        if !is_valid(new) {
            return Err(OPERATION_UNKNOWN);
        }
        let person = Person { node: self.next, root: Some(index) };
        self.next += 1;
        self.persons.insert(&action.employee, person);
        Ok(person)
    }

    /// Only an account without a link is linked, and only to somebody without an account.
    fn link(&mut self, index: usize, action: &'a Action, named: Option<usize>) -> Checked<Person> {
        let node = named.ok_or(Outcome::Stale)?;
        let is_linked = self.accounts.all.get(node).is_none_or(|account| account.employee.is_some());
        if self.is_protected(node) {
            return Err(PROTECTED);
        }
        if is_linked || self.persons.contains_key(action.employee.as_str()) || !self.claimed.insert(node) {
            return Err(Outcome::Stale);
        }
        let person = Person { node, root: Some(index) };
        self.persons.insert(&action.employee, person);
        Ok(person)
    }

    /// The person an action is about. One that names an account must name this person's (rule S4); one that names none
    /// relies on an account this plan creates.
    fn person(&self, action: &Action, named: Option<usize>) -> Checked<Person> {
        let person = *self.persons.get(action.employee.as_str()).ok_or(Outcome::Stale)?;
        let agrees = match named {
            Some(node) => node == person.node,
            None => person.node >= self.accounts.len(),
        };
        if agrees { Ok(person) } else { Err(Outcome::Stale) }
    }

    /// What only the operation itself can tell; the new supervisor, if it sets one.
    fn effect(&mut self, person: Person, operation: &'a Operation) -> Checked<Option<Person>> {
        match operation {
            Operation::Update(changes) => self.update(person, changes)?,
            Operation::SetSupervisor(change) => {
                let Some(employee) = &change.after else { return Ok(None) };
                return self.persons.get(employee.as_str()).copied().map(Some).ok_or(SUPERVISOR_MISSING);
            }
            Operation::AddToGroup(addition) if !self.accounts.groups.contains(&addition.group) => {
                return Err(GROUP_GONE);
            }
            Operation::AddToGroup(_) => {}
            Operation::Invite => self.invite(person)?,
            Operation::Create(_) | Operation::Link | Operation::Other(_) => return Err(OPERATION_UNKNOWN),
        }
        Ok(None)
    }

    /// Two new addresses for one account in one plan: the first stands.
    fn update(&mut self, person: Person, changes: &[Change]) -> Checked<()> {
        if !are_valid(changes) {
            return Err(OPERATION_UNKNOWN);
        }
        if self.is_protected(person.node) && changes.iter().any(takes_over) {
            return Err(PROTECTED);
        }
        if new_address(changes).is_some() && !self.readdressed.insert(person.node) {
            return Err(Outcome::Stale);
        }
        Ok(())
    }

    /// Rule S4, asked of the account as it stands now, whatever the plan came by.
    fn is_protected(&self, node: usize) -> bool {
        self.accounts.all.get(node).is_some_and(|account| account.protected)
    }

    /// Once per account ever (rule S16).
    fn invite(&mut self, person: Person) -> Checked<()> {
        let before = self.accounts.all.get(person.node).is_some_and(|account| account.invited);
        if before || !self.invited.insert(person.node) { Err(Outcome::Stale) } else { Ok(()) }
    }
}

/// True if the change locks an administrator out, or decides who can become one by "forgot password".
fn takes_over(change: &Change) -> bool {
    let locks_out = || change.after.as_deref() == Some(status_name(&AccountStatus::Inactive));
    change.field == Field::Email || change.field == Field::Status && locks_out()
}

fn is_valid(new: &NewAccount) -> bool {
    is_usable(&new.email) && !matches!(new.status, AccountStatus::Other(_))
}

/// True for a text that somebody can see and that is whole (rule S6).
fn is_usable(text: &str) -> bool {
    !trimmed(text).is_empty() && !is_damaged(text)
}

/// Each field at most once, each one that an update may write, and none of the mandatory ones cleared (rule S6).
fn are_valid(changes: &[Change]) -> bool {
    let mut seen: Vec<&Field> = Vec::with_capacity(changes.len());
    changes.iter().all(|change| {
        let once = !seen.contains(&&change.field);
        seen.push(&change.field);
        once && is_writable(change)
    })
}

fn is_writable(change: &Change) -> bool {
    let given = change.after.as_deref().is_some_and(is_usable);
    match change.field {
        Field::Email | Field::FirstName | Field::LastName => given,
        Field::Status => change.after.as_deref().is_some_and(|name| status_named(name).is_some()),
        Field::Gender | Field::Position | Field::Department | Field::Location | Field::Team => {
            given || change.after.is_none()
        }
        Field::Id | Field::Supervisor | Field::Flag | Field::Other(_) => false,
    }
}
