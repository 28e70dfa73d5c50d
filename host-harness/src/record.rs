//! `harness record`: a live sync whose traffic becomes a cassette.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::command_line::{self, CommandLine};
use super::exit::{CliError, Exit};
use super::lock::lock;
use super::output::{self, Format};
use super::setup::Guest;
use super::{mailing, terminal};
use connector_cassette::record::{CassetteWriter, Persons, Recorder, Sees, folder};
use connector_host::files;
use connector_host::http::{Live, Vault};
use connector_host::sandbox::{Connector, Host, Tenant};
use connector_mail::TenantMails;
use connector_settings::Settings;
use connector_settings::file::SettingsFile;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::run::{RunReport, RunVerdict};
use connector_sync::sleeper::TokioSleeper;
use connector_sync::tenant_builder::TenantBuilder;
use connector_sync::{self as sync, Options, SyncContext};

/// The one source whose people can be told apart from the rest of its responses.
const KNOWN: &str = "personio";

/// The options of `harness record`.
#[derive(clap::Args)]
pub struct Args {
    /// The tenant's settings file (TOML).
    #[arg(long, value_name = "FILE")]
    settings: PathBuf,
    /// Where the cassette goes: a new folder, or an empty one.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    guest: Guest,
    /// Record real people. The cassette is then personal data.
    #[arg(long)]
    keep_people: bool,
    /// Apply the plan to --directory, instead of only planning against an empty directory.
    #[arg(long, requires = "directory")]
    apply: bool,
    /// The directory of accounts that --apply syncs, a database file.
    #[arg(long, value_name = "FILE", requires = "apply")]
    directory: Option<PathBuf>,
    /// Approve the one plan with this hash, if a guard holds back what --apply would do.
    #[arg(long, value_name = "HASH", requires = "apply")]
    approve: Option<String>,
    /// The folder mails are written to, unless the settings name a mail server.
    #[arg(long, value_name = "DIR", default_value = "outbox")]
    outbox: PathBuf,
    /// How to print the run.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs it. What can be wrong with the folder is found out before the source is asked anything.
///
/// # Errors
/// What keeps the sync from starting, or the cassette from being written.
pub async fn run(args: Args) -> Result<Exit, CliError> {
    let started = Timestamp::now();
    let file = SettingsFile::open(&args.settings)?;
    folder::vacant(&args.to)?;
    let connector = args.guest.load(&Host::builder().limits(file.limits()).build()?).await?;
    let settings = file.settings_for(connector.description())?;
    let persons = persons(&args, &settings)?;
    // A dry run has nobody to keep in step: it plans for an empty directory that goes with this scratch folder.
    let scratch = files::private_temporary_folder("harness-record-", None).map_err(CliError::from_io)?;
    let mut directory = match &args.directory {
        Some(directory) => SqliteDirectory::open(directory)?,
        // As a replay against no directory: the plan has the same hash then.
        None => SqliteDirectory::open_for_dry_run(&scratch.path().join("empty.db"))?,
    };
    let lock = args.directory.as_deref().map(|directory| lock(directory, !args.apply)).transpose()?.flatten();
    let sees = if args.apply { Sees::Source } else { Sees::Recorded };
    let (mut tenant, recorder) = start(&args.guest, &connector, &settings, persons, sees).await?;
    let progress = terminal::watcher();
    let context =
        SyncContext { tenant: &mut tenant, settings: &settings, progress: &*progress, sleeper: &TokioSleeper };
    let options = Options { dry_run: !args.apply, approve: args.approve.clone() };
    let mails = TenantMails::new(&settings);
    let report = sync::sync(context, &mut directory, &mails, &options, started).await?;
    drop(progress);
    output::approvable(&report, args.format, &approval(&args))?;
    let mut exit = Exit::from(&report);
    // Said before the mails go out: their failure must not hide that there is no cassette.
    if let Err(error) = write(&report, &recorder, &args) {
        anstream::eprintln!("{}", output::error(&error));
        // The run has said what is wrong with the settings.
        exit = if exit == Exit::Usage { exit } else { error.exit() };
    }
    if args.apply {
        let file = args.directory.clone().unwrap_or_else(|| scratch.path().join("empty.db"));
        mailing::flush(&mut directory, &file, lock, &settings, &args.outbox).await?;
    }
    Ok(exit)
}

/// Decides about people, aloud if they are kept.
fn persons(args: &Args, settings: &Settings) -> Result<Persons, CliError> {
    if args.keep_people {
        output::people_are_kept(&args.to);
        return Ok(Persons::Keep);
    }
    if settings.kind != KNOWN {
        return Err(CliError::Usage(format!(
            "the settings are for a connector of type \"{}\", and only people in responses of \"{KNOWN}\" can be \
             replaced; --keep-people records real people",
            settings.kind
        )));
    }
    Ok(Persons::Invent)
}

async fn start(
    guest: &Guest,
    connector: &Connector,
    settings: &Settings,
    persons: Persons,
    sees: Sees,
) -> Result<(Tenant, Arc<Recorder>), CliError> {
    let policy = guest.policy(connector)?;
    let live = Live::new(policy.clone()).map_err(|error| CliError::Failed(error.to_string()))?;
    let vault = Vault::new();
    let tape = CassetteWriter::new(vault.clone(), persons)?;
    let recorder = Arc::new(Recorder::new(Arc::new(live), tape, sees));
    let started = TenantBuilder::new(connector, policy, Arc::clone(&recorder) as _).vault(vault).start(settings).await;
    Ok((started.map_err(|error| guest.explain(error))?, recorder))
}

/// Writes the cassette of a run that came to its end; of another, half a cassette would be all there is.
fn write(report: &RunReport, recorder: &Recorder, args: &Args) -> Result<(), CliError> {
    // First, for it may be why the run failed.
    let files = recorder.files()?;
    if report.verdict == RunVerdict::Failed || report.read.stopped.is_some() {
        return Err(CliError::Failed(
            "nothing was recorded, because the source was not read to its end; see above why the run stopped"
                .to_owned(),
        ));
    }
    folder::write(&args.to, &files)?;
    let to = args.to.display();
    anstream::eprintln!("{} exchanges recorded in {to}; replay them with\n    {}", files.len(), replay(args));
    Ok(())
}

/// What approves the plan of a run that was applied: a sync that comes to the same plan. It records nothing, for the
/// cassette is there already. The other kind of run has nobody whose status it could lower, and no plan to hold back.
fn approval(args: &Args) -> CommandLine {
    let path = |path: &Path| path.display().to_string();
    let mut words = vec!["sync".to_owned(), "--settings".to_owned(), path(&args.settings), "--live".to_owned()];
    if let Some(directory) = &args.directory {
        words.extend(["--directory".to_owned(), path(directory), "--outbox".to_owned(), path(&args.outbox)]);
    }
    words.extend(args.guest.typed());
    CommandLine::now().called("harness").instead(words.iter().map(String::as_str))
}

/// The command that replays the cassette, with all that this run needed.
fn replay(args: &Args) -> String {
    let (to, settings) = (args.to.display().to_string(), args.settings.display().to_string());
    let words = ["harness", "sync", "--settings", &settings, "--replay", &to].map(str::to_owned);
    let rest = ["--directory", "test.db", "--dry-run"].map(str::to_owned);
    command_line::line(words.into_iter().chain(args.guest.typed()).chain(rest))
}
