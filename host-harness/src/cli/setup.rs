//! From a command line to a tenant that can run: settings, component, policy, transport.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::exit::CliError;
use crate::http::live::Live;
use crate::http::replay::Replay;
use crate::http::{EgressPolicy, Gateway, HttpLimits, Origin, SecretHandle, Transport, Vault};
use crate::sandbox::{Connector, Host, Tenant};
use crate::settings::Settings;

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
    /// The connector's component.
    #[arg(long, value_name = "FILE", default_value = COMPONENT)]
    component: PathBuf,
    /// Let the component reach this origin too: scheme, host and port. May be repeated.
    #[arg(long = "allow-origin", value_name = "URL")]
    allow_origins: Vec<String>,
}

/// What answers the component's requests.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// Answer requests from a folder of recorded exchanges.
    #[arg(long, value_name = "DIR")]
    replay: Option<PathBuf>,
    /// Send requests to the real API.
    #[arg(long)]
    live: bool,
}

/// A tenant that is ready to run.
pub struct Ready {
    /// The instance.
    pub tenant: Tenant,
    /// The credential's secret.
    pub secret: SecretHandle,
    /// The recording, if there is one: it knows what was never used.
    pub replay: Option<Arc<Replay>>,
}

impl Run {
    /// Builds the tenant.
    ///
    /// # Errors
    /// What is wrong with the component, the recording, an origin or the settings.
    pub async fn tenant(&self, settings: &Settings) -> Result<Ready, CliError> {
        let connector = self.connector(settings).await?;
        let manifest = connector.description().origins.clone();
        let allowed = self.allow_origins.iter().map(|text| origin(text)).collect::<Result<Vec<_>, _>>()?;
        let policy = EgressPolicy::new(manifest.clone(), allowed);
        let replay = self.source.replay.as_deref().map(open_replay).transpose()?;
        let transport: Arc<dyn Transport> = match &replay {
            Some(replay) => Arc::clone(replay) as Arc<dyn Transport>,
            None => Arc::new(Live::new(policy.clone()).map_err(|error| CliError::Failed(error.to_string()))?),
        };
        let vault = Vault::new();
        // The secret goes where the form points, and nowhere else.
        let bound = match &settings.endpoint {
            Some(endpoint) => vec![origin(endpoint)?],
            None => manifest,
        };
        let secret = vault.insert(settings.client_secret.clone(), bound);
        let gateway = Gateway::new(policy, transport, vault.clone(), HttpLimits::default());
        let tenant = connector.tenant(gateway, vault, None).await?;
        Ok(Ready { tenant, secret, replay })
    }

    async fn connector(&self, settings: &Settings) -> Result<Connector, CliError> {
        let host = Host::builder().build()?;
        let connector = load(&host, &self.component).await?;
        let name = &connector.description().name;
        if *name != settings.connector {
            return Err(CliError::Usage(format!(
                "the settings are for a connector of type \"{}\", and {} is of type \"{name}\"",
                settings.connector,
                self.component.display(),
            )));
        }
        Ok(connector)
    }
}

async fn load(host: &Host, path: &Path) -> Result<Connector, CliError> {
    if path == Path::new(COMPONENT) && !path.exists() {
        return Err(CliError::Usage(format!("{COMPONENT} is not built; type: cargo xtask build")));
    }
    host.load(path).await.map_err(|verdict| CliError::of_component(path, verdict))
}

fn open_replay(dir: &Path) -> Result<Arc<Replay>, CliError> {
    Ok(Arc::new(Replay::open(dir)?))
}

fn origin(text: &str) -> Result<Origin, CliError> {
    Origin::parse(text).map_err(|error| CliError::Usage(format!("{text}: {error}")))
}
