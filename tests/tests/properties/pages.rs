//! With the real driver and the built component: the plan is the same for any page size, and for both ways to read a page.

use std::cell::LazyCell;
use std::sync::Arc;

use connector_host::http::{EgressPolicy, Gateway, HttpError, HttpLimits, Inbound, Outbound, Transport, Vault};
use connector_host::sandbox::{Connector, Host, Tenant};
use connector_sync::directory::FixedDirectory;
use connector_sync::progress::Silent;
use connector_sync::run::RunReport;
use connector_sync::sleeper::TokioSleeper;
use connector_sync::{self as sync, SyncContext};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;
use tokio::runtime::Runtime;
use whole_system_tests::arbitrary::sandbox::{FrontDesk, settings};
use whole_system_tests::arbitrary::{self, Case, Company};
use whole_system_tests::both_ways::{self, Way};

proptest! {
    #![proptest_config(arbitrary::at_least(200))]

    #[test]
    fn s20_a_plan_does_not_depend_on_the_page_size(
        case in arbitrary::case(),
        sizes in (1_usize..12, 1_usize..12),
        reporting in prop_oneof![Just(Reporting::Never), Just(Reporting::First), Just(Reporting::Always)],
    ) {
        thread_local! {
            static DRIVER: LazyCell<Driver> = const { LazyCell::new(Driver::new) };
        }
        let [one, other] = [sizes.0, sizes.1].map(|size| {
            DRIVER.with(|driver| driver.prepare(&case, Paged { rows: case.company.records.clone(), size, reporting, damage: None }))
        });
        prop_assert_eq!(&one.failures, &[]);
        prop_assert_eq!(one.read.stopped, None);
        prop_assert_eq!(one.read.employees, case.company.records.len() as u64);
        prop_assert!(one.plan.is_some());
        prop_assert_eq!(one.plan, other.plan);
        prop_assert_eq!(one.plan_hash, other.plan_hash);
    }
}

proptest! {
    #![proptest_config(arbitrary::at_least(200))]

    /// Record by record or at once: for every company, and for pages with any one byte another.
    #[test]
    fn both_ways_read_the_same_whatever_the_page(
        case in arbitrary::case(),
        size in 1_usize..12,
        damage in proptest::option::weighted(0.7, (any::<Index>(), any::<u8>())),
    ) {
        thread_local! {
            static DRIVER: LazyCell<Driver> = const { LazyCell::new(Driver::new) };
        }
        let source = || Paged { rows: case.company.records.clone(), size, reporting: Reporting::Always, damage };
        let [one_by_one, at_once] =
            [Way::OneByOne, Way::AtOnce].map(|way| DRIVER.with(|driver| driver.read(&case.company, source(), way)));
        prop_assert_eq!(one_by_one, at_once);
    }
}

/// Which pages report the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reporting {
    Never,
    First,
    Always,
}

/// A source with pages of one size.
struct Paged {
    rows: Vec<String>,
    size: usize,
    reporting: Reporting,
    /// A byte that every page has in a place where it was another.
    damage: Option<(Index, u8)>,
}

impl Paged {
    fn page(&self, offset: usize) -> String {
        let rows: Vec<&str> = self.rows.iter().skip(offset).take(self.size).map(String::as_str).collect();
        let reports = self.reporting == Reporting::Always || (self.reporting == Reporting::First && offset == 0);
        let total =
            if reports { format!(r#""metadata":{{"total_elements":{}}},"#, self.rows.len()) } else { String::new() };
        format!(r#"{{"success":true,{total}"limit":{},"data":[{}]}}"#, self.size, rows.join(","))
    }
}

#[async_trait::async_trait]
impl Transport for Paged {
    async fn send(&self, request: &Outbound, limit: u64) -> Result<Inbound, HttpError> {
        let mut query = request.url.query_pairs();
        match query.find_map(|(key, value)| (key == "offset").then(|| value.parse().ok()).flatten()) {
            Some(offset) => {
                let mut body = self.page(offset).into_bytes();
                if let Some((place, byte)) = self.damage {
                    *place.get_mut(&mut body) = byte;
                }
                Ok(Inbound { status: 200, headers: Vec::new(), body })
            }
            None => FrontDesk.send(request, limit).await,
        }
    }
}

/// Reads and plans as a platform does.
struct Driver {
    runtime: Runtime,
    connector: Connector,
}

impl Driver {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let host = Host::builder().build().expect("a host");
        let connector = runtime.block_on(host.load(&whole_system_tests::component())).expect("the component loads");
        Self { runtime, connector }
    }

    fn prepare(&self, Case { company, directory }: &Case, source: Paged) -> RunReport {
        self.runtime.block_on(self.run(company, &mut FixedDirectory(directory.clone()), source))
    }

    fn read(&self, company: &Company, source: Paged, way: Way) -> Vec<String> {
        let settings = settings(company.options);
        self.runtime.block_on(async { both_ways::read(&mut self.tenant(source).await, &settings, way).await })
    }

    async fn tenant(&self, source: Paged) -> Tenant {
        let origins = self.connector.description().origins.clone();
        let vault = Vault::new();
        let policy = EgressPolicy::new(origins, []);
        let gateway = Gateway::new(policy, Arc::new(source), vault.clone(), HttpLimits::default());
        self.connector.tenant(gateway, vault, None).await.expect("a tenant")
    }

    async fn run(&self, company: &Company, directory: &mut FixedDirectory, source: Paged) -> RunReport {
        let settings = settings(company.options);
        let mut tenant = self.tenant(source).await;
        let job = SyncContext { tenant: &mut tenant, settings: &settings, progress: &Silent, sleeper: &TokioSleeper };
        sync::prepare(job, directory, Timestamp::UNIX_EPOCH).await.expect("the directory can be read")
    }
}
