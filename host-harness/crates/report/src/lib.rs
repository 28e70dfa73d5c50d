//! A run in words: for a terminal ([`mod@text`]), for programs ([`mod@json`]), and the sentences behind every code ([`catalogue`]).
//!
//! All of it is a pure function of the run. The [`catalogue`] is data, used by text, mail and documentation alike.

#![forbid(unsafe_code)]

pub mod catalogue;
pub mod explain;
pub mod figures;
pub mod json;
pub mod text;

pub use catalogue::{Entry, Kind};
pub use json::{Json, json};
pub use text::{Style, text};
