//! A copy of everything that is kept, in one file, while the service is running; and back again.
//!
//! The file is a tar archive: service.toml, the service's database, the audit log, and each integration's directory of accounts.
//! The databases are copied by `SQLite` itself, each as of one moment: the service's first, so that a run which ends in between is
//! found finished in its directory, as after a crash. The keys are left out: somebody who finds the file must not be able to open what
//! is sealed in it. So are connectors, which are the platform's own files, and mails that went out.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use connector_host::files;
use rusqlite::{Connection, OpenFlags, backup};
use tar::{Archive, Builder, EntryType, Header};

use crate::config::Files;
use crate::service::FolderLock;

/// The first entry, which says what the file is.
const MARK: &str = "elearnio-service-backup-1";
/// Pages that are copied before others may write.
const PAGES: i32 = 256;
/// The largest text file, in bytes.
const LARGEST: u64 = 1 << 32;

/// Why there is no backup, or it cannot be brought back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is nothing to copy.
    #[error("{0} is not the data folder of a service; name one with --data")]
    NoService(PathBuf),
    /// A database cannot be copied.
    #[error("{path} cannot be copied: {why}")]
    Database {
        /// Which.
        path: PathBuf,
        /// Why.
        why: rusqlite::Error,
    },
    /// A file cannot be read or written.
    #[error("{path}: {why}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The file to bring back is something else.
    #[error("{0} is not a backup of a service; write one with: harness backup FILE --data DIR")]
    NotABackup(PathBuf),
    /// There is a service already.
    #[error("{0} is not empty; name a folder that is, or one that does not exist yet")]
    NotEmpty(PathBuf),
    /// Another service has the folder.
    #[error(transparent)]
    Folder(#[from] Box<crate::service::ServiceError>),
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// Directories of accounts.
    pub directories: usize,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Writes a backup, whole or not at all, readable by its owner alone.
///
/// # Errors
/// When something cannot be read or written.
pub fn backup(data: &Files, target: &Path) -> Result<Copied, BackupError> {
    if !data.database().is_file() {
        return Err(BackupError::NoService(data.folder().to_owned()));
    }
    let io = |path: &Path| {
        let path = path.to_owned();
        move |why| BackupError::Io { path, why }
    };
    let scratch = files::private_temporary_folder(".backup-", Some(files::folder_of(target))).map_err(io(target))?;
    let mut copies: Vec<(PathBuf, PathBuf)> = Vec::new();
    let database = scratch.path().join("service.db");
    copy_database(&data.database(), &database)?;
    copies.push((PathBuf::from("service.db"), database));
    for path in [data.audit(), data.settings()] {
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            copies.push((PathBuf::from(name), path.clone()));
        }
    }
    let mut summary = Copied::default();
    for tenant in folders(&data.folder().join("tenants"))? {
        let name = Path::new("tenants").join(tenant.file_name().unwrap_or_default());
        let accounts = tenant.join("accounts.json");
        if accounts.is_file() {
            copies.push((name.join("accounts.json"), accounts));
        }
        for integration in folders(&tenant)? {
            let directory = integration.join("directory.db");
            if !directory.is_file() {
                continue;
            }
            summary.directories += 1;
            let copy = scratch.path().join(format!("{}.db", summary.directories));
            copy_database(&directory, &copy)?;
            copies.push((name.join(integration.file_name().unwrap_or_default()).join("directory.db"), copy));
        }
    }
    files::write_with(target, |file| {
        let mut tar = Builder::new(file);
        append(&mut tar, Path::new(MARK), &[])?;
        for (name, path) in &copies {
            append(&mut tar, name, &whole_lines(name, files::read(path, LARGEST).map_err(io::Error::other)?))?;
        }
        tar.finish()
    })
    .map_err(io(target))?;
    summary.bytes = fs::metadata(target).map_err(io(target))?.len();
    Ok(summary)
}

/// The audit log may be growing: its last line counts once it is whole.
fn whole_lines(name: &Path, mut bytes: Vec<u8>) -> Vec<u8> {
    if name.extension().is_some_and(|extension| extension == "jsonl") {
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        bytes.truncate(end);
    }
    bytes
}

