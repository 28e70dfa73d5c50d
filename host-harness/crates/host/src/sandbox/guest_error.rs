//! Why a component, or one of its calls, failed.
//!
//! One type for all of it, so that a platform can act on the kind and show the words. The words are for the platform's
//! engineers: what happened, in which call, and what to do. A connector's own errors (a wrong password, a source that is
//! busy) are not guest errors: they are [`contract::Error`], the contract's.

use std::fmt;

use crate::codes;
use crate::contract;

/// The host's judgement. After one of a tenant's calls ended in a verdict, its instance is gone, and every further call
/// gives the same verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuestError {
    /// The component's file cannot be read.
    #[error("the component {path} cannot be read: {reason}")]
    Unreadable {
        /// Where it was looked for.
        path: String,
        /// The operating system's words.
        reason: String,
    },
    /// What was given is not a component.
    #[error("this is not a component: {0}")]
    NotAComponent(NotAComponent),
    /// The component asks for, or offers, something other than this host's contract.
    #[error("the component does not fit this host: {0}")]
    ContractMismatch(Mismatch),
    /// The guest went on asking for requests that the policy refuses.
    #[error("{call}: the policy refused {requests} requests; the last one: {last}")]
    Refused {
        /// The call.
        call: &'static str,
        /// How many.
        requests: u64,
        /// The policy's words on the last.
        last: String,
    },
    /// The guest needs more than a limit allows.
    #[error("{call}: {what}; the limit {limit} is set to {set_to}")]
    LimitReached {
        /// The call.
        call: &'static str,
        /// The limit's key in `[limits]`.
        limit: &'static str,
        /// Its value, in the unit its key names.
        set_to: u64,
        /// What the guest wanted.
        what: String,
    },
    /// A call, or the whole sync, took longer than allowed.
    #[error("{call}: stopped after {set_to} ms, the limit {limit}{said}")]
    TimedOut {
        /// The call.
        call: &'static str,
        /// `call-milliseconds` or `sync-milliseconds`.
        limit: &'static str,
        /// Its value, in milliseconds.
        set_to: u64,
        /// What the guest wrote to its standard error last, introduced; empty if nothing.
        said: String,
    },
    /// The guest ended itself, in the way programs do.
    #[error("{call}: the connector exited {what}")]
    Exited {
        /// The call.
        call: &'static str,
        /// With which status, and the last words on its standard error if there are any.
        what: String,
    },
    /// The guest panicked.
    #[error("{call}: the connector panicked: {message}")]
    Panicked {
        /// The call.
        call: &'static str,
        /// What its panic hook logged, scrubbed.
        message: String,
    },
    /// The guest broke in another way.
    #[error("{call}: the connector trapped: {what}")]
    Trapped {
        /// The call.
        call: &'static str,
        /// How, and the last words on its standard error if there are any.
        what: String,
    },
    /// The guest's response is invalid.
    #[error("{call}: the connector's response is invalid: {what}")]
    InvalidResponse {
        /// The call.
        call: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// The caller gave up on a call in its midst, which leaves the instance in no known state.
    #[error("{call}: the call was cancelled before it ended")]
    Interrupted {
        /// The call.
        call: &'static str,
    },
    /// The host itself could not go on.
    #[error("the sandbox failed: {0}")]
    HostFailed(String),
}

/// What was given instead of a component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAComponent {
    /// No WebAssembly at all.
    #[error("it does not begin with WebAssembly's magic number")]
    NotWasm,
    /// A module, the stage before.
    #[error("it is a core WebAssembly module")]
    CoreModule,
    /// It begins like one.
    #[error("it is damaged, or uses what this host does not support: {0}")]
    Invalid(String),
}

/// Where a component and this host differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// It speaks another version of the contract.
    Version {
        /// Which interface showed it.
        interface: String,
        /// The component's version.
        component: String,
        /// This host's version.
        host: String,
    },
    /// It imports what this host does not offer.
    Imports(Vec<String>),
    /// It does not export what this host calls.
    Exports(Vec<String>),
    /// The interfaces have the right names and other contents.
    Shape(String),
}

/// The first names of a list that a component has made as long as it likes, each on one line and not too long.
fn few(names: &[String]) -> String {
    const NAMES: usize = 10;
    const CHARACTERS: usize = 120;
    let shown: Vec<String> = names.iter().take(NAMES).map(|name| name.chars().take(CHARACTERS).collect()).collect();
    match names.len().checked_sub(NAMES) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { interface, component, host } => {
                write!(f, "it uses version {component} of {interface}, and this host uses {host}")
            }
            Self::Imports(names) => write!(f, "it imports {}, which this host does not offer", few(names)),
            Self::Exports(names) => write!(f, "it does not export {}", few(names)),
            Self::Shape(what) => f.write_str(what),
        }
    }
}

impl GuestError {
    /// The code in the catalogue, for reports and mails.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => codes::COMPONENT_UNREADABLE,
            Self::NotAComponent(_) | Self::ContractMismatch(_) => codes::CONTRACT_MISMATCH,
            Self::Refused { .. } => codes::REQUEST_DENIED,
            Self::LimitReached { .. } => codes::LIMIT_REACHED,
            Self::TimedOut { .. } => codes::PLUGIN_TIMED_OUT,
            Self::Panicked { .. } => codes::PLUGIN_PANICKED,
            Self::Trapped { .. } => codes::PLUGIN_TRAPPED,
            Self::Exited { .. } => codes::PLUGIN_EXITED,
            Self::InvalidResponse { .. } => codes::INVALID_RESPONSE,
            Self::Interrupted { .. } => codes::INTERRUPTED,
            Self::HostFailed(_) => codes::HOST_FAILED,
        }
    }

    /// What to do about it, as one English sentence.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Unreadable { .. } => "Check the path and its permissions, or build the component.".to_owned(),
            Self::NotAComponent(NotAComponent::CoreModule) => {
                "Turn it into a component with `wasm-tools component new`, and load that.".to_owned()
            }
            Self::NotAComponent(_) => "Build the component again, and load that file.".to_owned(),
            Self::ContractMismatch(Mismatch::Version { .. }) => {
                "Build the component against this host's version of the contract, or use a host with the component's version."
                    .to_owned()
            }
            Self::ContractMismatch(_) => {
                "Build the component against this host's wit folder, and nothing else.".to_owned()
            }
            Self::Refused { .. } => "Allow the origin if the connector should reach it; otherwise do not run this connector.".to_owned(),
            Self::LimitReached { limit, .. } | Self::TimedOut { limit, .. } => format!(
                "If this tenant needs more, raise {limit} under [limits] in its settings, or Limits::{}.",
                limit.replace('-', "_")
            ),
            Self::Panicked { .. } | Self::Trapped { .. } | Self::Exited { .. } | Self::InvalidResponse { .. } => {
                "Report this to the connector's makers; nothing was written.".to_owned()
            }
            Self::Interrupted { .. } => "Start the sync again.".to_owned(),
            Self::HostFailed(_) => "Run fewer tenants at once, or give the host more memory.".to_owned(),
        }
    }
}

impl GuestError {
    /// The key of `[limits]` that it is about, if it is about one.
    #[must_use]
    pub const fn limit(&self) -> Option<&'static str> {
        match self {
            Self::LimitReached { limit, .. } | Self::TimedOut { limit, .. } => Some(limit),
            _ => None,
        }
    }
}

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The connector says why; its instance lives on.
    #[error("the connector reported an error: {0:?}")]
    Guest(contract::Error),
    /// The host says why; the instance is gone.
    #[error(transparent)]
    Host(#[from] GuestError),
}
