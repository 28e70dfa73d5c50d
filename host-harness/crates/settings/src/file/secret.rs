//! Secrets: the file names where they are and never holds them.

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::section::{Reading, Section};

impl Section<'_> {
    /// A secret that must be there.
    pub(super) fn needed_secret(&self, reading: &mut Reading<'_>, key: &str) -> Option<SecretString> {
        if !self.has(key) {
            let message = "this key is missing; add it: { env = \"NAME\" } or { file = \"secret.txt\" }";
            self.complain(reading, key, message);
        }
        self.secret(reading, key)
    }

    /// The secret in the environment variable or file that the key names, if the key is there.
    pub(super) fn secret(&self, reading: &mut Reading<'_>, key: &str) -> Option<SecretString> {
        let value = self.value(key)?.get_ref();
        if !value.is_table() {
            let message = format!(
                "a secret does not belong in this file, which is copied, mailed and committed; write \
                 {key} = {{ env = \"NAME\" }} for an environment variable, or {key} = {{ file = \"secret.txt\" }} for a file \
                 that holds nothing else"
            );
            self.complain(reading, key, &message);
            return None;
        }
        let place = self.section(reading, key)?;
        place.refuse_unknown(reading, &["env", "file"]);
        let found = match (place.has("env"), place.has("file")) {
            (true, false) => from_environment(reading, &place)?,
            (false, true) => from_file(reading, &place)?,
            _ => {
                self.complain(
                    reading,
                    key,
                    "it must name one place: either { env = \"NAME\" } or { file = \"secret.txt\" }",
                );
                return None;
            }
        };
        Some(SecretString::from(found.as_str()))
    }
}

fn from_environment(reading: &mut Reading<'_>, place: &Section<'_>) -> Option<Zeroizing<String>> {
    let name = place.text(reading, "env")?;
    let secret = (reading.environment)(&name).map(Zeroizing::new);
    match &secret {
        None => {
            let message =
                format!("the environment variable {name} is not set; set it to the secret, then run the command again");
            place.complain(reading, "env", &message);
        }
        Some(secret) if secret.trim().is_empty() => {
            let message =
                format!("the environment variable {name} is empty; set it to the secret, then run the command again");
            place.complain(reading, "env", &message);
        }
        Some(_) => {}
    }
    secret.filter(|secret| !secret.trim().is_empty())
}

/// Without the line feed that editors put at the end of a file.
fn from_file(reading: &mut Reading<'_>, place: &Section<'_>) -> Option<Zeroizing<String>> {
    let path = reading.folder.join(place.text(reading, "file")?);
    let text = match std::fs::read_to_string(&path).map(Zeroizing::new) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("{} cannot be read: {error}; put the secret in it, and nothing else", path.display());
            place.complain(reading, "file", &message);
            return None;
        }
    };
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.trim().is_empty() {
        place.complain(
            reading,
            "file",
            &format!("{} is empty; put the secret in it, and nothing else", path.display()),
        );
        return None;
    }
    Some(Zeroizing::new(secret.to_owned()))
}
