//! A component, prepared once: compiled, linked, and known by its own description.

use std::sync::Arc;

use crate::contract::manifest;
use crate::http::{Gateway, Origin, Vault};

use super::component::Inspection;
use super::exports::Exports;
use super::guest::{Guest, Outside};
use super::guest_error::GuestError;
use super::host::Host;
use super::instance::Instance;
use super::limits::Limits;
use super::tenant::Tenant;
use super::validate;

/// What a component says of itself, checked: what a platform shows, and grants, before anything runs for a tenant.
#[derive(Debug, Clone)]
pub struct Description {
    /// The connector's name, as in a settings file's `type`.
    pub name: String,
    /// The connector's own version.
    pub version: String,
    /// The origins it needs; the first is its source's.
    pub origins: Vec<Origin>,
    /// The attributes it reads.
    pub attributes: Vec<manifest::Attribute>,
    /// The settings that only its source has, in the order of the form.
    pub settings: Vec<manifest::Setting>,
}

/// A component from which tenants are started. Cheap to clone.
#[derive(Clone)]
pub struct Connector {
    shared: Arc<Shared>,
}

struct Shared {
    host: Host,
    exports: Exports,
    inspection: Inspection,
    description: Description,
}

impl Connector {
    /// Asks the component to describe itself, in an instance of its own that can reach nothing.
    pub(super) async fn describe(host: Host, exports: Exports, inspection: Inspection) -> Result<Self, GuestError> {
        let limits = host.limits().clone();
        let mut instance =
            Instance::start(&host, &exports, Guest::new("", None, host.host_env(), &limits), &limits).await?;
        let described = {
            let mut run = instance.begin("describe")?;
            let outcome =
                run.time.limit(run.functions.plugin.elearnio_connector_manifest().call_describe(&mut run.store)).await;
            instance.end(run, outcome)?
        };
        let description = validate::description(described)?;
        Ok(Self { shared: Arc::new(Shared { host, exports, inspection, description }) })
    }

    /// What the component says of itself.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.shared.description
    }

    /// The limits of the host it was loaded by.
    #[must_use]
    pub fn host_limits(&self) -> &Limits {
        self.shared.host.limits()
    }

    /// What the component imports and exports.
    #[must_use]
    pub fn inspection(&self) -> &Inspection {
        &self.shared.inspection
    }

    /// True if it maps whole pages in one call (`pages`).
    #[must_use]
    pub fn maps_pages(&self) -> bool {
        self.shared.exports.maps_pages()
    }

    /// Starts an instance for one tenant, with its own way out and secrets; `limits` replace the host's.
    ///
    /// Waits while the host has no room. The tenant's time runs from here.
    ///
    /// # Errors
    /// When the component cannot start within its limits.
    pub async fn tenant(&self, gateway: Gateway, vault: Vault, limits: Option<Limits>) -> Result<Tenant, GuestError> {
        let Shared { host, exports, description, .. } = &*self.shared;
        let limits = limits.unwrap_or_else(|| host.limits().clone());
        let guest = Guest::new(&description.name, Some(Outside { gateway, vault }), host.host_env(), &limits);
        let instance = Instance::start(host, exports, guest, &limits).await?;
        Ok(Tenant::new(instance, self.clone(), limits))
    }
}
