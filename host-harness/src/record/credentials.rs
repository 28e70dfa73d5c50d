//! What is not recorded because of its name: the part of redaction that needs no vault.
//!
//! Response header fields are the other way round: few matter to a connector, so that only
//! these are kept.

use serde_json::Value as Json;

pub use crate::http::credentials::is_credential;

/// What stands in a credential's place, long enough to pass for a token when the recording is played.
pub const MADE_UP: &str = "recorded-this-opens-nothing";

/// Response header fields that a connector may act on.
const RESPONSE_HEADERS: [&str; 5] = ["content-type", "location", "retry-after", "x-ratelimit-remaining", "date"];

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
    fn a_body_without_credentials_is_the_same_bytes() {
        let body = br#"{ "a": 1.0, "token": "" }"#;
        assert_eq!(blanked(body), body);
        let text = String::from_utf8_lossy(&blanked(br#"{"data":[{"refreshToken":"x1"}]}"#)).into_owned();
        assert_eq!(text, format!(r#"{{"data":[{{"refreshToken":"{MADE_UP}"}}]}}"#));
    }
}
