//! Personio's requests without people: which ones are known, and what is kept of them.

use url::Url;

use crate::cassette::RecordedRequest;
use crate::record::people::People;
use connector_host::http::credentials::{MADE_UP_IN_URL, is_credential};

/// The endpoints that something is known of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::record) enum Endpoint {
    /// `POST /v1/auth`.
    LogIn,
    /// `GET /v1/company/employees/attributes`, and its alias.
    Attributes,
    /// `GET /v1/company/employees`.
    Employees,
}

/// Header fields that name nobody.
const HEADERS: [&str; 4] = ["accept", "content-type", "x-personio-app-id", "x-personio-partner-id"];

impl Endpoint {
    /// The endpoint of a URL.
    ///
    /// # Errors
    /// When nothing is known of it. Only the beginning of its path is shown: the rest may be somebody's ID.
    pub fn of(url: &Url) -> Result<Self, String> {
        match url.path() {
            "/v1/auth" => Ok(Self::LogIn),
            "/v1/company/employees/attributes" | "/v1/company/employees/custom-attributes" => Ok(Self::Attributes),
            "/v1/company/employees" => Ok(Self::Employees),
            other => Err(format!(
                "requests to {} and their responses are not known, so people in them cannot be replaced; use --keep-people to \
                 record them as they are",
                beginning(other)
            )),
        }
    }
}

/// Puts invented people into a request, as a connector asks that knows only these.
///
/// # Errors
/// When the request may name somebody in a place that nothing is known of.
pub(in crate::record) fn redact(request: &mut RecordedRequest, people: &mut People) -> Result<(), String> {
    let endpoint = redact_url(&mut request.url, people)?;
    // Of a log-in it is known what it sends: a form or JSON, whose credentials are masked.
    let is_known = endpoint == Endpoint::LogIn && request.text.is_none();
    if !is_known && (request.form.is_some() || request.json.is_some() || request.text.is_some()) {
        return Err(format!(
            "a request to {} sends a body that may name people; use --keep-people to record it as it is",
            request.url.path()
        ));
    }
    request.headers.retain(|name, _| HEADERS.contains(&name.as_str()));
    Ok(())
}

/// The same for a URL alone; gives its endpoint. Credentials are masked already.
///
/// # Errors
/// As [`redact`].
pub(in crate::record) fn redact_url(url: &mut Url, people: &mut People) -> Result<Endpoint, String> {
    let endpoint = Endpoint::of(url)?;
    let mut pairs = Vec::new();
    let mut changed = false;
    for (name, value) in url.query_pairs().into_owned() {
        let kept = parameter(&name, &value, people).ok_or_else(|| {
            format!(
                "a request to {} has a query that may name people; use --keep-people to record it as it is",
                url.path()
            )
        })?;
        changed |= kept != value;
        pairs.push((name, kept));
    }
    if changed {
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    Ok(endpoint)
}

/// A parameter's value without people; none if nothing is known of it.
fn parameter(name: &str, value: &str, people: &mut People) -> Option<String> {
    let only = |is_harmless: fn(char) -> bool| value.chars().all(is_harmless).then(|| value.to_owned());
    match name {
        "limit" | "offset" => only(|c| c.is_ascii_digit()),
        "updated_since" => only(|c| c.is_ascii_digit() || "-:.+TZ ".contains(c)),
        "attributes[]" | "attributes" => only(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
        "email" => Some(people.address(value, value)),
        // Masked before this.
        name if is_credential(name) && value == MADE_UP_IN_URL => Some(value.to_owned()),
        _ => None,
    }
}

/// The first two parts of a path, which name a version and a kind of thing; what comes after may name a person.
pub(crate) fn beginning(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').take(3).collect();
    let cut = if path.split('/').count() > 3 { "/…" } else { "" };
    format!("{}{cut}", parts.join("/"))
}
