//! A limit in a settings file takes effect, whatever part of the host it belongs to, and its message says where to raise it.

#![allow(clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use std::sync::Arc;

use connector_cassette::Replay;
use connector_host::sandbox::{Connector, Host};
use connector_settings::file;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::progress::Silent;
use connector_sync::run::Failure;
use connector_sync::sleeper::TokioSleeper;
use connector_sync::tenant_builder::{self, StartError, TenantBuilder};
use connector_sync::{self as sync, SyncContext};
use jiff::Timestamp;
use tokio::sync::OnceCell;
use whole_system_tests::component;
use whole_system_tests::tenants::Tenants;

async fn connector() -> &'static Connector {
    static CONNECTOR: OnceCell<Connector> = OnceCell::const_new();
    CONNECTOR
        .get_or_init(|| async {
            let host = Host::builder().tenants(4).build().expect("a host");
            host.load(&component()).await.expect("the component loads")
        })
        .await
}

/// Plans a sync of nordwind, which has four pages, with one limit set; gives what went wrong.
async fn failure(limit: &str) -> Option<Failure> {
    let tenants = Tenants::none();
    tenants.add("nordwind", "nordwind", &format!("limits = {{ {limit} }}"));
    let folder = tenants.tenant("nordwind");
    let settings = file::load(&folder.join("settings.toml")).expect("good settings");
    let connector = connector().await;
    let replay = Replay::open(&folder.join("exchanges")).expect("a recording");
    let builder = TenantBuilder::new(connector, tenant_builder::policy(connector, []), Arc::new(replay));
    let mut tenant = match builder.start(&settings).await {
        Err(StartError::Guest(error)) => return Some((&error).into()),
        started => started.expect("it starts"),
    };
    let mut directory = SqliteDirectory::open(&folder.join("directory.db")).expect("a directory");
    let job = SyncContext { tenant: &mut tenant, settings: &settings, progress: &Silent, sleeper: &TokioSleeper };
    let report = sync::prepare(job, &mut directory, Timestamp::now()).await.expect("the directory can be read");
    report.failures.into_iter().next()
}

#[tokio::test]
async fn each_limit_bites_and_says_how_to_raise_it() {
    let raise = |key: &str| {
        let setter = key.replace('-', "_");
        format!("If this tenant needs more, raise {key} under [limits] in its settings, or Limits::{setter}.")
    };
    for (limit, message) in [
        ("memory-mib = 1", "start: the connector asked for 2 MiB of memory; the limit memory-mib is set to 1"),
        ("instances = 1", "start: the connector needs more instances; the limit instances is set to 1"),
        (
            "requests-per-sync = 2",
            "fetch-mapped: the connector made too many requests; the limit requests-per-sync is set to 2",
        ),
        (
            "requests-per-minute = 1",
            "configure: the connector made too many requests; the limit requests-per-minute is set to 1",
        ),
        (
            "request-bytes = 10",
            "configure: the connector made a request that is too large; the limit request-bytes is set to 10",
        ),
        ("pages = 1", "fetch-mapped: the source has 2 pages; the limit pages is set to 1"),
        (
            "page-employees = 99",
            "fetch-mapped: the source has 100 employees on one page; the limit page-employees is set to 99",
        ),
        ("employees = 150", "fetch-mapped: the source has 200 employees; the limit employees is set to 150"),
        ("cursor-bytes = 3", "fetch-mapped: the source has 20 bytes of cursor; the limit cursor-bytes is set to 3"),
        ("actions = 1", "plan-actions: the plan has 813 actions; the limit actions is set to 1"),
    ] {
        let failure = failure(limit).await.expect(limit);
        assert_eq!(failure.message, message, "{limit}");
        let key = limit.split(' ').next().unwrap_or_default();
        assert_eq!(failure.remedy, raise(key), "{limit}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_says_how_to_raise_the_limit() {
    let failure = failure("response-bytes = 1_000").await.expect("the attributes alone are larger");
    assert_eq!(failure.message, "Personio's response is larger than the platform's limit of 1000 bytes.");
    let remedy = "If the responses are really that large, raise response-bytes under [limits] in the settings.";
    assert_eq!(failure.remedy, remedy);
}

#[tokio::test]
async fn what_is_needed_exactly_is_enough() {
    for limit in ["pages = 4", "requests-per-sync = 6", "page-employees = 100"] {
        assert_eq!(failure(limit).await, None, "{limit}");
    }
}
