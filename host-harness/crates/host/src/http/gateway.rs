//! The one path that every request takes, live or replayed.
//!
//! In this order: header fields → policy → secrets → limits → transport → redirects, each judged like a first request →
//! a token taken by `exchange` → other credentials emptied → scrubbing (both in [`answer`]). It is one per tenant and
//! sync; it holds the vault and the counts. The only edge is the [`Transport`]; everything else here decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use super::answer::Issues;
use super::guest::{check_body, check_headers};
use super::limits::{Usage, reached};
use super::{Authorization, EgressPolicy, HttpError, Inbound, Origin, Outbound, OutboundBody, Transport, Value};
use super::{answer, redirect, secrets};

pub use super::guest::{GuestAuthorization, GuestBody, GuestRequest, GuestValue};
pub use super::limits::HttpLimits;
use secrets::{SecretHandle, Vault};

/// The most secrets a vault takes from a guest's `exchange` calls: scrubbing looks for every one of them in every answer.
const MAX_SECRETS: usize = 64;

/// A tenant's way out.
pub struct Gateway {
    policy: EgressPolicy,
    transport: Arc<dyn Transport>,
    vault: Vault,
    limits: HttpLimits,
    usage: Usage,
    contacted: BTreeSet<Origin>,
}

impl Gateway {
    /// A gateway for one sync of one tenant. The transport may be the same for every tenant: the gateway takes one of its
    /// own from it ([`Transport::for_tenant`]), so that no two tenants ever share a connection.
    #[must_use]
    pub fn new(policy: EgressPolicy, transport: Arc<dyn Transport>, vault: Vault, limits: HttpLimits) -> Self {
        let transport = transport.for_tenant().unwrap_or(transport);
        Self { policy, transport, vault, usage: Usage::new(&limits), limits, contacted: BTreeSet::new() }
    }

    /// Sends a request; the answer has no known secret in it. If the request hands over a secret, and not as a token to
    /// read with, strings under credentials' names are empty: a token is for [`exchange`](Self::exchange) to take. If it is a log-in,
    /// only what is known to be no credential is left.
    ///
    /// # Errors
    /// When there is no answer: [`HttpError`] says why, without a secret. Any status is an answer.
    pub async fn send(&mut self, request: GuestRequest) -> Result<Inbound, HttpError> {
        let issues = answer::issues(&request);
        let (answer, _) = self.follow(request).await?;
        answer::for_guest(&self.vault, answer, issues, self.limits.response_bytes).await
    }

    /// Sends a request, and takes the string at `pointer` (RFC 6901) out of a 2xx JSON answer as a new secret, bound to the
    /// origin that gave the answer. The answer that comes back has of everything only what is known to be no credential: its
    /// status, its form, how long the token lives, and an error's code and message.
    ///
    /// No secret if the answer is not 2xx, larger than 1 MiB, not JSON, or has no string, or an empty one, there.
    ///
    /// # Errors
    /// As [`send`](Self::send); and [`HttpError::Denied`] when the vault is full, or the string has fewer than 8 bytes or
    /// more than 16 KiB.
    pub async fn exchange(
        &mut self,
        request: GuestRequest,
        pointer: &str,
    ) -> Result<(Inbound, Option<SecretHandle>), HttpError> {
        if self.vault.len() >= MAX_SECRETS {
            let text =
                format!("this sync already holds {MAX_SECRETS} secrets, the maximum; reuse a token until it expires");
            return Err(HttpError::Denied(text));
        }
        let (mut answer, origin) = self.follow(request).await?;
        let token = answer::take_token(&mut answer, pointer)?.map(|token| self.vault.insert(token, vec![origin]));
        Ok((answer::for_guest(&self.vault, answer, Issues::Credentials, self.limits.response_bytes).await?, token))
    }

