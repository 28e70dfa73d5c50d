//! The component's side: a prepared connector, and tenants of it, as a platform starts them.

#![allow(clippy::expect_used, reason = "a benchmark without its component measures nothing")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use connector_cassette::Replay;
use connector_cassette::cassette::Exchange;
use connector_host::contract::SourceRecord;
use connector_host::http::{EgressPolicy, Gateway, HttpLimits, Vault};
use connector_host::sandbox::{Connector, Host, Limits, Tenant};
use connector_settings::Settings;
use connector_settings::file;
use whole_system_tests::company::wire::LIMIT;
use whole_system_tests::company::{Company, cassette};
use whole_system_tests::{component, fixture, nordwind};

/// A connector, prepared, with a recording that answers its tenants.
pub struct Sandbox {
    connector: Connector,
    replay: Replay,
    settings: Settings,
}

impl Sandbox {
    pub async fn open(company: &Company) -> Self {
        let host = Host::builder().build().expect("a host");
        let connector = host.load(&component()).await.expect("a connector");
        let exchanges = cassette::exchanges(company, &nordwind::account(), LIMIT);
        let parse = |(name, text): (String, String)| -> (String, Exchange) {
            (name, serde_json::from_str(&text).expect("an exchange"))
        };
        let replay = Replay::of(exchanges.into_iter().map(parse).collect());
        let settings = fixture("nordwind").join("settings.toml");
        let settings = file::load_with(&settings, |_| Some("any".to_owned())).expect("settings");
        Self { connector, replay, settings }
    }

    /// What a tenant is given.
    fn way_out(&self) -> (Gateway, Vault) {
        let vault = Vault::new();
        let policy = EgressPolicy::new(self.connector.description().origins.clone(), Vec::new());
        (Gateway::new(policy, Arc::new(self.replay.rewound()), vault.clone(), HttpLimits::default()), vault)
    }

    /// A tenant that is ready to read.
    pub async fn configured(&self) -> Tenant {
        let (gateway, vault) = self.way_out();
        // A benchmark calls for longer than any sync, and maps the same people again and again.
        let limits = Limits::default().sync_milliseconds(u64::MAX).read_mib(u64::MAX);
        let mut tenant = self.connector.tenant(gateway, vault, Some(limits)).await.expect("a tenant");
        tenant.configure(&self.settings).await.expect("a connection");
        tenant
    }

    /// Starts tenants, one after the other; the time of the starts alone.
    pub async fn start(&self, times: u64) -> Duration {
        let mut time = Duration::ZERO;
        for _ in 0..times {
            let (gateway, vault) = self.way_out();
            let start = Instant::now();
            let tenant = self.connector.tenant(gateway, vault, None).await;
            time += start.elapsed();
            drop(tenant.expect("a tenant"));
        }
        time
    }
}

/// Maps every page.
pub async fn map(tenant: &mut Tenant, pages: &[Vec<String>]) -> Vec<SourceRecord> {
    let mut records = Vec::with_capacity(pages.len() * LIMIT);
    for page in pages {
        records.extend(tenant.map_page(page).await.expect("mapped"));
    }
    records
}
