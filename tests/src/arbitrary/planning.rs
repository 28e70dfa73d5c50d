//! Mapping and planning as the component does them, natively.
//!
//! The connector's types and the host's are two generated copies of one contract; data goes from one to the other as
//! JSON, which is also how they are compared byte for byte.

use std::collections::BTreeSet;

use connector_host::contract::{self, Plan};
use connector_kit::settings::{CommonSettings, PlanOptions};
use personio_connector::bindings::elearnio::connector::types::{
    self as guest, AccountStatus, Mapping, SourceRead, SourceRecord,
};
use personio_connector::{mapping, plan};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Company, FLAG_KEY};

/// One copy of the contract's types as the other.
///
/// # Panics
/// When the two copies have drifted apart.
#[must_use]
pub fn across<There: DeserializeOwned>(here: &impl Serialize) -> There {
    let shared = serde_json::to_value(here).and_then(serde_json::from_value);
    shared.unwrap_or_else(|error| panic!("the two sides of the contract differ: {error}"))
}

/// Rule S8's table and rule S1's values, as `configure` fills them in.
#[must_use]
pub fn config(options: PlanOptions) -> CommonSettings {
    let status = |(source, account): (&str, AccountStatus)| (source.to_owned(), account);
    CommonSettings {
        filter_label: String::new(),
        accepted: vec!["ja".to_owned(), "yes".to_owned()],
        statuses: [
            ("onboarding", AccountStatus::Preboarding),
            ("active", AccountStatus::Active),
            ("leave", AccountStatus::Absent),
            ("inactive", AccountStatus::Inactive),
        ]
        .map(status)
        .to_vec(),
        options,
    }
}

/// Maps every record.
#[must_use]
pub fn records(company: &Company) -> Vec<SourceRecord> {
    let config = config(company.options);
    let map = |text: &String| match mapping::map(text, FLAG_KEY, &config) {
        Ok(Mapping::Learner(learner)) => SourceRecord::Learner(learner),
        Ok(Mapping::Excluded(excluded)) => SourceRecord::Excluded(excluded),
        Err(rejected) => SourceRecord::Rejected(rejected),
    };
    company.records.iter().map(map).collect()
}

/// What the driver hands to `plan-actions`.
#[must_use]
pub fn read(company: &Company) -> SourceRead {
    let records = records(company);
    let distinct: BTreeSet<&str> = records.iter().filter_map(id).collect();
    let nameless = records.iter().filter(|record| id(record).is_none()).count();
    let truth = (distinct.len() + nameless) as u64;
    let total = company.total.map(|lie| truth.saturating_add_signed(lie));
    SourceRead { records, hidden: company.hidden.clone(), total, ended: company.ended }
}

/// Whose record it is, if it says so.
#[must_use]
pub fn id(record: &SourceRecord) -> Option<&str> {
    match record {
        SourceRecord::Learner(learner) => Some(&learner.employee),
        SourceRecord::Excluded(excluded) => Some(&excluded.employee),
        SourceRecord::Rejected(rejected) => rejected.employee.as_deref(),
    }
}

/// Plans.
#[must_use]
pub fn plan(company: &Company, directory: &contract::Directory) -> Plan {
    plan_read(&read(company), company, directory)
}

/// Plans for a read that somebody has tampered with.
#[must_use]
pub fn plan_read(read: &SourceRead, company: &Company, directory: &contract::Directory) -> Plan {
    let target: guest::Directory = across(directory);
    across(&plan::plan(read, &target, company.options))
}
