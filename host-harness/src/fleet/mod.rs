//! `harness fleet`: every tenant of a folder.

mod terminal;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use super::command_line::CommandLine;
use super::exit::{CliError, Exit};
use super::output::{self, Format};
use super::setup::Guest;
use connector_fleet::folder::{self, TenantFolder};
use connector_fleet::{self as fleet, Fleet, Source, TenantOutcome};
use connector_host::http::live::Live;
use connector_host::one_line::one_line;
use connector_host::sandbox::{Host, Limits};
use connector_settings::file;
use tokio_util::sync::CancellationToken;

/// The options of `harness fleet`.
#[derive(clap::Args)]
pub struct Args {
    /// A folder with one folder for each tenant: settings.toml, directory.db, outbox, and exchanges for --replay.
    #[arg(value_name = "TENANTS_DIR")]
    tenants: PathBuf,
    #[command(flatten)]
    source: Answers,
    #[command(flatten)]
    guest: Guest,
    /// How many tenants work at once. Tenants that wait for their source do not count. Default: twice the number of processors.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    parallel: Option<u16>,
    /// Write nothing and send nothing.
    #[arg(long)]
    dry_run: bool,
    /// A TOML file with the platform's maximum for each limit. It has the keys of `[limits]`, without the table's header.
    /// Default: each limit's own default.
    #[arg(long, value_name = "FILE")]
    limits: Option<PathBuf>,
    /// How much memory tenants may hold together, counted by their limits memory-mib and read-mib. Tenants beyond that wait.
    /// Default: no bound.
    #[arg(long, value_name = "MIB")]
    memory_mib: Option<u32>,
    /// Let tenants' mails go to this mail server although its address is private. May be repeated.
    #[arg(long, value_name = "HOST")]
    allow_smtp: Vec<String>,
    /// Approve the one plan with this hash, if a guard holds it back. May be repeated.
    #[arg(long, value_name = "HASH")]
    approve: Vec<String>,
    /// How to print the outcome.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// What answers the tenants' requests.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Answers {
    /// Answer each tenant's requests from the folder `exchanges` beside its settings.
    #[arg(long)]
    replay: bool,
    /// Send requests over the network.
    #[arg(long)]
    live: bool,
}

/// Runs it. A tenant that fails is not an error of the command; the exit code reports it.
///
/// # Errors
/// What keeps the fleet from starting: the folder, the component, an origin.
pub async fn run(args: Args) -> Result<Exit, CliError> {
    let tenants = open(&args.tenants)?;
    let parallel = args.parallel.map_or_else(twice_the_processors, usize::from);
    let ceiling = args.limits.as_deref().map_or_else(|| Ok(Limits::default()), file::load_limits)?;
    let host = Host::builder().limits(ceiling).tenants(room(parallel)).build()?;
    let connector = args.guest.load(&host).await?;
    let policy = args.guest.policy(&connector)?;
    let source = if args.source.replay {
        Source::Recordings
    } else {
        Source::Shared(Arc::new(Live::new(policy.clone()).map_err(|error| CliError::Failed(error.to_string()))?))
    };
    let stop = CancellationToken::new();
    let signals = tokio::spawn(heed(stop.clone()));
    let approve = args.approve.clone();
    let allow_smtp = args.allow_smtp.clone();
    let fleet = Fleet {
        connector,
        policy,
        source,
        parallel,
        dry_run: args.dry_run,
        memory_mib: args.memory_mib,
        allow_smtp,
        approve,
    };
    let ended = fleet::run(fleet, tenants, terminal::watcher(), &stop).await;
    signals.abort();
    let in_vain = in_vain(&args.approve, &ended);
    match args.format {
        Format::Text => output::line(&fleet::report::text(&ended, &command(&args, &in_vain)))?,
        Format::Json => output::json(&fleet::report::json(&ended))?,
    }
    for hash in &in_vain {
        anstream::eprintln!("--approve {hash} matches no tenant's plan; check the current plans and approve those");
    }
    Ok(match fleet::report::verdict(&ended) {
        _ if !in_vain.is_empty() => Exit::Failed,
        "done" => Exit::Done,
        "held" => Exit::Held,
        _ => Exit::Failed,
    })
}

fn open(folder: &Path) -> Result<Vec<TenantFolder>, CliError> {
    let tenants = folder::tenants(folder).map_err(|error| {
        CliError::Usage(format!("the folder {} cannot be read: {error}; name a folder of tenants", folder.display()))
    })?;
    if tenants.is_empty() {
        return Err(CliError::Usage(format!(
            "{} has no tenants in it; a tenant is a folder with a settings.toml",
            folder.display()
        )));
    }
    Ok(tenants)
}

/// Approvals of plans that no tenant has: the person who gave them saw other plans.
fn in_vain<'a>(approved: &'a [String], ended: &[TenantOutcome]) -> Vec<&'a str> {
    let planned: Vec<_> = ended.iter().filter_map(|one| one.run.as_ref()?.plan_hash.as_deref()).collect();
    approved.iter().map(String::as_str).filter(|hash| !planned.contains(hash)).collect()
}

/// What approves one plan when `--approve HASH` is added. Approvals that a dry run was given are still to be used; those that
/// were used up, or fit no plan, are not.
fn command(args: &Args, in_vain: &[&str]) -> String {
    let left = args.approve.iter().filter(|hash| args.dry_run && !in_vain.contains(&hash.as_str()));
    let command =
        left.fold(CommandLine::now().called("harness").for_approval(), |typed, hash| typed.with("--approve", hash));
    one_line(&command.line())
}

fn twice_the_processors() -> usize {
    available_parallelism().map_or(2, |processors| 2 * processors.get())
}

fn room(parallel: usize) -> u32 {
    u32::try_from(fleet::room(parallel)).unwrap_or(u32::MAX)
}

/// Stops the fleet at the first Ctrl-C, and the program at the second.
async fn heed(stop: CancellationToken) {
    interrupted().await;
    stop.cancel();
    anstream::eprintln!(
        "stopping: plans that are being applied are finished, nothing else is started; press Ctrl-C again to stop at once and undo them"
    );
    interrupted().await;
    // A directory's half-written transaction is undone when it is opened next.
    std::process::exit(130);
}

/// Ctrl-C, or what a service manager sends.
pub async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        // Nobody can ask then.
        std::future::pending::<()>().await;
    }
}
