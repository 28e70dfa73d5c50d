//! A run's report for a terminal ([`text`]) and for programs ([`json`]). Both are pure functions of the run.
//! [`fleet`] does both for many.

pub mod fleet;
pub mod json;
pub mod text;

mod changes;
