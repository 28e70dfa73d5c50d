//! A plan on disk, between `harness plan` and `harness apply`.
//!
//! The file holds personal data: what is to be written has to be in it. It is made readable by its owner alone, and its
//! hash is checked when it is read, so that nobody approves one plan and applies another.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::directory::{Directory, DirectoryError};
use crate::hash;
use crate::run::{Failure, ReadSummary, RunReport};
use connector_host::contract::Plan;
use connector_host::files;

/// The format this version writes: readers take any minor version of their own major version.
const FORMAT: &str = "1.1";
/// The largest plan, in bytes.
const LARGEST: u64 = 1 << 30;

/// A saved plan.
#[derive(Serialize, Deserialize)]
pub struct PlanFile {
    /// `major.minor`; a newer major version is refused.
    pub format_version: String,
    /// The tenant's integration name.
    pub tenant: String,
    /// The directory it was planned against, by its ID; none for one that was not kept, and in format 1.0.
    #[serde(default)]
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
    /// Why the read ended early, if it did; missing in format 1.0.
    #[serde(default)]
    pub stopped: Option<Failure>,
    /// Display names by employee ID, for the mail.
    pub names: BTreeMap<String, String>,
    /// The plan.
    pub plan: Plan,
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
        /// The hash it bears.
        said: String,
        /// The hash it has.
        actual: String,
    },
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

    /// Writes the file whole or not at all, readable by its owner alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), PlanFileError> {
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
        let major = |version: &str| version.split('.').next().and_then(|major| major.parse::<u64>().ok());
        if major(&format_version) != major(FORMAT) {
            return Err(PlanFileError::Newer { path: name(), found: format_version });
        }
        let file: Self = serde_json::from_str(&text).map_err(malformed)?;
        let actual = hash::of(&file.plan);
        if actual != file.hash {
            return Err(PlanFileError::Changed { path: name(), said: file.hash, actual });
        }
        Ok(file)
    }

    /// Refuses another directory than the one it was planned against: account IDs and versions may agree by chance.
    ///
    /// # Errors
    /// When the directory is another, or cannot be read.
    pub async fn check_directory(&self, path: &Path, directory: &mut dyn Directory) -> Result<(), PlanFileError> {
        let actual = directory.id().await?;
        match (&self.directory, actual) {
            (Some(planned), Some(actual)) if *planned != actual => Err(PlanFileError::OtherDirectory {
                path: path.display().to_string(),
                planned: planned.clone(),
                actual,
            }),
            _ => Ok(()),
        }
    }

    /// The run that applies it.
    #[must_use]
    pub fn into_report(self, started: Timestamp) -> RunReport {
        let mut report = RunReport::blank(&self.tenant, started);
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
        file.hash = hash::of(&file.plan);
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
    fn a_plan_of_the_first_format_is_still_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        let mut json = serde_json::to_value(file()).unwrap();
        json["format_version"] = "1.0".into();
        for later in ["directory", "stopped"] {
            json.as_object_mut().unwrap().remove(later);
        }
        std::fs::write(&path, json.to_string()).unwrap();
        let old = PlanFile::load(&path).unwrap();
        assert_eq!((old.directory, old.stopped), (None, None));
    }
}