    /// Requests sent, redirects included.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.usage.requests()
    }

    /// The origins that requests were sent to.
    #[must_use]
    pub const fn origins_contacted(&self) -> &BTreeSet<Origin> {
        &self.contacted
    }

    /// Sends a request and follows its redirects; gives the last answer, not scrubbed, and who gave it. Its errors are.
    async fn follow(&mut self, request: GuestRequest) -> Result<(Inbound, Origin), HttpError> {
        let answer = self.hops(request).await;
        answer.map_err(|error| answer::scrubbed_error(&self.vault, error))
    }

    async fn hops(&mut self, request: GuestRequest) -> Result<(Inbound, Origin), HttpError> {
        let mut outbound = self.outbound(request)?;
        let mut redirects = 0;
        loop {
            let (answer, origin) = self.hop(&outbound).await?;
            let Some(next) = redirect::next(&outbound, &answer)? else { return Ok((answer, origin)) };
            if redirects >= self.limits.redirects {
                return Err(reached("redirects", self.limits.redirects));
            }
            redirects += 1;
            // The source would have it travel on in a URL, to be logged on the way or by another origin.
            if self.vault.holds_any(next.url.as_str()) {
                return Err(HttpError::Denied(format!("{origin} redirects to a URL with a secret in it")));
            }
            outbound = next;
        }
    }

    /// One request and its answer. The policy is asked here, so that no hop can pass it by.
    async fn hop(&mut self, outbound: &Outbound) -> Result<(Inbound, Origin), HttpError> {
        self.policy.check_url(&outbound.url)?;
        let origin = origin_of(&outbound.url)?;
        self.usage.count(&self.limits)?;
        self.contacted.insert(origin.clone());
        let limit = self.limits.response_bytes;
        let sent = self.transport.send(outbound, limit);
        let answer =
            tokio::time::timeout(self.limits.request_timeout, sent).await.map_err(|_| HttpError::TimedOut)??;
        let answer = answer::within(answer, limit)?;
        tracing::debug!(method = outbound.method.as_str(), %origin, status = answer.status, "answered");
        Ok((answer, origin))
    }

    /// Judges a guest's request and puts the secrets' values in their places.
    fn outbound(&self, request: GuestRequest) -> Result<Outbound, HttpError> {
        check_headers(&request)?;
        check_body(&request)?;
        let mut url = Url::parse(&request.url)
            .map_err(|error| HttpError::Other(format!("the request's URL cannot be read: {error}")))?;
        url.set_fragment(None);
        self.policy.check_url(&url)?;
        let origin = origin_of(&url)?;
        let authorization = self.authorization(request.authorization, &origin)?;
        let body = self.body(request.body, &origin)?;
        let outbound = Outbound { method: request.method, url, headers: request.headers, authorization, body };
        if size(&outbound) > self.limits.request_bytes {
            return Err(reached("request-bytes", self.limits.request_bytes));
        }
        Ok(outbound)
    }

    fn authorization(&self, wanted: GuestAuthorization, origin: &Origin) -> Result<Authorization, HttpError> {
        Ok(match wanted {
            GuestAuthorization::None => Authorization::None,
            GuestAuthorization::Bearer(handle) => Authorization::Bearer(self.secret(&handle, origin)?),
            GuestAuthorization::Basic(user, handle) => {
                // RFC 7617, 2: a colon would end the user name.
                if user.chars().any(|character| character == ':' || character.is_control()) {
                    return Err(HttpError::Denied("a Basic user name has a colon or a control character".into()));
                }
                Authorization::Basic { user, password: self.secret(&handle, origin)? }
            }
        })
    }

    fn body(&self, wanted: GuestBody, origin: &Origin) -> Result<OutboundBody, HttpError> {
        let field = |(name, value)| {
            let value = match value {
                GuestValue::Text(text) => Value::Text(text),
                GuestValue::Secret(handle) => Value::Secret(self.secret(&handle, origin)?),
            };
            Ok((name, value))
        };
        Ok(match wanted {
            GuestBody::Empty => OutboundBody::Empty,
            GuestBody::Bytes(bytes) if bytes.is_empty() => OutboundBody::Empty,
            GuestBody::Bytes(bytes) => OutboundBody::Bytes(bytes),
            GuestBody::Form(fields) => {
                OutboundBody::Form(fields.into_iter().map(field).collect::<Result<_, HttpError>>()?)
            }
        })
    }

    /// A secret's value, if it is this tenant's and may go there.
    fn secret(&self, handle: &SecretHandle, origin: &Origin) -> Result<Arc<SecretString>, HttpError> {
        let Some(value) = self.vault.value(handle) else {
            return Err(HttpError::Denied("the secret is not one of this tenant's".into()));
        };
        if handle.may_go_to(origin) {
            return Ok(value);
        }
        let bound: Vec<String> = handle.origins().iter().map(ToString::to_string).collect();
        let bound = if bound.is_empty() { "no origin".to_owned() } else { bound.join(", ") };
        Err(HttpError::Denied(format!("the secret may not be sent to {origin}: it is bound to {bound}")))
    }
}

fn origin_of(url: &Url) -> Result<Origin, HttpError> {
    Origin::of(url).ok_or_else(|| HttpError::Denied("only https and http URLs are allowed".into()))
}

/// A request's size in bytes: near enough to what goes over the wire, without reading a secret.
fn size(request: &Outbound) -> u64 {
    let headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len() + ": \r\n".len()).sum();
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum::<usize>();
    let body = match &request.body {
        OutboundBody::Empty => 0,
        OutboundBody::Bytes(bytes) => bytes.len(),
        OutboundBody::Form(fields) => fields
            .iter()
            .map(|(name, value)| match value {
                Value::Text(text) => encoded(name) + encoded(text) + "=&".len(),
                Value::Secret(_) => encoded(name) + "=&".len(),
            })
            .sum(),
    };
    u64::try_from(request.url.as_str().len() + headers + body).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
