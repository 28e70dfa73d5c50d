//! Runs untrusted components.
//!
//! Three steps, each cheaper and more often taken than the one before: a [`Host`] is set up once per process (engine,
//! linker, pool, clock); a [`Connector`] is loaded once per component (compiled, linked, its contract checked); a
//! [`Tenant`] is started for each sync (an instance with its own memory, secrets and way out).
//!
//! What confines a guest, and where:
//!
//! | threat | answer | module |
//! |---|---|---|
//! | asks for more than the contract | refused by name before it runs | `component` |
//! | files, environment, sockets | WASI is linked with nothing granted | `guest` |
//! | reads a secret | it gets handles; every text back is scrubbed | `imports`, [`crate::http`] |
//! | goes elsewhere | one gateway with one policy | [`crate::http`] |
//! | takes for ever, or all memory, to compile | a process of its own, with limits | [`crate::compile`], `compiler` |
//! | spins, waits for ever | a timeout around every call | `engine`, `instance` |
//! | eats memory | counted and refused | `limiter` |
//! | makes the host copy, or keep | a cap per call, and on all that a read brings | `host`, `paging_guard` |
//! | floods the log | a cap per sync | `guest_log` |
//! | fools whoever reads its words | scrubbed and escaped | `guest_log`, `sanitize` |
//! | never ends its pages | cursors are compared, pages counted | `paging_guard` |
//! | plans what it may not | held to the rules that protect accounts, and to what it was shown | `plans` |
//! | lives on after a fault | the instance is dropped first | `instance` |
//!
//! A guest that computes gives way to the executor every few milliseconds. tokio's default is to look at timers and sockets
//! after sixty-one such rounds, so when every worker thread has a guest that computes, everybody's timeouts and answers
//! are a third of a second late. A platform builds its runtime with
//! [`event_interval`](tokio::runtime::Builder::event_interval) set to a few, as the command line does.
//!
//! **Compiling** comes before any of this, and the compiler cannot be stopped halfway. So it runs in a process of its own,
//! which has limits and an end: see [`crate::compile`].
//!
//! Rejected: one process per tenant (a thousand times the start and the memory), one instance for many tenants (state
//! would leak), and judging components by signature instead of confining them.

pub(crate) mod compiler;
mod component;
mod connector;
mod engine;
mod exports;
mod guest;
mod guest_error;
mod guest_log;
mod host;
mod host_env;
mod imports;
mod instance;
mod limiter;
mod limits;
mod metadata;
mod paging_guard;
mod plans;
mod sanitize;
mod settings_form;
mod stderr;
mod tenant;
mod texts;
mod trap;
mod validate;

pub use component::{CONTRACT_VERSION, Inspection, Interface};
pub use connector::{Connector, Description};
pub use guest_error::{CallError, GuestError, Mismatch, NotAComponent};
pub use host::{Host, HostBuilder, HostError};
pub use host_env::HostEnv;
pub use instance::Usage;
pub use limits::{AboveCeiling, Limits};
pub use metadata::Metadata;
pub use settings_form::COMMON_KEYS;
pub use tenant::{MappedPage, Tenant};
