//! The log in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use connector_host::files;

use super::{AuditError, Entry, START};

fn failed(path: &Path, what: String) -> AuditError {
    AuditError { log: path.display().to_string(), what, is_full: false }
}

struct Writer {
    file: File,
    length: u64,
    number: u64,
    hash: String,
}

/// The file, open for writing.
pub struct Log {
    path: PathBuf,
    writer: Mutex<Writer>,
}

impl Log {
    /// Opens the log, and makes it if it is not there. A last line that was cut off by a crash is taken away.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        let what = |error: io::Error| format!("cannot be used: {error}");
        let failed = |error| failed(path, what(error));
        files::open_private(path).map_err(failed)?;
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(failed)?;
        let (mut number, mut hash, mut whole) = (0, START.to_owned(), 0);
        let mut reader = BufReader::new(&file);
        let mut line = String::new();
        loop {
            line.clear();
            let read = reader.read_line(&mut line).map_err(failed)?;
            if read == 0 || !line.ends_with('\n') {
                break;
            }
            whole += read as u64;
            if let Ok(entry) = serde_json::from_str::<Entry>(&line) {
                (number, hash) = (entry.number, entry.hash);
            }
        }
        file.set_len(whole).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { path: path.to_owned(), writer: Mutex::new(Writer { file, length: whole, number, hash }) })
    }

    /// The hash of the last entry.
    #[must_use]
    pub fn last_hash(&self) -> String {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).hash.clone()
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(
        &self,
        at: &str,
        who: &str,
        tenant: Option<&str>,
        action: &str,
        subject: &str,
    ) -> Result<(), AuditError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let last = (writer.number, writer.hash.clone());
        let entry = Entry::after(last, at.to_owned(), who, tenant, action, subject);
        // Plain data: this cannot fail.
        let line = serde_json::to_string(&entry).unwrap_or_default() + "\n";
        let length = writer.length;
        let written = writer.file.write_all(line.as_bytes()).and_then(|()| writer.file.sync_data());
        if let Err(error) = written {
            // Half a line would break the chain for the next entry. If this fails too, the next start takes it away.
            let _ = writer.file.set_len(length);
            let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge);
            return Err(AuditError { is_full, ..failed(&self.path, format!("cannot be written: {error}")) });
        }
        (writer.number, writer.hash) = (entry.number, entry.hash);
        writer.length = length + line.len() as u64;
        Ok(())
    }

    /// Every entry, oldest first, and the number of the first that does not fit the one before; none if all do.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self) -> Result<(Vec<Entry>, Option<u64>), AuditError> {
        read(&self.path)
    }
}

/// Reads a log and checks its chain.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<(Vec<Entry>, Option<u64>), AuditError> {
    let what = |error: io::Error| format!("cannot be read: {error}");
    let failed = |error| failed(path, what(error));
    let (mut entries, mut broken, mut before) = (Vec::new(), None, START.to_owned());
    for (number, line) in (1_u64..).zip(BufReader::new(File::open(path).map_err(failed)?).lines()) {
        let entry = serde_json::from_str::<Entry>(&line.map_err(failed)?);
        let fits = entry.as_ref().is_ok_and(|entry| entry.fits(number, &before));
        if !fits && broken.is_none() {
            broken = Some(number);
        }
        if let Ok(entry) = entry {
            before.clone_from(&entry.hash);
            entries.push(entry);
        }
    }
    Ok((entries, broken))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use std::fs;

    use super::*;

    const DAY: &str = "2026-11-27T10:00:00Z";

    fn log(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("audit.jsonl");
        let audit = Log::open(&path).unwrap();
        for subject in ["a", "b", "c"] {
            audit.add(DAY, "admin@acme.example", Some("acme"), "integration.create", subject).unwrap();
        }
        path
    }

    #[test]
    fn a_line_that_is_changed_taken_out_or_put_in_breaks_the_chain() {
        let folder = tempfile::tempdir().unwrap();
        let path = log(&folder);
        assert_eq!(read(&path).unwrap().1, None);
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let with = |lines: &[&str]| {
            fs::write(&path, lines.join("\n") + "\n").unwrap();
            read(&path).unwrap().1
        };
        assert_eq!(with(&[lines[0], &lines[1].replace("\"b\"", "\"x\""), lines[2]]), Some(2));
        assert_eq!(with(&[lines[0], lines[2]]), Some(2));
        assert_eq!(with(&[lines[0], lines[1], lines[1], lines[2]]), Some(3));
        assert_eq!(with(&[lines[0], "not JSON", lines[1]]), Some(2));
        assert_eq!(with(&lines), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_entry_that_cannot_be_written_is_none_and_says_when_the_disk_is_full() {
        let folder = tempfile::tempdir().unwrap();
        let path = log(&folder);
        let audit = Log::open(&path).unwrap();
        let whole = audit.writer.lock().unwrap().file.try_clone().unwrap();
        // A device that is always full takes the file's place.
        audit.writer.lock().unwrap().file = OpenOptions::new().append(true).open("/dev/full").unwrap();
        let error = audit.add(DAY, "service", None, "service.start", "").unwrap_err();
        assert!(error.is_full && error.to_string().contains("cannot be written"), "{error}");
        audit.writer.lock().unwrap().file = whole;
        audit.add(DAY, "service", None, "service.start", "").unwrap();
        let (entries, broken) = read(&path).unwrap();
        assert_eq!((entries.len(), broken), (4, None));
    }

    #[test]
    fn the_chain_goes_on_after_a_restart_and_after_a_line_that_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = log(&folder);
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("{\"number\":4,\"at\":\"20");
        fs::write(&path, text).unwrap();
        Log::open(&path).unwrap().add(DAY, "service", None, "service.start", "").unwrap();
        let (entries, broken) = read(&path).unwrap();
        assert_eq!((entries.len(), entries.last().unwrap().number, broken), (4, 4, None));
    }
}
