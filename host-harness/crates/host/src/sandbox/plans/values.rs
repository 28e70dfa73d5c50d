//! Whether the changes of a plan start from what the account holds.

use connector_common::text::{is_damaged, trimmed};

use crate::contract::{Account, AccountStatus, Change, Field, NewAccount};
use crate::names::status_name;

/// Checks the changes of one update: fields that can be changed, each from what the account holds, none mandatory cleared
/// (rule S6).
pub(super) fn update(changes: &[Change], account: &Account) -> Result<(), &'static str> {
    changes.iter().try_for_each(|change| {
        let held = held(account, &change.field).ok_or("changes a field that updates must not change")?;
        if change.before.as_deref().unwrap_or_default() != held {
            return Err("states a different previous value than the account has");
        }
        match change.after.as_deref() {
            None if is_mandatory(&change.field) => Err("clears a field that must never be cleared"),
            Some(after) if !is_usable(after) => Err("gives a value that is blank or damaged"),
            _ => Ok(()),
        }
    })
}

/// True if a new account has what every account needs, and nothing blank or damaged: only `none` is nothing.
pub(super) fn is_creatable(new: &NewAccount) -> bool {
    let NewAccount { email, first_name, last_name, status, gender, position, department, location, team } = new;
    let optional = [gender, position, department, location, team];
    let texts = [email, first_name, last_name].into_iter().chain(optional.into_iter().flatten());
    texts.into_iter().all(|text| is_usable(text)) && !matches!(status, AccountStatus::Other(_))
}

/// True for a text that somebody can see and that is whole (rule S6).
fn is_usable(text: &str) -> bool {
    !trimmed(text).is_empty() && !is_damaged(text)
}

/// The value of a field that an update can change; an empty text for none. The supervisor is a link, with an operation of
/// its own.
fn held<'a>(account: &'a Account, field: &Field) -> Option<&'a str> {
    let or_none = |value: &'a Option<String>| value.as_deref().unwrap_or_default();
    Some(match field {
        Field::Email => &account.email,
        Field::FirstName => &account.first_name,
        Field::LastName => &account.last_name,
        Field::Status => status_name(&account.status),
        Field::Gender => or_none(&account.gender),
        Field::Position => or_none(&account.position),
        Field::Department => or_none(&account.department),
        Field::Location => or_none(&account.location),
        Field::Team => or_none(&account.team),
        Field::Id | Field::Supervisor | Field::Flag | Field::Other(_) => return None,
    })
}

const fn is_mandatory(field: &Field) -> bool {
    matches!(field, Field::Email | Field::FirstName | Field::LastName | Field::Status)
}
