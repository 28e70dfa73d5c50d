//! From a tenant's settings to an instance that can run: its secret, its policy, its way out, its limits.
//!
//! The command line, the fleet and a platform that embeds the library all come through here, so that a secret is bound,
//! and a limit armed, in one place.

use std::sync::Arc;

use connector_host::http::{EgressPolicy, Gateway, HttpLimits, Origin, OriginError, SecretHandle, Transport, Vault};
use connector_host::sandbox::{Connector, GuestError, Tenant};
use connector_settings::Settings;

/// Why a tenant cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The settings name another connector than the component.
    #[error("the settings are for a connector of type \"{wanted}\", but the component is of type \"{found}\"")]
    OtherConnector {
        /// What the settings say.
        wanted: String,
        /// What the component says.
        found: String,
    },
    /// The endpoint is no origin.
    #[error("endpoint: {0}")]
    Endpoint(#[from] OriginError),
    /// The component cannot start within the tenant's limits.
    #[error("{0}\n{remedy}", remedy = .0.remedy())]
    Guest(#[from] GuestError),
}

/// What a component may reach: its manifest's origins, and those the operator names. A platform that grants a component
/// less than its manifest asks for adds [`granting`](EgressPolicy::granting).
#[must_use]
pub fn policy(connector: &Connector, allowed: impl IntoIterator<Item = Origin>) -> EgressPolicy {
    EgressPolicy::new(connector.description().origins.clone(), allowed)
}

/// A tenant that was started, with its credential's secret for `configure`.
pub type Started = (Tenant, SecretHandle);

/// Starts instances of one connector for tenants, each for one sync.
pub struct TenantBuilder<'a> {
    connector: &'a Connector,
    policy: EgressPolicy,
    transport: Arc<dyn Transport>,
    vault: Vault,
}

impl<'a> TenantBuilder<'a> {
    /// Tenants of this connector, whose requests `policy` judges and `transport` answers.
    #[must_use]
    pub fn new(connector: &'a Connector, policy: EgressPolicy, transport: Arc<dyn Transport>) -> Self {
        Self { connector, policy, transport, vault: Vault::new() }
    }

    /// Keeps the tenant's secrets in this vault: for a transport that has to know them, to keep them off the disk or to
    /// look for them.
    #[must_use]
    pub fn vault(mut self, vault: Vault) -> Self {
        self.vault = vault;
        self
    }

    /// Starts an instance with the limits of the tenant's settings.
    ///
    /// # Errors
    /// When the settings do not fit the component, or the component cannot start.
    pub async fn start(self, settings: &Settings) -> Result<Started, StartError> {
        let description = self.connector.description();
        if description.name != settings.connector {
            let (wanted, found) = (settings.connector.clone(), description.name.clone());
            return Err(StartError::OtherConnector { wanted, found });
        }
        // The secret goes to the source and nowhere else: where the settings point, or to the manifest's first origin. The
        // others that a manifest names may be anybody's.
        let endpoint = settings.endpoint.as_deref().map(Origin::parse).transpose()?;
        let bound = endpoint.or_else(|| description.origins.first().cloned()).into_iter().collect();
        let secret = self.vault.insert(settings.client_secret.clone(), bound);
        let gateway = Gateway::new(self.policy, self.transport, self.vault.clone(), HttpLimits::from(&settings.limits));
        let tenant = self.connector.tenant(gateway, self.vault, Some(settings.limits.clone())).await?;
        Ok((tenant, secret))
    }
}
