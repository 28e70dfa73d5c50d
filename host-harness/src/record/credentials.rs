//! What is a credential by its name, wherever it stands: the part of redaction that needs no vault.
//!
//! The vault knows the secrets of this run; these rules know those that a source hands out unasked, and those in traffic
//! that somebody else captured. Response header fields are the other way round: few matter to a connector, so that only
//! these are kept.

use serde_json::Value as Json;

/// What stands in a credential's place, long enough to pass for a token when the recording is played.
pub const MADE_UP: &str = "recorded-this-opens-nothing";

/// Words that make a field's name a credential's.
const WORDS: [&str; 9] =
    ["token", "secret", "password", "passwd", "authorization", "cookie", "apikey", "session", "credential"];

/// Names with one of the words in them that say something about a credential and are none.
const HARMLESS: [&str; 2] = ["tokentype", "secretid"];

/// Response header fields that a connector may act on.
const RESPONSE_HEADERS: [&str; 5] = ["content-type", "location", "retry-after", "x-ratelimit-remaining", "date"];

/// True if a field of this name, in a header, a query, a form or JSON, holds a credential.
#[must_use]
pub fn is_credential(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    !HARMLESS.contains(&name.as_str()) && WORDS.iter().any(|word| name.contains(word))
}

/// True if this field of an answer is recorded.
#[must_use]
pub fn response_header(name: &str) -> bool {
    RESPONSE_HEADERS.iter().any(|kept| kept.eq_ignore_ascii_case(name))
}

/// Replaces every text that stands under a credential's name, however deep.
pub fn blank_json(json: &mut Json) {
    match json {
        Json::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Json::String(text) if is_credential(name) && !text.is_empty() => MADE_UP.clone_into(text),
                    other => blank_json(other),
                }
            }
        }
        Json::Array(values) => values.iter_mut().for_each(blank_json),
        _ => {}
    }
}

/// A body with its credentials replaced; one that is no JSON stays as it is.
pub fn blanked(body: &[u8]) -> Vec<u8> {
    let Ok(mut json) = serde_json::from_slice::<Json>(body) else { return body.to_vec() };
    let before = json.clone();
    blank_json(&mut json);
    if json == before { body.to_vec() } else { json.to_string().into_bytes() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_by_their_names() {
        for name in ["token", "access_token", "X-Api-Key", "Set-Cookie", "clientSecret", "Authorization", "JSESSIONID"]
        {
            assert!(is_credential(name), "{name}");
        }
        for name in ["client_id", "token_type", "expires_in", "email", "limit", "attributes[]"] {
            assert!(!is_credential(name), "{name}");
        }
    }

    #[test]
    fn a_body_without_credentials_is_the_same_bytes() {
        let body = br#"{ "a": 1.0, "token": "" }"#;
        assert_eq!(blanked(body), body);
        let text = String::from_utf8_lossy(&blanked(br#"{"data":[{"refreshToken":"x1"}]}"#)).into_owned();
        assert_eq!(text, format!(r#"{{"data":[{{"refreshToken":"{MADE_UP}"}}]}}"#));
    }
}
