//! A plan on disk, between `harness plan` and `harness apply`.
//!
//! The file holds personal data: what is to be written has to be in it. It is made readable by its owner alone. Anybody who
//! can write it can write a matching hash, so the file itself is not trusted: the directory remembers each plan that it
//! [issues](PlanFile::issue), by the plan's hash and a seal over the whole file, and applies no other and none twice
//! ([`plan_check`](crate::plan_check)). The checks here come first and say more exactly what is wrong.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::directory::{Directory, DirectoryError};
use crate::hash;
use crate::run::{Failure, ReadSummary, RunReport};
use connector_host::contract::Plan;
use connector_host::files::{self, ReadError};

/// The format this version writes: readers take any minor version of their own major version.
const FORMAT: &str = "2.0";
/// The major version.
const MAJOR: u64 = 2;
/// What a seal is of, and in which form.
const SEAL: &str = "elearnio-saved-plan-1";
/// The largest plan, in bytes.
const LARGEST: u64 = 1 << 30;

/// A saved plan.
#[derive(Serialize, Deserialize)]
pub struct PlanFile {
    /// `major.minor`; a newer major version is refused.
    pub format_version: String,
    /// The tenant's integration name.
    pub tenant: String,
    /// The directory it was planned against, by its ID. None for one that is not kept: such a plan is applied nowhere.
    pub directory: Option<String>,
    /// When the source was read.
    pub planned: Timestamp,
    /// The plan's hash.
    pub hash: String,
    /// Pages read.
    pub pages: u64,
    /// Records read.
    pub employees: u64,
    /// What the source says there are.
    pub total: Option<u64>,
    /// Why the read ended early, if it did.
    pub stopped: Option<Failure>,
    /// Display names by employee ID, for the mail.
    pub names: BTreeMap<String, String>,
    /// The plan.
    pub plan: Plan,
}

/// What a directory remembers of a plan that it issued: no person, and no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedPlan {
    /// The plan's hash, which an approval names.
    pub hash: String,
    /// The seal of the whole saved plan.
    pub seal: String,
    /// The tenant's integration name.
    pub tenant: String,
}

/// Why a saved plan cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanFileError {
    /// The file cannot be read or written.
    #[error("{path}: {why}")]
    Io {
        /// Which file.
        path: String,
        /// Why.
        why: String,
    },
    /// Not a saved plan.
    #[error("{path} is not a saved plan: {why}; write one with: harness plan --save FILE")]
    Malformed {
        /// Which file.
        path: String,
        /// Where, never what.
        why: String,
    },
    /// From a later version.
    #[error("{path} has format {found}, but this harness reads {FORMAT}; use the harness that wrote it")]
    Newer {
        /// Which file.
        path: String,
        /// Its format.
        found: String,
    },
    /// From an earlier version, whose plans no directory remembers.
    #[error(
        "{path} was saved by an earlier harness (format {found}), and its plans can no longer be applied; plan again"
    )]
    Older {
        /// Which file.
        path: String,
        /// Its format.
        found: String,
    },
    /// Made for no directory that is kept.
    #[error("{path} was planned without a directory, so it cannot be applied; plan again with --directory")]
    NoDirectory {
        /// Which file.
        path: String,
    },
    /// Made for another directory.
    #[error(
        "{path} is a plan for directory {planned}, but this is directory {actual}; name the directory it was made for, or plan again"
    )]
    OtherDirectory {
        /// Which file.
        path: String,
        /// The directory it was made for.
        planned: String,
        /// The directory it was to be applied to.
        actual: String,
    },
    /// The directory cannot be asked which one it is.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// Changed by hand.
    #[error("{path} should hold plan {said}, but holds plan {actual}: it was changed after it was saved; plan again")]
    Changed {
        /// Which file.
        path: String,
        /// The hash in it.
        said: String,
        /// The hash it has.
        actual: String,
    },
}

/// How every saved plan begins.
const BEGINNING: &[u8] = b"{\n  \"format_version\"";

/// Sees to it that a plan may be written here.
fn check_vacant(path: &Path) -> Result<(), PlanFileError> {
    let refuse = |why: String| Err(PlanFileError::Io { path: path.display().to_string(), why });
    match files::begins_with(path, BEGINNING) {
        Ok(true) => Ok(()),
        Ok(false) => refuse("something else than a saved plan is there; name another file".to_owned()),
        Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => refuse(format!("cannot be written: {error}; name another file")),
    }
}

#[derive(Deserialize)]
struct Version {
    format_version: String,
}

impl PlanFile {
    /// The plan of a prepared run, if it came to one, and the ID of the directory it was planned against.
    #[must_use]
    pub fn of(report: &RunReport, directory: Option<String>) -> Option<Self> {
        Some(Self {
            format_version: FORMAT.to_owned(),
            tenant: report.tenant.clone(),
            directory,
            planned: report.started,
            hash: report.plan_hash.clone()?,
            pages: report.read.pages,
            employees: report.read.employees,
            total: report.read.total,
            stopped: report.read.stopped.clone(),
            names: report.names.clone(),
            plan: report.plan.clone()?,
        })
    }

    /// A hash over everything in the file, names and figures too: what a person is shown of a plan is what was planned.
    #[must_use]
    pub fn seal(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(SEAL);
        // Plain data, and its only map is sorted: serde_json writes the same bytes for the same plan, and cannot fail on it.
        hash.update(serde_json::to_vec(self).unwrap_or_default());
        hex::encode(hash.finalize())
    }

