//! Runs components that nobody needs to trust.
//!
//! Three steps, each cheaper and more often taken than the one before: a [`Host`] is set up once per process (engine,
//! linker, pool, clock); a [`Connector`] is loaded once per component (compiled, linked, its contract checked); a
//! [`Tenant`] is started for each sync (an instance with its own memory, secrets and way out).
//!
//! What keeps a guest in its place, and where:
//!
//! | threat | answer | module |
//! |---|---|---|
//! | asks for more than the contract | refused by name before it runs | `component` |
//! | files, environment, sockets | WASI is linked with nothing granted | `guest` |
//! | reads a secret | it gets handles; every text back is scrubbed | `calls`, [`crate::http`] |
//! | goes elsewhere | one gateway with one policy | [`crate::http`] |
//! | spins, waits for ever | a timeout around every call | `engine`, `instance` |
//! | eats memory | counted and refused | `meter` |
//! | makes the host copy | a cap per call | `host` |
//! | floods the log | a cap per sync | `journal` |
//! | never ends its pages | cursors are compared, pages counted | `reading` |
//! | plans what it may not | checked against what it was shown | `plans` |
//! | lives on after a fault | the instance is dropped first | `instance` |
//!
//! Rejected: one process per tenant (a thousand times the start and the memory), one instance for many tenants (state
//! would leak), and judging components by signature instead of confining them.

mod answers;
mod blame;
mod calls;
mod component;
mod connector;
mod engine;
mod guest;
mod host;
mod instance;
mod journal;
mod limits;
mod meter;
mod plans;
mod reading;
mod tenant;
mod verdict;

pub use component::{CONTRACT_VERSION, Inspection, Interface};
pub use connector::{Connector, Description};
pub use host::{Host, HostBuilder, HostError};
pub use instance::Usage;
pub use limits::Limits;
pub use tenant::Tenant;
pub use verdict::{CallError, Mismatch, NotAComponent, Verdict};
