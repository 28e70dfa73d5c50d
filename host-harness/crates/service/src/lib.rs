//! The service: tenants, their integrations, scheduled syncs, pages and a JSON API.

#![forbid(unsafe_code)]

pub mod audit;
pub mod codes;
pub mod config;
pub mod connectors;
pub mod db;
pub mod detail;
pub mod engine;
pub mod form;
pub mod ids;
pub mod keys;
pub mod live;
pub mod metrics;
pub mod password;
pub mod schedule;
