//! A connector for elearnio that reads people from a CSV file on a web server: an example of how to write one.
//!
//! The source is one file at the URL that the settings name, behind a user and a password if they name those, in UTF-8, with
//! a header row of any of these columns in any order:
//!
//! ```text
//! id,first_name,last_name,email,status,department,team,location,position,gender,supervisor,sync
//! ```
//!
//! What a connector has to do, and where this one does it:
//!
//! | export | what it does here | where |
//! |---|---|---|
//! | `describe` | names the connector, its columns and its settings | [`table`], [`settings`] |
//! | `configure` | checks the settings, reads the header row: a column that is not there is hidden (rule S7) | `session` |
//! | `fetch-page` | reads the file: one page | `session`, [`table`] |
//! | `map-employee` | finds a person's values in a row | [`person`] |
//! | `plan-actions` | nothing: [`connector_kit::plan`] does it, by the same rules for every source | `session` |
//!
//! Only `session` touches the contract's imports, and it exists on wasm only; the rest is pure and tested natively. The
//! secret is a handle: this code says where it goes and never sees it.

// Denied, not forbidden: the glue that wit-bindgen generates for the ABI is unsafe, and nothing else may be.
#![deny(unsafe_code)]

pub mod person;
pub mod settings;
pub mod table;

#[cfg(target_family = "wasm")]
mod session;

#[cfg(target_family = "wasm")]
#[allow(unsafe_code, reason = "generated: the exports' ABI")]
mod exports {
    use crate::session::Csv;

    connector_kit::bindings::export_plugin!(Csv with_types_in connector_kit::bindings);
}
