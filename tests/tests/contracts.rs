//! Released components run on today's host: every one in `tests/contracts/`, with the recorded company of its source.
//!
//! A component is kept as it was released (`cargo xtask keep-contract`), and what it plans is compared with what the freshly built
//! one plans: a host that grew has to ask an old component for the same as a new one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use connector_cassette::Replay;
use connector_host::contract::Plan;
use connector_host::sandbox::{Connector, Host};
use connector_settings::file::SettingsFile;
use connector_store::import;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::mail::NoMails;
use connector_sync::progress::Silent;
use connector_sync::sleeper::TokioSleeper;
use connector_sync::tenant_builder::{self, TenantBuilder};
use connector_sync::{self as sync, Options, SyncContext};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use whole_system_tests::{component, fixture, guests, repository};

/// The folders of kept components, one for each version of the contract.
fn versions() -> Vec<PathBuf> {
    let entries = fs::read_dir(repository().join("tests/contracts")).unwrap();
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "tests/contracts keeps no version: type `cargo xtask keep-contract`");
    folders
}

/// A version's components.
fn kept(version: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(version).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|kind| kind == "wasm")).collect();
    files.sort();
    assert!(!files.is_empty(), "{} keeps no component: type `cargo xtask keep-contract`", version.display());
    files
}

/// A connector's recorded companies, and its component as it is built today.
fn today(connector: &str) -> (&'static [&'static str], PathBuf) {
    match connector {
        "personio" => (&["acme", "nordwind"], component()),
        "csv" => (&["csv"], guests::component("csv-connector").unwrap()),
        other => panic!("a kept component describes itself as {other}: name its recorded companies here"),
    }
}

/// What a sync of the company plans: configured, read whole, and planned against the accounts before its first sync.
async fn plan(connector: &Connector, company: &str) -> Plan {
    let folder = fixture(company);
    let settings = SettingsFile::open_with(&folder.join("settings.toml"), |_| Some("any".to_owned())).unwrap();
    let settings = settings.settings_for(connector.description()).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let mut directory = SqliteDirectory::open(&scratch.path().join("kept.db")).unwrap();
    import::import(&mut directory, &folder.join("directory.json")).await.unwrap();
    let endpoints = connector_host::settings::named_origins(connector.description(), &settings.connector.values);
    let policy = tenant_builder::policy(connector, endpoints.collect::<Vec<_>>());
    let replay = Arc::new(Replay::open(&folder.join("exchanges")).unwrap());
    let mut tenant = TenantBuilder::new(connector, policy, replay).start(&settings).await.unwrap();
    let context = SyncContext { tenant: &mut tenant, settings: &settings, progress: &Silent, sleeper: &TokioSleeper };
    let options = Options { dry_run: true, ..Options::default() };
    let report = sync::sync(context, &mut directory, &NoMails, &options, Timestamp::UNIX_EPOCH).await.unwrap();
    assert!(report.read.complete, "{company}: {:?}", report.failures);
    report.plan.unwrap_or_else(|| panic!("{company} has no plan: {:?}", report.failures))
}

#[tokio::test]
async fn every_kept_component_runs_on_this_host_and_plans_what_the_new_one_plans() {
    let host = Host::builder().tenants(4).build().unwrap();
    for version in versions() {
        for file in kept(&version) {
            let old = host.load(&file).await.unwrap_or_else(|verdict| panic!("{}: {verdict}", file.display()));
            let (companies, new) = today(&old.description().name);
            let new = host.load(&new).await.unwrap();
            for company in companies {
                let (before, now) = (plan(&old, company).await, plan(&new, company).await);
                assert!(!before.actions.is_empty(), "{}, {company}: a plan of nothing", file.display());
                assert_eq!(before, now, "{}, {company}", file.display());
            }
        }
    }
}

