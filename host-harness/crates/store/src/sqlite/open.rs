//! Opens the file: accepts a directory of this harness, and refuses anything else with a reason.

use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::{SqliteDirectory, failed};
use connector_host::files;
use connector_sync::directory::DirectoryError;

/// Marks a file as a directory of the harness: `elno` in ASCII (`PRAGMA application_id`).
const APPLICATION: i64 = 0x656c_6e6f;
/// What makes a file a directory, step by step; a file made by an earlier harness lacks the last ones. How many it has is
/// its `PRAGMA user_version`.
pub(super) const STEPS: [&str; 6] = [
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
];
/// How many steps a file has that has an identity.
const WITH_IDENTITY: usize = 2;
/// The schema this harness writes.
const SCHEMA: usize = STEPS.len();
/// How long a writer waits for another one: a run holds the file for less than this.
const BUSY: Duration = Duration::from_secs(5);

impl SqliteDirectory {
    /// Opens a directory to write, and creates it if there is no file.
    ///
    /// # Errors
    /// When the file or its folder cannot be written, or the file is not a directory of this harness.
    pub fn open(path: &Path) -> Result<Self, DirectoryError> {
        check_place(path)?;
        check_writable(path)?;
        // Made here and not by SQLite, which leaves its rights to the umask; the journal takes those of the file.
        make_private(path)
            .map_err(|error| DirectoryError::Unusable(format!("{} cannot be opened: {error}", path.display())))?;
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        if steps(&connection, path)? < SCHEMA {
            complete(&mut connection, path)?;
        }
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Opens a directory to write that must be there.
    ///
    /// # Errors
    /// As [`SqliteDirectory::open`], and when there is no file.
    pub fn open_existing(path: &Path) -> Result<Self, DirectoryError> {
        check_exists(path)?;
        Self::open(path)
    }

    /// Opens a directory to look at. Nothing can be written through it.
    ///
    /// The file is opened so that `SQLite` may undo what a killed run left half-written, which it must before reading. One
    /// made by an earlier harness is read from a completed copy in memory, and stays as it is.
    ///
    /// # Errors
    /// When there is no file, or it is not a directory of this harness.
    pub fn open_read_only(path: &Path) -> Result<Self, DirectoryError> {
        check_exists(path)?;
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        match steps(&connection, path)? {
            0 => unusable(format!("{} is empty; import accounts into it first, or sync", path.display())),
            SCHEMA => {
                connection.pragma_update(None, "query_only", true).map_err(failed)?;
                Ok(Self { connection, path: path.to_owned() })
            }
            _ => Self::in_memory(path, |memory| {
                Backup::new(&connection, memory)?.run_to_completion(i32::MAX, Duration::ZERO, None)
            }),
        }
    }

    /// Opens a directory for a dry run, which neither makes nor changes a file (rule S22): without one, or with an empty
    /// one, it is an empty directory in memory.
    ///
    /// # Errors
    /// When the file is not a directory of this harness, or its folder does not exist.
    pub fn open_for_dry_run(path: &Path) -> Result<Self, DirectoryError> {
        check_place(path)?;
        if std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
            return Self::open_read_only(path);
        }
        Self::in_memory(path, |_| Ok(()))
    }

    /// A directory to look at that is gone afterwards. It has the identity of the file it is a copy of, if that has one, so
    /// that a plan for it has the hash that it has for the file.
    fn in_memory(
        path: &Path,
        fill: impl FnOnce(&mut Connection) -> rusqlite::Result<()>,
    ) -> Result<Self, DirectoryError> {
        let mut connection = Connection::open_in_memory().map_err(failed)?;
        fill(&mut connection).map_err(failed)?;
        let is_known = steps(&connection, path)? >= WITH_IDENTITY;
        complete(&mut connection, path)?;
        if !is_known {
            connection.execute_batch("DELETE FROM identity").map_err(failed)?;
        }
        connection.pragma_update(None, "query_only", true).map_err(failed)?;
        Ok(Self { connection, path: path.to_owned() })
    }
}

fn unusable<T>(message: String) -> Result<T, DirectoryError> {
    Err(DirectoryError::Unusable(message))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes the file, or takes it from everybody else. One that is there is not opened for that: closing it would take away the
/// locks that another of this process' connections holds.
fn make_private(path: &Path) -> std::io::Result<()> {
    let Ok(metadata) = std::fs::metadata(path) else { return files::open_private(path).map(drop) };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700))?;
        }
    }
    #[cfg(not(unix))]
    drop(metadata);
    Ok(())
}

