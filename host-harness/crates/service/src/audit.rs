//! The audit log: every change of state, by whom, as JSON lines, each with the hash of the one before.
//!
//! A line that is changed, taken out or put in breaks the chain from there on. Lines at the end can be cut off unseen by the file
//! alone; the hash of the last one is logged at each start, so that a copy of the logs shows it. A table of the database was rejected:
//! a user who can change a row can change the row that says so, and a file can be shipped line by line as it grows.
//!
//! The log names users by their address, since that is its purpose; of employees it has IDs at most.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use connector_host::files;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The hash before the first entry.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry. No `Debug`: it names a user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// When: UTC, RFC 3339.
    pub at: String,
    /// Who: an address, or `service`.
    pub who: String,
    /// In which tenant.
    pub tenant: Option<String>,
    /// What: `integration.create`.
    pub action: String,
    /// What it was done to: an identifier.
    pub subject: String,
    /// The hash of the entry before.
    pub before: String,
    /// The hash of this entry, over all of the above.
    pub hash: String,
}

impl Entry {
    fn own_hash(&self) -> String {
        let mut hash = Sha256::new();
        let number = self.number.to_string();
        let tenant = self.tenant.as_deref().unwrap_or("-");
        for part in [&self.before, &number, &self.at, &self.who, tenant, &self.action, &self.subject] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex::encode(hash.finalize())
    }
}

/// Why the audit log cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the audit log {path} {what}")]
pub struct AuditError {
    path: PathBuf,
    what: String,
    /// Whether the disk is full.
    pub is_full: bool,
}

struct Writer {
    file: File,
    length: u64,
    number: u64,
    hash: String,
}

/// The log, open for writing.
pub struct Audit {
    path: PathBuf,
    writer: Mutex<Writer>,
}

impl Audit {
    /// Opens the log, and makes it if it is not there. A last line that was cut off by a crash is taken away.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        let what = |error: io::Error| format!("cannot be used: {error}");
        let failed = |error| AuditError { path: path.to_owned(), what: what(error), is_full: false };
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
    pub fn add(&self, who: &str, tenant: Option<&str>, action: &str, subject: &str) -> Result<(), AuditError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entry = Entry {
            number: writer.number + 1,
            at: Timestamp::now().to_string(),
            who: who.to_owned(),
            tenant: tenant.map(str::to_owned),
            action: action.to_owned(),
            subject: subject.to_owned(),
            before: writer.hash.clone(),
            hash: String::new(),
        };
        entry.hash = entry.own_hash();
        // Plain data: this cannot fail.
        let line = serde_json::to_string(&entry).unwrap_or_default() + "\n";
        let length = writer.length;
        let written = writer.file.write_all(line.as_bytes()).and_then(|()| writer.file.sync_data());
        if let Err(error) = written {
            // Half a line would break the chain for the next entry. If this fails too, the next start takes it away.
            let _ = writer.file.set_len(length);
            let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge);
            return Err(AuditError { path: self.path.clone(), what: format!("cannot be written: {error}"), is_full });
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
    let failed = |error| AuditError { path: path.to_owned(), what: what(error), is_full: false };
    let (mut entries, mut broken, mut before) = (Vec::new(), None, START.to_owned());
    for (number, line) in (1_u64..).zip(BufReader::new(File::open(path).map_err(failed)?).lines()) {
        let entry = serde_json::from_str::<Entry>(&line.map_err(failed)?);
        let fits = entry
            .as_ref()
            .is_ok_and(|entry| entry.number == number && entry.before == before && entry.hash == entry.own_hash());
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

    fn log(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("audit.jsonl");
        let audit = Audit::open(&path).unwrap();
        for subject in ["a", "b", "c"] {
            audit.add("admin@acme.example", Some("acme"), "integration.create", subject).unwrap();
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
        let audit = Audit::open(&path).unwrap();
        let whole = audit.writer.lock().unwrap().file.try_clone().unwrap();
        // A device that is always full takes the file's place.
        audit.writer.lock().unwrap().file = OpenOptions::new().append(true).open("/dev/full").unwrap();
        let error = audit.add("service", None, "service.start", "").unwrap_err();
        assert!(error.is_full && error.to_string().contains("cannot be written"), "{error}");
        audit.writer.lock().unwrap().file = whole;
        audit.add("service", None, "service.start", "").unwrap();
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
        Audit::open(&path).unwrap().add("service", None, "service.start", "").unwrap();
        let (entries, broken) = read(&path).unwrap();
        assert_eq!((entries.len(), entries.last().unwrap().number, broken), (4, 4, None));
    }
}
