//! The `harness` command line: one file per command. This one selects the command.
//!
//! Results go to stdout, progress and logs to stderr, so that they never mix. Every command ends with an [`Exit`].

mod apply;
mod applying;
mod backup;
mod cassette;
mod check;
mod command_line;
mod directory;
mod exit;
mod explain;
mod fleet;
mod inspect;
mod keys;
mod lock;
mod logging;
mod mailing;
mod migrate;
mod mock;
mod output;
mod plan;
mod record;
mod serve;
mod setup;
mod shared;
mod sync;
mod tenant;
mod terminal;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use connector_sync::directory::Directory;
use exit::{CliError, Exit};

/// Runs connectors that keep elearnio accounts in step with an HR system, from a cassette or live.
#[derive(Parser)]
#[command(name = "harness", version, about, after_help = exit::TABLE)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sync one tenant: read the source, plan, apply, mail.
    Sync(sync::Args),
    /// Read the source and make a plan, without applying it.
    Plan(plan::Args),
    /// Sync every tenant in a folder.
    Fleet(fleet::Args),
    /// Run the service: pages and an API to set up and follow syncs.
    Serve(serve::Args),
    /// Work for services that share a database, on as many machines as wanted.
    Worker(worker::Args),
    /// Set up a service's tenants and users from a terminal.
    Tenant(tenant::Args),
    /// Copy everything that a service keeps into one file, while it is running.
    Backup(backup::Backup),
    /// Bring a backup back into an empty folder.
    Restore(backup::Restore),
    /// Move a service to a database that several processes share.
    Migrate(migrate::Args),
    /// Replace the key under which a service keeps secrets.
    Keys(keys::Args),
    /// Apply a plan saved by `harness plan --save`.
    Apply(apply::Args),
    /// Explain one person: what the source says, what the next sync does, what earlier runs did.
    Explain(explain::Args),
    /// Fill a directory of accounts, show it, or correct its links.
    Directory(directory::Args),
    /// Run a stand-in for Personio on this machine.
    Mock(mock::Args),
    /// Show what a component imports, exports and needs.
    Inspect(inspect::Args),
    /// Sync live, as a dry run, and save the traffic as a cassette to replay later.
    Record(record::Args),
    /// Convert between cassettes and HAR files of other tools.
    Cassette(cassette::Args),
    /// Check whether a component conforms to the connector contract.
    Check(check::Args),
}

/// What a directory is passed through before a sync writes to it.
pub type Around = fn(Box<dyn Directory>) -> Box<dyn Directory>;

/// Where a test's own binary takes part in what is done.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Hooks {
    /// For `harness sync`.
    pub around: Around,
    /// At each step of a service's run.
    pub at_step: fn(&'static str),
}

/// Parses the command line, runs it, and ends with its exit code.
#[must_use]
pub fn main() -> ExitCode {
    main_with(Hooks { around: std::convert::identity, at_step: |_| {} })
}

/// As [`main`], with the steps of its work passed through a test's own.
///
/// For a test's own binary, which ends the process at a step, or panics. The program that ships passes them through
/// nothing: an environment variable that kills it, or a feature that another crate's tests switch on for the whole
/// workspace, would be part of it.
#[doc(hidden)]
#[must_use]
pub fn main_with(hooks: Hooks) -> ExitCode {
    connector_host::compile::run_as_compiler_if_asked();
    let cli = Cli::parse();
    let (format, endpoint) = match &cli.command {
        Command::Serve(args) => (args.log.format, args.log.otlp.as_deref()),
        Command::Worker(args) => (args.log.format, args.log.otlp.as_deref()),
        _ => (serve::LogFormat::Text, None),
    };
    let _traces = match logging::begin(format, endpoint) {
        Ok(traces) => traces,
        Err(error) => {
            anstream::eprintln!("{}", output::error(&error));
            return error.exit().into();
        }
    };
    match run(cli, hooks) {
        Ok(exit) => exit.into(),
        Err(error) => {
            anstream::eprintln!("{}", output::error(&error));
            error.exit().into()
        }
    }
}

/// The commands' names, for the documentation.
#[must_use]
pub fn verbs() -> Vec<String> {
    Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// After how many rounds the runtime looks at timers and sockets; tokio's own is 61.
const EVENT_INTERVAL: u32 = 4;

fn run(cli: Cli, hooks: Hooks) -> Result<Exit, CliError> {
    // Each round of a guest that computes takes milliseconds: timers and sockets are looked at after a few of them.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().event_interval(EVENT_INTERVAL).build().map_err(CliError::from_io)?;
    runtime.block_on(async {
        match cli.command {
            Command::Sync(args) => sync::run(args, hooks.around).await,
            Command::Plan(args) => plan::run(args).await,
            Command::Fleet(args) => fleet::run(args).await,
            Command::Serve(args) => serve::run(args, hooks.at_step).await,
            Command::Worker(args) => worker::run(args, hooks.at_step).await,
            Command::Tenant(args) => tenant::run(args).await,
            Command::Backup(args) => args.run(),
            Command::Restore(args) => args.run(),
            Command::Migrate(args) => migrate::run(args).await,
            Command::Keys(args) => keys::run(args).await,
            Command::Apply(args) => apply::run(args).await,
            Command::Explain(args) => explain::run(args).await,
            Command::Directory(args) => directory::run(&args).await,
            Command::Mock(args) => mock::run(args).await,
            Command::Inspect(args) => inspect::run(&args).await,
            Command::Record(args) => record::run(args).await,
            Command::Cassette(args) => cassette::run(&args),
            Command::Check(args) => check::run(&args).await,
        }
    })
}
