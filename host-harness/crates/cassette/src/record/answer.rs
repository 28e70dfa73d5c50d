//! What is recorded of a response when people are kept: everything but credentials.

use serde_json::Value as Json;

use super::personio::not_json;
use connector_host::http::credentials::{self, blank_json, is_credential};
use connector_host::http::media::is_form_answer;
use connector_host::http::redact_body::redact_body;
use connector_host::http::{Inbound, Outbound, OutboundBody, Value};

/// Header fields that a connector may act on; the others say nothing to it, and may hold a credential.
const HEADERS: [&str; 5] = ["content-type", "location", "retry-after", "x-ratelimit-remaining", "date"];

/// True if this header field of an answer is recorded.
pub(super) fn keeps(name: &str) -> bool {
    HEADERS.iter().any(|kept| kept.eq_ignore_ascii_case(name))
}

/// A header field's value as it is recorded where people are not kept: what such a field has to be, or nothing that could be
/// about somebody. A redirect's target is another function's business.
pub(super) fn header(name: &str, value: &str) -> String {
    let of = |is_kept: fn(char) -> bool| if value.chars().all(is_kept) { value.to_owned() } else { String::new() };
    match name.to_ascii_lowercase().as_str() {
        // Without parameters but the charset: a connector may act on it.
        "content-type" => content_type(value),
        "retry-after" | "date" => of(|c| c.is_ascii_alphanumeric() || " ,:".contains(c)).chars().take(40).collect(),
        "x-ratelimit-remaining" => of(|c| c.is_ascii_digit()),
        _ => value.to_owned(),
    }
}

fn content_type(value: &str) -> String {
    let is_token = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "+-./".contains(c));
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().filter(|kind| is_token(kind) && kind.len() <= 80).unwrap_or_default();
    let charset = parts.find(|part| part.to_ascii_lowercase().starts_with("charset="));
    match charset.and_then(|part| part.split_once('=')).filter(|(_, name)| is_token(name) && name.len() <= 20) {
        Some((_, name)) => format!("{kind}; charset={name}"),
        None => kind.to_owned(),
    }
}

/// A body with its credentials replaced. In one that is not JSON they are emptied, in a log-in's it is left out as a whole:
/// cut short, it may hold the beginning of a token.
pub(super) fn blanked(request: &Outbound, answer: &Inbound) -> Vec<u8> {
    let body = &answer.body;
    let Ok(mut json) = serde_json::from_slice::<Json>(body) else {
        return match redact_body(body, is_form_answer(answer)) {
            _ if is_log_in(request) => not_json(body),
            rest => rest.unwrap_or_else(|| body.clone()),
        };
    };
    if blank_json(&mut json) { json.to_string().into_bytes() } else { body.clone() }
}

/// True if a request sends a credential, or goes where log-ins go.
fn is_log_in(request: &Outbound) -> bool {
    const PLACES: [&str; 4] = ["auth", "token", "login", "session"];
    let last = request.url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let sends_one = match &request.body {
        OutboundBody::Empty => false,
        OutboundBody::Form(fields) => {
            fields.iter().any(|(name, value)| matches!(value, Value::Secret(_)) || is_credential(name))
        }
        OutboundBody::Bytes(bytes) => {
            serde_json::from_slice(bytes).is_ok_and(|json: Json| !credentials::take(json).is_empty())
        }
    };
    sends_one || PLACES.contains(&last.as_str())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use connector_host::http::credentials::MADE_UP;
    use connector_host::http::media::FORM;
    use connector_host::http::{Authorization, Method};

    fn request(path: &str, body: OutboundBody) -> Outbound {
        Outbound {
            method: Method::Post,
            url: url::Url::parse("https://hr.example").unwrap().join(path).unwrap(),
            headers: Vec::new(),
            authorization: Authorization::None,
            body,
        }
    }

    fn answer(kind: &str, body: &[u8]) -> Inbound {
        Inbound { status: 200, headers: vec![("content-type".to_owned(), kind.to_owned())], body: body.to_vec() }
    }

    #[test]
    fn a_body_without_credentials_is_the_same_bytes() {
        let people = request("/people", OutboundBody::Empty);
        let body = br#"{ "a": 1.0, "token": "" }"#;
        assert_eq!(blanked(&people, &answer("", body)), body);
        let text = blanked(&people, &answer("", br#"{"data":[{"refreshToken":"x1"}]}"#));
        let text = String::from_utf8_lossy(&text).into_owned();
        assert_eq!(text, format!(r#"{{"data":[{{"refreshToken":"{MADE_UP}"}}]}}"#));
        assert_eq!(blanked(&people, &answer("text/csv", b"id,name")), b"id,name");
    }

    #[test]
    fn of_a_header_field_only_what_it_has_to_be_is_kept() {
        for (name, value, kept) in [
            ("content-type", "application/json; charset=UTF-8; from=Anna", "application/json; charset=UTF-8"),
            ("Content-Type", "Anna Schmidt", ""),
            ("retry-after", "120", "120"),
            ("retry-after", "ask@acme.example", ""),
            ("date", "Thu, 26 Nov 2026 12:00:00 GMT", "Thu, 26 Nov 2026 12:00:00 GMT"),
            ("x-ratelimit-remaining", "9 for Anna", ""),
        ] {
            assert_eq!(header(name, value), kept, "{name}: {value}");
        }
    }

    #[test]
    fn a_log_in_s_answer_that_is_cut_short_is_not_kept() {
        let form = |name: &str| OutboundBody::Form(vec![(name.to_owned(), Value::Text("x".to_owned()))]);
        let json = OutboundBody::Bytes(br#"{"client_secret":"x"}"#.to_vec());
        for log_in in [request("/v1/auth", OutboundBody::Empty), request("/in", form("password")), request("/in", json)]
        {
            let kept =
                String::from_utf8(blanked(&log_in, &answer("", br#"{"data":{"token":"papi-the-first-h"#))).unwrap();
            assert!(!kept.contains("papi") && kept.contains("bytes that are not JSON"), "{kept}");
        }
        assert_eq!(blanked(&request("/in", form("name")), &answer("", b"cut")), b"cut");
    }

    #[test]
    fn a_token_in_a_body_that_is_not_json_is_emptied_wherever_it_comes_from() {
        let grant = request("/oauth/access_token", OutboundBody::Empty);
        for (kind, body, kept) in [
            (FORM, "access_token=A&refresh_token=R&scope=read", "access_token=&refresh_token=&scope=read"),
            ("application/json", r#"{"access_token":"ya29.first-h"#, r#"{"access_token":""#),
            ("application/json", r#")]}',{"token":"x1"}"#, r#")]}',{"token":""}"#),
        ] {
            assert_eq!(String::from_utf8_lossy(&blanked(&grant, &answer(kind, body.as_bytes()))), kept);
        }
    }
}
