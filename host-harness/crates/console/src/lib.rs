//! The service's pages: pure functions from view models to HTML.
//!
//! A server fills a [`Shell`](model::Shell) and a page's model and gets a whole document. Nothing here reads a clock, a
//! file or the network, so every page can be looked at and tested without a server.

#![forbid(unsafe_code)]

pub mod assets;
pub mod model;
mod pages;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
#[cfg(test)]
mod tests;
mod ui;
mod words;

pub use pages::{
    account, audit, conflicts, connectors, error, form, history, integrations, links, operator_runs, people, run,
    sign_in, tenant, tenants, test_panel, welcome, why, work,
};
