//! What an answer means (rule S25): one function from status and body to the contract's errors.

use std::time::{Duration, SystemTime};

use serde::Deserialize;

use crate::bindings::elearnio::connector::http::{Error as HttpError, Response};
use crate::bindings::exports::elearnio::connector::connector::{Error, Retry};
use crate::codes;
use crate::problem::problem;

/// Rule S25: how much of an answer that cannot be understood is shown.
const EXCERPT_CHARS: usize = 200;

/// Why a request did not give what was asked for.
#[derive(Debug)]
pub enum Failure {
    /// 401: the token is no longer taken. Logging in once more may help.
    Unauthorized,
    /// What the contract says.
    Error(Error),
}

/// Personio's error bodies, of which there are several shapes.
#[derive(Deserialize)]
struct ErrorBody<'a> {
    #[serde(borrow)]
    error: Option<ErrorDetail<'a>>,
}

#[derive(Deserialize)]
struct ErrorDetail<'a> {
    #[serde(borrow)]
    message: Option<std::borrow::Cow<'a, str>>,
}

/// The body of a good answer, as text.
///
/// `now` is only asked for a `Retry-After` that is a date.
///
/// # Errors
/// Every answer but a 2xx; the contract's errors say whether to try again.
pub fn body(response: &Response, now: impl FnOnce() -> Duration) -> Result<&str, Failure> {
    match response.status {
        200..=299 => std::str::from_utf8(&response.body).map_err(|_| Failure::Error(not_understood(&response.body))),
        401 => Err(Failure::Unauthorized),
        403 => Err(Failure::Error(forbidden(response))),
        429 => Err(Failure::Error(retry(response, codes::SOURCE_BUSY, "Personio asks to wait", now))),
        500..=599 => Err(Failure::Error(retry(response, codes::SOURCE_UNAVAILABLE, "Personio is out of order", now))),
        status => {
            let message = format!("Personio refused the request with status {status}{}", said(response));
            Err(Failure::Error(Error::Unreadable(problem(
                codes::ANSWER_UNREADABLE,
                None,
                &message,
                "Check the endpoint in the settings; if it is right, tell the connector's makers.",
            ))))
        }
    }
}

/// A 2xx whose body is not what it should be: HTML from a proxy, or cut short. Transient (rule S25).
#[must_use]
pub fn not_understood(body: &[u8]) -> Error {
    let message = format!("Personio's answer is not the JSON it should be. It begins: {}", excerpt(body));
    Error::RetryLater(Retry {
        milliseconds: 0,
        problem: problem(
            codes::ANSWER_UNREADABLE,
            None,
            &message,
            "Start the sync again later; if this lasts, check that the endpoint in the settings is Personio's API.",
        ),
    })
}

/// No answer at all.
#[must_use]
pub fn unanswered(error: &HttpError) -> Error {
    let wait = |message: &str| {
        Error::RetryLater(Retry {
            milliseconds: 0,
            problem: problem(
                codes::SOURCE_UNAVAILABLE,
                None,
                message,
                "Start the sync again later; if this lasts, check the network and Personio's status page.",
            ),
        })
    };
    match error {
        HttpError::TimedOut => wait("Personio did not answer in time."),
        HttpError::Unreachable(why) => wait(&format!("Personio could not be reached: {why}")),
        HttpError::Denied(why) => Error::Refused(problem(
            codes::REQUEST_DENIED,
            None,
            &format!("The platform does not let the request out: {why}"),
            "Let the platform's operator allow this origin, or correct the endpoint in the settings.",
        )),
        HttpError::TooLarge(limit) => Error::Unreadable(problem(
            codes::ANSWER_UNREADABLE,
            None,
            &format!("Personio's answer is larger than the platform's limit of {limit} bytes."),
            "If the answers are really that large, raise response-bytes under [limits] in the settings.",
        )),
        HttpError::Other(why) => Error::Other(problem(
            codes::SOURCE_UNAVAILABLE,
            None,
            &format!("The request failed: {why}"),
            "The message says why; nothing was changed.",
        )),
    }
}

/// The credential itself is refused.
#[must_use]
pub fn wrong_credentials(response: &Response) -> Error {
    let message = format!("Personio does not accept the client ID and secret (status {}).", response.status);
    Error::Refused(problem(
        codes::WRONG_CREDENTIALS,
        Some("client-secret"),
        &message,
        "In Personio, open Marketplace, the integration, Connect, generate new credentials, and enter both.",
    ))
}

fn forbidden(response: &Response) -> Error {
    let message = format!("Personio forbids this credential to read employees{}", said(response));
    Error::Refused(problem(
        codes::ACCESS_FORBIDDEN,
        Some("client-id"),
        &message,
        "In Personio, give the integration's credential the right to read employees.",
    ))
}

fn retry(response: &Response, code: &str, what: &str, now: impl FnOnce() -> Duration) -> Error {
    let message = format!("{what} (status {}){}", response.status, said(response));
    let milliseconds = header(response, "retry-after").and_then(|value| delay(value, now)).unwrap_or_default();
    Error::RetryLater(Retry {
        milliseconds,
        problem: problem(
            code,
            None,
            &message,
            "Start the sync again later; if this lasts, look at Personio's status page.",
        ),
    })
}