/// A component of a later version of the contract, until the next breaking one, that asks for nothing new: nothing but the version
/// in its names is another.
#[tokio::test]
async fn a_component_of_a_later_contract_that_asks_for_nothing_new_runs_on_this_host() {
    let host = Host::builder().tenants(2).build().unwrap();
    let kept = repository().join("tests/contracts/0.2.0/personio.wasm");
    let later = tempfile::NamedTempFile::new().unwrap();
    fs::write(later.path(), renamed(&fs::read(&kept).unwrap(), b"elearnio:connector/", b"@0.2.0", b"@0.2.9")).unwrap();
    let spoken = host.inspect(later.path()).unwrap().contract_version().unwrap().to_string();
    assert_eq!(spoken, "0.2.9");
    let (kept, later) = (host.load(&kept).await.unwrap(), host.load(later.path()).await.unwrap());
    assert_eq!(plan(&kept, "acme").await, plan(&later, "acme").await);
}

/// The same bytes, with another version behind each name of this package.
fn renamed(bytes: &[u8], package: &[u8], version: &[u8], other: &[u8]) -> Vec<u8> {
    assert_eq!(version.len(), other.len(), "names have their length before them");
    let mut renamed = bytes.to_vec();
    for start in 0..bytes.len() {
        if !bytes[start..].starts_with(package) {
            continue;
        }
        let interface = bytes[start + package.len()..]
            .iter()
            .take_while(|byte| byte.is_ascii_lowercase() || **byte == b'-')
            .count();
        let at = start + package.len() + interface;
        if bytes[at..].starts_with(version) {
            renamed[at..at + version.len()].copy_from_slice(other);
        }
    }
    renamed
}

#[tokio::test]
async fn a_component_that_asks_for_more_than_this_contract_has_is_refused_with_both_versions() {
    const LATER: guests::Edit<'_> =
        ("connector.wit", "package elearnio:connector@0.2.0;", "package elearnio:connector@0.2.1;");
    let function = ("http.wit", "    /// Sends a request. A", "    peek: func() -> u32;\n\n    /// Sends a request. A");
    let interface = (LATER.0, LATER.2, "package elearnio:connector@0.2.1;\ninterface store { get: func() -> u32; }\n");
    let plain = "package test:test; world test { include elearnio:connector/plugin@0.2.1; }";
    let storing = "package test:test;
        world test { include elearnio:connector/plugin@0.2.1; import elearnio:connector/store@0.2.1; }";
    let host = Host::builder().tenants(1).build().unwrap();
    for (edits, wit, words) in [
        ([LATER, function], plain, "it uses version 0.2.1 of elearnio:connector/http, and this host uses 0.2.0"),
        ([LATER, interface], storing, "it uses version 0.2.1 of elearnio:connector/store, and this host uses 0.2.0"),
    ] {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), guests::dummy_of_contract_with(&edits, wit).unwrap()).unwrap();
        let Err(verdict) = host.load(file.path()).await else { panic!("it was loaded: {words}") };
        assert_eq!((verdict.code(), verdict.to_string().contains(words)), ("contract-mismatch", true), "{verdict}");
    }
}

#[tokio::test]
async fn every_kept_component_is_of_its_folder_s_version() {
    let host = Host::builder().tenants(1).build().unwrap();
    for version in versions() {
        for file in kept(&version) {
            let spoken = host.inspect(&file).unwrap().contract_version().unwrap().to_string();
            assert_eq!(version.file_name().unwrap().to_string_lossy(), spoken, "{}", file.display());
        }
    }
}

/// Kept bytes do not change unseen: the page beside them names the checksum of each.
#[test]
fn every_kept_component_has_the_checksum_that_its_readme_names() {
    for version in versions() {
        let readme = fs::read_to_string(version.join("README.md")).unwrap();
        for file in kept(&version) {
            let checksum = hex::encode(Sha256::digest(fs::read(&file).unwrap()));
            let row = readme.lines().find(|line| line.contains(&checksum));
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            assert!(row.is_some_and(|row| row.contains(&name)), "{}: its checksum is {checksum}", file.display());
        }
    }
}
