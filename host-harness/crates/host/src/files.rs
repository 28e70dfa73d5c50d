//! Reading and writing files, once for every crate.
//!
//! **Reading** takes regular files only and never more than a limit: a FIFO or `/dev/zero` in the place of a settings file
//! would hold or fill the process. The file is opened without blocking and judged by its descriptor, so that nothing can be
//! exchanged between the look and the read.
//!
//! **Writing** is whole or not at all, lasting when it returns, and readable by its owner alone: what is written here names
//! people. The bytes go to a file beside the target, are synced, and renamed; then the folder is synced, for the name itself.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// Why a file was not read. `Display` has no path: the caller knows what the file is for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The system says no.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A folder, a FIFO, a device or a socket.
    #[error("it is {0}, and only a regular file is read")]
    NotRegular(&'static str),
    /// More than the limit, in bytes.
    #[error("it is larger than {0} bytes, which is more than such a file has")]
    TooLarge(u64),
    /// Not UTF-8.
    #[error("it is not UTF-8 text")]
    NotText,
}

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// When it is not there, is not a regular file, or is larger.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(ReadError::NotRegular(kind(metadata.file_type())));
    }
    if metadata.len() > limit {
        return Err(ReadError::TooLarge(limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    // One byte more than allowed, since a file may grow while it is read.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(ReadError::TooLarge(limit)) } else { Ok(bytes) }
}

/// Whether a regular file begins with these bytes.
///
/// # Errors
/// When it is not there, or is not a regular file.
pub fn begins_with(path: &Path, bytes: &[u8]) -> Result<bool, ReadError> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(ReadError::NotRegular(kind(metadata.file_type())));
    }
    let mut beginning = Vec::with_capacity(bytes.len());
    file.take(bytes.len() as u64).read_to_end(&mut beginning)?;
    Ok(beginning == bytes)
}

/// Reads a regular file of at most `limit` bytes as text.
///
/// # Errors
/// As [`read`], and when it is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, ReadError> {
    String::from_utf8(read(path, limit)?).map_err(|_| ReadError::NotText)
}

/// Without waiting for a writer, should it be a FIFO.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(i32::try_from(flags.bits()).unwrap_or_default()).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

fn kind(of: std::fs::FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if of.is_fifo() {
            return "a FIFO";
        }
        if of.is_char_device() || of.is_block_device() {
            return "a device";
        }
        if of.is_socket() {
            return "a socket";
        }
    }
    if of.is_dir() { "a folder" } else { "not a file" }
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => error,
            other => Self::other(other),
        }
    }
}

/// Makes a folder, and those above it, of its owner alone, whatever the umask. One that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a folder with a name of its own, its owner's alone whatever the umask, which is removed when it is dropped; in the
/// system's folder for such, or in this one.
///
/// # Errors
/// When it cannot be made.
pub fn private_temporary_folder(prefix: &str, parent: Option<&Path>) -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    match parent {
        Some(parent) => builder.tempdir_in(parent),
        None => builder.tempdir(),
    }
}

/// Sees to it that nobody else has a hand in a folder: it is this user's and closed to all others, and nobody but this user and
/// the administrator can put another in its place.
///
/// # Errors
/// When somebody else could; the message names the folder, and what to do.
#[cfg(unix)]
pub fn check_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    const STICKY: u32 = 0o1000;
    let user = rustix::process::geteuid().as_raw();
    let wrong = |folder: &Path, what: &str| Err(io::Error::other(format!("{} {what}", folder.display())));
    let metadata = std::fs::symlink_metadata(folder)?;
    if !metadata.is_dir() || metadata.uid() != user {
        return wrong(folder, "is not a folder of this user's own; remove it");
    }
    if metadata.mode() & 0o077 != 0 {
        return wrong(folder, "is open to other users, who may have put something into it; remove it");
    }
    for above in folder.ancestors().skip(1) {
        let metadata = std::fs::metadata(above)?;
        let is_closed = metadata.mode() & 0o022 == 0 || metadata.mode() & STICKY != 0;
        if !is_closed || ![0, user].contains(&metadata.uid()) {
            return wrong(above, "can be changed by other users; take that right from them, or name another folder");
        }
    }
    Ok(())
}

/// Opens a regular file to write, and makes it if it is not there: its owner's alone from its first moment on, whatever the
/// umask. One that others could read or write is taken from them. It never waits, and a link is not followed.
///
/// # Errors
/// When it cannot be made or opened, is a link, or is not a regular file.
pub fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::NOFOLLOW;
        options.mode(0o600).custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(ReadError::NotRegular(kind(metadata.file_type())).into());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A umask may have taken the owner's own rights, and an older file may have granted others some.
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 || mode & 0o200 == 0 && metadata.len() == 0 {
            file.set_permissions(std::fs::Permissions::from_mode(mode & 0o700 | 0o600))?;
        }
    }
    Ok(file)
}

/// Writes a file whole or not at all, readable by its owner alone, and lasting when this returns. It takes the place of a regular
/// file, and of nothing else: not of a link, a device or a FIFO.
///
/// # Errors
/// When the folder cannot be written, or something else than a regular file is there; what was there before is still there.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// [`write()`], for what is written piece by piece.
///
/// # Errors
/// As [`write()`], and when `fill` fails.
pub fn write_with(path: &Path, fill: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
    let folder = folder_of(path);
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => {
            let kind = if there.is_symlink() { "a link" } else { kind(there.file_type()) };
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{kind} is there; name another file")));
        }
        _ => {}
    }
    let mut draft = draft(folder)?;
    fill(draft.as_file_mut())?;
    draft.as_file().sync_all()?;
    draft.persist(path)?;
    sync_folder(folder)
}

/// [`write()`], unless there is such a file: that one is left alone.
///
/// # Errors
/// As [`write()`], and [`io::ErrorKind::AlreadyExists`].
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut draft = draft(folder)?;
    draft.write_all(bytes)?;
    draft.as_file().sync_all()?;
    draft.persist_noclobber(path)?;
    sync_folder(folder)
}

/// The folder a file is in.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file is its owner's alone from its first byte on, whatever the umask.
fn draft(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(".new-").tempfile_in(folder)
}

/// Makes a new name in a folder lasting.
///
/// # Errors
/// When the folder cannot be opened.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened to be synced; the rename is all there is.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn a_regular_file_is_read_up_to_its_limit_and_not_past_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, b"12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(
            read(&path, 4).unwrap_err().to_string(),
            "it is larger than 4 bytes, which is more than such a file has"
        );
        write(&path, b"\xff").unwrap();
        assert_eq!(read_text(&path, 5).unwrap_err().to_string(), "it is not UTF-8 text");
        let refused = read(folder.path(), 5).unwrap_err().to_string();
        assert_eq!(refused, "it is a folder, and only a regular file is read");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside what was written");
    }

    #[cfg(unix)]
    #[test]
    fn what_never_ends_or_never_comes_is_refused_at_once() {
        let refused = read(Path::new("/dev/zero"), 5).unwrap_err().to_string();
        assert_eq!(refused, "it is a device, and only a regular file is read");
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert_eq!(read(&fifo, 5).unwrap_err().to_string(), "it is a FIFO, and only a regular file is read");
    }

    #[cfg(unix)]
    #[test]
    fn written_files_are_readable_by_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_new_file_takes_the_place_of_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_new(&path, b"one").unwrap();
        assert_eq!(write_new(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_write_that_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, b"one").unwrap();
        let failed = write_with(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("as planned"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
