//! Connectors from a registry, by the OCI distribution protocol: the bytes that a reference names, checked against their digests.
//!
//! A tag is looked up once. What is kept is a reference with the manifest's digest in it, which always names the same bytes; a tag
//! that is moved afterwards changes nothing here until an operator adds it again.
//!
//! The requests go through [`Transport`](connector_host::http::Transport), as those of connectors do: its limits on sizes, its checks of addresses, one TLS
//! configuration for all. The crate `oci-client` was rejected: it has an HTTP client of its own beside that, reads an answer of any
//! length, and brings what pushes, signs in and lists along.
//!
//! | | |
//! |---|---|
//! | what is taken | a manifest with one layer `application/wasm`, as `wkg` and `oras` push it |
//! | sign-in | a token for everybody, where the registry asks for one; not a user's name and password |
//! | plain http | for a registry on loopback, and no other |
//! | signatures | are not checked: there is no key that could be named. What an operator has is the digest |

mod pull;
mod reference;

pub use pull::{Pulled, pull};
pub use reference::{Reference, SCHEME};

/// Why nothing was pulled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OciError {
    /// It does not name anything.
    #[error("`{text}` is not a reference: {why}; write one such as oci://registry.example/connectors/personio:1.2.0")]
    Reference {
        /// What was entered.
        text: String,
        /// Why.
        why: &'static str,
    },
    /// The registry does not answer, or with something that is no answer.
    #[error("the registry {registry} cannot be used: {why}")]
    Registry {
        /// Which.
        registry: String,
        /// Why.
        why: String,
    },
    /// It is only for those who sign in.
    #[error("the registry does not give {0} to everybody")]
    Private(String),
    /// There is no such thing.
    #[error("the registry has no {0}")]
    NotFound(String),
    /// It is something else.
    #[error("{reference} is not a connector: {why}")]
    NotAConnector {
        /// Which.
        reference: String,
        /// Why.
        why: String,
    },
    /// The bytes are others than were asked for.
    #[error("what the registry sends for {reference} has the digest {found}, and not {expected}")]
    Mismatch {
        /// Which.
        reference: String,
        /// The digest that was asked for.
        expected: String,
        /// The digest of what came.
        found: String,
    },
    /// It is larger than a component may be.
    #[error("{reference} is {bytes} bytes long; a component may be {limit} at most")]
    TooLarge {
        /// Which.
        reference: String,
        /// Its length.
        bytes: u64,
        /// The most that is taken.
        limit: u64,
    },
}

impl OciError {
    /// What an operator can do.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Reference { .. } => "Correct the reference.",
            Self::Registry { .. } => "Check the registry's name, and that this machine reaches it; then try again.",
            Self::Private(_) => {
                "Make the repository readable for everybody, or download the component and add it as a file."
            }
            Self::NotFound(_) => "Check the name and the tag.",
            Self::NotAConnector { .. } => "Name an artifact with one layer of the type application/wasm.",
            Self::Mismatch { .. } => "Do not use it. Ask whoever runs the registry what happened to it.",
            Self::TooLarge { .. } => "If it is the right one, raise component-mib under [limits] in service.toml.",
        }
    }
}
