//! What both sides of the contract must decide in the same way.
//!
//! | module | answers | rule |
//! |---|---|---|
//! | [`keys`] | are these two texts the same address, name or label? | S9 |
//! | [`text`] | which characters can nobody see, and which text is damaged? | S6, S9 |
//! | [`codes`] | which reasons, notices and guards there are | S23 |
//! | [`defaults`] | what a tenant's settings say where they say nothing | S1, S8 |
//! | [`fields`] | which fields may be cleared, and by which name | S6 |
//! | [`sorting`] | whose ID comes first? | S20 |
//! | [`origin`] | which server is meant | |
//! | [`guards`] | how much of what a plan does waits for a person | S19 |
//! | [`contract_names!`], [`contract_guards!`] | the same for whichever bindings were generated from the contract | |
//!
//! A crate of its own, pure and without state: the connector needs these functions when it plans, the host when it checks a
//! plan. A copy on each side was rejected: copies drift, and what one side matched the other would then refuse. So was a
//! host that depends on the connector. The two sides have different generated types, so what is about a type is a macro.

#![forbid(unsafe_code)]

pub mod codes;
pub mod defaults;
pub mod fields;
pub mod guards;
pub mod keys;
mod names;
pub mod origin;
mod punycode;
pub mod sorting;
pub mod text;

pub use keys::{composed, key};
