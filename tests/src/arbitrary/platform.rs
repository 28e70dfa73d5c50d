//! A directory in memory: the real decisions, without a database.
//!
//! What is written is short enough to be seen to be right, and a property holds it against the database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use connector_host::contract::{Account, Action, Change, Directory, Field, NewAccount, Operation};
use connector_host::names::status_named;
use connector_sync::apply_check::{self, AccountIndex, Standing};
use connector_sync::run::Outcome;
use serde_json::Value;

/// Applies a plan's actions; gives the directory after them, and what became of each.
#[must_use]
pub fn apply(directory: &Directory, actions: &[Action]) -> (Directory, Vec<Outcome>) {
    let outcomes = apply_check::check(actions, &ledger(directory));
    let mut after = directory.clone();
    for (action, _) in actions.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::Applied) {
        write(&mut after, action);
    }
    (after, outcomes)
}

fn ledger(directory: &Directory) -> AccountIndex {
    let standing = |account: &Account| Standing {
        id: account.id.clone(),
        version: account.version,
        employee: account.employee.clone(),
        email: account.email.clone(),
        supervisor: account.supervisor.clone(),
        invited: account.invited,
        protected: account.protected,
    };
    let groups = directory.groups.iter().map(|group| group.id.clone()).collect();
    AccountIndex::new(directory.accounts.iter().map(standing).collect(), groups)
}

fn write(directory: &mut Directory, action: &Action) {
    if let Operation::Create(new) = &action.operation {
        let account = created(directory, &action.employee, new);
        return directory.accounts.push(account);
    }
    let of_employee =
        |employee: &str| directory.accounts.iter().position(|account| account.employee.as_deref() == Some(employee));
    let supervisor = match &action.operation {
        Operation::SetSupervisor(change) => change.after.as_deref().and_then(of_employee),
        _ => None,
    };
    let supervisor = supervisor.and_then(|at| directory.accounts.get(at)).map(|account| account.id.clone());
    let at = match &action.account {
        Some(id) => directory.accounts.iter().position(|account| account.id == *id),
        None => of_employee(&action.employee),
    };
    let Some(account) = at.and_then(|at| directory.accounts.get_mut(at)) else { return };
    match &action.operation {
        Operation::Link => account.employee = Some(action.employee.clone()),
        Operation::Update(changes) => changes.iter().for_each(|change| change_field(account, change)),
        Operation::SetSupervisor(_) => account.supervisor = supervisor,
        Operation::AddToGroup(addition) if account.groups.contains(&addition.group) => {}
        Operation::AddToGroup(addition) => account.groups.push(addition.group.clone()),
        Operation::Invite => account.invited = true,
        Operation::Create(_) | Operation::Other(_) => return,
    }
    account.version += 1;
}

fn created(directory: &Directory, employee: &str, new: &NewAccount) -> Account {
    let is_free = |id: &String| directory.accounts.iter().all(|account| account.id != *id);
    let some = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    Account {
        id: (directory.accounts.len() + 1..).map(|n| format!("a-{n:06}")).find(is_free).unwrap_or_default(),
        version: 1,
        employee: Some(employee.to_owned()),
        earlier_employees: Vec::new(),
        foreign_employees: Vec::new(),
        email: new.email.clone(),
        first_name: new.first_name.clone(),
        last_name: new.last_name.clone(),
        status: new.status.clone(),
        gender: some(&new.gender),
        position: some(&new.position),
        department: some(&new.department),
        location: some(&new.location),
        team: some(&new.team),
        supervisor: None,
        protected: false,
        created_by_connector: true,
        invited: false,
        groups: Vec::new(),
    }
}

fn change_field(account: &mut Account, change: &Change) {
    let after = change.after.clone();
    match change.field {
        Field::Email => account.email = after.unwrap_or_default(),
        Field::FirstName => account.first_name = after.unwrap_or_default(),
        Field::LastName => account.last_name = after.unwrap_or_default(),
        Field::Status => {
            if let Some(status) = after.as_deref().and_then(status_named) {
                account.status = status;
            }
        }
        Field::Gender => account.gender = after,
        Field::Position => account.position = after,
        Field::Department => account.department = after,
        Field::Location => account.location = after,
        Field::Team => account.team = after,
        Field::Id | Field::Supervisor | Field::Flag | Field::Other(_) => {}
    }
}

/// What two directories have in common when they are the same but for versions and for the IDs of new accounts, which
/// depend on how often somebody tried: accounts go by their employee where they have one.
///
/// # Panics
/// Never: accounts can be written as JSON.
#[must_use]
pub fn essence(directory: &Directory) -> BTreeMap<String, Value> {
    let name = |account: &Account| match &account.employee {
        Some(employee) => format!("employee {employee}"),
        None => format!("account {}", account.id),
    };
    let names: HashMap<&str, String> =
        directory.accounts.iter().map(|account| (account.id.as_str(), name(account))).collect();
    let essential = |account: &Account| {
        let mut account = account.clone();
        let name = name(&account);
        account.version = 0;
        if account.employee.is_some() {
            account.id = String::new();
        }
        account.supervisor = account.supervisor.map(|id| names.get(id.as_str()).cloned().unwrap_or(id));
        account.groups.sort();
        (name, serde_json::to_value(&account).unwrap_or_else(|error| panic!("{error}")))
    };
    directory.accounts.iter().map(essential).collect()
}

/// The accounts that are above themselves.
#[must_use]
pub fn circles(directory: &Directory) -> BTreeSet<&str> {
    let above: HashMap<&str, &str> = directory
        .accounts
        .iter()
        .filter_map(|account| Some((account.id.as_str(), account.supervisor.as_deref()?)))
        .collect();
    let is_on_one = |start: &&str| {
        let walk = std::iter::successors(above.get(start).copied(), |at| above.get(at).copied());
        walk.take(directory.accounts.len()).any(|at| at == *start)
    };
    above.keys().copied().filter(is_on_one).collect()
}
