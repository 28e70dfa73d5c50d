//! What is a credential by its name, wherever it stands: the part of redaction that needs no vault.
//!
//! The vault knows the secrets of this run; these rules know those that a source hands out unasked, and those in traffic
//! that somebody else captured.

/// Words that make a field's name a credential's.
const WORDS: [&str; 9] =
    ["token", "secret", "password", "passwd", "authorization", "cookie", "apikey", "session", "credential"];

/// Names with one of the words in them that say something about a credential and are none.
const HARMLESS: [&str; 2] = ["tokentype", "secretid"];

/// A word with one of the words in it: secretary, secretariat.
const OFFICE: &str = "secretar";

/// True if a field of this name, in a header, a query, a form or JSON, holds a credential.
#[must_use]
pub fn is_credential(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let name = name.replace(OFFICE, "");
    !HARMLESS.contains(&name.as_str()) && WORDS.iter().any(|word| name.contains(word))
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
