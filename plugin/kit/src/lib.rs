//! What every connector for elearnio shares.
//!
//! A connector knows its source: how to log in, read pages, and find a person's attributes in a record. The rest is here,
//! and the same for all: the contract's types ([`bindings`]), the settings that every source has ([`settings`]) and how a
//! source declares its own ([`declare`]), what a text says about a person ([`readings`]), and the rules that turn who was
//! read into actions ([`plan`]). So a person is matched, changed and invited in the same way whatever HR system they come
//! from.
//!
//! To write a connector, make a crate of type `cdylib` that depends on this one, implement the two `Guest` traits of
//! [`bindings`], and export them:
//!
//! ```ignore
//! connector_kit::bindings::export_plugin!(MyConnector with_types_in connector_kit::bindings);
//! ```
//!
//! `tests/guests/csv` is a whole one in a few small files. [`bindings::paging`] is for those that map whole pages quickly.
//!
//! A crate of its own, and not a feature of the Personio connector: Cargo unifies features, so a build of both would give
//! the second connector the first one's exports. This crate exports nothing.

// Denied, not forbidden: the glue that wit-bindgen generates for the ABI is unsafe, and nothing else may be.
#![deny(unsafe_code)]

pub mod address;
pub mod bindings;
pub mod declare;
pub mod names;
pub mod plan;
pub mod problem;
pub mod readings;
pub mod settings;

#[cfg(target_family = "wasm")]
pub mod panics;

pub use connector_common::{codes, key, text};
pub use names::field_name;
