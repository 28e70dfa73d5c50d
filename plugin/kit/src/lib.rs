//! What every connector for elearnio shares.
//!
//! A connector knows its source: how to log in, read pages, and find a person's attributes in a record. The rest is here,
//! and the same for all: the contract's types ([`bindings`]), the part of the form that is about people ([`form`]), and
//! the rules that turn who was read into actions ([`plan`]). So a person is matched, changed and invited in the same way
//! whatever HR system they come from.
//!
//! To write a connector, make a crate of type `cdylib` that depends on this one, implement the two `Guest` traits of
//! [`bindings`], and export them:
//!
//! ```ignore
//! connector_kit::bindings::export_plugin!(MyConnector with_types_in connector_kit::bindings);
//! ```
//!
//! `tests/guests/csv` is a whole one in a few small files. [`bindings::batching`] is for those that map many records quickly.
//!
//! A crate of its own, and not a feature of the Personio connector: Cargo unifies features, so a build of both would give
//! the second connector the first one's exports. This crate exports nothing.

// Denied, not forbidden: the glue that wit-bindgen generates for the ABI is unsafe, and nothing else may be.
#![deny(unsafe_code)]

pub mod address;
pub mod bindings;
pub mod codes;
pub mod form;
pub mod key;
pub mod plan;
pub mod problem;

#[cfg(target_family = "wasm")]
pub mod panics;

use bindings::elearnio::connector::types::Field;

/// A field's name in notices and messages.
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
