//! The built component, configured once for each choice a tenant has, and asked again and again.

use std::collections::HashMap;
use std::sync::Arc;

use connector_host::contract::{Directory, Plan, SourceRead, SourceRecord};
use connector_host::http::{EgressPolicy, Gateway, HttpError, HttpLimits, Inbound, Origin, Outbound, Transport, Vault};
use connector_host::sandbox::{Connector, Host, HostBuilder, Tenant, Usage};
use connector_kit::settings::{GroupBy, PlanOptions};
use connector_settings::{ConnectorSettings, GroupAssignment, Language, MailSettings, SettingValue, Settings};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::FLAG_KEY;
use crate::company::wire;

const ORIGIN: &str = "https://api.personio.de";

/// Tenants of the built component.
pub struct Sandbox {
    runtime: Runtime,
    connector: Connector,
    tenants: HashMap<(bool, Option<GroupBy>), Tenant>,
}

impl Sandbox {
    /// Loads the component.
    ///
    /// # Panics
    /// When it is not built, or does not run.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test that cannot go on is a failed test")]
    pub fn new() -> Self {
        Self::of(Host::builder())
    }

    /// Loads the component into a host with settings of its own.
    ///
    /// # Panics
    /// When it is not built, or does not run.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test that cannot go on is a failed test")]
    pub fn of(builder: HostBuilder) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let host = builder.build().expect("a host");
        let connector = runtime.block_on(host.load(&crate::component())).expect("the component loads");
        Self { runtime, connector, tenants: HashMap::new() }
    }

    /// Maps records.
    ///
    /// # Panics
    /// When the guest is cut.
    #[allow(clippy::expect_used, reason = "a test that cannot go on is a failed test")]
    pub fn map(&mut self, options: PlanOptions, records: &[String]) -> Vec<SourceRecord> {
        let (runtime, tenant) = self.tenant(options);
        runtime.block_on(tenant.map_page(records)).expect("mapped")
    }

    /// Plans.
    ///
    /// # Panics
    /// When the guest is cut.
    #[allow(clippy::expect_used, reason = "a test that cannot go on is a failed test")]
    pub fn plan(&mut self, options: PlanOptions, read: &SourceRead, directory: &Directory) -> Plan {
        let (runtime, tenant) = self.tenant(options);
        runtime.block_on(tenant.plan_actions(read, directory)).expect("planned")
    }

    /// What the tenant with these choices has used.
    pub fn usage(&mut self, options: PlanOptions) -> Usage {
        self.tenant(options).1.usage()
    }

    /// Forgets all tenants: the next call has a fresh instance.
    pub fn restart(&mut self) {
        self.tenants.clear();
    }

    #[allow(clippy::expect_used, reason = "a test that cannot go on is a failed test")]
    fn tenant(&mut self, options: PlanOptions) -> (&Runtime, &mut Tenant) {
        let Self { runtime, connector, tenants } = self;
        let choices = (options.send_invitations, options.groups);
        let start = || runtime.block_on(start(connector, options)).expect("the tenant starts");
        (runtime, tenants.entry(choices).or_insert_with(start))
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

async fn start(connector: &Connector, options: PlanOptions) -> Result<Tenant, Box<dyn std::error::Error>> {
    let origin = Origin::parse(ORIGIN)?;
    let vault = Vault::new();
    let policy = EgressPolicy::new([origin], []);
    let gateway = Gateway::new(policy, Arc::new(FrontDesk), vault.clone(), HttpLimits::default());
    let mut tenant = connector.tenant(gateway, vault, None).await?;
    tenant.configure(&settings(options)).await.map_err(|error| format!("{error:?}"))?;
    Ok(tenant)
}

/// The form that leads to these choices.
#[must_use]
pub fn settings(options: PlanOptions) -> Settings {
    let mut connector = ConnectorSettings::new("Arbitrary")
        .with("client-id", SettingValue::Text("client".to_owned()))
        .with("client-secret", SettingValue::Secret("a secret".into()));
    connector.send_invitations = options.send_invitations;
    connector.group_assignment = match options.groups {
        None => GroupAssignment::None,
        Some(GroupBy::Team) => GroupAssignment::Team,
        Some(GroupBy::Department) => GroupAssignment::Department,
    };
    Settings {
        // Without it nobody could be invited.
        mail: Some(MailSettings {
            to: vec!["hr@acme.example".to_owned()],
            from: "elearnio@acme.example".to_owned(),
            language: Language::En,
            smtp: None,
        }),
        ..Settings::new("personio", connector)
    }
}

/// As much of Personio as `configure` asks for.
pub struct FrontDesk;

#[async_trait::async_trait]
impl Transport for FrontDesk {
    async fn send(&self, request: &Outbound, _: u64) -> Result<Inbound, HttpError> {
        let body: Value = if request.url.path().ends_with("/auth") {
            wire::token_json("papi-none", 86_400)
        } else {
            wire::attributes_json(&wire::Attribute::needed(wire::Labels::German, FLAG_KEY))
        };
        Ok(Inbound { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() })
    }
}
