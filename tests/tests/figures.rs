//! What the connector costs in figures that no clock takes part in: instructions, bytes across the boundary, bytes of the
//! component. They are committed in `figures.json`, and a change that moves one by more than 3 % has to change it there on
//! purpose: `UPDATE_EXPECT=1` writes the file again.
//!
//! Instructions are WebAssembly's as the engine counts them (fuel). They depend on the compiler that made the component, and on
//! nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use connector_host::contract::{Directory, Plan, Reading, SourceRead, SourceRecord, StatusReading};
use connector_host::sandbox::{Connector, Host, Tenant};
use connector_settings::{Settings, file};
use whole_system_tests::company::Company;
use whole_system_tests::page_source::{self, KeyOrder, PageSource, Way, read};
use whole_system_tests::{component, fixture, nordwind, repository};

/// Enough for everything that is paid once to be nothing.
const PEOPLE: usize = 3_000;

/// A figure may move by so many percent before somebody has to say that it is meant.
const PERCENT: u64 = 3;

type Figures = BTreeMap<String, u64>;

fn committed() -> PathBuf {
    repository().join("tests/figures.json")
}

#[tokio::test]
async fn the_connector_costs_what_is_committed() {
    let measured = measure().await;
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let text = serde_json::to_string_pretty(&measured).unwrap();
        return std::fs::write(committed(), text + "\n").unwrap();
    }
    let committed: Figures = serde_json::from_slice(&std::fs::read(committed()).unwrap()).unwrap();
    let names: Vec<&String> = committed.keys().collect();
    assert_eq!(measured.keys().collect::<Vec<_>>(), names, "tests/figures.json has other figures");
    let moved: Vec<String> = measured
        .iter()
        .filter_map(|(name, is)| {
            let was = committed.get(name)?;
            (is.abs_diff(*was) * 100 > was * PERCENT).then(|| format!("{name}: {was} is committed, {is} measured"))
        })
        .collect();
    assert!(
        moved.is_empty(),
        "figures moved by more than {PERCENT} %; if that is meant, UPDATE_EXPECT=1 writes tests/figures.json:\n{}",
        moved.join("\n")
    );
}

async fn measure() -> Figures {
    let company = Company::generate("nordwind", PEOPLE, 7);
    let host = Host::builder().counting(true).build().unwrap();
    let connector = host.load(&component()).await.unwrap();
    let settings = fixture("nordwind").join("settings.toml");
    let settings = file::load_with(&settings, |_| Some("any".to_owned())).unwrap();
    let mut figures = Figures::new();
    let mut note = |name: &str, value: u64| figures.insert(name.to_owned(), value);
    for (name, order) in [("", KeyOrder::Same), (" with keys in another order", KeyOrder::EveryTenthTurned)] {
        let source = Arc::new(PageSource::of(&company, &nordwind::account(), order));
        let mut tenant = configured(&connector, &source, &settings).await;
        let before = tenant.usage().instructions;
        let records = read(&mut tenant, Way::InOneCall).await.unwrap();
        let used = tenant.usage().instructions - before;
        note(&format!("instructions for a record of a mapped page{name}"), used / PEOPLE as u64);
        if order == KeyOrder::Same {
            let entering: usize = source.pages().iter().map(Vec::len).sum();
            let leaving: usize = records.iter().map(bytes).sum();
            note("bytes across the boundary for a record of a mapped page", ((entering + leaving) / PEOPLE) as u64);
            let (instructions, plan) = planned(&mut tenant, records).await;
            note("instructions for an action of a plan", instructions / plan.actions.len() as u64);
            let mut tenant = configured(&connector, &source, &settings).await;
            let before = tenant.usage().instructions;
            read(&mut tenant, Way::RecordByRecord).await.unwrap();
            let used = tenant.usage().instructions - before;
            note("instructions for a record that is read and mapped by itself", used / PEOPLE as u64);
        }
    }
    note("bytes of the component", std::fs::metadata(component()).unwrap().len());
    figures
}

async fn configured(connector: &Connector, source: &Arc<PageSource>, settings: &Settings) -> Tenant {
    let mut tenant = page_source::tenant(connector, source, None).await.unwrap();
    tenant.configure(settings).await.unwrap();
    tenant
}

/// Plans for an empty directory: somebody new for each.
async fn planned(tenant: &mut Tenant, records: Vec<SourceRecord>) -> (u64, Plan) {
    let total = Some(records.len() as u64);
    let source = SourceRead { records, hidden: Vec::new(), total, ended: true };
    let before = tenant.usage().instructions;
    let plan = tenant.plan_actions(&source, &Directory { accounts: Vec::new(), groups: Vec::new() }).await.unwrap();
    (tenant.usage().instructions - before, plan)
}

/// The texts of a person that leave the sandbox, in bytes.
fn bytes(record: &SourceRecord) -> usize {
    let SourceRecord::Learner(learner) = record else { return 0 };
    let text = |reading: &Reading| if let Reading::Value(text) = reading { text.len() } else { 0 };
    let status = if let StatusReading::Unknown(text) = &learner.status { text.len() } else { 0 };
    learner.employee.len() + status + learner.readings().into_iter().map(|(_, reading)| text(reading)).sum::<usize>()
}
