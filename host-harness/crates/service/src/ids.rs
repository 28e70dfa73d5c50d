//! Identifiers and tokens: random, from the system.
//!
//! An identifier names a thing in an address and is no secret; a token is one. Of a token only its hash is kept, so that a copy
//! of the database signs nobody in. SHA-256 is enough for that: a token is 256 random bits and cannot be guessed, however fast
//! a guess is checked. (A password can, and is kept as [`crate::password`] says.)

use std::fmt;

use sha2::{Digest, Sha256};

/// Letters and digits that nobody mistakes for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The system has no random numbers to give.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers: {0}")]
pub struct NoRandomness(String);

/// Fills an array with random bytes.
///
/// # Errors
/// When the system has none.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| NoRandomness(error.to_string()))?;
    Ok(bytes)
}

/// A new identifier: 12 characters, 60 bits.
///
/// # Errors
/// When the system has no random numbers.
pub fn id() -> Result<String, NoRandomness> {
    let bytes = random::<12>()?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'a'))).collect())
}

/// A secret that is shown once: in a link, a cookie or an API token. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new token.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn new() -> Result<Self, NoRandomness> {
        Ok(Self(hex::encode(random::<32>()?)))
    }

    /// A new token of the API: it says what it is, so that one that was published is found.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn for_api() -> Result<Self, NoRandomness> {
        Ok(Self(format!("harness_{}", hex::encode(random::<32>()?))))
    }

    /// What somebody presents as a token.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The token's text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// A value that only the holder of this token can know, for one purpose.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(self.0.as_bytes());
        hex::encode(hash.finalize())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// Compares without telling by its time how much of it fits.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    let (one, other) = (Sha256::digest(one.as_bytes()), Sha256::digest(other.as_bytes()));
    one.iter().zip(other.iter()).fold(0, |difference, (one, other)| difference | (one ^ other)) == 0
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown_and_only_its_hash_is_kept() {
        let (one, other) = (Token::new().unwrap(), Token::new().unwrap());
        assert_ne!(one, other);
        assert_eq!(format!("{one:?}"), "Token(…)");
        assert_ne!(one.hash(), one.reveal());
        assert_eq!(Token::presented(one.reveal()).hash(), one.hash());
        assert_ne!(one.derived("a"), one.derived("b"));
        assert!(same(one.reveal(), one.reveal()) && !same(one.reveal(), other.reveal()));
    }

    #[test]
    fn identifiers_fit_into_an_address() {
        let id = id().unwrap();
        assert_eq!(id.len(), 12);
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
