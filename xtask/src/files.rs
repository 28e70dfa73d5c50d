//! Writing files so that nobody ever sees half of one, emptying folders, and checksums.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell;

/// Writes a file in one step, unless it already holds these bytes; true if it was written.
///
/// An unchanged file keeps its time, so nothing that depends on it is done again.
///
/// # Errors
/// When the file or its folder cannot be written; the error names it.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(false);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&beside, bytes)?;
        fs::rename(&beside, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))?;
    Ok(true)
}

/// Makes a folder that holds nothing, whatever was there.
///
/// # Errors
/// When it cannot be emptied or made; the error names it.
pub fn empty_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    }
    .with_context(|| format!("cannot empty {}", folder.display()))
}

/// A line that `sha256sum --check` reads, by the program for it that is there: to compile one would cost everybody who
/// builds the chores more than this one is worth.
///
/// # Errors
/// When there is no such program, or no such file.
pub fn checksum(folder: &Path, name: &str) -> Result<String> {
    let linux = shell::output(Command::new("sha256sum").arg(name).current_dir(folder));
    linux
        .or_else(|_| shell::output(Command::new("shasum").args(["-a", "256", name]).current_dir(folder)))
        .context("a checksum needs `sha256sum` or `shasum`")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn writes_once_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/personio.wasm");
        assert!(write_if_changed(&path, b"one").expect("written"));
        assert!(!write_if_changed(&path, b"one").expect("kept"));
        assert!(write_if_changed(&path, b"two").expect("written again"));
        assert_eq!(fs::read(&path).expect("it is there"), b"two");
        assert_eq!(fs::read_dir(folder.path().join("new")).expect("its folder").count(), 1);
    }

    #[test]
    fn a_failure_names_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("file"), "").expect("a file");
        let error = write_if_changed(&folder.path().join("file/personio.wasm"), b"one").expect_err("no folder");
        assert!(error.to_string().contains("file/personio.wasm"), "{error}");
    }

    #[test]
    fn a_folder_is_emptied_whether_it_was_there_or_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let demo = folder.path().join("demo");
        empty_folder(&demo).expect("it need not be there");
        fs::write(demo.join("acme.db"), "old").expect("a left-over");
        empty_folder(&demo).expect("emptied");
        assert_eq!(fs::read_dir(&demo).expect("it is there").count(), 0);
    }
}
