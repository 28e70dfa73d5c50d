//! What an answer means (rule S25): one function from status and body to the contract's errors.

use std::time::{Duration, SystemTime};

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::value::RawValue;

use super::excerpt::{excerpt, one_line};
use crate::bindings::elearnio::connector::http::{Error as HttpError, Response};
use crate::bindings::exports::elearnio::connector::connector::{Error, Retry};
use crate::codes;
use crate::problem::problem;

/// Some servers write it before UTF-8 (RFC 8259, 8.1, lets a reader ignore it).
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Why a request did not give what was asked for.
#[derive(Debug)]
pub enum Failure {
    /// 401: the token is no longer taken. Logging in once more may help.
    Unauthorized,
    /// What the contract says.
    Error(Error),
}

/// The `success` of an answer. An answer that says `false` is none, whatever its status: it cannot be read as one.
#[derive(Debug, Default)]
pub struct Success;

impl<'de> Deserialize<'de> for Success {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match <&RawValue>::deserialize(deserializer)?.get() {
            "false" => Err(D::Error::custom("the answer says that the request failed")),
            _ => Ok(Self),
        }
    }
}

/// Personio's error bodies, of which there are several shapes.
#[derive(serde::Deserialize)]
struct ErrorBody<'a> {
    #[serde(borrow)]
    error: Option<ErrorDetail<'a>>,
}

#[derive(serde::Deserialize)]
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
        200..=299 => {
            let text = std::str::from_utf8(&response.body).map_err(|_| Failure::Error(not_good(response)))?;
            Ok(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text))
        }
        401 => Err(Failure::Unauthorized),
        403 => Err(Failure::Error(forbidden(response))),
        429 => Err(Failure::Error(retry(response, codes::SOURCE_BUSY, "Personio asks to wait", now))),
        408 | 500..=599 => {
            Err(Failure::Error(retry(response, codes::SOURCE_UNAVAILABLE, "Personio is out of order", now)))
        }
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

/// A 2xx whose body is not what it should be: an error after all, HTML from a proxy, or cut short. Transient (rule S25).
#[must_use]
pub fn not_good(response: &Response) -> Error {
    if let Some(message) = error_message(response) {
        let message = format!("Personio reports an error (status {}): {message}", response.status);
        return retry_later(codes::SOURCE_UNAVAILABLE, &message, LATER);
    }
    let message =
        format!("Personio's answer is not the JSON it should be. It begins: {}", excerpt(without_mark(&response.body)));
    retry_later(
        codes::ANSWER_UNREADABLE,
        &message,
        "Start the sync again later; if this lasts, check that the endpoint in the settings is Personio's API.",
    )
}

/// What to do about a fault on Personio's side.
const LATER: &str = "Start the sync again later; if this lasts, look at Personio's status page.";

/// A fault that may be over soon, from a source that has not said when.
fn retry_later(code: &str, message: &str, remedy: &str) -> Error {
    retry_in(0, code, message, remedy)
}

fn retry_in(milliseconds: u64, code: &str, message: &str, remedy: &str) -> Error {
    Error::RetryLater(Retry { milliseconds, problem: problem(code, None, message, remedy) })
}

/// No answer at all.
#[must_use]
pub fn unanswered(error: &HttpError) -> Error {
    let wait = |message: &str| {
        let remedy = "Start the sync again later; if this lasts, check the network and Personio's status page.";
        retry_later(codes::SOURCE_UNAVAILABLE, message, remedy)
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
    retry_in(milliseconds, code, &message, LATER)
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
    match error_message(response) {
        Some(message) => format!(": {message}"),
        None if response.body.is_empty() => ".".to_owned(),
        None => format!(". The answer begins: {}", excerpt(without_mark(&response.body))),
    }
}

/// The message of an error body, on one line.
fn error_message(response: &Response) -> Option<String> {
    let body = without_mark(&response.body);
    let message = serde_json::from_slice::<ErrorBody<'_>>(body).ok()?.error?.message?;
    Some(one_line(&message)).filter(|message| !message.is_empty())
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(body)
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
            (408, None, 0),
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
    fn s25_what_is_cut_short_is_transient_and_shows_nobody() {
        for mark in ["", "\u{feff}"] {
            let cut =
                format!(r#"{mark}{{"data":[{{"attributes":{{"id":{{"value":4711}},"email":{{"value":"a\"nna@exam"#);
            let Error::RetryLater(retry) = not_good(&response(200, &cut, None)) else { panic!("not transient") };
            assert!(retry.problem.message.contains(r#"{"id":{"value":####}"#), "{}", retry.problem.message);
            assert!(!retry.problem.message.contains("nna"), "{}", retry.problem.message);
        }
    }

    #[test]
    fn s25_a_good_status_may_bring_a_mark_or_an_error() {
        assert_eq!(body(&response(200, "\u{feff}{}", None), Duration::default).ok(), Some("{}"));
        let failed = r#"{"success":false,"error":{"code":500,"message":" Bitte\n warten "},"data":[]}"#;
        let Error::RetryLater(retry) = not_good(&response(200, failed, None)) else { panic!("not transient") };
        assert_eq!(retry.problem.message, "Personio reports an error (status 200): Bitte warten");
        assert_eq!(retry.problem.code, codes::SOURCE_UNAVAILABLE);
    }
}
