//! How a command ends: one table of exit codes, and one error type for all commands.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use connector_cassette::cassette::CassetteError;
use connector_cassette::har::CaptureError;
use connector_cassette::record::RecordError;
use connector_host::sandbox::{GuestError, HostError};
use connector_mail::deliver::MailError;
use connector_settings::file::SettingsError;
use connector_sync::directory::DirectoryError;
use connector_sync::run::{Failure, RunReport, RunVerdict};

/// The table of exit codes, for `--help` and docs/command-line.md.
pub const TABLE: &str = "Exit codes:
  0  done
  1  failed: the message says what and why
  2  wrong usage or settings
  3  the plan needs approval or is blocked; nothing was written
  4  no check failed, but some could not be made
  5  nothing is known about this employee ID";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0.
    Done,
    /// 1.
    Failed,
    /// 2.
    Usage,
    /// 3.
    Held,
    /// 4.
    Incomplete,
    /// 5.
    NeverSeen,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Held => 3,
            Exit::Incomplete => 4,
            Exit::NeverSeen => 5,
        })
    }
}

impl From<RunVerdict> for Exit {
    fn from(verdict: RunVerdict) -> Self {
        match verdict {
            RunVerdict::Done | RunVerdict::Planned => Self::Done,
            RunVerdict::NeedsApproval | RunVerdict::Blocked => Self::Held,
            RunVerdict::Failed => Self::Failed,
        }
    }
}

impl From<&RunReport> for Exit {
    /// By the verdict; a run that failed because of nothing but its settings is a mistake in the settings, even if only the
    /// connector could find it.
    fn from(report: &RunReport) -> Self {
        match report.verdict {
            RunVerdict::Failed if !report.failures.is_empty() => Self::of_failures(&report.failures),
            verdict => verdict.into(),
        }
    }
}

impl Exit {
    /// By why a source could not be read, or nothing be planned.
    #[must_use]
    pub fn of_failures(failures: &[Failure]) -> Self {
        let is_setting = |failure: &Failure| failure.code.starts_with("setting-");
        if failures.iter().all(is_setting) { Self::Usage } else { Self::Failed }
    }
}

/// What keeps a command from its work.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The settings file is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The cassette is wrong.
    #[error(transparent)]
    Cassette(#[from] CassetteError),
    /// The directory cannot be used.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The file is not a component that this host can run.
    #[error("{}: {verdict}\n{remedy}", path.display(), remedy = .verdict.remedy())]
    Component {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        verdict: GuestError,
    },
    /// The component cannot be run.
    #[error("{0}\n{remedy}", remedy = .0.remedy())]
    Sandbox(#[from] GuestError),
    /// The sandbox cannot be set up.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The run is over, and its mails are not out.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// There is no cassette.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A capture cannot be taken over, or a cassette not given away.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// The command line's own: what and what to do.
    #[error("{0}")]
    Usage(String),
    /// Something on this machine.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// The exit code for it.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Settings(_) | Self::Usage(_) => Exit::Usage,
            Self::Cassette(_)
            | Self::Record(_)
            | Self::Capture(_)
            | Self::Directory(_)
            | Self::Component { .. }
            | Self::Sandbox(_)
            | Self::Host(_)
            | Self::Mail(_)
            | Self::Failed(_) => Exit::Failed,
        }
    }

    /// The verdict on a component that cannot be run: the tenant's admin is to hear of it (rule S26).
    #[must_use]
    pub const fn verdict(&self) -> Option<&GuestError> {
        match self {
            Self::Component { verdict, .. } | Self::Sandbox(verdict) => Some(verdict),
            _ => None,
        }
    }

    /// A verdict on a component, with the file it is about.
    #[must_use]
    pub fn of_component(path: &Path, verdict: GuestError) -> Self {
        match verdict {
            // It names the file itself.
            GuestError::Unreadable { .. } => Self::Sandbox(verdict),
            verdict => Self::Component { path: path.to_owned(), verdict },
        }
    }

    /// An error of the operating system.
    #[must_use]
    #[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
    pub fn from_io(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
