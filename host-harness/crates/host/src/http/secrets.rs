//! A tenant's secrets, as capabilities.
//!
//! A [`Vault`] holds the values, a [`SecretHandle`] stands for one. The guest gets handles; what it can do with one is say
//! "put it here" about a request, and the gateway does so only for an origin the secret is bound to. A value leaves this
//! module in two ways: to the [gateway](super::gateway), which passes it on unread to the transport, and never as text.
//! When the vault goes, its values are zeroized, whatever handles are still around: a handle holds no value.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, Weak};

use secrecy::{ExposeSecret, SecretString};

use super::Origin;
use super::scrub::scrub;
use super::secret_patterns::Needle;

/// One tenant's secrets. Clones share them.
#[derive(Clone, Default)]
pub struct Vault(Arc<Shelf>);

#[derive(Default)]
struct Shelf {
    entries: RwLock<Vec<Entry>>,
}

struct Entry {
    value: Arc<SecretString>,
    origins: Arc<[Origin]>,
    needle: Needle,
}

/// Stands for one secret of one vault. `Debug` shows the origins it is bound to.
#[derive(Clone)]
pub struct SecretHandle {
    vault: Weak<Shelf>,
    index: usize,
    origins: Arc<[Origin]>,
}

impl Vault {
    /// An empty vault.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a secret that may be sent to these origins; to none, if the list is empty.
    ///
    /// From now on it is scrubbed. The same value for the same origins is kept once: a source that gives the same token at
    /// every login does not fill the vault.
    #[must_use]
    pub fn insert(&self, value: SecretString, origins: Vec<Origin>) -> SecretHandle {
        let mut entries = self.0.entries.write().unwrap_or_else(PoisonError::into_inner);
        let same = |entry: &Entry| {
            entry.value.expose_secret() == value.expose_secret() && *entry.origins == *origins.as_slice()
        };
        let known = entries.iter().position(same);
        let origins: Arc<[Origin]> = origins.into();
        let index = known.unwrap_or(entries.len());
        if known.is_none() {
            let value = Arc::new(value);
            entries.push(Entry { needle: Needle::new(&value), value, origins: Arc::clone(&origins) });
        }
        SecretHandle { vault: Arc::downgrade(&self.0), index, origins }
    }

    /// How many secrets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// True if the handle is one of this vault's. Another tenant's never is.
    #[must_use]
    pub fn owns(&self, handle: &SecretHandle) -> bool {
        std::ptr::eq(handle.vault.as_ptr(), Arc::as_ptr(&self.0))
    }

    /// Replaces every secret in a text with `[secret]`, however it is escaped.
    #[must_use]
    pub fn scrub_text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.scrubbed(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// Replaces every secret in bytes with `[secret]`, however it is escaped.
    #[must_use]
    pub fn scrub_bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        match self.scrubbed(&bytes) {
            Cow::Borrowed(_) => bytes,
            Cow::Owned(scrubbed) => scrubbed,
        }
    }

    /// True if a text holds a secret, however it is escaped.
    #[must_use]
    pub fn holds_any(&self, text: &str) -> bool {
        matches!(self.scrubbed(text.as_bytes()), Cow::Owned(_))
    }

    /// A secret's value, for the transport; none for another vault's handle.
    pub(super) fn value(&self, handle: &SecretHandle) -> Option<Arc<SecretString>> {
        let owned = self.owns(handle);
        self.entries().get(handle.index).filter(|_| owned).map(|entry| Arc::clone(&entry.value))
    }

    fn scrubbed<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        scrub(bytes, self.entries().iter().map(|entry| &entry.needle))
    }

    fn entries(&self) -> RwLockReadGuard<'_, Vec<Entry>> {
        self.0.entries.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("secrets", &self.len()).finish()
    }
}

impl SecretHandle {
    /// The origins the secret may be sent to.
    #[must_use]
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// True if the secret may be sent to this origin.
    #[must_use]
    pub fn may_go_to(&self, origin: &Origin) -> bool {
        self.origins.contains(origin)
    }
}

impl fmt::Debug for SecretHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origins: Vec<String> = self.origins.iter().map(ToString::to_string).collect();
        f.debug_struct("SecretHandle").field("origins", &origins).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin::parse("https://api.personio.de").unwrap()
    }

    fn insert(vault: &Vault, value: &str) -> SecretHandle {
        vault.insert(SecretString::from(value), vec![origin()])
    }

    #[test]
    fn debug_shows_no_value() {
        let vault = Vault::new();
        let handle = insert(&vault, "hunter2-hunter2");
        let text = format!("{vault:?} {handle:?} {handle:#?}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("https://api.personio.de"), "{text}");
    }

    #[test]
    fn another_tenants_handle_is_invalid_here() {
        let (mine, other) = (Vault::new(), Vault::new());
        let handle = insert(&mine, "hunter2-hunter2");
        let _same_index = insert(&other, "another-secret");
        assert!(mine.owns(&handle) && mine.clone().owns(&handle) && !other.owns(&handle));
        assert!(mine.value(&handle).is_some() && other.value(&handle).is_none());
    }

    #[test]
    fn a_handle_does_not_keep_a_secret_alive() {
        let vault = Vault::new();
        let handle = insert(&vault, "hunter2-hunter2");
        let value = Arc::downgrade(&vault.value(&handle).unwrap());
        drop(vault);
        assert!(value.upgrade().is_none());
        assert!(!Vault::new().owns(&handle));
    }

    #[test]
    fn the_same_secret_is_kept_once() {
        let vault = Vault::new();
        let first = insert(&vault, "hunter2-hunter2");
        let second = insert(&vault, "hunter2-hunter2");
        assert_eq!((vault.len(), first.index, second.index), (1, 0, 0));
        let _elsewhere = vault.insert(SecretString::from("hunter2-hunter2"), Vec::new());
        assert_eq!(vault.len(), 2);
    }

    #[test]
    fn texts_and_bytes_are_scrubbed_of_every_secret() {
        let vault = Vault::new();
        let _secret = insert(&vault, "hunter2-hunter2");
        let _token = insert(&vault, "papi-grün");
        assert_eq!(vault.scrub_text("ü hunter2-hunter2 papi-gr%C3%BCn ü"), "ü [secret] [secret] ü");
        assert_eq!(vault.scrub_bytes(b"Bearer papi-gr\xc3\xbcn".to_vec()), b"Bearer [secret]");
        assert!(matches!(vault.scrub_text("nothing"), Cow::Borrowed("nothing")));
    }
}
