//! Turns a command line into a tenant that can run: settings, component, policy, transport.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::exit::CliError;
use connector_cassette::replay::Replay;
use connector_host::http::live::Live;
use connector_host::http::{EgressPolicy, Origin, Transport};
use connector_host::sandbox::{Connector, Host, Limits, Tenant};
use connector_settings::Settings;
use connector_settings::file::{SettingsFile, load_limits};
use connector_sync::tenant_builder::{self, StartError, TenantBuilder};

/// Where `cargo xtask build` puts the component.
const COMPONENT: &str = "target/personio.wasm";

/// The options of every command that runs a connector.
#[derive(Args)]
pub struct Run {
    /// The tenant's settings file (TOML).
    #[arg(long, value_name = "FILE")]
    pub settings: PathBuf,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    guest: Guest,
}

/// The component, and what it may reach.
#[derive(Args)]
pub struct Guest {
    /// The connector's component, a .wasm file.
    #[arg(long, value_name = "FILE", default_value = COMPONENT)]
    component: PathBuf,
    /// Let the component reach this origin too: scheme, host and port. May be repeated.
    #[arg(long = "allow-origin", value_name = "URL")]
    allow_origins: Vec<String>,
    /// Of the origins that the component's manifest asks for, let it reach only this one. May be repeated. Default: all of
    /// them.
    #[arg(long = "grant-origin", value_name = "URL")]
    grant_origins: Vec<String>,
}

/// Limits for a command that looks at a component and has no settings to take them from.
#[derive(Args)]
pub struct LimitsFile {
    /// A TOML file with the limits for loading and running the component. It has the keys of `[limits]`, without the table's
    /// header. Default: the limits in the fixture's settings, or else each limit's own default.
    #[arg(long = "limits", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl LimitsFile {
    /// The file's limits, or these.
    ///
    /// # Errors
    /// All mistakes of the file, each with its line.
    pub fn limits(&self, otherwise: Limits) -> Result<Limits, CliError> {
        self.file.as_deref().map_or(Ok(otherwise), |file| Ok(load_limits(file)?))
    }
}

/// What answers the component's requests.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// Answer requests from a cassette, a folder of recorded exchanges.
    #[arg(long, value_name = "DIR")]
    replay: Option<PathBuf>,
    /// Send requests over the network.
    #[arg(long)]
    live: bool,
}

/// A tenant that is ready to run.
pub struct Ready {
    /// The instance.
    pub tenant: Tenant,
    /// The cassette, if there is one: it knows what was never used.
    pub replay: Option<Arc<Replay>>,
}

impl Run {
    /// Loads the component into a host with the limits of the settings.
    ///
    /// # Errors
    /// What is wrong with the component.
    pub async fn load(&self, settings: &SettingsFile) -> Result<Connector, CliError> {
        let host = Host::builder().limits(settings.limits()).build()?;
        self.guest.load(&host).await
    }

    /// Starts the tenant.
    ///
    /// # Errors
    /// What is wrong with the cassette, an origin or the settings.
    pub async fn start(&self, connector: &Connector, settings: &Settings) -> Result<Ready, CliError> {
        let policy = self.guest.policy(connector)?;
        let replay = self.source.replay.as_deref().map(open_replay).transpose()?;
        let transport: Arc<dyn Transport> = match &replay {
            Some(replay) => Arc::clone(replay) as Arc<dyn Transport>,
            None => Arc::new(Live::new(policy.clone()).map_err(|error| CliError::Failed(error.to_string()))?),
        };
        let started = TenantBuilder::new(connector, policy, transport).start(settings).await;
        let tenant = started.map_err(|error| self.guest.explain(error))?;
        Ok(Ready { tenant, replay })
    }
}

impl Guest {
    /// Loads the component into a host.
    ///
    /// # Errors
    /// What is wrong with the file or with what is in it.
    pub async fn load(&self, host: &Host) -> Result<Connector, CliError> {
        load(host, &self.component).await
    }

    /// What the component may reach.
    ///
    /// # Errors
    /// When what is named is not an origin.
    pub fn policy(&self, connector: &Connector) -> Result<EgressPolicy, CliError> {
        let policy = tenant_builder::policy(connector, origins(&self.allow_origins)?);
        let granted = origins(&self.grant_origins)?;
        Ok(if granted.is_empty() { policy } else { policy.granting(granted) })
    }

    /// These options as they would be typed again.
    pub fn typed(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.component != Path::new(COMPONENT) {
            words.extend(["--component".to_owned(), self.component.display().to_string()]);
        }
        for (option, origins) in [("--grant-origin", &self.grant_origins), ("--allow-origin", &self.allow_origins)] {
            words.extend(origins.iter().flat_map(|origin| [option.to_owned(), origin.clone()]));
        }
        words
    }

    /// Why a tenant cannot start, in the command line's words.
    pub fn explain(&self, error: StartError) -> CliError {
        match error {
            StartError::OtherConnector { wanted, found } => CliError::Usage(format!(
                "the settings are for a connector of type \"{wanted}\", but {} is of type \"{found}\"; use the matching component",
                self.component.display(),
            )),
            error @ StartError::Setting { .. } => CliError::Usage(error.to_string()),
            StartError::Guest(error) => CliError::Sandbox(error),
            other => CliError::Failed(other.to_string()),
        }
    }
}

async fn load(host: &Host, path: &Path) -> Result<Connector, CliError> {
    if path == Path::new(COMPONENT) && !path.exists() {
        return Err(CliError::Usage(format!("{COMPONENT} is not built; run: cargo xtask build")));
    }
    host.load(path).await.map_err(|verdict| CliError::of_component(path, verdict))
}

fn open_replay(dir: &Path) -> Result<Arc<Replay>, CliError> {
    Ok(Arc::new(Replay::open(dir)?))
}

fn origins(texts: &[String]) -> Result<Vec<Origin>, CliError> {
    let parsed = texts.iter().map(|text| Origin::parse(text).map_err(|error| format!("{text}: {error}")));
    parsed.collect::<Result<_, _>>().map_err(CliError::Usage)
}
