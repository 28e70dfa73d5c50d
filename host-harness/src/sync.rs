//! `harness sync`: the main job.

use std::path::PathBuf;

use jiff::Timestamp;

use super::applying::Applying;
use super::command_line::CommandLine;
use super::exit::{CliError, Exit};
use super::lock::lock;
use super::output::{self, Format};
use super::setup::Run;
use super::{Around, mailing, terminal};
use connector_mail::TenantMails;
use connector_settings::Settings;
use connector_settings::file::SettingsFile;
use connector_store::lock::DirectoryLock;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::directory::Directory;
use connector_sync::sleeper::TokioSleeper;
use connector_sync::{self as sync, Options, SyncContext};

/// The options of `harness sync`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    run: Run,
    /// The directory of accounts, a database file; it is created if it does not exist.
    #[arg(long, value_name = "FILE")]
    directory: PathBuf,
    #[command(flatten)]
    applying: Applying,
}

/// Runs it.
///
/// # Errors
/// What keeps the sync from starting, from being written, or its mails from going out.
pub async fn run(args: Args, around: Around) -> Result<Exit, CliError> {
    let started = Timestamp::now();
    let file = SettingsFile::open(&args.run.settings)?;
    // Settings are checked by what the connector declares; where there is no connector, its failure is filed by what
    // every connector has.
    let loaded = args.run.load(&file).await;
    let settings = match &loaded {
        Ok(connector) => file.settings_for(connector.description())?,
        Err(_) => file.settings()?,
    };
    let mut directory = around(Box::new(if args.applying.dry_run {
        SqliteDirectory::open_for_dry_run(&args.directory)?
    } else {
        SqliteDirectory::open(&args.directory)?
    }));
    let lock = lock(&args.directory, args.applying.dry_run)?;
    let options = args.applying.options();
    let started_tenant = match loaded {
        Ok(connector) => args.run.start(&connector, &settings).await,
        Err(error) => Err(error),
    };
    let mut ready = match started_tenant {
        Ok(ready) => ready,
        Err(error) => {
            args.file_failure(&error, &settings, &mut *directory, lock, &options, started).await?;
            return Err(error);
        }
    };
    let progress = terminal::watcher();
    let context =
        SyncContext { tenant: &mut ready.tenant, settings: &settings, progress: &*progress, sleeper: &TokioSleeper };
    let mails = TenantMails::new(&settings);
    let report = sync::sync(context, &mut *directory, &mails, &options, started).await?;
    drop(progress);
    output::approvable(&report, args.applying.format, &CommandLine::now().for_approval())?;
    if let Some(replay) = &ready.replay {
        output::recording(replay);
    }
    if !options.dry_run {
        mailing::flush(&mut *directory, &args.directory, lock, &settings, &args.applying.outbox).await?;
    }
    Ok((&report).into())
}

impl Args {
    /// A component that cannot be run is a run that failed: it is filed, and mailed to the tenant's admin (rule S26). Any
    /// other mistake is the operator's alone, who reads the error.
    async fn file_failure(
        &self,
        error: &CliError,
        settings: &Settings,
        directory: &mut dyn Directory,
        lock: Option<DirectoryLock>,
        options: &Options,
        started: Timestamp,
    ) -> Result<(), CliError> {
        let Some(verdict) = error.verdict() else { return Ok(()) };
        let report = sync::failed(settings, vec![verdict.into()], started);
        let mails = TenantMails::new(settings);
        let report = sync::finish(report, directory, &mails, options, &*terminal::silent()).await?;
        if self.applying.format == Format::Json {
            output::run(&report, self.applying.format)?;
        }
        if options.dry_run {
            return Ok(());
        }
        // The error that comes after says what matters; this one must not hide it.
        if let Err(error) = mailing::flush(directory, &self.directory, lock, settings, &self.applying.outbox).await {
            anstream::eprintln!("{}", output::error(&error));
        }
        Ok(())
    }
}
