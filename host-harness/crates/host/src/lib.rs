//! Loads connector components, confines them, and calls them.
//!
//! This crate is what a platform needs to run components that it did not write, and nothing else: no command line, no
//! database, no mail. One direction: a [`Host`] is set up once per process, a [`Connector`] is loaded once per
//! component, and a [`Tenant`] is started for each sync. A tenant's only way out is the [`http`] gateway. [`contract`] is generated from the WIT; [`names`] are the words for
//! its variants, the same in JSON, in databases and at the terminal.

#![forbid(unsafe_code)]

pub mod codes;
pub mod compile;
pub mod contract;
pub mod files;
pub mod http;
pub mod names;
pub mod one_line;
pub mod sandbox;
pub mod settings;
pub mod sliding_window;

#[cfg(feature = "live")]
pub use http::Live;
pub use http::{EgressPolicy, Gateway, HttpError, HttpLimits, Origin, OriginError, SecretHandle, Transport, Vault};
pub use sandbox::{
    AboveCeiling, CONTRACT_VERSION, CallError, Connector, Description, GuestError, Host, HostBuilder, HostEnv,
    HostError, Inspection, Interface, Limits, Mismatch, NotAComponent, Tenant, Usage,
};
pub use settings::{ConnectorSettings, GroupAssignment};
