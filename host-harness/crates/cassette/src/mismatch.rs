//! How a request differs from a recorded one: nothing if it matches, otherwise a description for people.
//!
//! Pure. Matching and explaining are one function, so that the explanation cannot be about another rule than the match.
//! Secrets are never read here, and the values inside a JSON body are not shown: they can be people's data.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use url::Url;

use super::cassette::{AuthorizationKind, FormValue, RecordedRequest};
use connector_host::http::credentials::blank_json;
use connector_host::http::{Outbound, OutboundBody};

use super::redact_request;

/// One thing that differs. The heavier, the less the two have to do with each other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub(super) weight: u32,
    pub(super) text: String,
}

/// A request that was sent: as a cassette would hold it, and with its body as it is.
pub(super) struct Sent<'a> {
    pub(super) request: RecordedRequest,
    body: &'a OutboundBody,
}

impl<'a> Sent<'a> {
    pub(super) fn of(request: &'a Outbound) -> Self {
        Self { request: redact_request::request(request), body: &request.body }
    }
}

const OTHER_PLACE: u32 = 1000;
const OTHER_METHOD: u32 = 100;
const OTHER_DETAIL: u32 = 1;

/// What differs; nothing if the request is the recorded one, whose credentials are masked too.
pub(super) fn mismatches(recorded: &RecordedRequest, sent: &Sent<'_>) -> Vec<Mismatch> {
    let (whole, sent) = (sent, &sent.request);
    let mut found = Vec::new();
    let mut add = |weight, text| found.push(Mismatch { weight, text });
    if recorded.method != sent.method {
        add(OTHER_METHOD, format!("method: recorded {}, sent {}", recorded.method.as_str(), sent.method.as_str()));
    }
    let (place, other) = (place(&recorded.url), self::place(&sent.url));
    if place != other {
        add(OTHER_PLACE, format!("address: recorded {place}, sent {other}"));
    }
    let query = fields("query parameter", &query(&recorded.url), &self::query(&sent.url));
    let headers = headers(recorded, sent);
    let authorization = authorization(recorded, sent);
    for text in query.into_iter().chain(headers).chain(authorization).chain(body(recorded, whole)) {
        add(OTHER_DETAIL, text);
    }
    found
}

/// A URL without its query.
pub(super) fn place(url: &Url) -> String {
    let mut place = url.clone();
    place.set_query(None);
    place.set_fragment(None);
    place.into()
}

/// Fields with all their values, sorted: equal whatever order they came in.
type Fields = BTreeMap<String, Vec<FormValue>>;

fn sorted(pairs: impl Iterator<Item = (String, FormValue)>) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in pairs {
        fields.entry(name).or_default().push(value);
    }
    for values in fields.values_mut() {
        values.sort_unstable();
    }
    fields
}

fn query(url: &Url) -> Fields {
    sorted(url.query_pairs().map(|(name, value)| (name.into_owned(), FormValue::Text(value.into_owned()))))
}

fn fields(what: &str, recorded: &Fields, sent: &Fields) -> Vec<String> {
    let missing = recorded.iter().filter(|(name, _)| !sent.contains_key(*name));
    let missing = missing.map(|(name, values)| format!("{what} `{name}` is missing: recorded {}", shown(values)));
    let present = sent.iter().filter_map(|(name, values)| match recorded.get(name) {
        None => Some(format!("{what} `{name}` is extra: sent {}", shown(values))),
        Some(expected) if expected != values => {
            Some(format!("{what} `{name}`: recorded {}, sent {}", shown(expected), shown(values)))
        }
        Some(_) => None,
    });
    missing.chain(present).collect()
}

