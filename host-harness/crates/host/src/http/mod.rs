//! The connector's only way out, from the host's side.
//!
//! One path for every request, whatever answers it: [`gateway`] asks the [`policy`], resolves secret handles, and hands an
//! [`Outbound`] to a [`Transport`]; each redirect goes through the same path again; the answer is scrubbed of every known
//! secret ([`secrets`]) before the guest sees it. Policy comes before replay as much as before the network, so what works
//! with a cassette is also allowed live.

pub mod address;
mod answer;
mod byte_mask;
pub mod credentials;
mod escapes;
pub mod gateway;
pub mod guest;
pub mod limits;
#[cfg(feature = "live")]
pub mod live;
mod log_in;
pub mod media;
pub mod origin;
pub mod policy;
pub mod redact_body;
mod redirect;
#[cfg(feature = "live")]
pub mod resolve;
mod scrub;
mod search;
mod secret_patterns;
pub mod secrets;

use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

pub use gateway::Gateway;
pub use guest::{GuestAuthorization, GuestBody, GuestRequest, GuestValue};
pub use limits::HttpLimits;
#[cfg(feature = "live")]
pub use live::Live;
pub use origin::{Origin, OriginError};
pub use policy::EgressPolicy;
pub use secrets::{SecretHandle, Vault};

/// The methods of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// RFC 9110, 9.3.1.
    Get,
    /// RFC 9110, 9.3.2.
    Head,
    /// RFC 9110, 9.3.3.
    Post,
    /// RFC 9110, 9.3.4.
    Put,
    /// RFC 5789.
    Patch,
    /// RFC 9110, 9.3.5.
    Delete,
}

impl Method {
    /// Every one of them.
    pub const ALL: [Self; 6] = [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The method's name as it goes over the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A text that may be a secret. Only [`live`] puts a secret's value into a request, and only the vault compares one with a
/// text; everything else sees that there is one.
#[derive(Debug, Clone)]
pub enum Value {
    /// Plain text.
    Text(String),
    /// A secret's value; `Debug` prints `[REDACTED]`.
    Secret(Arc<SecretString>),
}

/// The `Authorization` header.
#[derive(Debug, Clone)]
pub enum Authorization {
    /// No header.
    None,
    /// RFC 6750.
    Bearer(Arc<SecretString>),
    /// RFC 7617.
    Basic {
        /// The user name.
        user: String,
        /// The password.
        password: Arc<SecretString>,
    },
}

/// A body on its way out.
#[derive(Debug, Clone)]
pub enum OutboundBody {
    /// No body.
    Empty,
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, Value)>),
    /// Bytes as they are.
    Bytes(Vec<u8>),
}

/// A request that the policy has let through.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: Url,
    /// Header fields, without the ones that belong to the host.
    pub headers: Vec<(String, String)>,
    /// The `Authorization` header.
    pub authorization: Authorization,
    /// The body.
    pub body: OutboundBody,
}

/// An answer as it came, not yet scrubbed. No `Debug`: it may hold a token and people's data.
#[derive(Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The decoded body.
    pub body: Vec<u8>,
}

/// Why there is no answer. The words are for a person; they never hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The policy forbids it.
    #[error("{0}")]
    Denied(String),
    /// No connection, or it broke.
    #[error("{0}")]
    Unreachable(String),
    /// Took longer than the limit.
    #[error("no response within the time limit")]
    TimedOut,
    /// Larger than the limit, in bytes.
    #[error("the response is larger than the limit of {0} bytes")]
    TooLarge(u64),
    /// A limit of this sync is used up; which, and where to raise it.
    #[error("the limit `{limit}` = {set_to} is reached; raise it in the settings if this is expected")]
    Limit {
        /// Its key in `[limits]`.
        limit: &'static str,
        /// Its value.
        set_to: u64,
    },
    /// Anything else, such as a request that no cassette has.
    #[error("{0}")]
    Other(String),
}

/// What answers requests: a cassette, or the network. Never follows a redirect: that is the [`gateway`]'s to judge.
#[async_trait::async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request. `limit` is the largest answer in bytes: its header fields and its decoded body.
    ///
    /// # Errors
    /// When there is no answer; any status is an answer.
    async fn send(&self, request: &Outbound, limit: u64) -> Result<Inbound, HttpError>;

    /// The transport for one sync of one tenant, if this one may not serve several. The [`Gateway`] asks, so that no wiring
    /// can forget it: whatever keeps state between requests, a connection above all, has to give a fresh one here. None
    /// means that this one keeps nothing that one tenant could leave behind for another.
    fn for_tenant(&self) -> Option<Arc<dyn Transport>> {
        None
    }
}
