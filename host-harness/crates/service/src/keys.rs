//! The keys under which secrets and personal data lie in the database (XChaCha20-Poly1305).
//!
//! A key file has a line for each key, `ID HEX`; the first one seals, all of them open. So a key is rotated by putting a new one
//! first, sealing everything again, and taking the old one away ([`crate::rotate`]). What is sealed is bound to its place: a
//! sealed secret of one integration does not open as another's.
//!
//! `age` was rejected: it is a format for files, with a key derivation for each, and cannot bind a text to its place.

use std::fmt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use connector_host::files;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::ids;

/// The environment variable with keys, as in a key file.
pub const VARIABLE: &str = "HARNESS_KEY";
/// How sealed bytes begin: the form's number.
const FORM: u8 = 1;
const ID: usize = 4;
const NONCE: usize = 24;
/// The largest key file, in bytes.
const LARGEST: u64 = 1 << 16;

/// Why there are no keys, or something does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key file cannot be read.
    #[error("the key file {path} cannot be read: {why}; name another one with --key-file, or restore it from a copy")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// There is no key in it, or something else.
    #[error("{place}, line {line}: {what}; each line is a key: 64 hexadecimal digits")]
    Malformed {
        /// The file or variable.
        place: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong; never what the line says.
        what: &'static str,
    },
    /// The key that something was sealed with is not among the keys.
    #[error("key {0} is missing: give the key file that has it with --key-file, or HARNESS_KEY")]
    Missing(String),
    /// It was changed, or moved from its place.
    #[error("what was sealed with key {0} was changed since, or belongs somewhere else; enter the secret again")]
    Damaged(String),
    /// Random numbers.
    #[error(transparent)]
    Randomness(#[from] ids::NoRandomness),
    /// The key file cannot be written.
    #[error("the key file {path} cannot be written: {why}")]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// One key.
#[derive(Clone)]
struct OneKey {
    id: [u8; ID],
    bytes: Zeroizing<[u8; 32]>,
}

impl OneKey {
    fn of(bytes: Zeroizing<[u8; 32]>) -> Self {
        let mut id = [0; ID];
        let mut hash = Sha256::new();
        hash.update("elearnio-service-key-id");
        hash.update(bytes.as_slice());
        id.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
        Self { id, bytes }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.bytes))
    }
}

/// The keys that are at hand; the first one seals. `Debug` shows their IDs.
#[derive(Clone, Default)]
pub struct Keys(Vec<OneKey>);

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.ids()).finish()
    }
}

impl Keys {
    /// No keys: nothing can be sealed or opened.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The keys in a file.
    ///
    /// # Errors
    /// When it cannot be read, or holds anything but keys.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = files::read_text(path, LARGEST)
            .map_err(|error| KeyError::Unreadable { path: path.to_owned(), why: error.to_string() })?;
        Self::parse(&Zeroizing::new(text), &path.display().to_string())
    }

    /// The keys in a text: one a line, after its ID or alone. `place` is where the text is from.
    ///
    /// # Errors
    /// When there is no key, or anything else.
    pub fn parse(text: &str, place: &str) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let malformed = |what| KeyError::Malformed { place: place.to_owned(), line: number + 1, what };
            let key = line.split_whitespace().next_back().unwrap_or_default();
            let mut bytes = Zeroizing::new([0; 32]);
            hex::decode_to_slice(key, bytes.as_mut_slice()).map_err(|_| malformed("this is not a key"))?;
            let key = OneKey::of(bytes);
            let said = line.split_whitespace().next().filter(|_| line.contains(char::is_whitespace));
            if said.is_some_and(|said| said != hex::encode(key.id)) {
                return Err(malformed("the key does not have the ID before it"));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(KeyError::Malformed { place: place.to_owned(), line: 1, what: "there is no key" });
        }
        Ok(Self(keys))
    }

    /// These keys after a new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn with_new(&self) -> Result<Self, KeyError> {
        let new = OneKey::of(Zeroizing::new(ids::random()?));
        Ok(Self(std::iter::once(new).chain(self.0.iter().cloned()).collect()))
    }

    /// The first key alone.
    #[must_use]
    pub fn newest(&self) -> Self {
        Self(self.0.iter().take(1).cloned().collect())
    }

    /// Writes a key file of its owner alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let mut text = Zeroizing::new(String::new());
        for key in &self.0 {
            let line = Zeroizing::new(hex::encode(key.bytes.as_slice()));
            text.push_str(&hex::encode(key.id));
            text.push(' ');
            text.push_str(&line);
            text.push('\n');
        }
        files::write(path, text.as_bytes())
            .map_err(|error| KeyError::Unwritable { path: path.to_owned(), why: error.to_string() })
    }

    /// True if nothing can be sealed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys' IDs, the sealing one first.
    pub fn ids(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(|key| hex::encode(key.id))
    }

    /// Seals bytes for one place.
    ///
    /// # Errors
    /// When there is no key, or the system has no random numbers.
    pub fn seal(&self, place: &str, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = self.0.first().ok_or_else(|| KeyError::Missing("(none)".to_owned()))?;
        let nonce: [u8; NONCE] = ids::random()?;
        let payload = Payload { msg: bytes, aad: place.as_bytes() };
        let sealed =
            key.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| KeyError::Damaged(hex::encode(key.id)))?;
        Ok([&[FORM], key.id.as_slice(), nonce.as_slice(), sealed.as_slice()].concat())
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// When its key is missing, or it was changed or moved.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let damaged = || KeyError::Damaged(key_id(sealed).unwrap_or_else(|| "(unknown)".to_owned()));
        let ([FORM], rest) = sealed.split_at_checked(1).ok_or_else(damaged)? else { return Err(damaged()) };
        let (id, rest) = rest.split_at_checked(ID).ok_or_else(damaged)?;
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or_else(damaged)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| damaged())?;
        let key = self.0.iter().find(|key| key.id == id).ok_or_else(|| KeyError::Missing(hex::encode(id)))?;
        let payload = Payload { msg: text, aad: place.as_bytes() };
        key.cipher().decrypt(&XNonce::from(nonce), payload).map(Zeroizing::new).map_err(|_| damaged())
    }

    /// Whether the key of this is at hand.
    #[must_use]
    pub fn can_open(&self, sealed: &[u8]) -> bool {
        key_id(sealed).is_some_and(|id| self.ids().any(|known| known == id))
    }
}