fn shown(values: &[FormValue]) -> String {
    let one = |value: &FormValue| match value {
        FormValue::Text(text) => format!("`{}`", text.escape_debug()),
        FormValue::Secret(_) => "a secret".to_owned(),
        FormValue::Many(values) => shown(values),
    };
    values.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn headers(recorded: &RecordedRequest, sent: &RecordedRequest) -> Vec<String> {
    let value_of =
        |name: &str| sent.headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let differs = |(name, expected): (&String, &String)| match value_of(name) {
        Some(value) if value == expected => None,
        Some(value) => Some(format!("header `{name}`: recorded `{expected}`, sent `{}`", value.escape_debug())),
        None => Some(format!("header `{name}` is missing: recorded `{expected}`")),
    };
    recorded.headers.iter().filter_map(differs).collect()
}

fn authorization(recorded: &RecordedRequest, sent: &RecordedRequest) -> Option<String> {
    let name = |kind| match kind {
        None => "none",
        Some(AuthorizationKind::Bearer) => "bearer",
        Some(AuthorizationKind::Basic) => "basic",
    };
    (recorded.authorization != sent.authorization)
        .then(|| format!("authorization: recorded {}, sent {}", name(recorded.authorization), name(sent.authorization)))
}

fn body(recorded: &RecordedRequest, sent: &Sent<'_>) -> Vec<String> {
    if let Some(form) = &recorded.form {
        return match sent_form(sent) {
            Some(sent) => fields("form field", &form_fields(form), &sent),
            None => vec![other_body("a form", sent.body)],
        };
    }
    let difference = match (&recorded.json, &recorded.text, sent.body) {
        (Some(json), _, OutboundBody::Bytes(bytes)) => match serde_json::from_slice(bytes) {
            Ok(mut sent) => {
                blank_json(&mut sent);
                first_difference(json, &sent, String::new()).map(|at| format!("the JSON body differs at `{at}`"))
            }
            Err(_) => Some("body: recorded JSON, sent something else".to_owned()),
        },
        (Some(_), _, body) => Some(other_body("JSON", body)),
        (None, Some(text), OutboundBody::Bytes(bytes)) if text.as_bytes() == bytes => None,
        (None, Some(_), OutboundBody::Bytes(_)) => Some("the text of the body differs".to_owned()),
        (None, Some(_), body) => Some(other_body("a text", body)),
        (None, None, OutboundBody::Empty) => None,
        (None, None, OutboundBody::Bytes(bytes)) if bytes.is_empty() => None,
        (None, None, body) => Some(other_body("none", body)),
    };
    difference.into_iter().collect()
}

fn other_body(recorded: &str, sent: &OutboundBody) -> String {
    let sent = match sent {
        OutboundBody::Empty => "none",
        OutboundBody::Form(_) => "a form",
        OutboundBody::Bytes(_) => "bytes",
    };
    format!("body: recorded {recorded}, sent {sent}")
}

fn form_fields(form: &BTreeMap<String, FormValue>) -> Fields {
    sorted(form.iter().flat_map(|(name, value)| {
        let values = match value {
            FormValue::Many(values) => values.clone(),
            one => vec![one.clone()],
        };
        values.into_iter().map(|value| (name.clone(), value))
    }))
}

/// Bytes are taken for a form where one was recorded, whatever the guest calls them.
fn sent_form(sent: &Sent<'_>) -> Option<Fields> {
    match (&sent.request.form, sent.body) {
        (Some(form), _) => Some(form_fields(form)),
        (None, OutboundBody::Bytes(bytes)) => Some(form_fields(&redact_request::form_of(bytes))),
        (None, _) => None,
    }
}

/// The pointer to the first place where two JSON values differ. The depth is what the JSON reader lets through.
fn first_difference(recorded: &Json, sent: &Json, at: String) -> Option<String> {
    let under = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match (recorded, sent) {
        _ if recorded == sent => None,
        (Json::Object(recorded), Json::Object(sent)) => {
            let both = recorded.iter().map(|(key, value)| (key, Some(value), sent.get(key)));
            let extra = sent
                .iter()
                .filter(|(key, _)| !recorded.contains_key(*key))
                .map(|(key, value)| (key, None, Some(value)));
            both.chain(extra).find_map(|(key, recorded, sent)| match (recorded, sent) {
                (Some(recorded), Some(sent)) => first_difference(recorded, sent, under(key)),
                _ => Some(under(key)),
            })
        }
        (Json::Array(recorded), Json::Array(sent)) if recorded.len() == sent.len() => {
            let mut pairs = recorded.iter().zip(sent).enumerate();
            pairs.find_map(|(index, (recorded, sent))| first_difference(recorded, sent, under(&index.to_string())))
        }
        _ => Some(at),
    }
}
