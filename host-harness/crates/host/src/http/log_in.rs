//! What is left of the response to a log-in: only what is known not to be a credential.
//!
//! Pure. A list of what a credential looks like is never complete: it may stand in JSON inside a string, under `value` beside
//! `"name":"token"`, in a `Location`, in an HTML input, or be a number. So this list says what stays:
//!
//! | of | stays |
//! |---|---|
//! | header fields | `retry-after`, `date`, `content-type`; `deprecation` and `sunset`, if they are dates |
//! | JSON | its form, `true`, `false` and `null`; names that are words; every text and number emptied |
//! | numbers | under `expires_in` and its like, and under `code` and `status` |
//! | texts | `token_type`; where the status is an error's: an error's code and message |
//! | another body | nothing |

use serde_json::{Map, Value as Json};

use super::Inbound;

/// Header fields that tell when to come again.
const HEADERS: [&str; 3] = ["retry-after", "date", "content-type"];
/// Numbers that tell how long a token lives, or which error it is, by their names' letters.
const NUMBERS: [&str; 9] =
    ["expiresin", "expiresat", "expires", "expiry", "ttl", "refreshexpiresin", "code", "errorcode", "status"];
/// Texts of an error, by their names' letters.
const ERROR_TEXTS: [&str; 8] =
    ["error", "errordescription", "errorcode", "code", "message", "title", "detail", "reason"];
/// The longest text of an error that is left. A token may be shorter; but a source that puts one there, and calls it an
/// error, works together with the connector.
const LONGEST: usize = 500;
/// The longest name that is left.
const LONGEST_NAME: usize = 32;
/// The longest answer that is read.
const LARGEST: usize = 1 << 20;

/// Header fields that announce the interface's end (RFC 9745, RFC 8594): the log-in's may be the only one that does.
const ANNOUNCEMENTS: [&str; 2] = ["deprecation", "sunset"];

/// Takes everything out of an answer that is not known to be harmless.
pub(super) fn reduce(answer: &mut Inbound) {
    let is_one_of = |names: &[&str], name: &str| names.iter().any(|kept| kept.eq_ignore_ascii_case(name));
    answer
        .headers
        .retain(|(name, value)| is_one_of(&HEADERS, name) || (is_one_of(&ANNOUNCEMENTS, name) && is_date(value)));
    let is_error = answer.status >= 400;
    let json = (answer.body.len() <= LARGEST).then(|| serde_json::from_slice::<Json>(&answer.body).ok()).flatten();
    answer.body = match json {
        Some(mut json) => {
            empty(&mut json, "", is_error);
            json.to_string().into_bytes()
        }
        None => Vec::new(),
    };
}

/// True for a date as these fields have it: `@` and seconds (RFC 9651, 3.3.7), or `Thu, 31 Dec 2026 23:59:59 GMT`.
fn is_date(value: &str) -> bool {
    match value.strip_prefix('@') {
        Some(seconds) => {
            seconds.len() <= 12 && !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => value.len() == 29 && value.ends_with(" GMT") && value.get(3..5) == Some(", "),
    }
}

/// Empties what stands under this name. The depth is what the JSON reader lets through.
fn empty(json: &mut Json, name: &str, is_error: bool) {
    match json {
        Json::Null | Json::Bool(_) => {}
        Json::Number(number) => {
            let stays = NUMBERS.contains(&name) && number.as_i64().is_some();
            if !stays {
                *number = 0.into();
            }
        }
        Json::String(text) => {
            let of_error = is_error && ERROR_TEXTS.contains(&name) && text.len() <= LONGEST;
            let is_kind =
                name == "tokentype" && ["bearer", "basic", "mac"].iter().any(|kind| text.eq_ignore_ascii_case(kind));
            if !of_error && !is_kind {
                text.clear();
            }
        }
        Json::Array(values) => values.iter_mut().for_each(|value| empty(value, name, is_error)),
        Json::Object(fields) => {
            let kept = std::mem::take(fields).into_iter().filter(|(name, _)| is_word(name)).map(|(name, mut value)| {
                empty(&mut value, &letters(&name), is_error);
                (name, value)
            });
            *fields = kept.collect::<Map<_, _>>();
        }
    }
}

/// Names of fields are words; a token is not.
fn is_word(name: &str) -> bool {
    name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(status: u16, body: &str) -> String {
        let headers = vec![
            ("location".to_owned(), "https://x.example/?t=SECRET".to_owned()),
            ("x-anything".to_owned(), "SECRET".to_owned()),
            ("retry-after".to_owned(), "3".to_owned()),
            ("deprecation".to_owned(), "@1767225600".to_owned()),
            ("sunset".to_owned(), "a-token-of-some-length".to_owned()),
            ("Sunset".to_owned(), "Thu, 31 Dec 2026 23:59:59 GMT".to_owned()),
        ];
        let mut answer = Inbound { status, headers, body: body.as_bytes().to_vec() };
        reduce(&mut answer);
        let kept = [("retry-after", "3"), ("deprecation", "@1767225600"), ("Sunset", "Thu, 31 Dec 2026 23:59:59 GMT")];
        assert_eq!(answer.headers, kept.map(|(name, value)| (name.to_owned(), value.to_owned())));
        String::from_utf8_lossy(&answer.body).into_owned()
    }

    #[test]
    fn nothing_is_left_that_could_hold_a_credential() {
        for body in [
            r#"{"text":"{\"token\":\"SECRET\"}"}"#,
            r#"{"name":"token","value":"SECRET"}"#,
            r#"{"url":"https://x.example/?t=SECRET"}"#,
            r#"{"SECRET-1":1,"a":{"SECRET1":2}}"#,
            r#"["SECRET",["SECRET"]]"#,
            r#""SECRET""#,
            r#"{"message":"SECRET","error":"SECRET","token_type":"SECRET"}"#,
            r#"<input name="token" value="SECRET">"#,
            "token=SECRET",
            r#"{"token":"SECRET"} and more"#,
        ] {
            let left = reduced(200, body);
            assert!(!left.contains("SECRET"), "{body}: {left}");
        }
        assert_eq!(reduced(200, r#"{"pin":12345678,"n":[12345678],"f":0.12345678}"#), r#"{"f":0,"n":[0],"pin":0}"#);
    }

    #[test]
    fn what_a_log_in_needs_is_left() {
        let body = r#"{"success":true,"data":{"token":"","expires_in":86400,"token_type":"Bearer","of":null}}"#;
        let left: Json = serde_json::from_str(&reduced(200, body)).unwrap_or_default();
        assert_eq!(Some(left), serde_json::from_str(body).ok());
        let body = r#"{"success":false,"error":{"code":401,"message":"Wrong credentials"}}"#;
        let left: Json = serde_json::from_str(&reduced(401, body)).unwrap_or_default();
        assert_eq!(Some(left), serde_json::from_str(body).ok());
    }
}
