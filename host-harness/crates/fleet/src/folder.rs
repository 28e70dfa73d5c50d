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
//! Every subfolder is a tenant, even one without settings: leaving it out silently would hide a mistake. Only folders whose
//! names begin with a dot are skipped.

use std::path::{Path, PathBuf};

use super::Files;

/// One tenant of the folder.
pub struct TenantFolder {
    /// Its folder's name.
    pub name: String,
    pub(super) folder: PathBuf,
    pub(super) files: Files,
}

impl TenantFolder {
    /// The tenant in this folder. Nothing of it is read yet: that is work for the tenant's own task.
    #[must_use]
    pub fn open(name: &str, folder: &Path) -> Self {
        let files = Files {
            settings: folder.join("settings.toml"),
            directory: folder.join("directory.db"),
            outbox: folder.join("outbox"),
            exchanges: folder.join("exchanges"),
        };
        Self { name: name.to_owned(), folder: folder.to_owned(), files }
    }
}

/// A file of a tenant leads out of its folder, by a link: to another tenant's, say.
#[derive(Debug, thiserror::Error)]
#[error("{} is a link, or its path contains one; in a fleet, a tenant's files must be in its own folder", .0.display())]
pub struct Elsewhere(PathBuf);

impl TenantFolder {
    /// Whether all that a sync reads and writes lies in the tenant's folder, links resolved.
    pub(super) fn check(&self) -> Result<(), Elsewhere> {
        let Ok(folder) = self.folder.canonicalize() else { return Ok(()) };
        let Files { settings, directory, outbox, exchanges } = &self.files;
        let mut all: Vec<PathBuf> = [settings, directory, outbox, exchanges].map(Clone::clone).to_vec();
        let recorded = std::fs::read_dir(exchanges).into_iter().flatten().flatten();
        all.extend(recorded.map(|entry| entry.path()));
        let leads_out = |path: &Path| match path.canonicalize() {
            Ok(resolved) => !resolved.starts_with(&folder),
            // What is not there cannot be led to; a link to it could.
            Err(_) => path.is_symlink(),
        };
        all.into_iter().find(|path| leads_out(path)).map_or(Ok(()), |path| Err(Elsewhere(path)))
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
    }
}
