//! Passwords at rest: argon2id (RFC 9106) with the parameters that OWASP recommends, each with a salt of its own.

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use tokio::sync::Semaphore;

/// The shortest password, in characters (NIST SP 800-63B asks for 8, and for 15 where there is no second factor).
pub const SHORTEST: usize = 12;
/// The longest, in bytes: hashing more would only cost time.
pub const LONGEST: usize = 1024;

/// 19 MiB and two passes, one lane: 30 to 60 ms.
fn argon2() -> Argon2<'static> {
    let parameters = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
}

/// The password could not be hashed: the system is short of memory or random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed: {0}")]
pub struct CannotHash(String);

/// What is kept of a password. Takes tens of milliseconds of processor time.
///
/// # Errors
/// When the system gives no memory or no random numbers.
pub fn hash(password: &str) -> Result<String, CannotHash> {
    let hash = argon2().hash_password(password.as_bytes()).map_err(|error| CannotHash(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether this is the password. Without a stored one the same time is spent, so that nobody learns by the time who has an
/// account here.
#[must_use]
pub fn fits(password: &str, stored: Option<&str>) -> bool {
    let parsed = stored.and_then(|stored| PasswordHash::new(stored).ok());
    if let Some(stored) = parsed {
        argon2().verify_password(password.as_bytes(), &stored).is_ok()
    } else {
        let _ = hash(password);
        false
    }
}

/// Hashes and checks passwords off the threads that answer, as many at once as there are processors: each takes 19 MiB, and whoever
/// sends a thousand sign-ins at once is not to take the machine's memory.
pub struct Passwords(Semaphore);

impl Default for Passwords {
    fn default() -> Self {
        Self(Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)))
    }
}

impl Passwords {
    /// As [`fits`].
    pub async fn fit(&self, password: &str, stored: Option<String>) -> bool {
        let password = password.to_owned();
        self.in_turn(move || fits(&password, stored.as_deref())).await.unwrap_or(false)
    }

    /// As [`hash`].
    pub async fn hash(&self, password: &str) -> Option<String> {
        let password = password.to_owned();
        self.in_turn(move || hash(&password)).await.and_then(Result::ok)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _turn = self.0.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_and_its_hash_does_not_show_it() {
        let stored = hash("correct horse battery").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(!stored.contains("horse"));
        assert!(fits("correct horse battery", Some(&stored)));
        assert!(!fits("correct horse", Some(&stored)));
        assert!(!fits("anything", None) && !fits("anything", Some("damaged")));
        assert_ne!(stored, hash("correct horse battery").unwrap(), "each has a salt of its own");
    }
}
