//! What is a credential by its name, wherever it stands: the part of redaction that needs no vault.
//!
//! The vault knows the secrets of this run; these rules know those that a source hands out unasked, and those in traffic
//! that somebody else captured. Recordings are written and matched by the same rules: see [`masked`](super::masked).

use serde_json::Value as Json;

/// What stands in a credential's place, long enough to pass for a token when the recording is played.
pub(crate) const MADE_UP: &str = "recorded-this-opens-nothing";

/// What stands in a credential's place in a URL. Not the same: when the recording is played, the token is a secret, and a
/// redirect to a URL with a secret in it is refused.
pub(crate) const MADE_UP_IN_URL: &str = "recorded-no-secret";

/// Words that make a field's name a credential's.
const WORDS: [&str; 9] =
    ["token", "secret", "password", "passwd", "authorization", "cookie", "apikey", "session", "credential"];

/// Names with one of the words in them that say something about a credential and are none.
const HARMLESS: [&str; 3] = ["tokentype", "tokentypehint", "secretid"];

/// A word with one of the words in it: secretary, secretariat.
const OFFICE: &str = "secretar";

/// True if a field of this name, in a header, a query, a form or JSON, holds a credential.
#[must_use]
pub(crate) fn is_credential(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let name = name.replace(OFFICE, "");
    !HARMLESS.contains(&name.as_str()) && WORDS.iter().any(|word| name.contains(word))
}

/// Replaces every text that stands under a credential's name, however deep.
pub(crate) fn blank_json(json: &mut Json) {
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

/// True if a text stands under a credential's name, however deep.
pub(crate) fn has_credential(json: &Json) -> bool {
    match json {
        Json::Object(fields) => {
            fields.iter().any(|(name, value)| (value.is_string() && is_credential(name)) || has_credential(value))
        }
        Json::Array(values) => values.iter().any(has_credential),
        _ => false,
    }
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
        for name in
            ["client_id", "token_type", "expires_in", "email", "limit", "attributes[]", "secretary", "Secretariat"]
        {
            assert!(!is_credential(name), "{name}");
        }
    }
}
