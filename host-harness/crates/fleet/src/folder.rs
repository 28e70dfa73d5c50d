//! A folder of tenants.
//!
//! ```text
//! TENANTS_DIR/
//!   acme/
//!     settings.toml    the tenant's form
//!     directory.db     its accounts; made by the first sync
//!     outbox/          its mails, unless the settings name a mail server
//!     exchanges/       a recording, only for replay
//!   nordwind/ …
//! ```
//!
//! Every subfolder is a tenant, one without settings too: to leave it out silently would hide a mistake. Only names that
//! begin with a dot are nobody's.

use std::path::Path;

use super::Files;
use connector_settings::Settings;
use connector_settings::file::{self, SettingsError};

/// One tenant of the folder.
pub struct TenantFolder {
    /// Its folder's name.
    pub name: String,
    /// Its form, or what is wrong with it.
    pub settings: Result<Settings, SettingsError>,
    pub(super) files: Files,
}

impl TenantFolder {
    /// The tenant in this folder. Its settings are read now, with the secrets they name.
    #[must_use]
    pub fn open(name: &str, folder: &Path) -> Self {
        let files = Files {
            settings: folder.join("settings.toml"),
            directory: folder.join("directory.db"),
            outbox: folder.join("outbox"),
            exchanges: folder.join("exchanges"),
        };
        Self { name: name.to_owned(), settings: file::load(&files.settings), files }
    }
}

/// Every tenant of a folder, by name.
///
/// # Errors
/// When the folder cannot be listed.
pub fn tenants(folder: &Path) -> std::io::Result<Vec<TenantFolder>> {
    let mut tenants = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        if path.is_dir() && !name.starts_with('.') {
            tenants.push(TenantFolder::open(&name, &path));
        }
    }
    tenants.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(tenants)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_folder_is_a_tenant_in_the_order_of_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["nordwind", "acme", ".git"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("README.md"), "").unwrap();
        let tenants = tenants(folder.path()).unwrap();
        assert_eq!(tenants.iter().map(|tenant| tenant.name.as_str()).collect::<Vec<_>>(), ["acme", "nordwind"]);
        assert!(tenants.iter().all(|tenant| tenant.settings.is_err()), "they have no settings, and are not left out");
    }
}
