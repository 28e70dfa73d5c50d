//! The file format of one recorded exchange, as serde sees it. [`cassette`](super::cassette) explains the keys.
//!
//! Every check is made while a file is read, so that a mistake is reported with its line.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use url::Url;

use connector_host::http::Method;

/// One exchange.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What was asked.
    #[serde(deserialize_with = "checked_request")]
    pub request: RecordedRequest,
    /// What was answered.
    #[serde(deserialize_with = "checked_response")]
    pub response: RecordedResponse,
    /// True if it answers every time; else once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
}

/// A request as it is recorded: without any secret.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedRequest {
    /// The method.
    #[serde(deserialize_with = "method", serialize_with = "method_name")]
    pub method: Method,
    /// The URL, query included.
    #[serde(deserialize_with = "absolute_url", serialize_with = "url_text")]
    pub url: Url,
    /// Header fields that must match.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What kind of authorization was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<AuthorizationKind>,
    /// A form's fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<BTreeMap<String, FormValue>>,
    /// A JSON body.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub json: Option<serde_json::Value>,
    /// Any other body that is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The kinds of authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthorizationKind {
    /// RFC 6750.
    Bearer,
    /// RFC 7617.
    Basic,
}

/// The value of a form field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(untagged, expecting = "a form field must be a string, `{\"secret\": true}`, or a list of these")]
pub enum FormValue {
    /// Plain text.
    Text(String),
    /// Some secret.
    Secret(SecretMark),
    /// A field that is there more than once.
    Many(Vec<FormValue>),
}

/// `{"secret": true}`: there was a secret here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SecretMark {
    #[serde(deserialize_with = "only_true")]
    secret: bool,
}

impl SecretMark {
    /// The mark.
    pub const MARK: Self = Self { secret: true };
}

/// An answer as it is recorded.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedResponse {
    /// The status code.
    #[serde(deserialize_with = "status")]
    pub status: u16,
    /// The header fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// A JSON body, kept as it is written.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub json: Option<Box<RawValue>>,
    /// A body that is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Any other body.
    #[serde(
        default,
        deserialize_with = "from_base64",
        serialize_with = "to_base64",
        skip_serializing_if = "Option::is_none"
    )]
    pub base64: Option<Vec<u8>>,
}

impl RecordedResponse {
    /// The body's bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        let json = self.json.as_deref().map(RawValue::get);
        let text = json.or(self.text.as_deref()).map(str::as_bytes);
        text.or(self.base64.as_deref()).unwrap_or_default()
    }
}

fn checked_request<'de, D: Deserializer<'de>>(from: D) -> Result<RecordedRequest, D::Error> {
    let request = RecordedRequest::deserialize(from)?;
    let bodies = [request.form.is_some(), request.json.is_some(), request.text.is_some()];
    if more_than_one(bodies) {
        return Err(D::Error::custom("a request may have only one of `form`, `json` and `text`"));
    }
    Ok(request)
}

fn checked_response<'de, D: Deserializer<'de>>(from: D) -> Result<RecordedResponse, D::Error> {
    let response = RecordedResponse::deserialize(from)?;
    let bodies = [response.json.is_some(), response.text.is_some(), response.base64.is_some()];
    if more_than_one(bodies) {
        return Err(D::Error::custom("a response may have only one of `json`, `text` and `base64`"));
    }
    Ok(response)
}

fn more_than_one(there: [bool; 3]) -> bool {
    there.into_iter().filter(|there| *there).count() > 1
}

/// A key that is there counts, also if it is `null`.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

fn method<'de, D: Deserializer<'de>>(from: D) -> Result<Method, D::Error> {
    let text = String::deserialize(from)?;
    Method::ALL
        .into_iter()
        .find(|method| method.as_str() == text)
        .ok_or_else(|| D::Error::custom(format!("`{text}` is not one of GET, HEAD, POST, PUT, PATCH, DELETE")))
}

fn absolute_url<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
    let text = String::deserialize(from)?;
    let url = Url::parse(&text).map_err(|error| D::Error::custom(format!("`url` is not an absolute URL: {error}")))?;
    if url.has_host() { Ok(url) } else { Err(D::Error::custom("`url` is not an absolute URL: it has no host")) }
}

fn status<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(from)?;
    if (100..600).contains(&status) { Ok(status) } else { Err(D::Error::custom("`status` must be from 100 to 599")) }
}

fn from_base64<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = String::deserialize(from)?;
    STANDARD.decode(text).map(Some).map_err(|error| D::Error::custom(format!("`base64`: {error}")))
}

fn only_true<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    if bool::deserialize(from)? {
        Ok(true)
    } else {
        Err(D::Error::custom("`secret` must be true; write a string to record plain text"))
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn method_name<S: Serializer>(method: &Method, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(method.as_str())
}

fn url_text<S: Serializer>(url: &Url, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(url.as_str())
}

#[allow(clippy::ref_option, reason = "serde's signature")]
fn to_base64<S: Serializer>(bytes: &Option<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&STANDARD.encode(bytes.as_deref().unwrap_or_default()))
}
