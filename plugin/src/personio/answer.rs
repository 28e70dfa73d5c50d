//! What a response means (rule S25): one function from status and body to the contract's errors.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use super::excerpt::{excerpt, one_line};
use super::json::scalar_at;
use crate::bindings::elearnio::connector::http::{Error as HttpError, Response};
use crate::bindings::elearnio::connector::types::{Audience, Error, Retry, SourceNotice};
use crate::codes;
use crate::problem::problem;

/// Some servers write it before UTF-8 (RFC 8259, 8.1, lets a reader ignore it).
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Personio refuses log-ins for a minute once there were too many, and does not say so.
const LOG_IN_MILLISECONDS: u64 = 60_000;

/// Why a request did not give what was asked for.
#[derive(Debug)]
pub enum Failure {
    /// 401: the token is no longer accepted. Logging in once more may help.
    Unauthorized,
    /// What the contract says.
    Error(Error),
}

/// The body of a good answer, as text; bytes that are not text become U+FFFD, which damages the values they are in and no
/// others (rule S6).
///
/// `now` is only asked for a `Retry-After` that is a date.
///
/// # Errors
/// Every answer but a 2xx; the contract's errors say whether to try again.
pub fn body(response: &Response, now: impl FnOnce() -> Duration) -> Result<Cow<'_, str>, Failure> {
    match response.status {
        200..=299 => Ok(readable(without_mark(&response.body))),
        401 => Err(Failure::Unauthorized),
        403 => Err(Failure::Error(forbidden(response))),
        429 => Err(Failure::Error(retry(response, codes::SOURCE_BUSY, "Personio asks to wait", now))),
        408 | 500..=599 => {
            Err(Failure::Error(retry(response, codes::SOURCE_UNAVAILABLE, "Personio has a server error", now)))
        }
        410 => Err(Failure::Error(Error::Unreadable(retired(response)))),
        status => {
            let message = format!("Personio refused the request with status {status}{}", said(response));
            Err(Failure::Error(Error::Unreadable(problem(
                codes::ANSWER_UNREADABLE,
                None,
                &message,
                "Check the endpoint in the settings; if it is right, report it to the connector's makers.",
            ))))
        }
    }
}

/// Bytes as text. Nearly all answers are text from end to end, and `from_utf8_lossy` alone takes ten times as long to see it.
fn readable(bytes: &[u8]) -> Cow<'_, str> {
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// A 2xx whose body is not what it should be: an error after all, HTML from a proxy, or cut short. Transient (rule S25).
#[must_use]
pub fn not_good(response: &Response) -> Error {
    if let Some(message) = error_message(response) {
        let message = format!("Personio reports an error (status {}): {message}", response.status);
        return retry_later(codes::SOURCE_UNAVAILABLE, &message, LATER);
    }
    let message = format!(
        "Personio's response is not the JSON that was expected. It begins: {}",
        excerpt(without_mark(&response.body))
    );
    retry_later(
        codes::ANSWER_UNREADABLE,
        &message,
        "Start the sync again later; if this lasts, check that the endpoint in the settings is Personio's API.",
    )
}

/// What to do about a fault on Personio's side.
const LATER: &str = "Start the sync again later; if this lasts, check Personio's status page.";

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
        HttpError::TimedOut => wait("Personio did not respond in time."),
        HttpError::Unreachable(why) => wait(&format!("Personio could not be reached: {why}")),
        HttpError::Denied(why) => Error::Refused(problem(
            codes::REQUEST_DENIED,
            None,
            &format!("The platform refused the request: {why}"),
            "Let the platform's operator allow this origin, or correct the endpoint in the settings.",
        )),
        HttpError::TooLarge(limit) => Error::Unreadable(problem(
            codes::ANSWER_UNREADABLE,
            None,
            &format!("Personio's response is larger than the platform's limit of {limit} bytes."),
            "If the responses are really that large, raise response-bytes under [limits] in the settings.",
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
        None => format!(". The response begins: {}", excerpt(without_mark(&response.body))),
    }
}

/// The message of an error body, on one line.
fn error_message(response: &Response) -> Option<String> {
    let body = std::str::from_utf8(without_mark(&response.body)).ok()?;
    let message = scalar_at(body, &["error", "message"])?;
    Some(one_line(&message)).filter(|message| !message.is_empty())
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)
}

/// An error at log-in: a source that asks to wait there, and does not say how long, means a minute.
#[must_use]
pub fn at_log_in(error: Error) -> Error {
    match error {
        Error::RetryLater(Retry { milliseconds: 0, problem }) if problem.code == codes::SOURCE_BUSY => {
            Error::RetryLater(Retry { milliseconds: LOG_IN_MILLISECONDS, problem })
        }
        other => other,
    }
}

/// What an answer announces about itself: its interface is deprecated (RFC 9745) or will stop answering (RFC 8594), or some
/// of its bytes are not text.
#[must_use]
pub fn notices(response: &Response) -> Vec<SourceNotice> {
    let mut notices = Vec::new();
    if let Some(value) = header(response, "deprecation") {
        notices.push(announced(
            codes::SOURCE_DEPRECATED,
            "Personio announces that this interface is deprecated.",
            "Plan the connector's move to the interface that replaces it.",
            day(value),
        ));
    }
    if let Some(value) = header(response, "sunset") {
        notices.push(announced(
            codes::SOURCE_SUNSET,
            "Personio announces that this interface will stop answering.",
            "Move the connector to the interface that replaces it before that day.",
            day(value),
        ));
    }
    if std::str::from_utf8(&response.body).is_err() && matches!(response.status, 200..=299) {
        let problem = problem(
            codes::ANSWER_DAMAGED,
            None,
            "Personio's response contains bytes that are not text.",
            "The affected values were not changed; look for odd characters in the records that are named.",
        );
        notices.push(SourceNotice { audience: Audience::Tenant, problem, date: None });
    }
    notices
}