fn check_place(path: &Path) -> Result<(), DirectoryError> {
    let folder = folder_of(path);
    if path.is_dir() {
        return unusable(format!("{} is a folder; name a file in it, such as acme.db", path.display()));
    }
    if std::fs::symlink_metadata(path).is_ok_and(|file| file.is_symlink()) && !path.exists() {
        return unusable(format!("{} is a broken link; name the file itself", path.display()));
    }
    if std::fs::metadata(path).is_ok_and(|file| !file.is_file()) {
        return unusable(format!("{} is not a regular file; name one, such as acme.db", path.display()));
    }
    if !folder.is_dir() {
        return unusable(format!(
            "the folder {} does not exist; create it, or name a file in another one",
            folder.display()
        ));
    }
    Ok(())
}

fn check_exists(path: &Path) -> Result<(), DirectoryError> {
    check_place(path)?;
    if path.exists() {
        return Ok(());
    }
    unusable(format!("the directory {} does not exist; import accounts into it first, or sync", path.display()))
}

/// By the permission bits: a privileged user could write anyway, but the person who set them did not want that.
fn check_writable(path: &Path) -> Result<(), DirectoryError> {
    let is_read_only = |path: &Path| std::fs::metadata(path).is_ok_and(|file| file.permissions().readonly());
    if is_read_only(path) {
        return unusable(format!("{} is read-only; make it writable, or name another file", path.display()));
    }
    let folder = folder_of(path);
    if is_read_only(folder) {
        return unusable(format!(
            "the folder {} is read-only, and the directory's journal is written there; make it writable",
            folder.display()
        ));
    }
    Ok(())
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, DirectoryError> {
    let open = || -> rusqlite::Result<Connection> {
        // Without SQLITE_OPEN_URI: a path is a path, even one that starts with `file:`.
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(32);
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "trusted_schema", false)?;
        Ok(connection)
    };
    open().map_err(|error| explain(&error, path))
}

/// How many of the [`STEPS`] the file has, none for an empty one; a file that is not ours is refused.
fn steps(connection: &Connection, path: &Path) -> Result<usize, DirectoryError> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    // Read as of one moment: another process may be making the file just now.
    let read = || -> rusqlite::Result<(i64, i64, i64)> {
        connection.execute_batch("SAVEPOINT look")?;
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let seen = (number("application_id")?, number("user_version")?, tables);
        connection.execute_batch("RELEASE look")?;
        Ok(seen)
    };
    match read().map_err(|error| explain(&error, path))? {
        (0, 0, 0) => Ok(0),
        (APPLICATION, version @ 1.., _) => match usize::try_from(version) {
            Ok(version) if version <= SCHEMA => Ok(version),
            _ => unusable(format!(
                "{} was written by a newer harness (schema {version}, but this one supports up to {SCHEMA}); use the newer harness",
                path.display()
            )),
        },
        (APPLICATION, version, _) => {
            unusable(format!("{} has schema {version}, which does not exist; restore it from a copy", path.display()))
        }
        _ => unusable(format!(
            "{} is the database of another application; name another file for the directory",
            path.display()
        )),
    }
}

/// Makes what is missing, unless another process was faster.
fn complete(connection: &mut Connection, path: &Path) -> Result<(), DirectoryError> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|error| explain(&error, path))?;
    let there = steps(&transaction, path)?;
    let make = || -> rusqlite::Result<()> {
        STEPS.iter().skip(there).try_for_each(|step| transaction.execute_batch(step))?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", i64::try_from(SCHEMA).unwrap_or(i64::MAX))
    };
    make().map_err(|error| explain(&error, path))?;
    transaction.commit().map_err(|error| explain(&error, path))
}

fn explain(error: &rusqlite::Error, path: &Path) -> DirectoryError {
    let path = path.display();
    let (what, remedy) = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => ("is not a SQLite database", "name another file, or move this one away"),
        Some(ErrorCode::DatabaseCorrupt) => ("is damaged", "restore it from a copy, or start with a new file"),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            ("cannot be opened", "check the owner and the permissions of the file and its folder")
        }
        Some(ErrorCode::ReadOnly) => ("is read-only", "make the file and its folder writable"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ("is in use by another run", "wait until that one is done, then start again")
        }
        _ => return DirectoryError::Unusable(format!("{path} cannot be used: {error}")),
    };
    DirectoryError::Unusable(format!("{path} {what}; {remedy}"))
}
