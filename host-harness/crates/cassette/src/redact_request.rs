//! A request as a cassette holds it: what goes over the wire, without credentials.
//!
//! One function for both sides. What is recorded went through [`request`], what is sent goes through it again before it is
//! compared, and what a person wrote into a file goes through [`mask`]: a rule that changes here changes for all of them, so
//! that a cassette goes on to match the requests it was made of.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value as Json;
use url::{Url, form_urlencoded};

use super::cassette::{AuthorizationKind, FormValue, RecordedRequest, SecretMark};
use connector_host::http::credentials::{MADE_UP, MADE_UP_IN_URL, blank_json, is_credential};
use connector_host::http::{Authorization, Outbound, OutboundBody, Value, media};

/// The request in the file format's terms, its credentials masked. A body that is neither a form, JSON nor text has no
/// place in a file: it is left out.
pub(crate) fn request(sent: &Outbound) -> RecordedRequest {
    let mut request = RecordedRequest {
        method: sent.method,
        url: sent.url.clone(),
        headers: sent.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect(),
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
        OutboundBody::Form(fields) => request.form = Some(form(fields.iter().map(field))),
        OutboundBody::Bytes(bytes) if bytes.is_empty() => {}
        // A guest may write its form itself.
        OutboundBody::Bytes(bytes) if is_form(&request.headers) => request.form = Some(parsed(bytes)),
        OutboundBody::Bytes(bytes) => match serde_json::from_slice::<Json>(bytes) {
            Ok(json) => request.json = Some(json),
            Err(_) => request.text = std::str::from_utf8(bytes).ok().map(str::to_owned),
        },
    }
    mask(&mut request);
    request
}

/// Masks what stands under credentials' names, in every part of a request but a text, which nothing is known of.
pub(crate) fn mask(request: &mut RecordedRequest) {
    mask_url(&mut request.url);
    for (_, value) in request.headers.iter_mut().filter(|(name, _)| is_credential(name)) {
        MADE_UP.clone_into(value);
    }
    request.form.iter_mut().for_each(mask_form);
    if let Some(json) = &mut request.json {
        blank_json(json);
        for (_, id) in json.as_object_mut().into_iter().flatten().filter(|(name, _)| is_client_id(name)) {
            *id = A_CLIENT.into();
        }
    }
}

/// What stands for the ID that a client logs in with: it is not a secret, and tells whose the cassette is.
const A_CLIENT: &str = "recorded-client";

fn is_client_id(name: &str) -> bool {
    ["client_id", "client-id", "clientid"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Masks the credentials in a URL, which have no place there: user name, password, and what the query says under their
/// names. Takes the fragment away, which is never sent.
pub(crate) fn mask_url(url: &mut Url) {
    // Neither can fail for a URL with a host.
    let _ = (url.set_username(""), url.set_password(None));
    url.set_fragment(None);
    if !url.query_pairs().any(|(name, _)| is_credential(&name)) {
        return;
    }
    let masked = |(name, value): (String, String)| {
        let value = if is_credential(&name) { MADE_UP_IN_URL.to_owned() } else { value };
        (name, value)
    };
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().map(masked).collect();
    url.query_pairs_mut().clear().extend_pairs(pairs);
}

/// The fields of a form that a guest wrote itself, masked.
pub(crate) fn form_of(bytes: &[u8]) -> BTreeMap<String, FormValue> {
    let mut form = parsed(bytes);
    mask_form(&mut form);
    form
}

fn parsed(bytes: &[u8]) -> BTreeMap<String, FormValue> {
    let text = |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into_owned(), FormValue::Text(value.into_owned()));
    form(form_urlencoded::parse(bytes).map(text))
}

fn mask_form(form: &mut BTreeMap<String, FormValue>) {
    for (name, value) in form.iter_mut() {
        if is_credential(name) {
            mask_field(value);
        } else if let FormValue::Text(id) = value
            && is_client_id(name)
        {
            A_CLIENT.clone_into(id);
        }
    }
}

fn mask_field(value: &mut FormValue) {
    match value {
        FormValue::Many(values) => values.iter_mut().for_each(mask_field),
        one => *one = FormValue::Secret(SecretMark::MARK),
    }
}

fn is_form(headers: &BTreeMap<String, String>) -> bool {
    headers.get("content-type").is_some_and(|kind| media::is_form(kind))
}

fn field((name, value): &(String, Value)) -> (String, FormValue) {
    let value = match value {
        Value::Text(text) => FormValue::Text(text.clone()),
        Value::Secret(_) => FormValue::Secret(SecretMark::MARK),
    };
    (name.clone(), value)
}

fn form(fields: impl Iterator<Item = (String, FormValue)>) -> BTreeMap<String, FormValue> {
    let mut form: BTreeMap<String, Vec<FormValue>> = BTreeMap::new();
    for (name, value) in fields {
        form.entry(name).or_default().push(value);
    }
    let one_or_many = |(name, mut values): (String, Vec<FormValue>)| match (values.len(), values.pop()) {
        (1, Some(only)) => (name, only),
        (_, last) => (name, FormValue::Many(values.into_iter().chain(last).collect())),
    };
    form.into_iter().map(one_or_many).collect()
}
