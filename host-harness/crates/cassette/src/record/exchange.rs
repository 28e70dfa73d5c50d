//! Converts what went over the wire to the file format of a cassette. Pure.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use url::Url;

use super::people::People;
use super::{RecordError, personio};
use crate::cassette::{Exchange, RecordedRequest, RecordedResponse};
use crate::redact_request;
use connector_host::http::credentials::is_credential;
use connector_host::http::{Outbound, OutboundBody, Vault};

/// What a file's name takes of an address.
const NAME_LENGTH: usize = 48;

/// Where a redirect leads that leads nowhere: it is not a URL, and so the run that plays it ends as this one did.
const NOWHERE: &str = "https://[no URL]/";

/// A request as it is recorded, or why it cannot be.
pub(super) fn request(sent: &Outbound, vault: &Vault, people: Option<&mut People>) -> Result<RecordedRequest, String> {
    let place = sent.url.path();
    if matches!(&sent.body, OutboundBody::Bytes(bytes) if std::str::from_utf8(bytes).is_err()) {
        return Err(format!("a request to {place} sends bytes that are not text"));
    }
    let mut request = redact_request::request(sent);
    let has_secret = |text: &str| vault.scrub_text(text).as_ref() != text;
    // A cassette that asks for fewer fields matches as well.
    request.headers.retain(|name, value| !is_credential(name) && !has_secret(value));
    if let Some(people) = people {
        personio::redact(&mut request, people)?;
    }
    // Scrubbed later, it would never match again.
    if serde_json::to_string(&request).is_ok_and(|text| has_secret(&text)) {
        return Err("a request has a secret in it as plain text; the connector must pass the secret's handle instead"
            .to_owned());
    }
    Ok(request)
}

/// Where an answer leads to, as the request is recorded that goes there.
pub(super) fn location(from: &Url, location: &str, people: Option<&mut People>) -> Result<String, String> {
    let Ok(mut target) = from.join(location) else { return Ok(NOWHERE.to_owned()) };
    redact_request::mask_url(&mut target);
    if let Some(people) = people {
        personio::redact_url(&mut target, people)?;
    }
    Ok(target.into())
}

/// An answer as it is recorded: its body as JSON, else text, else base64.
pub(super) fn response(status: u16, headers: BTreeMap<String, String>, body: &[u8]) -> RecordedResponse {
    let mut response = RecordedResponse { status, headers, json: None, text: None, base64: None };
    if body.is_empty() {
        return response;
    }
    match (serde_json::from_slice::<&RawValue>(body), std::str::from_utf8(body)) {
        (Ok(json), _) => response.json = Some(json.to_owned()),
        (_, Ok(text)) => response.text = Some(text.to_owned()),
        _ => response.base64 = Some(body.to_vec()),
    }
    response
}

/// The file of the exchange that came `index`th, counted from 0: its number, method and path.
pub(super) fn file_name(index: usize, exchange: &Exchange) -> String {
    let place = format!("{}{}", exchange.request.method.as_str(), exchange.request.url.path());
    let mut name = format!("{:04}-", index + 1);
    for c in place.chars().take(NAME_LENGTH) {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    format!("{}.json", name.trim_end_matches('-'))
}

/// A file's text, laid out for reading.
///
/// # Errors
/// When the exchange is not JSON, which cannot happen.
pub(super) fn text(exchange: &Exchange) -> Result<String, RecordError> {
    // By way of a value: what is raw would be written on one line.
    let laid_out = serde_json::to_value(exchange).and_then(|json| serde_json::to_string_pretty(&json));
    laid_out.map(|text| text + "\n").map_err(|error| RecordError::Unrecordable(error.to_string()))
}
