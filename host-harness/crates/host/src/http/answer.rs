//! An answer on its way to the guest: the token taken out, credentials emptied, secrets scrubbed.
//!
//! The vault can only scrub what it knows. An answer to a request that hands over a secret may hold a new one, and it need
//! not be where the guest said, or a guest may ask for it by `send`. So the strings that are credentials by their name are
//! emptied in such an answer, in JSON and in forms, and in header fields. Of a log-in's answer only what is known to be harmless
//! is left at all: see [`log_in`].

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;

use super::credentials::is_credential;
use super::redact_body::redact_body;
use super::scrub::REPLACEMENT;
use super::{
    GuestAuthorization, GuestBody, GuestRequest, GuestValue, HttpError, Inbound, Method, Vault, log_in, media,
};

/// The longest answer a token is taken from, in bytes. Reading JSON takes several times as much memory.
const TOKEN_ANSWER: usize = 1 << 20;
/// The bytes of a token: a shorter one would be found by chance in texts that do not hold it, and a longer one fits into no
/// header field.
const TOKEN: std::ops::RangeInclusive<usize> = 8..=16 << 10;
/// Bodies above this are searched on a thread of their own, so that a call can be ended meanwhile.
const INLINE: usize = 1 << 20;

/// Header fields that hold credentials by their name: the guest sees that they are there, never what they say.
const CREDENTIALS: &[&str] =
    &["authorization", "authentication-info", "proxy-authorization", "set-cookie", "set-cookie2"];

/// What the answer to a request may hold that no vault knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Issues {
    /// Data: it is read with a token.
    Nothing,
    /// Data, and a credential perhaps: a secret was handed over otherwise.
    Perhaps,
    /// A credential: it is a log-in. Where in the answer it stands, and how it is spelled, is the source's to choose.
    Credentials,
}

/// What the answer to a request may hold, by how the request hands over a secret.
pub(super) fn issues(request: &GuestRequest) -> Issues {
    let reads = matches!(request.method, Method::Get | Method::Head);
    let in_form = match &request.body {
        GuestBody::Form(fields) => fields.iter().any(|(_, value)| matches!(value, GuestValue::Secret(_))),
        GuestBody::Empty | GuestBody::Bytes(_) => false,
    };
    match &request.authorization {
        _ if in_form => Issues::Credentials,
        GuestAuthorization::Bearer(_) if !reads => Issues::Perhaps,
        GuestAuthorization::Basic(..) => Issues::Perhaps,
        GuestAuthorization::None | GuestAuthorization::Bearer(_) => Issues::Nothing,
    }
}

/// Takes the string at a pointer out of a 2xx JSON answer.
///
/// The body is written anew, so that a key that is there twice cannot keep the token.
///
/// # Errors
/// [`HttpError::Denied`] when the token is too short or too long to be kept.
pub(super) fn take_token(answer: &mut Inbound, pointer: &str) -> Result<Option<SecretString>, HttpError> {
    if !(200..300).contains(&answer.status) || answer.body.len() > TOKEN_ANSWER {
        return Ok(None);
    }
    let Ok(mut json) = serde_json::from_slice::<Json>(&answer.body) else { return Ok(None) };
    let Some(Json::String(place)) = json.pointer_mut(pointer) else { return Ok(None) };
    if place.is_empty() {
        return Ok(None);
    }
    let token = SecretString::from(std::mem::take(place));
    answer.body = json.to_string().into_bytes();
    let length = token.expose_secret().len();
    if TOKEN.contains(&length) {
        return Ok(Some(token));
    }
    let (least, most) = (TOKEN.start(), TOKEN.end());
    Err(HttpError::Denied(format!("the source's token has {length} bytes; only {least} to {most} bytes are supported")))
}

/// The answer as the guest gets it: without any secret the vault knows and, if it `issues` new ones, without what is a
/// credential by its name; of a log-in's, only what is known to be none ([`log_in`]).
///
/// # Errors
/// [`HttpError::Other`] if it is in a charset in which no secret could be found, and [`HttpError::TooLarge`] if what stands in the secrets' places makes it larger than the limit.
pub(super) async fn for_guest(
    vault: &Vault,
    answer: Inbound,
    issues: Issues,
    limit: u64,
) -> Result<Inbound, HttpError> {
    if let Some(charset) = media::unreadable(&answer) {
        let text =
            format!("the response is withheld, because the host cannot search its charset {charset} for secrets");
        return Err(HttpError::Other(text));
    }
    let answer = if answer.body.len() <= INLINE {
        clean(vault, answer, issues)
    } else {
        let vault = vault.clone();
        let search = tokio::task::spawn_blocking(move || clean(&vault, answer, issues));
        search.await.map_err(|_| HttpError::Other("the response could not be searched for secrets".to_owned()))?
    };
    within(answer, limit)
}

fn clean(vault: &Vault, mut answer: Inbound, issues: Issues) -> Inbound {
    match issues {
        Issues::Nothing => {}
        Issues::Perhaps => forget_credentials(&mut answer),
        Issues::Credentials => log_in::reduce(&mut answer),
    }
    let Inbound { status, headers, body } = answer;
    let header = |(name, value): (String, String)| {
        let name = vault.scrub_text(&name.to_ascii_lowercase()).into_owned();
        let hidden = CREDENTIALS.contains(&name.as_str());
        let value = if hidden { REPLACEMENT.to_owned() } else { vault.scrub_text(&value).into_owned() };
        (name, value)
    };
    let headers = headers.into_iter().map(header).collect();
    Inbound { status, headers, body: vault.scrub_bytes(body) }
}

/// Empties what is a credential by its name.
fn forget_credentials(answer: &mut Inbound) {
    if let Some(rest) = redact_body(&answer.body, media::is_form_answer(answer)) {
        answer.body = rest;
    }
    for (_, value) in answer.headers.iter_mut().filter(|(name, _)| is_credential(name)) {
        REPLACEMENT.clone_into(value);
    }
}

/// An answer, if it is no larger than the limit: its header fields and its body.
///
/// # Errors
/// [`HttpError::TooLarge`] if it is.
pub(super) fn within(answer: Inbound, limit: u64) -> Result<Inbound, HttpError> {
    let size = u64::try_from(length(&answer.headers) + answer.body.len()).unwrap_or(u64::MAX);
    if size > limit { Err(HttpError::TooLarge(limit)) } else { Ok(answer) }
}

/// The length of header fields, names and values.
pub(super) fn length(headers: &[(String, String)]) -> usize {
    headers.iter().map(|(name, value)| name.len() + value.len()).sum()
}

/// The error without any secret the vault knows.
pub(super) fn scrubbed_error(vault: &Vault, error: HttpError) -> HttpError {
    let scrub = |text: String| vault.scrub_text(&text).into_owned();
    match error {
        HttpError::Denied(text) => HttpError::Denied(scrub(text)),
        HttpError::Unreachable(text) => HttpError::Unreachable(scrub(text)),
        HttpError::Other(text) => HttpError::Other(scrub(text)),
        HttpError::TimedOut | HttpError::TooLarge(_) | HttpError::Limit { .. } => error,
    }
}
