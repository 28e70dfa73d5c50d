//! Which names mark a credential, wherever they appear: the part of redaction that needs no vault.
//!
//! The vault knows the secrets of this run; these rules know those that a source hands out unasked, and those in traffic
//! that somebody else captured. Recordings are written and matched by the same rules; `connector-cassette` does it.

use serde_json::Value as Json;

/// What stands in a credential's place, long enough to pass for a token when the cassette is played.
pub const MADE_UP: &str = "recorded-this-opens-nothing";

/// What stands in a credential's place in a URL. Not the same: when the cassette is played, the token is a secret, and a
/// redirect to a URL with a secret in it is refused.
pub const MADE_UP_IN_URL: &str = "recorded-no-secret";

/// Words that make a field's name a credential's.
const WORDS: [&str; 9] =
    ["token", "secret", "password", "passwd", "authorization", "cookie", "apikey", "session", "credential"];

/// Names with one of the words in them that say something about a credential and are none.
const HARMLESS: [&str; 3] = ["tokentype", "tokentypehint", "secretid"];

/// A word with one of the words in it: secretary, secretariat.
const OFFICE: &str = "secretar";

/// True if a field of this name, in a header, a query, a form or JSON, holds a credential.
#[must_use]
pub fn is_credential(name: &str) -> bool {
    let name = letters(name).replace(OFFICE, "");
    !HARMLESS.contains(&name.as_str()) && WORDS.iter().any(|word| name.contains(word))
}

fn is_harmless(name: &str) -> bool {
    HARMLESS.contains(&letters(name).as_str())
}

/// A name without what spelling adds to it.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Replaces every text that stands under a credential's name; true if that changed anything.
pub fn blank_json(json: &mut Json) -> bool {
    let mut changed = false;
    each(json, Place::Elsewhere, &mut |text, _| {
        changed |= text != MADE_UP;
        MADE_UP.clone_into(text);
    });
    changed
}

/// Every text that is a credential for sure, taken out of its place: to look for it elsewhere, where a text that merely lies
/// near one would be found by mistake.
#[must_use]
pub fn take(mut json: Json) -> Vec<String> {
    let mut texts = Vec::new();
    each(&mut json, Place::Elsewhere, &mut |text, place| {
        if place == Place::Named {
            texts.push(std::mem::take(text));
        }
    });
    texts
}

/// How a text stands to the credentials' names above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// None is above it, or its own says that it is none.
    Elsewhere,
    /// It lies somewhere below one: what it is, nobody knows.
    Below,
    /// It is what the name stands for: its value, in a list of them, or its `value`.
    Named,
}

/// Visits every text that stands under a credential's name, at once or in objects and lists below it. The depth is what
/// the JSON reader lets through.
fn each(json: &mut Json, place: Place, visit: &mut impl FnMut(&mut String, Place)) {
    match json {
        Json::String(text) if place != Place::Elsewhere && !text.is_empty() => visit(text, place),
        Json::Object(fields) => {
            for (name, value) in fields {
                let inner = match place {
                    _ if is_credential(name) => Place::Named,
                    Place::Elsewhere => Place::Elsewhere,
                    _ if is_harmless(name) => Place::Elsewhere,
                    _ if name == "value" => Place::Named,
                    _ => Place::Below,
                };
                each(value, inner, visit);
            }
        }
        Json::Array(values) => values.iter_mut().for_each(|value| each(value, place, visit)),
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
            "tokens": ["b", { "value": "c", "of": [["d"]], "expires": 7, "token_type": "bearer" }],
            "data": [{ "session": { "id": "e", "note": "", "session_key": "h" } }],
            "id": "f",
            "token_type": { "name": "g" },
        });
        // Of what merely lies below a name, nothing is looked for elsewhere: `e` is in every other text.
        assert_eq!(take(json.clone()), ["h", "a", "b", "c"]);
        assert!(blank_json(&mut json));
        assert_eq!(
            json,
            serde_json::json!({
                "token": MADE_UP,
                "tokens": [MADE_UP, { "value": MADE_UP, "of": [[MADE_UP]], "expires": 7, "token_type": "bearer" }],
                "data": [{ "session": { "id": MADE_UP, "note": "", "session_key": MADE_UP } }],
                "id": "f",
                "token_type": { "name": "g" },
            })
        );
        assert!(!blank_json(&mut json));
    }
}