    /// What its directory remembers of it.
    fn issued(&self) -> IssuedPlan {
        IssuedPlan { hash: self.hash.clone(), seal: self.seal(), tenant: self.tenant.clone() }
    }

    /// Has the directory remember the plan, so that it can be applied there, once. To be called before the file goes
    /// anywhere.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub async fn issue(&self, directory: &mut dyn Directory) -> Result<(), DirectoryError> {
        let mut transaction = directory.begin().await?;
        transaction.issue(&self.issued(), self.planned).await?;
        transaction.commit().await
    }

    /// Writes the file whole or not at all, readable by its owner alone. An earlier plan may be there, and nothing else: a
    /// directory of accounts or a settings file would be lost.
    ///
    /// # Errors
    /// When it cannot be written, or something else than a saved plan is there.
    pub fn save(&self, path: &Path) -> Result<(), PlanFileError> {
        check_vacant(path)?;
        files::write_with(path, |file| {
            serde_json::to_writer_pretty(&mut *file, self)?;
            file.write_all(b"\n")
        })
        .map_err(|error| PlanFileError::Io {
            path: path.display().to_string(),
            why: format!("cannot be written: {error}"),
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is of a newer format, or was changed.
    pub fn load(path: &Path) -> Result<Self, PlanFileError> {
        let name = || path.display().to_string();
        let text = files::read_text(path, LARGEST)
            .map_err(|error| PlanFileError::Io { path: name(), why: format!("cannot be read: {error}") })?;
        // serde_json's words can quote a value; its place cannot.
        let malformed = |error: serde_json::Error| PlanFileError::Malformed {
            path: name(),
            why: format!("line {}, column {}", error.line(), error.column()),
        };
        let Version { format_version } = serde_json::from_str(&text).map_err(malformed)?;
        match format_version.split('.').next().and_then(|major| major.parse::<u64>().ok()) {
            Some(MAJOR) => {}
            Some(..MAJOR) => return Err(PlanFileError::Older { path: name(), found: format_version }),
            _ => return Err(PlanFileError::Newer { path: name(), found: format_version }),
        }
        let file: Self = serde_json::from_str(&text).map_err(malformed)?;
        let actual = hash::of(&file.plan, &file.tenant, file.directory.as_deref());
        if actual != file.hash {
            return Err(PlanFileError::Changed { path: name(), said: file.hash, actual });
        }
        Ok(file)
    }

    /// Refuses another directory than the one it was planned against, with both their IDs. That the directory did issue it is
    /// checked when it is applied.
    ///
    /// # Errors
    /// When the directory is another, or cannot be read.
    pub async fn check_directory(&self, path: &Path, directory: &mut dyn Directory) -> Result<(), PlanFileError> {
        let path = path.display().to_string();
        let Some(planned) = self.directory.clone() else { return Err(PlanFileError::NoDirectory { path }) };
        match directory.id().await? {
            Some(actual) if actual != planned => Err(PlanFileError::OtherDirectory { path, planned, actual }),
            _ => Ok(()),
        }
    }

    /// The run that applies it: [`finish`](crate::finish) asks the directory whether it issued it.
    #[must_use]
    pub fn into_report(self, started: Timestamp) -> RunReport {
        let mut report = RunReport::blank(&self.tenant, started);
        report.seal = Some(self.seal());
        report.read = ReadSummary {
            pages: self.pages,
            employees: self.employees,
            total: self.total,
            stopped: self.stopped,
            // The plan's own.
            complete: self.plan.complete,
        };
        report.names = self.names;
        report.take_plan(self.plan, self.hash);
        report
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::samples;

    /// A saved plan whose hash is its own.
    fn file() -> PlanFile {
        let mut file = PlanFile::of(&samples::conflicts(), Some("d1".to_owned())).unwrap();
        file.hash = hash::of(&file.plan, &file.tenant, file.directory.as_deref());
        file
    }

    #[test]
    fn s17_a_saved_plan_says_why_its_read_ended_early() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        file().save(&path).unwrap();
        let read = PlanFile::load(&path).unwrap().into_report(Timestamp::UNIX_EPOCH).read;
        assert_eq!(read, samples::conflicts().read);
    }

    #[test]
    fn s19_a_seal_is_of_the_whole_file_and_outlives_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        file().save(&path).unwrap();
        let seal = file().seal();
        assert_eq!(PlanFile::load(&path).unwrap().seal(), seal);
        let edits: [fn(&mut PlanFile); 7] = [
            |file| file.tenant.push('x'),
            |file| file.directory = None,
            |file| file.planned = Timestamp::UNIX_EPOCH,
            |file| file.employees += 1,
            |file| file.stopped = None,
            |file| drop(file.names.pop_first()),
            |file| drop(file.plan.notices.pop()),
        ];
        for (number, edit) in edits.into_iter().enumerate() {
            let mut file = file();
            edit(&mut file);
            assert_ne!(file.seal(), seal, "edit {number}");
        }
    }

    #[test]
    fn a_plan_of_another_format_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        for (format, words) in [
            ("1.1", "was saved by an earlier harness (format 1.1), and its plans can no longer be applied; plan again"),
            ("3.0", "has format 3.0, but this harness reads 2.0; use the harness that wrote it"),
            ("x", "has format x, but this harness reads 2.0; use the harness that wrote it"),
        ] {
            let mut json = serde_json::to_value(file()).unwrap();
            json["format_version"] = format.into();
            std::fs::write(&path, json.to_string()).unwrap();
            let told = PlanFile::load(&path).err().unwrap().to_string();
            assert_eq!(told, format!("{} {words}", path.display()));
        }
    }
}
