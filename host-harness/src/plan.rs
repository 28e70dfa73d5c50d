//! `harness plan`: reads and plans. It writes nothing, unless the plan is saved: then the plan's file, and in the directory a
//! note that it issued that plan.

use std::path::PathBuf;

use jiff::Timestamp;

use super::command_line::CommandLine;
use super::exit::{CliError, Exit};
use super::output::{self, Format};
use super::setup::Run;
use super::terminal;
use connector_settings::file::SettingsFile;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::directory::{Directory as _, DirectoryError};
use connector_sync::plan_file::PlanFile;
use connector_sync::sleeper::TokioSleeper;
use connector_sync::{self as sync, SyncContext};

/// The options of `harness plan`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    run: Run,
    /// The directory of accounts, a database file. It is only read, unless --save is given: then it remembers the plan, and is
    /// created if it does not exist.
    #[arg(long, value_name = "FILE")]
    directory: PathBuf,
    /// Save the plan to this file, so that `harness apply` can apply it to this directory, once. The file contains personal
    /// data: protect it as you protect the directory.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// How to print the plan.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs it.
///
/// # Errors
/// What keeps the plan from being made or saved.
pub async fn run(args: Args) -> Result<Exit, CliError> {
    let started = Timestamp::now();
    let file = SettingsFile::open(&args.run.settings)?;
    let connector = args.run.load(&file).await?;
    let settings = file.settings_for(connector.description())?;
    let mut directory = args.open()?;
    let mut ready = args.run.start(&connector, &settings).await?;
    let progress = terminal::watcher();
    let context =
        SyncContext { tenant: &mut ready.tenant, settings: &settings, progress: &*progress, sleeper: &TokioSleeper };
    let mut report = sync::prepare(context, &mut directory, started).await?;
    report.dry_run = true;
    drop(progress);
    output::approvable(&report, args.format, &args.approval())?;
    if let Some(replay) = &ready.replay {
        output::recording(replay);
    }
    if let (Some(path), Some(plan)) = (&args.save, PlanFile::of(&report, directory.id().await?)) {
        // First the directory: a plan that it does not remember could not be applied.
        plan.issue(&mut directory).await?;
        plan.save(path).map_err(|error| CliError::Failed(error.to_string()))?;
        anstream::eprintln!("plan saved to {}", path.display());
    }
    Ok((&report).into())
}

impl Args {
    /// To be read only, or to remember a plan: then it is created if it does not exist, as by a sync.
    fn open(&self) -> Result<SqliteDirectory, DirectoryError> {
        if self.save.is_some() {
            return SqliteDirectory::open(&self.directory);
        }
        SqliteDirectory::open_for_dry_run(&self.directory)
    }

    /// What approves the plan: applying it as it was saved, else a sync that comes to the same plan.
    fn approval(&self) -> CommandLine {
        let typed = CommandLine::now();
        let Some(plan) = &self.save else { return typed.verb("sync") };
        let [plan, settings, directory] =
            [plan, &self.run.settings, &self.directory].map(|path| path.display().to_string());
        typed.instead(["apply", &plan, "--settings", &settings, "--directory", &directory])
    }
}
