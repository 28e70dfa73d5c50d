//! From a tenant's settings to an instance that can run: its secret, its policy, its way out, its limits.
//!
//! The command line, the fleet and a platform that embeds the library all come through here, so that a secret is bound,
//! and a limit armed, in one place.

use std::sync::Arc;

use crate::http::{EgressPolicy, Gateway, HttpLimits, Origin, OriginError, SecretHandle, Transport, Vault};
use crate::sandbox::{Connector, Tenant, Verdict};
use crate::settings::Settings;

/// A tenant that is ready to run.
pub struct Wired {
    /// The instance.
    pub tenant: Tenant,
    /// The credential's secret, for `configure`.
    pub secret: SecretHandle,
}

/// Why a tenant cannot run.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// The settings name another connector than the component.
    #[error("the settings are for a connector of type \"{wanted}\", and the component is of type \"{found}\"")]
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
    Verdict(#[from] Verdict),
}

/// What a component may reach: its manifest's origins, and those the operator names. A platform that grants a component
/// less than its manifest asks for adds [`granting`](EgressPolicy::granting).
#[must_use]
pub fn policy(connector: &Connector, allowed: impl IntoIterator<Item = Origin>) -> EgressPolicy {
    EgressPolicy::new(connector.description().origins.clone(), allowed)
}

/// Starts an instance for one sync of one tenant, with the limits of its settings.
///
/// # Errors
/// When the settings do not fit the component, or the component cannot start.
pub async fn wire(
    connector: &Connector,
    settings: &Settings,
    policy: EgressPolicy,
    transport: Arc<dyn Transport>,
) -> Result<Wired, WiringError> {
    wire_with(connector, settings, policy, transport, Vault::new()).await
}

/// As [`wire`], for a transport that knows the tenant's secrets too: to keep them off the disk, or to look for them.
///
/// # Errors
/// As [`wire`].
pub async fn wire_with(
    connector: &Connector,
    settings: &Settings,
    policy: EgressPolicy,
    transport: Arc<dyn Transport>,
    vault: Vault,
) -> Result<Wired, WiringError> {
    let description = connector.description();
    if description.name != settings.connector {
        let (wanted, found) = (settings.connector.clone(), description.name.clone());
        return Err(WiringError::OtherConnector { wanted, found });
    }
    // The secret goes to the source and nowhere else: where the form points, or to the manifest's first origin. The others
    // that a manifest names may be anybody's.
    let endpoint = settings.endpoint.as_deref().map(Origin::parse).transpose()?;
    let bound = endpoint.or_else(|| description.origins.first().cloned()).into_iter().collect();
    let secret = vault.insert(settings.client_secret.clone(), bound);
    let gateway = Gateway::new(policy, transport, vault.clone(), HttpLimits::from(&settings.limits));
    let tenant = connector.tenant(gateway, vault, Some(settings.limits.clone())).await?;
    Ok(Wired { tenant, secret })
}
