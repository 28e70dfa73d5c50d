//! The words for the contract's variants, in JSON, in text and in the run log: one place, so that they never differ.

use crate::contract::{AccountStatus, Field, Operation};

/// A field in kebab-case.
#[must_use]
pub fn field_name(field: &Field) -> &str {
    match field {
        Field::Id => "id",
        Field::Email => "email",
        Field::FirstName => "first-name",
        Field::LastName => "last-name",
        Field::Status => "status",
        Field::Gender => "gender",
        Field::Position => "position",
        Field::Department => "department",
        Field::Location => "location",
        Field::Team => "team",
        Field::Supervisor => "supervisor",
        Field::Flag => "flag",
        Field::Other(name) => name,
    }
}

/// An account's status, as directories store it.
#[must_use]
pub fn status_name(status: &AccountStatus) -> &str {
    match status {
        AccountStatus::Preboarding => "preboarding",
        AccountStatus::Active => "active",
        AccountStatus::Absent => "absent",
        AccountStatus::Inactive => "inactive",
        AccountStatus::Other(name) => name,
    }
}

/// The names [`status_named`] knows.
pub const STATUS_NAMES: [&str; 4] = ["preboarding", "active", "absent", "inactive"];

/// The status of this name; none if this contract has no such status.
#[must_use]
pub fn status_named(name: &str) -> Option<AccountStatus> {
    Some(match name {
        "preboarding" => AccountStatus::Preboarding,
        "active" => AccountStatus::Active,
        "absent" => AccountStatus::Absent,
        "inactive" => AccountStatus::Inactive,
        _ => return None,
    })
}

/// An operation in kebab-case.
#[must_use]
pub fn operation_name(operation: &Operation) -> &str {
    match operation {
        Operation::Create(_) => "create",
        Operation::Link => "link",
        Operation::Update(_) => "update",
        Operation::SetSupervisor(_) => "set-supervisor",
        Operation::AddToGroup(_) => "add-to-group",
        Operation::Invite => "invite",
        Operation::Other(name) => name,
    }
}
