//! `harness serve`: the service in which an admin sets up and follows syncs.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use connector_host::http::Origin;
use connector_service::connectors::Source;
use connector_service::{Config, Service, ServiceError};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::exit::{CliError, Exit};
use super::fleet::interrupted;
use super::output;
use super::shared::SharedArgs;

/// The options of `harness serve`.
#[derive(clap::Args)]
pub struct Args {
    /// The folder with everything that is kept: settings, accounts, runs, keys. It is created if it does not exist.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    shared: SharedArgs,
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// The address that people type, with its path if there is one: behind a proxy it is another than the one to listen on.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A proxy whose X-Forwarded-For is believed. May be repeated. Default: nobody's is.
    #[arg(long = "trusted-proxy", value_name = "ADDRESS")]
    trusted_proxies: Vec<IpAddr>,
    #[allow(clippy::doc_markdown, reason = "help is not Markdown")]
    /// The file with the keys for stored secrets. Default: the environment variable HARNESS_KEY, or else service.key in the
    /// data folder, which is made at the first start.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    #[allow(clippy::doc_markdown, reason = "help is not Markdown")]
    /// Add this connector at the start: a .wasm file, or a reference in a registry such as oci://registry.example/personio:1.2.0.
    /// May be repeated.
    #[arg(long = "connector", value_name = "FILE|REFERENCE")]
    connectors: Vec<Source>,
    /// Let the connectors that are added at the start reach this origin too: scheme, host and port. May be repeated.
    #[arg(long = "allow-origin", value_name = "URL")]
    allow_origins: Vec<String>,
    /// How many syncs work at once; 0 with --database, if other processes work. Syncs that wait for their source do not count.
    /// Default: twice the number of processors.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000))]
    parallel: Option<u16>,
    /// How much memory syncs may hold together, counted by their limits memory-mib and read-mib. Others wait. Default: no
    /// bound.
    #[arg(long, value_name = "MIB")]
    memory_mib: Option<u32>,
    #[command(flatten)]
    pub log: LogArgs,
    /// The address that the first operator signs in with.
    #[arg(long, value_name = "EMAIL", default_value = "operator@localhost")]
    operator: String,
}

/// Where logs and traces go.
#[derive(clap::Args)]
pub struct LogArgs {
    /// Send traces of runs to this OpenTelemetry collector, over HTTP. Default: none.
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp: Option<String>,
    /// How to write the log, on stderr.
    #[arg(long = "log", value_enum, default_value = "text")]
    pub format: LogFormat,
}

/// How a log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line, for programs.
    Json,
}

/// Runs it until Ctrl-C, or until a service manager ends it.
///
/// # Errors
/// What keeps the service from starting.
pub async fn run(args: Args, at_step: fn(&'static str)) -> Result<Exit, CliError> {
    let config = Config { at_step, ..args.config()? };
    let stop = CancellationToken::new();
    let service = Service::open(config, stop.clone()).await.map_err(not_started)?;
    let engine = std::sync::Arc::clone(service.engine());
    output::line(&format!("The service is at {}", engine.url("/")))?;
    if let Some(link) = &service.operator_link {
        output::line(&format!("Sign in as the first operator, once, with this link:\n{link}"))?;
    }
    stop_when_asked(stop);
    service.run().await.map_err(|error| CliError::Failed(error.to_string()))?;
    Ok(Exit::Done)
}

/// Stops everything when the user or a service manager asks.
pub fn stop_when_asked(stop: CancellationToken) {
    tokio::spawn(async move {
        interrupted().await;
        anstream::eprintln!("stopping: plans that are being applied are finished; press Ctrl-C again to stop at once");
        stop.cancel();
        interrupted().await;
        // What was half written is undone when it is opened next.
        std::process::exit(130);
    });
}

/// How a process ends that could not start.
#[allow(clippy::needless_pass_by_value, reason = "the shape that `map_err` asks for")]
pub fn not_started(error: ServiceError) -> CliError {
    if error.is_usage() { CliError::Usage(error.to_string()) } else { CliError::Failed(error.to_string()) }
}

impl Args {
    fn config(&self) -> Result<Config, CliError> {
        let mut config = Config::new(&self.data);
        config.shared = self.shared.read()?;
        config.hold = self.shared.lease();
        config.listen = self.listen;
        config.url = self.url.as_deref().map(base_url).transpose()?;
        config.trusted_proxies.clone_from(&self.trusted_proxies);
        config.key_file.clone_from(&self.key_file);
        config.connectors.clone_from(&self.connectors);
        config.memory_mib = self.memory_mib;
        config.operator.clone_from(&self.operator);
        if let Some(parallel) = self.parallel {
            config.parallel = usize::from(parallel);
        }
        if config.parallel == 0 && config.shared.is_none() {
            return Err(CliError::Usage(
                "--parallel 0 leaves the work to other processes, which need a database to share: name it with --database".to_owned(),
            ));
        }
        for text in &self.allow_origins {
            let origin = Origin::parse(text).map_err(|error| CliError::Usage(format!("{text}: {error}")))?;
            config.allow_origins.push(origin);
        }
        Ok(config)
    }
}

/// A URL that pages can be under.
pub fn base_url(text: &str) -> Result<Url, CliError> {
    let wrong = || {
        CliError::Usage(format!(
            "{text} is not an address of pages; write one such as https://hr.platform.example or https://platform.example/hr"
        ))
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let fits =
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none() && url.fragment().is_none();
    if fits { Ok(url) } else { Err(wrong()) }
}