fn append(tar: &mut Builder<&mut dyn io::Write>, name: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_entry_type(EntryType::Regular);
    tar.append_data(&mut header, name, bytes)
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let io = |why| BackupError::Io { path: folder.to_owned(), why };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(io)?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn copy_database(from: &Path, to: &Path) -> Result<(), BackupError> {
    let failed = |why| BackupError::Database { path: from.to_owned(), why };
    let copy = || -> rusqlite::Result<()> {
        let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        source.busy_timeout(Duration::from_secs(30))?;
        let mut target = Connection::open(to)?;
        backup::Backup::new(&source, &mut target)?.run_to_completion(PAGES, Duration::from_millis(1), None)
    };
    copy().map_err(failed)
}

/// Brings a backup back into a folder that is empty or does not exist.
///
/// # Errors
/// When the folder is not empty, or the file is not a backup.
pub fn restore(source: &Path, data: &Files) -> Result<Copied, BackupError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |why| BackupError::Io { path, why }
    };
    let file = File::open(source).map_err(io(source))?;
    let bytes = file.metadata().map_err(io(source))?.len();
    if fs::read_dir(data.folder()).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(BackupError::NotEmpty(data.folder().to_owned()));
    }
    let mut archive = Archive::new(file);
    let mut copied = Copied { bytes, ..Copied::default() };
    let mut lock = None;
    for entry in archive.entries().map_err(|_| BackupError::NotABackup(source.to_owned()))? {
        let mut entry = entry.map_err(|_| BackupError::NotABackup(source.to_owned()))?;
        let name = entry.path().map_err(io(source))?.into_owned();
        if lock.is_none() {
            if name != Path::new(MARK) {
                return Err(BackupError::NotABackup(source.to_owned()));
            }
            lock = Some(FolderLock::take(data).map_err(Box::new)?);
            continue;
        }
        if !is_ours(&name) || entry.header().entry_type() != EntryType::Regular {
            return Err(BackupError::NotABackup(source.to_owned()));
        }
        let target = data.folder().join(&name);
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(io(source))?;
        files::create_private_folder(files::folder_of(&target)).map_err(io(&target))?;
        files::write_new(&target, &bytes).map_err(io(&target))?;
        copied.directories += usize::from(name.file_name().is_some_and(|name| name == "directory.db"));
    }
    if lock.is_none() {
        return Err(BackupError::NotABackup(source.to_owned()));
    }
    Ok(copied)
}

/// Whether a name is one that a backup has: nothing leads out of the folder, and nothing else is put into it.
fn is_ours(name: &Path) -> bool {
    let parts: Vec<&str> = name
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str().unwrap_or_default(),
            _ => "",
        })
        .collect();
    let is_id = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match parts.as_slice() {
        ["service.db" | "audit.jsonl" | "service.toml"] => true,
        ["tenants", tenant, "accounts.json"] => is_id(tenant),
        ["tenants", tenant, integration, "directory.db"] => is_id(tenant) && is_id(integration),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_backup_has_is_brought_back() {
        for name in ["service.db", "audit.jsonl", "tenants/a1/accounts.json", "tenants/a1/b2/directory.db"] {
            assert!(is_ours(Path::new(name)), "{name}");
        }
        for name in [
            "service.key",
            "../service.db",
            "/service.db",
            "tenants/../service.db",
            "tenants/a1/b2/x.db",
            "",
            "tenants/a1/./directory.db/x",
        ] {
            assert!(!is_ours(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn what_is_no_backup_is_refused_and_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let (file, data) = (folder.path().join("file"), folder.path().join("data"));
        fs::write(&file, "not a tar archive".repeat(100)).unwrap();
        let told = restore(&file, &Files::of(&data)).unwrap_err().to_string();
        assert_eq!(
            told,
            format!("{} is not a backup of a service; write one with: harness backup FILE --data DIR", file.display())
        );
        assert!(!data.exists());
        fs::create_dir(&data).unwrap();
        fs::write(data.join("x"), "").unwrap();
        let told = restore(&file, &Files::of(&data)).unwrap_err().to_string();
        assert_eq!(
            told,
            format!("{} is not empty; name a folder that is, or one that does not exist yet", data.display())
        );
        let told = backup(&Files::of(&data), &file).unwrap_err().to_string();
        assert_eq!(told, format!("{} is not the data folder of a service; name one with --data", data.display()));
    }
}
