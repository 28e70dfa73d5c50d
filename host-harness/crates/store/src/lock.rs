//! One sync at a time for one directory.
//!
//! Two runs that plan from the same accounts would do no harm: the second one's actions are stale (rule S21). They would
//! waste the source's patience and send two mails, so a run holds a lock from before it reads to after it mails.
//!
//! The lock is a file beside the directory's, `accounts.db.lock` for `accounts.db`, so that every command that syncs the
//! directory takes the same one. The system frees it when its holder ends, however it ends; the empty file stays, because
//! removing it would let two others each lock a file of that name. Locking the directory's own file was rejected: closing
//! it would take `SQLite`'s locks away, which are per process.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

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
        let mut name = directory.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let locked = File::options().create(true).truncate(false).write(true).open(&path).map_err(TryLockError::Error);
        match locked.and_then(|file| file.try_lock().map(|()| file)) {
            Ok(file) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held { directory: directory.to_owned() }),
            Err(TryLockError::Error(reason)) => Err(LockError::Unusable { file: path, reason }),
        }
    }
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

    #[test]
    fn a_lock_that_cannot_be_made_says_where() {
        let refused = DirectoryLock::take(Path::new("/nowhere/at/all.db")).unwrap_err().to_string();
        assert!(refused.starts_with("/nowhere/at/all.db.lock cannot be locked: "), "{refused}");
    }
}
