//! One door for a platform that runs connectors.
//!
//! Whoever only loads and calls components depends on `connector-host` alone. Whoever wants whole syncs would depend on six
//! crates that fit together: this one has them under one roof, each part behind a feature, and nothing of its own.
//!
//! `examples/embed.rs` is a whole platform in fifty lines.

#![forbid(unsafe_code)]

pub use connector_host as host;
pub use connector_settings as settings;
pub use connector_sync as sync;

#[cfg(feature = "replay")]
pub use connector_cassette as cassette;
#[cfg(feature = "mail")]
pub use connector_mail as mail;
#[cfg(feature = "report")]
pub use connector_report as report;
#[cfg(feature = "sqlite")]
pub use connector_store as store;
