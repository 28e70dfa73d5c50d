//! Secrets: the file names where they are and never holds them.

use secrecy::SecretString;
use zeroize::Zeroizing;

use std::path::{Path, PathBuf};

use super::section::{Reading, Section};
use connector_host::files;

/// The longest secret's file, in bytes.
const LARGEST: u64 = 64 << 10;

impl Section<'_> {
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
    if let Some(tenant) = reading.tenant {
        let Some(prefix) = prefix(tenant) else {
            let message = "only a tenant whose folder is named with lower-case letters, digits and single hyphens has environment \
                           variables; rename the folder, or write { file = \"secret.txt\" }";
            place.complain(reading, "env", message);
            return None;
        };
        if name.strip_prefix(&prefix).is_none_or(str::is_empty) {
            let message = format!("in a fleet, this tenant's variables must begin with {prefix}; rename {name}");
            place.complain(reading, "env", &message);
            return None;
        }
    }
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

/// What the names of a tenant's environment variables begin with. No tenant's begins with another's.
fn prefix(tenant: &str) -> Option<String> {
    let is_plain =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    tenant.split('-').all(is_plain).then(|| format!("HARNESS_{}__", tenant.to_ascii_uppercase().replace('-', "_")))
}

/// The file without links, if it lies in the folder.
fn inside(folder: &Path, file: &Path) -> std::io::Result<Option<PathBuf>> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let (folder, file) = (folder.canonicalize()?, file.canonicalize()?);
    Ok(file.starts_with(&folder).then_some(file))
}

/// Without the line feed that editors put at the end of a file.
fn from_file(reading: &mut Reading<'_>, place: &Section<'_>) -> Option<Zeroizing<String>> {
    let mut path = reading.folder.join(place.text(reading, "file")?);
    if reading.tenant.is_some() {
        match inside(reading.folder, &path) {
            Ok(Some(resolved)) => path = resolved,
            Ok(None) => {
                let message =
                    "in a fleet, a secret's file must be in its tenant's folder, with links resolved; move it there";
                place.complain(reading, "file", message);
                return None;
            }
            // Not there, or not to be looked at: the reading below says so.
            Err(_) => {}
        }
    }
    let text = match files::read_text(&path, LARGEST).map(Zeroizing::new) {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::prefix;

    #[test]
    fn no_tenants_variables_begin_like_anothers() {
        assert_eq!(prefix("acme-2").as_deref(), Some("HARNESS_ACME_2__"));
        let names = ["a", "a-b", "a-b-c", "ab", "a1", "a-1"];
        for one in names {
            for other in names.iter().filter(|other| **other != one) {
                assert!(!prefix(one).unwrap().starts_with(&prefix(other).unwrap()), "{one} {other}");
            }
        }
        for odd in ["", "A", "a_b", "a--b", "-a", "a-", "a b", "ä"] {
            assert_eq!(prefix(odd), None, "{odd}");
        }
    }
}
