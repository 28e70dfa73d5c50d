//! `harness explain`: why one person's account is as it is, or why they have none.

use std::path::PathBuf;

use super::exit::{CliError, Exit};
use super::output::{self, Format};
use super::setup::Run;
use super::terminal;
use connector_settings::file::SettingsFile;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::SyncContext;
use connector_sync::directory::Directory;
use connector_sync::explain::{Evidence, Explanation, Status, Values, employee_id, explain, gather};
use connector_sync::sleeper::TokioSleeper;

/// What a command line without anything to look at is answered with.
const NOTHING: &str = "neither a source nor a directory is given: give --directory FILE for the accounts and the run log, or \
     --settings FILE with --replay DIR or --live for the HR system, or both";

/// The options of `harness explain`.
#[derive(clap::Args)]
// A source is one of two halves here: it is there with its settings, and not without. (A group with flattened parts has no
// members by itself, so nothing would tell that it is there.)
#[command(
    mut_group("Run", |group| group.arg("settings")),
    mut_group("Source", |group| group.required(false)),
    mut_arg("settings", |arg| arg.required(false).requires("Source")),
    mut_arg("replay", |arg| arg.requires("settings")),
    mut_arg("live", |arg| arg.requires("settings")),
    mut_arg("allow_origins", |arg| arg.requires("settings")),
    mut_arg("grant_origins", |arg| arg.requires("settings"))
)]
pub struct Args {
    /// The employee's ID, as the HR system shows it.
    #[arg(value_name = "EMPLOYEE")]
    employee: String,
    #[command(flatten)]
    run: Option<Run>,
    /// The directory of accounts, a database file; it is only read.
    #[arg(long, value_name = "FILE")]
    directory: Option<PathBuf>,
    /// Show names, addresses and all other values too. The output is then personal data.
    #[arg(long)]
    values: bool,
    /// How to print the explanation.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs it. Nothing is written (rule S22).
///
/// # Errors
/// What is wrong with the ID, the settings, the component or the directory. A source that cannot be read is not an error:
/// the explanation says so.
pub async fn run(args: Args) -> Result<Exit, CliError> {
    let employee = employee_id(&args.employee).map_err(|error| CliError::Usage(error.to_string()))?;
    if args.run.is_none() && args.directory.is_none() {
        return Err(CliError::Usage(NOTHING.to_owned()));
    }
    // Beside a source, a directory that does not exist is one before its first sync, as for a plan. Alone, it is a mistyped
    // name, and must not say that nobody was ever seen.
    let open = if args.run.is_some() { SqliteDirectory::open_for_dry_run } else { SqliteDirectory::open_read_only };
    let mut directory = args.directory.as_deref().map(open).transpose()?;
    let directory = directory.as_mut().map(|directory| directory as &mut dyn Directory);
    let evidence = match &args.run {
        Some(run) => look_at_both(run, directory, employee).await?,
        None => gather(None, directory, employee).await?,
    };
    let values = if args.values { Values::Shown } else { Values::LeftOut };
    let explanation = explain(employee, &evidence, values);
    output::explanation(&explanation, args.format)?;
    Ok(exit(&explanation))
}

async fn look_at_both(run: &Run, directory: Option<&mut dyn Directory>, employee: &str) -> Result<Evidence, CliError> {
    let file = SettingsFile::open(&run.settings)?;
    let connector = run.load(&file).await?;
    let settings = file.settings_for(connector.description())?;
    let mut ready = run.start(&connector, &settings).await?;
    let progress = terminal::watcher();
    let context =
        SyncContext { tenant: &mut ready.tenant, settings: &settings, progress: &*progress, sleeper: &TokioSleeper };
    let evidence = gather(Some(context), directory, employee).await?;
    drop(progress);
    if let Some(replay) = &ready.replay {
        output::recording(replay);
    }
    Ok(evidence)
}

/// A source that could not be read leaves the question open.
fn exit(explanation: &Explanation) -> Exit {
    match explanation.status {
        _ if !explanation.failures.is_empty() => Exit::of_failures(&explanation.failures),
        Status::NeverSeen => Exit::NeverSeen,
        _ => Exit::Done,
    }
}
