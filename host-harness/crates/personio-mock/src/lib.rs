//! A stand-in for Personio, over real HTTP on this machine.
//!
//! An edge of its own, beside the harness' data flow and used by none of it: work without an account at Personio, and
//! tests of what goes wrong on the wire. [`company`] makes and shows the people; [`auth`], [`attributes`], [`employees`]
//! and [`limits`] are Personio's behaviour, as values and without a socket; [`faults`] say what goes wrong and when;
//! [`service`] puts these together into one answer per request; [`server`] is the socket, where [`wire_faults`] and [`connection`] do
//! what can only be done on the wire. [`admin`] changes the faults while it runs.
//!
//! It shows what Personio's v1 API is documented to do. Where the documents contradict each other (the default of `limit`
//! is 10 in one and 50 in another), it does what integrators report of the live API.
//!
//! Rejected: a library that mocks HTTP by expectations. It answers what a test says it should; this one has to be right
//! about paging, tokens and limits for a test that does not know of them.

#![forbid(unsafe_code)]

pub mod admin;
mod answer;
mod attributes;
mod auth;
pub mod company;
mod connection;
mod employees;
pub mod faults;
mod limits;
mod query;
pub mod server;
mod service;
mod wire_faults;

use std::sync::Arc;
use std::time::Duration;

pub use admin::Admin;
pub use faults::{Fault, Requests, Rule};
pub use server::Server;
pub use service::Seen;

use attributes::UnknownAttribute;
use company::Company;
use company::wire::{LIMIT, Labels};

/// The client ID that the stand-in knows, unless it is given another.
pub const CLIENT_ID: &str = "papi-mock-client";

/// The secret that goes with it. It opens nothing but the stand-in, so it is not a secret.
pub const CLIENT_SECRET: &str = "papi-mock-secret-that-opens-nothing";

/// What the stand-in stands in for.
#[derive(Debug, Clone)]
pub struct MockOptions {
    /// Its people.
    pub company: Arc<Company>,
    /// The TCP port on 127.0.0.1; 0 for any that is free.
    pub port: u16,
    /// The credential's ID.
    pub client_id: String,
    /// The credential's secret.
    pub client_secret: String,
    /// The language of labels and of error messages.
    pub labels: Labels,
    /// Attributes that the credential may not read: keys, or `flag` for the filter attribute.
    pub hidden: Vec<String>,
    /// The largest page.
    pub page_limit: usize,
    /// Whether too many requests are refused.
    pub rate_limits: bool,
    /// How long a token lives.
    pub token_life: Duration,
    /// What goes wrong.
    pub faults: Vec<Rule>,
}

impl MockOptions {
    /// A well-behaved Personio with these people on any free port: German labels, limits as documented.
    #[must_use]
    pub fn new(company: Company) -> Self {
        Self {
            company: Arc::new(company),
            port: 0,
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            labels: Labels::German,
            hidden: Vec::new(),
            page_limit: LIMIT,
            rate_limits: true,
            token_life: Duration::from_hours(24),
            faults: Vec::new(),
        }
    }
}

/// Why the stand-in does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MockError {
    /// The port cannot be had.
    #[error("port {port} cannot be used: {error}; choose another with --port, or 0 for any that is free")]
    Port {
        /// Which.
        port: u16,
        /// What the system says.
        #[source]
        error: std::io::Error,
    },
    /// An attribute that is to be hidden does not exist.
    #[error(transparent)]
    Attribute(#[from] UnknownAttribute),
}
