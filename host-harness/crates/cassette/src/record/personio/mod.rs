//! Personio's responses without people: what is kept of each endpoint's response.
//!
//! Lists of what is kept, never of what is removed: a field that Personio adds tomorrow is not in a cassette until somebody
//! has decided that it may be. Empty stays empty and hidden stays hidden, in every spelling, for the sync rules hang on the
//! difference (rule S6).

mod employee;
mod request;
mod values;

use serde_json::{Value as Json, json};

use super::people::People;
use connector_host::http::credentials::MADE_UP;
use connector_host::http::{Inbound, Outbound};
use employee::{Asked, Employees};
use request::Endpoint;
pub(crate) use request::beginning;
pub(super) use request::{redact, redact_url};
use values::{emptied, scalars};

/// What Personio says when something is wrong, and of nobody in particular: every other message may name somebody.
const PHRASES: [&str; 12] = [
    "Wrong credentials",
    "Unauthenticated.",
    "Unauthorized",
    "Forbidden",
    "Not Found",
    "Authorization is not provided",
    "Provided authorization is not valid",
    "Too Many Requests",
    "Something went wrong",
    "Es ist ein Problem aufgetreten",
    "The requested resource was not found",
    "Internal Server Error",
];

/// The answer's body as it is recorded, and as a run sees it that sees what is recorded: none if it sees the source's.
///
/// # Errors
/// When nothing is known of this endpoint.
pub(super) fn answer(
    request: &Outbound,
    answer: &Inbound,
    people: &mut People,
) -> Result<(Vec<u8>, Option<Vec<u8>>), String> {
    // First of all: the path of an endpoint that nothing is known of may name somebody.
    let endpoint = Endpoint::of(&request.url)?;
    let seen_too = |body: Vec<u8>| (body.clone(), Some(body));
    let Ok(json) = serde_json::from_slice::<Json>(&answer.body) else { return Ok(seen_too(not_json(&answer.body))) };
    if !(200..300).contains(&answer.status) {
        return Ok(seen_too(failure(&json).to_string().into_bytes()));
    }
    let recorded = match endpoint {
        // The run needs the real token.
        Endpoint::LogIn => return Ok((login(&json).to_string().into_bytes(), None)),
        Endpoint::Attributes => list(&json, attribute),
        Endpoint::Employees => {
            let asked = Asked::of(&request.url);
            list(&json, |row| Employees { people: &mut *people, asked: &asked }.row(row))
        }
    };
    Ok(seen_too(recorded.to_string().into_bytes()))
}

/// HTML, or JSON that was cut short: of no use to a connector but as what it is not.
pub(super) fn not_json(body: &[u8]) -> Vec<u8> {
    if body.is_empty() {
        return Vec::new();
    }
    format!("[{} bytes that are not JSON: not recorded, because their content is unknown]", body.len()).into_bytes()
}

fn login(answer: &Json) -> Json {
    let mut kept = scalars(answer, &["success"]);
    if let Some(data) = answer.get("data") {
        let mut data_kept = scalars(data, &["expires_in", "scope"]);
        if data.get("token").is_some_and(Json::is_string) {
            data_kept.insert("token".to_owned(), MADE_UP.into());
        }
        kept.insert("data".to_owned(), data_kept.into());
    }
    kept.into()
}

fn failure(answer: &Json) -> Json {
    let mut kept = scalars(answer, &["success"]);
    if let Some(error) = answer.get("error") {
        let mut error_kept = scalars(error, &["code"]);
        error_kept.retain(|_, code| !code.is_string());
        if let Some(message) = error.get("message").and_then(Json::as_str) {
            error_kept.insert("message".to_owned(), impersonal(message).into());
        }
        kept.insert("error".to_owned(), error_kept.into());
    }
    kept.into()
}

/// A message if it is one of Personio's own; of another nobody can tell who it is about.
fn impersonal(message: &str) -> &str {
    let is_known = PHRASES.iter().any(|phrase| phrase.eq_ignore_ascii_case(message.trim()));
    if is_known { message } else { "[…]" }
}

fn list(answer: &Json, mut row: impl FnMut(&Json) -> Json) -> Json {
    let mut kept = scalars(answer, &["success", "offset", "limit"]);
    if let Some(metadata) = answer.get("metadata") {
        let metadata = if metadata.is_object() {
            scalars(metadata, &["total_elements", "current_page", "total_pages"]).into()
        } else {
            emptied(metadata)
        };
        kept.insert("metadata".to_owned(), metadata);
    }
    match answer.get("data") {
        Some(Json::Array(rows)) => drop(kept.insert("data".to_owned(), rows.iter().map(&mut row).collect())),
        Some(other) => drop(kept.insert("data".to_owned(), emptied(other))),
        None => {}
    }
    kept.into()
}

/// One row of the list of attributes. Its options are left out: those of an attribute such as "mentor" are people.
fn attribute(row: &Json) -> Json {
    let mut kept = scalars(row, &["key", "label", "type", "universal_id"]);
    if row.get("options").is_some() {
        kept.insert("options".to_owned(), json!([]));
    }
    kept.into()
}

#[cfg(test)]
mod tests;
