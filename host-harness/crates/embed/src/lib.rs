//! One crate for a platform that runs connectors.
//!
//! To load and call components, depend on `connector-host` alone. Whole syncs need six crates with matching versions: this
//! crate re-exports them, each part behind a feature, and adds nothing of its own.
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