/// The ID of the key that something is sealed with.
#[must_use]
pub fn key_id(sealed: &[u8]) -> Option<String> {
    sealed.get(1..=ID).map(hex::encode)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_at_its_place_and_nowhere_else() {
        let keys = Keys::none().with_new().unwrap();
        let sealed = keys.seal("integration:a:client-secret", b"geheim").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"geheim"));
        assert_eq!(keys.open("integration:a:client-secret", &sealed).unwrap().as_slice(), b"geheim");
        assert!(matches!(keys.open("integration:b:client-secret", &sealed), Err(KeyError::Damaged(_))));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            *changed.get_mut(at).unwrap() ^= 1;
            assert!(keys.open("integration:a:client-secret", &changed).is_err(), "byte {at}");
        }
        for length in 0..sealed.len() {
            assert!(keys.open("integration:a:client-secret", sealed.get(..length).unwrap()).is_err());
        }
    }

    #[test]
    fn a_new_key_seals_and_the_old_one_still_opens_until_it_is_taken_away() {
        let old = Keys::none().with_new().unwrap();
        let sealed = old.seal("p", b"x").unwrap();
        let both = old.with_new().unwrap();
        assert_eq!(both.open("p", &sealed).unwrap().as_slice(), b"x");
        let again = both.seal("p", b"x").unwrap();
        let told = old.open("p", &again).unwrap_err().to_string();
        let id = both.ids().next().unwrap();
        assert_eq!(told, format!("key {id} is missing: give the key file that has it with --key-file, or HARNESS_KEY"));
        assert!(both.newest().open("p", &again).is_ok() && both.newest().open("p", &sealed).is_err());
        assert!(old.can_open(&sealed) && !old.can_open(&again));
    }

    #[test]
    fn a_key_file_is_read_back_and_a_wrong_one_says_where_and_not_what() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let keys = Keys::none().with_new().unwrap().with_new().unwrap();
        keys.write(&path).unwrap();
        assert_eq!(Keys::read(&path).unwrap().ids().collect::<Vec<_>>(), keys.ids().collect::<Vec<_>>());
        let id = "0123abcd";
        let key = "ab".repeat(32);
        for (text, line, what) in [
            ("", 1, "there is no key"),
            ("# a comment\nswordfish", 2, "this is not a key"),
            (&format!("{id} {key}"), 1, "the key does not have the ID before it"),
        ] {
            let told = Keys::parse(text, "key").unwrap_err().to_string();
            assert_eq!(told, format!("key, line {line}: {what}; each line is a key: 64 hexadecimal digits"));
        }
        assert!(Keys::parse(&key, "HARNESS_KEY").is_ok(), "a key alone will do");
        assert!(format!("{keys:?}").len() < 60, "IDs alone: {keys:?}");
    }
}
