//! One sync at a time for one directory.
//!
//! Two runs that plan from the same accounts would do no harm: the second one's actions are stale (rule S21). They would
//! waste the source's patience and send two mails, so a run holds a lock from before it reads until it has applied,
//! and another one while it mails.
//!
//! The lock is a file beside the directory's, `accounts.db.lock` for `accounts.db`, so that every command that syncs the
//! directory takes the same one; beside the file itself, whatever links and spellings lead to it. It is its owner's alone,
//! because anybody who can open it can hold it. The system frees it when its holder ends, however it ends; the empty file
//! stays, because removing it would let two others each lock a file of that name. Locking the directory's own file was
//! rejected: closing it would take `SQLite`'s locks away, which are per process.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use connector_host::files;

/// The right to sync one directory; given up when dropped.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another run has it.
    #[error("{} is being synced by another run; wait until that one is done, then start again", directory.display())]
    Held {
        /// The directory's file.
        directory: PathBuf,
    },
    /// The lock file cannot be used.
    #[error("{} cannot be locked: {reason}; check who owns the file and its folder", file.display())]
    Unusable {
        /// The lock file.
        file: PathBuf,
        /// The system's words.
        #[source]
        reason: std::io::Error,
    },
}

impl DirectoryLock {
    /// Takes the lock of the directory in this file; does not wait.
    ///
    /// # Errors
    /// When another run holds it, or the file cannot be made.
    pub fn take(directory: &Path) -> Result<Self, LockError> {
        Self::with(directory, ".lock")
    }

    /// Takes the right to deliver this directory's mails, which is another one: delivering can take long, and nothing of the
    /// directory has to wait for it. Does not wait.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn take_for_mail(directory: &Path) -> Result<Self, LockError> {
        Self::with(directory, ".mail.lock")
    }

    fn with(directory: &Path, ending: &str) -> Result<Self, LockError> {
        let mut name = resolved(directory).into_os_string();
        name.push(ending);
        let path = PathBuf::from(name);
        let locked = files::open_private(&path).map_err(TryLockError::Error);
        match locked.and_then(|file| file.try_lock().map(|()| file)) {
            Ok(file) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held { directory: directory.to_owned() }),
            Err(TryLockError::Error(reason)) => Err(LockError::Unusable { file: path, reason }),
        }
    }
}

/// One name for a file, however it is spelled: links and relative parts resolved, also if the file is not there yet.
fn resolved(directory: &Path) -> PathBuf {
    directory.canonicalize().unwrap_or_else(|_| {
        let folder = directory.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match (folder.canonicalize(), directory.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => directory.to_owned(),
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_locked_once_until_the_lock_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one.db"), folder.path().join("other.db"));
        let held = DirectoryLock::take(&one).unwrap();
        let refused = DirectoryLock::take(&one).unwrap_err().to_string();
        let path = one.display();
        assert_eq!(
            refused,
            format!("{path} is being synced by another run; wait until that one is done, then start again")
        );
        DirectoryLock::take(&other).unwrap();
        drop(held);
        DirectoryLock::take(&one).unwrap();
        assert!(!one.exists(), "the directory itself is not touched");
    }

    #[cfg(unix)]
    #[test]
    fn the_lock_follows_the_file_and_not_its_spelling() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.db");
        std::fs::write(&path, "").unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        symlink(&path, folder.path().join("alias.db")).unwrap();
        symlink(folder.path(), folder.path().join("sub/up")).unwrap();
        // An older harness left it open to everybody.
        std::fs::write(folder.path().join("one.db.lock"), "").unwrap();
        let _held = DirectoryLock::take(&path).unwrap();
        for spelling in ["alias.db", "sub/../one.db", "./one.db", "sub/up/one.db", "sub/up/alias.db"] {
            let taken = DirectoryLock::take(&folder.path().join(spelling));
            assert!(matches!(taken, Err(LockError::Held { .. })), "{spelling}");
        }
        let mode = std::fs::metadata(folder.path().join("one.db.lock")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        DirectoryLock::take_for_mail(&path).unwrap();
    }

    #[test]
    fn a_lock_that_cannot_be_made_says_where() {
        let refused = DirectoryLock::take(Path::new("/nowhere/at/all.db")).unwrap_err().to_string();
        assert!(refused.starts_with("/nowhere/at/all.db.lock cannot be locked: "), "{refused}");
    }
}
