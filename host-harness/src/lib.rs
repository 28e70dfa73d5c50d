//! Runs connector components for a learning platform.
//!
//! One direction, from the outside in and out again: [`settings`] are a tenant's form; [`sandbox`] runs the component,
//! whose only way out is [`http`]; [`sync`] drives it and applies the plan to a [`directory`]; [`mail`] and [`report`]
//! say what came of it, in the words of the [`catalogue`]. [`contract`] is generated from the WIT. [`wiring`] puts the parts
//! of one tenant together, and [`fleet`] syncs many. For work without the source: [`mock`] stands in for it, [`record`] makes
//! recordings of it, [`capture`] takes them from other tools, [`check`] judges a connector by them.

#![forbid(unsafe_code)]

pub mod capture;
pub mod catalogue;
pub mod check;
pub mod cli;
pub mod codes;
pub mod contract;
pub mod directory;
pub mod fleet;
#[cfg(test)]
mod golden;
pub mod http;
pub mod mail;
pub mod mock;
pub mod names;
mod one_line;
pub mod plan_file;
pub mod problems;
pub mod record;
pub mod report;
pub mod run;
#[cfg(test)]
mod samples;
pub mod sandbox;
pub mod settings;
pub mod sync;
pub mod wiring;
