//! Tenants of a fleet: folders as the harness expects them, made of a fixture.

use std::fs;
use std::path::{Path, PathBuf};

use connector_store::sqlite::SqliteDirectory;

use crate::fixture;

/// A folder of tenants, gone when dropped.
pub struct Tenants(tempfile::TempDir);

impl Tenants {
    /// No tenant yet.
    ///
    /// # Panics
    /// When there is no room for files.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test without its files is a failed test")]
    pub fn none() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// A tenant's folder.
    #[must_use]
    pub fn tenant(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A tenant that is a copy of a fixture. Its secret stands in a file beside its settings, and `more` at the settings'
    /// top.
    ///
    /// # Panics
    /// When the files cannot be written.
    #[allow(clippy::expect_used, reason = "a test without its files is a failed test")]
    pub fn add(&self, name: &str, company: &str, more: &str) {
        let (from, to) = (fixture(company), self.tenant(name));
        fs::create_dir_all(to.join("exchanges")).expect("a folder");
        for exchange in fs::read_dir(from.join("exchanges")).expect("recorded exchanges") {
            let exchange = exchange.expect("an entry");
            fs::copy(exchange.path(), to.join("exchanges").join(exchange.file_name())).expect("a copy");
        }
        let settings = fs::read_to_string(from.join("settings.toml")).expect("settings");
        let secret = format!("{{ env = \"{}_CLIENT_SECRET\" }}", company.to_uppercase());
        assert!(settings.contains(&secret), "{settings}");
        let settings = settings.replace(&secret, "{ file = \"secret.txt\" }");
        fs::write(to.join("settings.toml"), format!("{more}\n{settings}")).expect("settings");
        fs::write(to.join("secret.txt"), "geheim-nur-im-test").expect("a secret");
    }

    /// How many accounts a tenant has; its directory can be opened.
    ///
    /// # Panics
    /// When it cannot.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test without its files is a failed test")]
    pub fn accounts(&self, name: &str) -> usize {
        let directory = SqliteDirectory::open(&self.tenant(name).join("directory.db")).expect("it opens");
        directory.snapshot().expect("it is read").accounts.len()
    }

    /// How many mails a tenant's outbox holds.
    #[must_use]
    pub fn mails(&self, name: &str) -> usize {
        fs::read_dir(self.tenant(name).join("outbox")).map_or(0, Iterator::count)
    }
}
