//! `harness apply`: applies a plan that this directory issued when it was saved, once (rules S19 and S21).

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::applying::Applying;
use super::command_line::CommandLine;
use super::exit::{CliError, Exit};
use super::lock::lock;
use super::mailing;
use super::output;
use super::terminal;
use connector_mail::TenantMails;
use connector_settings::file;
use connector_store::sqlite::SqliteDirectory;
use connector_sync as sync;
use connector_sync::directory::DirectoryError;
use connector_sync::plan_file::PlanFile;

/// The options of `harness apply`.
#[derive(clap::Args)]
pub struct Args {
    /// The plan, a file from `harness plan --save`.
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// The tenant's settings file (TOML).
    #[arg(long, value_name = "FILE")]
    settings: PathBuf,
    /// The directory of accounts, a database file.
    #[arg(long, value_name = "FILE")]
    directory: PathBuf,
    #[command(flatten)]
    applying: Applying,
}

/// Runs it.
///
/// # Errors
/// What keeps the plan from being read or applied, or its mails from going out.
pub async fn run(args: Args) -> Result<Exit, CliError> {
    let settings = file::load(&args.settings)?;
    let plan = PlanFile::load(&args.plan).map_err(|error| CliError::Usage(error.to_string()))?;
    if plan.tenant != settings.connector.name {
        return Err(CliError::Usage(format!(
            "{} is a plan for \"{}\", but the settings are for \"{}\"; use that tenant's settings",
            args.plan.display(),
            plan.tenant,
            settings.connector.name
        )));
    }
    let mut directory = if args.applying.dry_run {
        SqliteDirectory::open_for_dry_run(&args.directory)?
    } else {
        SqliteDirectory::open_existing(&args.directory)?
    };
    let lock = lock(&args.directory, args.applying.dry_run)?;
    plan.check_directory(&args.plan, &mut directory).await.map_err(|error| CliError::Usage(error.to_string()))?;
    let options = args.applying.options();
    let progress = terminal::silent();
    let mails = TenantMails::new(&settings);
    let report = plan.into_report(Timestamp::now());
    let finished = sync::finish(report, &mut directory, &mails, &options, &*progress).await;
    let report = finished.map_err(|error| refused(&args.plan, error))?;
    output::approvable(&report, args.applying.format, &CommandLine::now().for_approval())?;
    if !options.dry_run {
        mailing::flush(&mut directory, &args.directory, lock, &settings, &args.applying.outbox).await?;
    }
    Ok((&report).into())
}

/// A plan that the directory does not accept is wrong usage, not a fault of the directory.
fn refused(plan: &Path, error: DirectoryError) -> CliError {
    match error {
        DirectoryError::NotIssued(_) | DirectoryError::AppliedBefore(_) => {
            CliError::Usage(format!("{} cannot be applied: {error}", plan.display()))
        }
        error => error.into(),
    }
}
