//! What an account holds, as the changes of a plan have to have it.

use crate::contract::{Account, Change, Field};
use crate::names::status_name;

/// Checks the changes of one update: fields that can be changed, each from what the account holds, none mandatory cleared
/// (rule S6).
pub(super) fn update(changes: &[Change], account: &Account) -> Result<(), &'static str> {
    changes.iter().try_for_each(|change| {
        let held = held(account, &change.field).ok_or("changes a field that updates must not change")?;
        if change.before.as_deref().unwrap_or_default() != held {
            return Err("states a different previous value than the account has");
        }
        if change.after.is_none() && is_mandatory(&change.field) {
            return Err("clears a field that must never be cleared");
        }
        Ok(())
    })
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
