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

/// Replaces every text that stands under a credential's name; true if that changed anything.
pub(crate) fn blank_json(json: &mut Json) -> bool {
    let mut changed = false;
    each(json, false, &mut |text| {
        changed |= text != MADE_UP;
        MADE_UP.clone_into(text);
    });
    changed
}

/// Every text that stands under a credential's name, taken out of its place.
pub(crate) fn take(mut json: Json) -> Vec<String> {
    let mut texts = Vec::new();
    each(&mut json, false, &mut |text| texts.push(std::mem::take(text)));
    texts
}

/// Visits every text that stands under a credential's name, at once or in objects and lists below it. The depth is what
/// the JSON reader lets through.
fn each(json: &mut Json, named: bool, visit: &mut impl FnMut(&mut String)) {
    match json {
        Json::String(text) if named && !text.is_empty() => visit(text),
        Json::Object(fields) => {
            for (name, value) in fields {
                each(value, named || is_credential(name), visit);
            }
        }
        Json::Array(values) => values.iter_mut().for_each(|value| each(value, named, visit)),
        _ => {}
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

    #[test]
    fn a_credential_is_found_however_deep_it_lies_below_its_name() {
        let mut json = serde_json::json!({
            "token": "a",
            "tokens": ["b", { "value": "c", "of": [["d"]], "expires": 7 }],
            "data": [{ "session": { "id": "e", "note": "" } }],
            "id": "f",
            "token_type": { "name": "g" },
        });
        assert_eq!(take(json.clone()), ["e", "a", "b", "d", "c"]);
        assert!(blank_json(&mut json));
        assert_eq!(
            json,
            serde_json::json!({
                "token": MADE_UP,
                "tokens": [MADE_UP, { "value": MADE_UP, "of": [[MADE_UP]], "expires": 7 }],
                "data": [{ "session": { "id": MADE_UP, "note": "" } }],
                "id": "f",
                "token_type": { "name": "g" },
            })
        );
        assert!(!blank_json(&mut json));
    }
}
