//! The options of every command that applies a plan: whether it writes, what approves it, where its mails go, and how the
//! run is printed.

use std::path::PathBuf;

use super::output::Format;
use connector_sync::Options;

/// How a plan is applied and reported.
#[derive(clap::Args)]
pub struct Applying {
    /// The folder mails are written to, unless the settings name a mail server.
    #[arg(long, value_name = "DIR", default_value = "outbox")]
    pub outbox: PathBuf,
    /// Write nothing and send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// How to print the run.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Approve the one plan with this hash, if a guard holds it back.
    #[arg(long, value_name = "HASH")]
    pub approve: Option<String>,
}

impl Applying {
    /// What is asked of the sync.
    #[must_use]
    pub fn options(&self) -> Options {
        Options { dry_run: self.dry_run, approve: self.approve.clone() }
    }
}
