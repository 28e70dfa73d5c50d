//! The service: tenants, their integrations, scheduled syncs, pages and a JSON API, in one process with its data in one folder.
//!
//! [`Service`] opens a data folder and serves it. Inside, one direction: what an admin enters is a [`form`]; it becomes settings;
//! the [`engine`] queues, reads, plans and applies with the same functions as the command line; what is kept of a run is its
//! [`detail`], sealed with the [`keys`]; [`web`] shows it. All SQL is in [`db`].
//!
//! Rejected: a service of its own beside the harness, which would have had to be kept in step with it; and a web framework with
//! an opinion about accounts and sessions, whose defaults would decide what a threat model has to.

#![forbid(unsafe_code)]

pub mod accounts;
pub mod audit;
pub mod backup;
pub mod codes;
pub mod config;
pub mod connectors;
mod counted;
pub mod db;
pub mod detail;
pub mod engine;
pub mod form;
pub mod ids;
pub mod keys;
mod late;
pub mod live;
pub mod metrics;
pub mod moving;
pub mod oci;
pub mod password;
pub mod rotate;
pub mod schedule;
mod service;
pub mod setup;
pub mod web;

pub use config::{Config, Shared};
pub use service::{FolderLock, Service, ServiceError, Worker, find_keys};
