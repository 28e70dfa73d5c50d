//! The component's side: a prepared connector, and tenants of it, as a platform starts them.

#![allow(clippy::expect_used, reason = "a benchmark without its component measures nothing")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use connector_host::contract::SourceRecord;
use connector_host::sandbox::{Connector, Host, Limits, Tenant};
use connector_settings::Settings;
use connector_settings::file;
use whole_system_tests::company::Company;
use whole_system_tests::company::wire::LIMIT;
use whole_system_tests::page_source::{self, KeyOrder, PageSource, Way};
use whole_system_tests::{component, fixture, nordwind};

/// A connector, prepared, with a source that answers its tenants.
pub struct Sandbox {
    connector: Connector,
    source: Arc<PageSource>,
    settings: Settings,
}

impl Sandbox {
    pub async fn open(company: &Company, order: KeyOrder) -> Self {
        let host = Host::builder().build().expect("a host");
        let connector = host.load(&component()).await.expect("a connector");
        let source = Arc::new(PageSource::of(company, &nordwind::account(), order));
        let settings = fixture("nordwind").join("settings.toml");
        let settings = file::load_with(&settings, |_| Some("any".to_owned())).expect("settings");
        Self { connector, source, settings }
    }

    /// A tenant that is ready to read.
    pub async fn configured(&self) -> Tenant {
        // A benchmark calls for longer than any sync, and maps the same people again and again.
        let limits = Limits::default().sync_milliseconds(u64::MAX).read_mib(u64::MAX);
        let mut tenant = page_source::tenant(&self.connector, &self.source, Some(limits)).await.expect("a tenant");
        tenant.configure(&self.settings).await.expect("a connection");
        tenant
    }

    /// Reads everybody, each time by a tenant of its own; the time of the reading alone.
    pub async fn read(&self, way: Way, times: u64) -> Duration {
        let mut time = Duration::ZERO;
        for _ in 0..times {
            let mut tenant = self.configured().await;
            let start = Instant::now();
            let records = page_source::read(&mut tenant, way).await.expect("everybody");
            time += start.elapsed();
            drop(std::hint::black_box(records));
        }
        time
    }

    /// Starts tenants, one after the other; the time of the starts alone.
    pub async fn start(&self, times: u64) -> Duration {
        let mut time = Duration::ZERO;
        for _ in 0..times {
            let (gateway, vault) = page_source::way_out(&self.connector, &self.source);
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