/// RFC 9110, 10.2.3: seconds, or a date.
fn delay(value: &str, now: impl FnOnce() -> Duration) -> Option<u64> {
    if let Ok(seconds) = value.trim().parse::<u64>() {
        return seconds.checked_mul(1000);
    }
    let at = httpdate::parse_http_date(value.trim()).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    u64::try_from(at.saturating_sub(now()).as_millis()).ok()
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
}

/// What Personio's error body says, as the end of a sentence.
fn said(response: &Response) -> String {
    let message = serde_json::from_slice::<ErrorBody<'_>>(&response.body)
        .ok()
        .and_then(|body| body.error?.message)
        .map(|message| message.trim().to_owned())
        .filter(|message| !message.is_empty());
    match message {
        Some(message) => format!(": {}", excerpt(message.as_bytes())),
        None if response.body.is_empty() => ".".to_owned(),
        None => format!(". The answer begins: {}", excerpt(&response.body)),
    }
}

/// The first characters of a body on one line. In JSON everything but keys is masked: it may be about a person.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let shown: String = if text.starts_with(['{', '[']) {
        mask(text).chars().take(EXCERPT_CHARS).collect()
    } else {
        text.chars().take(EXCERPT_CHARS).collect()
    };
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Keeps what is between the strings of a JSON text, and the strings that are keys. Works on texts that end anywhere.
fn mask(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        masked.extend(before.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }));
        let (string, tail) = split_string(after);
        let is_key = tail.trim_start().starts_with(':');
        masked.push('"');
        masked.push_str(if is_key { string } else { "…" });
        if !tail.is_empty() {
            masked.push('"');
        }
        rest = tail;
        if masked.len() > EXCERPT_CHARS * 4 {
            return masked;
        }
    }
    masked.extend(rest.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }));
    masked
}

/// A JSON string's content, and what follows its closing quote.
fn split_string(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let (string, tail) = text.split_at(at);
                return (string, tail.strip_prefix('"').unwrap_or(tail));
            }
            _ => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]

    use super::*;
    use crate::bindings::elearnio::connector::http::Header;

    fn response(status: u16, body: &str, retry_after: Option<&str>) -> Response {
        let headers = retry_after.map(|value| Header { name: "retry-after".into(), value: value.into() });
        Response { status, headers: headers.into_iter().collect(), body: body.as_bytes().to_vec() }
    }

    fn failure(response: &Response) -> Failure {
        body(response, || Duration::from_secs(784_111_777)).err().unwrap_or(Failure::Unauthorized)
    }

    #[test]
    fn s25_busy_and_broken_are_tried_again_after_what_the_source_says() {
        for (status, after, milliseconds) in [
            (429, None, 0),
            (429, Some("7"), 7000),
            (503, Some("Sun, 06 Nov 1994 08:49:47 GMT"), 10_000),
            (502, Some("soon"), 0),
            (500, Some("99999999999999999999"), 0),
        ] {
            match failure(&response(status, "<html>", after)) {
                Failure::Error(Error::RetryLater(retry)) => assert_eq!(retry.milliseconds, milliseconds, "{status}"),
                other => panic!("{status}: {other:?}"),
            }
        }
    }

    #[test]
    fn s25_refusals_are_told_apart() {
        assert!(matches!(failure(&response(401, "", None)), Failure::Unauthorized));
        assert!(matches!(failure(&response(403, "", None)), Failure::Error(Error::Refused(_))));
        assert!(matches!(failure(&response(422, "", None)), Failure::Error(Error::Unreadable(_))));
        assert!(body(&response(200, "{}", None), Duration::default).is_ok());
    }

    #[test]
    fn every_shape_of_error_body_is_told() {
        for (text, told) in [
            (
                r#"{"success":false,"error":{"code":500,"message":"Es ist ein Problem aufgetreten "}}"#,
                "Es ist ein Problem aufgetreten",
            ),
            (r#"{"error":{"message":"Something broke","code":500}}"#, "Something broke"),
            ("<html><body>Bad Gateway</body></html>", "Bad Gateway"),
            (r#"{"error":"text"}"#, r#""error":"…""#),
        ] {
            match failure(&response(500, text, None)) {
                Failure::Error(Error::RetryLater(retry)) => {
                    assert!(retry.problem.message.contains(told), "{}", retry.problem.message);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn s25_an_excerpt_is_short_and_shows_nobody() {
        let cut = r#"{"success":true,"data":[{"type":"Employee","attributes":{"id":{"value":4711},"email":{"value":"a\"nna@exam"#;
        let Error::RetryLater(retry) = not_understood(cut.as_bytes()) else { panic!("not transient") };
        assert!(retry.problem.message.contains(r#""attributes":{"id":{"value":####}"#), "{}", retry.problem.message);
        assert!(!retry.problem.message.contains("nna"), "{}", retry.problem.message);
        assert_eq!(excerpt("ä".repeat(500).as_bytes()).chars().count(), EXCERPT_CHARS);
    }
}
