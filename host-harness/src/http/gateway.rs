//! The one path of every request, whatever answers it.
//!
//! In this order: header fields → policy → secrets → limits → transport → redirects, each judged like a first request →
//! a token taken by `exchange` → scrubbing. It is one per tenant and sync; it holds the vault and the counts. The only
//! edge is the [`Transport`]; everything else here decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use secrecy::SecretString;
use serde_json::Value as Json;
use url::Url;

use super::guest::check_headers;
use super::limits::{Usage, reached};
use super::scrub::REPLACEMENT;
use super::{Authorization, EgressPolicy, HttpError, Inbound, Origin, Outbound, OutboundBody, Transport, Value};
use super::{redirect, secrets};

pub use super::guest::{GuestAuthorization, GuestBody, GuestRequest, GuestValue};
pub use super::limits::HttpLimits;
use secrets::{SecretHandle, Vault};

/// The most secrets a vault takes from a guest's `exchange` calls: scrubbing looks for every one of them in every answer.
const MAX_SECRETS: usize = 64;

/// Answers that hold credentials by their name: the guest sees that they are there, never what they say. The vault cannot
/// know a token or a session that a source hands out unasked.
const CREDENTIALS: &[&str] =
    &["authorization", "authentication-info", "proxy-authorization", "set-cookie", "set-cookie2"];

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
    /// A gateway for one sync of one tenant.
    #[must_use]
    pub fn new(policy: EgressPolicy, transport: Arc<dyn Transport>, vault: Vault, limits: HttpLimits) -> Self {
        Self { policy, transport, vault, limits, usage: Usage::default(), contacted: BTreeSet::new() }
    }

    /// Sends a request; the answer has no known secret in it.
    ///
    /// # Errors
    /// When there is no answer: [`HttpError`] says why, without a secret. Any status is an answer.
    pub async fn send(&mut self, request: GuestRequest) -> Result<Inbound, HttpError> {
        match self.follow(request).await {
            Ok((answer, _)) => Ok(self.scrubbed(answer)),
            Err(error) => Err(self.scrubbed_error(error)),
        }
    }

    /// Sends a request, and takes the string at `pointer` (RFC 6901) out of a 2xx JSON answer as a new secret, bound to the
    /// origin that gave the answer. The string is empty in the answer that comes back.
    ///
    /// No secret if the answer is not 2xx, not JSON, or has no string, or an empty one, there.
    ///
    /// # Errors
    /// As [`send`](Self::send); and [`HttpError::Denied`] when the vault is full.
    pub async fn exchange(
        &mut self,
        request: GuestRequest,
        pointer: &str,
    ) -> Result<(Inbound, Option<SecretHandle>), HttpError> {
        if self.vault.len() >= MAX_SECRETS {
            let text =
                format!("this sync holds {MAX_SECRETS} secrets, the most there may be: reuse a token until it expires");
            return Err(HttpError::Denied(text));
        }
        match self.follow(request).await {
            Ok((mut answer, origin)) => {
                let token = take_token(&mut answer, pointer).map(|token| self.vault.insert(token, vec![origin]));
                Ok((self.scrubbed(answer), token))
            }
            Err(error) => Err(self.scrubbed_error(error)),
        }
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

    /// Sends a request and follows its redirects; gives the last answer, not scrubbed, and who gave it.
    async fn follow(&mut self, request: GuestRequest) -> Result<(Inbound, Origin), HttpError> {
        let mut outbound = self.outbound(request)?;
        let mut redirects = 0;
        loop {
            let (answer, origin) = self.hop(&outbound).await?;
            let Some(next) = redirect::next(&outbound, &answer)? else { return Ok((answer, origin)) };
            if redirects >= self.limits.redirects {
                return Err(reached("redirects", self.limits.redirects));
            }
            redirects += 1;
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
        if length(&answer.body) > limit {
            return Err(HttpError::TooLarge(limit));
        }
        tracing::debug!(method = outbound.method.as_str(), %origin, status = answer.status, "answered");
        Ok((answer, origin))
    }

    /// Judges a guest's request and puts the secrets' values in their places.
    fn outbound(&self, request: GuestRequest) -> Result<Outbound, HttpError> {
        check_headers(&request)?;
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

    fn scrubbed(&self, answer: Inbound) -> Inbound {
        let header = |(name, value): (String, String)| {
            let name = self.vault.scrub_text(&name.to_ascii_lowercase()).into_owned();
            let hidden = CREDENTIALS.contains(&name.as_str());
            let value = if hidden { REPLACEMENT.to_owned() } else { self.vault.scrub_text(&value).into_owned() };
            (name, value)
        };
        Inbound {
            status: answer.status,
            headers: answer.headers.into_iter().map(header).collect(),
            body: self.vault.scrub_bytes(answer.body),
        }
    }

    fn scrubbed_error(&self, error: HttpError) -> HttpError {
        let scrub = |text: String| self.vault.scrub_text(&text).into_owned();
        match error {
            HttpError::Denied(text) => HttpError::Denied(scrub(text)),
            HttpError::Unreachable(text) => HttpError::Unreachable(scrub(text)),
            HttpError::Other(text) => HttpError::Other(scrub(text)),
            HttpError::TimedOut | HttpError::TooLarge(_) | HttpError::Limit { .. } => error,
        }
    }
}

/// Takes the string at a pointer out of a 2xx JSON answer.
///
/// The body is written anew, so that a key that is there twice cannot keep the token.
fn take_token(answer: &mut Inbound, pointer: &str) -> Option<SecretString> {
    if !(200..300).contains(&answer.status) {
        return None;
    }
    let mut json: Json = serde_json::from_slice(&answer.body).ok()?;
    let place = json.pointer_mut(pointer)?;
    if place.as_str().is_none_or(str::is_empty) {
        return None;
    }
    let Json::String(token) = std::mem::replace(place, Json::String(String::new())) else { return None };
    answer.body = serde_json::to_vec(&json).ok()?;
    Some(SecretString::from(token))
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

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
