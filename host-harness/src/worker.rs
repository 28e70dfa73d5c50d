//! `harness worker`: works for services that share a database, and shows nothing.

use std::net::SocketAddr;
use std::path::PathBuf;

use connector_service::{Config, Worker};
use tokio_util::sync::CancellationToken;

use super::exit::{CliError, Exit};
use super::output;
use super::serve::{LogArgs, not_started, stop_when_asked};
use super::shared::SharedArgs;

/// The options of `harness worker`.
#[derive(clap::Args)]
pub struct Args {
    /// This process' own folder: the operator's settings (service.toml), and copies of connectors. It is created if it does not exist.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    shared: SharedArgs,
    #[allow(clippy::doc_markdown, reason = "help is not Markdown")]
    /// The file with the keys for stored secrets, the same for every process. Default: the environment variable HARNESS_KEY.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The address that people type, for links in mails.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// How many syncs work at once. Syncs that wait for their source do not count. Default: twice the number of processors.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    parallel: Option<u16>,
    /// How much memory syncs may hold together, counted by their limits memory-mib and read-mib. Others wait. Default: no
    /// bound.
    #[arg(long, value_name = "MIB")]
    memory_mib: Option<u32>,
    /// Show figures for monitoring (/metrics, /healthz) at this address, to everybody who reaches it. Default: nowhere.
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
    #[command(flatten)]
    pub log: LogArgs,
}

/// Works until Ctrl-C, or until a service manager ends it.
///
/// # Errors
/// What keeps the worker from starting.
pub async fn run(args: Args, at_step: fn(&'static str)) -> Result<Exit, CliError> {
    let config = Config { at_step, ..args.config()? };
    let stop = CancellationToken::new();
    let worker = Worker::open(config, args.metrics, stop.clone()).await.map_err(not_started)?;
    output::line("The worker is ready")?;
    if let Some(address) = worker.figures_at() {
        output::line(&format!("Its figures are at http://{address}/metrics"))?;
    }
    stop_when_asked(stop);
    worker.run().await.map_err(|error| CliError::Failed(error.to_string()))?;
    Ok(Exit::Done)
}

impl Args {
    fn config(&self) -> Result<Config, CliError> {
        let mut config = Config::new(&self.data);
        config.shared = self.shared.read()?;
        if config.shared.is_none() {
            return Err(CliError::Usage(
                "a worker needs the database that it shares with a service: name it with --database, or set HARNESS_DATABASE".to_owned(),
            ));
        }
        config.hold = self.shared.lease();
        config.schedules = false;
        config.url = self.url.as_deref().map(super::serve::base_url).transpose()?;
        config.key_file.clone_from(&self.key_file);
        config.memory_mib = self.memory_mib;
        if let Some(parallel) = self.parallel {
            config.parallel = usize::from(parallel);
        }
        Ok(config)
    }
}
