//! From what went over the wire to the file format of a recording. Pure.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use serde_json::value::RawValue;
use url::Url;

use super::RecordError;
use super::credentials::{MADE_UP, blank_json, is_credential};
use super::people::People;
use crate::http::cassette::{AuthorizationKind, Exchange, FormValue, RecordedRequest, RecordedResponse, SecretMark};
use crate::http::{Authorization, Outbound, OutboundBody, Value, Vault};

/// What a file's name takes of an address.
const NAME_LENGTH: usize = 48;

/// A request as it is recorded, or why it cannot be.
pub(super) fn request(sent: &Outbound, vault: &Vault, people: Option<&mut People>) -> Result<RecordedRequest, String> {
    let invents = people.is_some();
    let mut recorded = RecordedRequest {
        method: sent.method,
        url: query(&sent.url, people),
        headers: headers(sent, vault),
        authorization: match sent.authorization {
            Authorization::None => None,
            Authorization::Bearer(_) => Some(AuthorizationKind::Bearer),
            Authorization::Basic { .. } => Some(AuthorizationKind::Basic),
        },
        form: None,
        json: None,
        text: None,
    };
    match &sent.body {
        OutboundBody::Empty => {}
        OutboundBody::Form(fields) => recorded.form = Some(form(fields)),
        OutboundBody::Bytes(bytes) if bytes.is_empty() => {}
        // A login may be JSON as well; what it sends is known.
        OutboundBody::Bytes(_) if invents && !sent.url.path().ends_with("/auth") => {
            let place = sent.url.path();
            return Err(format!("a request to {place} sends a body, and who is in it is not known"));
        }
        OutboundBody::Bytes(bytes) => match (serde_json::from_slice::<Json>(bytes), std::str::from_utf8(bytes)) {
            (Ok(mut json), _) => {
                blank_json(&mut json);
                recorded.json = Some(json);
            }
            (_, Ok(text)) => recorded.text = Some(text.to_owned()),
            _ => return Err(format!("a request to {} sends bytes that are no text", sent.url.path())),
        },
    }
    Ok(recorded)
}

/// The header fields that identify a request; not those that hold a credential.
fn headers(sent: &Outbound, vault: &Vault) -> BTreeMap<String, String> {
    let harmless =
        |(name, value): &&(String, String)| !is_credential(name) && vault.scrub_text(value).as_ref() == value.as_str();
    sent.headers.iter().filter(harmless).map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect()
}

fn form(fields: &[(String, Value)]) -> BTreeMap<String, FormValue> {
    let mut form: BTreeMap<String, Vec<FormValue>> = BTreeMap::new();
    for (name, value) in fields {
        let value = match value {
            Value::Text(text) if !is_credential(name) => FormValue::Text(text.clone()),
            Value::Text(_) | Value::Secret(_) => FormValue::Secret(SecretMark::MARK),
        };
        form.entry(name.clone()).or_default().push(value);
    }
    let one_or_many = |(name, mut values): (String, Vec<FormValue>)| match (values.len(), values.pop()) {
        (1, Some(only)) => (name, only),
        (_, last) => (name, FormValue::Many(values.into_iter().chain(last).collect())),
    };
    form.into_iter().map(one_or_many).collect()
}

/// A URL in which addresses are those of invented people, as a connector asks that knows only these; and without
/// credentials, which have no place in a URL.
fn query(url: &Url, people: Option<&mut People>) -> Url {
    let tells = |name: &str, value: &str| is_credential(name) || (people.is_some() && value.contains('@'));
    let mut recorded = url.clone();
    // Neither can fail for a URL with a host.
    let _ = (recorded.set_username(""), recorded.set_password(None));
    recorded.set_fragment(None);
    if !url.query_pairs().any(|(name, value)| tells(&name, &value)) {
        return recorded;
    }
    let pairs: Vec<(String, String)> = url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect();
    let mut people = people;
    let harmless = |(name, value): (String, String)| {
        let value = match people.as_mut() {
            _ if is_credential(&name) => MADE_UP.to_owned(),
            Some(people) if value.contains('@') => people.address(&value, &value),
            _ => value,
        };
        (name, value)
    };
    recorded.query_pairs_mut().clear().extend_pairs(pairs.into_iter().map(harmless));
    recorded
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
/// When the exchange is no JSON, which cannot be.
pub(super) fn text(exchange: &Exchange) -> Result<String, RecordError> {
    // By way of a value: what is raw would be written on one line.
    let laid_out = serde_json::to_value(exchange).and_then(|json| serde_json::to_string_pretty(&json));
    laid_out.map(|text| text + "\n").map_err(|error| RecordError::Unrecordable(error.to_string()))
}
