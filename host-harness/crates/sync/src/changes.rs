//! What an action changes, field by field: one list for the run log, JSON and text.

use connector_host::contract::{Change, NewAccount, Operation, SupervisorChange};
use connector_host::names::{field_name, status_name};

/// The field whose values are not for reading.
pub const GENDER: &str = "gender";

/// One field, before and after. None is no value.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldChange<'a> {
    /// The field, by the contract's name; a group that somebody joins is the field `group`.
    pub field: &'a str,
    /// What the account holds. Of a supervisor the account's ID.
    pub before: Option<&'a str>,
    /// What it is to hold. Of a supervisor the employee's ID.
    pub after: Option<&'a str>,
}

impl<'a> FieldChange<'a> {
    const fn new(field: &'a str, before: Option<&'a str>, after: Option<&'a str>) -> Self {
        Self { field, before, after }
    }
}

/// An operation's changes, in the contract's order of fields; none for those that have no values.
#[must_use]
pub fn changes(operation: &Operation) -> Vec<FieldChange<'_>> {
    match operation {
        Operation::Create(account) => created(account),
        Operation::Update(changes) => changes.iter().map(updated).collect(),
        Operation::SetSupervisor(SupervisorChange { before, after }) => {
            vec![FieldChange::new("supervisor", before.as_deref(), after.as_deref())]
        }
        Operation::AddToGroup(addition) => vec![FieldChange::new("group", None, Some(&addition.name))],
        Operation::Link | Operation::Invite | Operation::Other(_) => Vec::new(),
    }
}

fn updated(change: &Change) -> FieldChange<'_> {
    FieldChange::new(field_name(&change.field), change.before.as_deref(), change.after.as_deref())
}

fn created(account: &NewAccount) -> Vec<FieldChange<'_>> {
    let optional = [
        (GENDER, &account.gender),
        ("position", &account.position),
        ("department", &account.department),
        ("location", &account.location),
        ("team", &account.team),
    ];
    let always = [
        ("email", account.email.as_str()),
        ("first-name", &account.first_name),
        ("last-name", &account.last_name),
        ("status", status_name(&account.status)),
    ];
    let always = always.into_iter().map(|(field, value)| FieldChange::new(field, None, Some(value)));
    let optional = optional
        .into_iter()
        .filter_map(|(field, value)| value.as_deref().map(|value| FieldChange::new(field, None, Some(value))));
    always.chain(optional).collect()
}
