//! A kept directory does what the one in memory does, so that what holds there holds here: on disk, and in
//! [`in_postgresql`](super::in_postgresql).

use std::collections::BTreeMap;

use connector_host::contract::{Account, Action, Directory, Operation};
use connector_host::names::status_name;
use connector_mail::TenantMails;
use connector_settings::{ConnectorSettings, Language, MailSettings, SettingValue, Settings};
use connector_store::import;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::directory::Store;
use connector_sync::progress::Silent;
use connector_sync::run::{Outcome, RunReport, RunVerdict};
use connector_sync::{self, Options, hash};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use whole_system_tests::arbitrary::platform::apply;
use whole_system_tests::arbitrary::{self, Company, planning};

proptest! {
    #![proptest_config(arbitrary::at_least(200))]

    #[test]
    fn s20_the_database_ends_as_memory_does_over_any_history(
        directory in arbitrary::directory(),
        years in proptest::collection::vec(arbitrary::company(), 1..4),
    ) {
        let folder = folder();
        let mut disk = SqliteDirectory::open(&folder.path().join("directory.db")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(ends_as_memory_does(&mut disk, &directory, &years))?;
    }
}

/// Fills an empty store, and has it live through these years.
pub async fn ends_as_memory_does(
    store: &mut dyn Store,
    start: &Directory,
    years: &[Company],
) -> Result<(), TestCaseError> {
    fill(store, start).await;
    let mut memory = snapshot(store).await;
    let mut invitations = 0;
    for (year, company) in years.iter().enumerate() {
        let plan = planning::plan(company, &snapshot(store).await);
        let (after, outcomes) = apply(&memory, &plan.actions);
        let is_invited = |(action, outcome): &(&Action, &Outcome)| {
            action.operation == Operation::Invite && **outcome == Outcome::Applied
        };
        invitations += plan.actions.iter().zip(&outcomes).filter(is_invited).count();
        let mut report = RunReport::blank("Arbitrary", "2026-11-23T14:30:00Z".parse().unwrap());
        report.run = format!("run-{year}");
        let identity = store.id().await.unwrap();
        let plan_hash = hash::of(&plan, "Arbitrary", identity.as_deref());
        let approve = (!super::is_blocked(&plan)).then(|| plan_hash.clone());
        report.take_plan(plan, plan_hash);
        let options = Options { dry_run: false, approve };
        let settings = settings();
        let mails = TenantMails::new(&settings);
        let report = connector_sync::finish(report, store, &mails, &options, &Silent).await.unwrap();
        memory = after;
        let stored = snapshot(store).await;
        prop_assert_eq!(by_id(&stored), by_id(&memory));
        if report.verdict == RunVerdict::Done {
            prop_assert_eq!(report.outcomes, outcomes);
        }
    }
    let queued = store.inspect().await.unwrap().queued().await.unwrap();
    let invited = queued.iter().filter(|mail| mail.subject == "Your access to elearnio").count();
    // S16: each was enqueued, and none was taken for one that was queued before.
    prop_assert_eq!(invited, invitations);
    prop_assert_eq!(queued.len(), invitations + years.len());
    Ok(())
}

async fn snapshot(store: &mut dyn Store) -> Directory {
    store.inspect().await.unwrap().snapshot().await.unwrap()
}

/// A folder in memory where there is one: these directories are not meant to outlive a power cut.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Imports these accounts and groups.
async fn fill(store: &mut dyn Store, directory: &Directory) {
    let groups: Vec<Value> =
        directory.groups.iter().map(|group| json!({ "id": group.id, "name": group.name })).collect();
    let accounts: Vec<Value> = directory.accounts.iter().map(account).collect();
    let folder = folder();
    let file = folder.path().join("accounts.json");
    std::fs::write(&file, json!({ "groups": groups, "accounts": accounts }).to_string()).unwrap();
    import::import(store, &file).await.unwrap();
}

/// An account as an import file has it: what is none is left out.
fn account(account: &Account) -> Value {
    let Ok(Value::Object(fields)) = serde_json::to_value(account) else { panic!("an account is an object") };
    let mut fields: Map<String, Value> = fields
        .into_iter()
        .filter(|(key, value)| {
            !["version", "earlier_employees", "foreign_employees"].contains(&key.as_str()) && !value.is_null()
        })
        .collect();
    fields.insert("status".to_owned(), json!(status_name(&account.status)));
    Value::Object(fields)
}

fn by_id(directory: &Directory) -> BTreeMap<&str, Value> {
    let sorted = |account: &Account| {
        let mut account = account.clone();
        account.groups.sort();
        serde_json::to_value(account).unwrap()
    };
    directory.accounts.iter().map(|account| (account.id.as_str(), sorted(account))).collect()
}

fn settings() -> Settings {
    let mut connector = ConnectorSettings::new("Arbitrary")
        .with("client-id", SettingValue::Text("client".to_owned()))
        .with("client-secret", SettingValue::Secret("a secret".into()));
    connector.send_invitations = true;
    Settings {
        mail: Some(MailSettings {
            to: vec!["hr@acme.example".to_owned()],
            from: "elearnio@acme.example".to_owned(),
            language: Language::En,
            smtp: None,
        }),
        ..Settings::new("personio", connector)
    }
}