fn announced(code: &str, message: &str, remedy: &str, date: Option<String>) -> SourceNotice {
    SourceNotice { audience: Audience::Platform, problem: problem(code, None, message, remedy), date }
}

/// 410: the message can only name the day for which it was announced.
fn retired(response: &Response) -> crate::bindings::elearnio::connector::types::Problem {
    let since = header(response, "sunset").and_then(day).map(|day| format!(" since {day}")).unwrap_or_default();
    problem(
        codes::SOURCE_RETIRED,
        None,
        &format!("Personio no longer offers this interface{since} (status 410)."),
        "Update the connector to the interface that replaces it.",
    )
}

/// The day of a header's date, as RFC 3339 has it: an HTTP date, or RFC 9745's `@` and seconds. None of anything else, such as
/// the `true` of a draft.
fn day(value: &str) -> Option<String> {
    /// The end of the year 9999, the last that RFC 3339 can write.
    const LAST: u64 = 253_402_300_799;
    let value = value.trim();
    let seconds = match value.strip_prefix('@') {
        Some(seconds) => seconds.parse().ok()?,
        None => httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs(),
    };
    (seconds <= LAST).then(|| full_date(seconds / 86_400))
}

/// The date so many days after 1970-01-01, by the rules of the Gregorian calendar: years that begin in March, in eras of 400.
fn full_date(days: u64) -> String {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
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
    fn every_shape_of_error_body_is_recognised() {
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
        assert_eq!(body(&response(200, "\u{feff}{}", None), Duration::default).ok().as_deref(), Some("{}"));
        let failed = r#"{"success":false,"error":{"code":500,"message":" Bitte\n warten "},"data":[]}"#;
        let Error::RetryLater(retry) = not_good(&response(200, failed, None)) else { panic!("not transient") };
        assert_eq!(retry.problem.message, "Personio reports an error (status 200): Bitte warten");
        assert_eq!(retry.problem.code, codes::SOURCE_UNAVAILABLE);
    }

    fn announcing(fields: &[(&str, &str)]) -> Response {
        let header = |(name, value): &(&str, &str)| Header { name: (*name).to_owned(), value: (*value).to_owned() };
        Response { headers: fields.iter().map(header).collect(), ..response(200, "{}", None) }
    }

    #[test]
    fn s25_a_deprecation_and_a_sunset_are_reported_with_their_day() {
        let fields = [("deprecation", "@1688169599"), ("sunset", "Sun, 30 Aug 2026 23:59:59 GMT")];
        let told: Vec<_> = notices(&announcing(&fields)).into_iter().map(|one| (one.problem.code, one.date)).collect();
        let expected = [(codes::SOURCE_DEPRECATED, "2023-06-30"), (codes::SOURCE_SUNSET, "2026-08-30")];
        assert_eq!(told, expected.map(|(code, day)| (code.to_owned(), Some(day.to_owned()))));
        assert!(notices(&response(200, "{}", None)).is_empty());
    }

    #[test]
    fn s25_a_day_that_cannot_be_read_is_left_out_and_the_notice_stays() {
        for value in ["true", "", "@", "@-1", "@99999999999999999999", "@253402300800", "soon", "?0"] {
            let told = notices(&announcing(&[("deprecation", value)]));
            assert!(
                matches!(told.as_slice(), [SourceNotice { date: None, audience: Audience::Platform, .. }]),
                "{value}"
            );
        }
    }

    #[test]
    fn s25_days_are_those_of_the_calendar() {
        for (days, date) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (19_782, "2024-02-29"),
            (20_783, "2026-11-26"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(full_date(days), date, "{days}");
        }
    }

    #[test]
    fn s25_an_interface_that_is_gone_is_reported_as_such() {
        let gone = Response { status: 410, ..announcing(&[("sunset", "Sun, 30 Aug 2026 23:59:59 GMT")]) };
        let Failure::Error(Error::Unreadable(problem)) = failure(&gone) else { panic!("not unreadable") };
        assert_eq!(problem.code, codes::SOURCE_RETIRED);
        assert!(problem.message.contains("since 2026-08-30"), "{}", problem.message);
    }

    #[test]
    fn s25_a_log_in_that_is_refused_asks_for_a_minute() {
        for (status, after, milliseconds) in [(429, None, 60_000), (429, Some("7"), 7_000), (503, None, 0)] {
            let Failure::Error(error) = failure(&response(status, "", after)) else { panic!("{status}") };
            let Error::RetryLater(retry) = at_log_in(error) else { panic!("{status}") };
            assert_eq!(retry.milliseconds, milliseconds, "{status} {after:?}");
        }
    }

    #[test]
    fn s06_bytes_that_are_not_text_damage_only_their_value() {
        let latin = Response { body: b"{\"a\":\"J\xf6rg\",\"b\":\"x\"}".to_vec(), ..response(200, "", None) };
        assert_eq!(body(&latin, Duration::default).ok().as_deref(), Some("{\"a\":\"J\u{fffd}rg\",\"b\":\"x\"}"));
        let told = notices(&latin);
        assert!(matches!(told.as_slice(), [SourceNotice { audience: Audience::Tenant, .. }]), "{told:?}");
    }
}
