//! The people that are mapped and planned, and the native side: the plugin's own code, called as a library.

#![allow(clippy::expect_used, reason = "a benchmark without its people measures nothing")]

use connector_host::contract::{Directory, SourceRead, SourceRecord};
use connector_kit::settings::{CommonSettings, GroupBy, PlanOptions};
use personio_connector::bindings::elearnio::connector::types as guest;
use whole_system_tests::arbitrary::planning::{self, across};
use whole_system_tests::company::wire::{LIMIT, employee_json};
use whole_system_tests::company::{Company, learning};
use whole_system_tests::nordwind;

use super::reference;

/// A company, as records in pages.
pub struct People {
    pub company: Company,
    /// Each employee's record, as the wire has it.
    pub pages: Vec<Vec<String>>,
    config: CommonSettings,
    flag: String,
}

impl People {
    pub fn of(size: usize) -> Self {
        let company = Company::generate("nordwind", size, 7);
        let attributes = nordwind::account().attributes;
        let flag = attributes.last().expect("the filter attribute is the last").key.clone();
        let records: Vec<String> =
            company.people.iter().map(|person| employee_json(person, &attributes).to_string()).collect();
        let pages = records.chunks(LIMIT).map(<[String]>::to_vec).collect();
        let options = PlanOptions { send_invitations: true, groups: Some(GroupBy::Department) };
        Self { company, pages, config: planning::config(options), flag }
    }

    /// Maps every record, as the component does, and keeps the results as the host does.
    pub fn map(&self, pages: &[Vec<String>]) -> Vec<guest::SourceRecord> {
        let map = |record: &String| match personio_connector::mapping::map(record, &self.flag, &self.config) {
            Ok(guest::Mapping::Learner(learner)) => guest::SourceRecord::Learner(learner),
            Ok(guest::Mapping::Excluded(excluded)) => guest::SourceRecord::Excluded(excluded),
            Err(rejected) => guest::SourceRecord::Rejected(rejected),
        };
        pages.iter().flatten().map(map).collect()
    }

    /// Reads every page by the reference.
    pub fn read_by_reference(&self, pages: &[Vec<u8>]) -> Vec<guest::Learner> {
        let text = |page| std::str::from_utf8(page).expect("a page is text");
        pages.iter().flat_map(|page| reference::learners(text(page), &self.flag, &self.config)).collect()
    }

    /// What was read, and accounts that are a little out of date.
    pub fn read(&self) -> (SourceRead, Directory) {
        let records: Vec<SourceRecord> = self.map(&self.pages).iter().map(across).collect();
        let total = Some(records.len() as u64);
        let source = SourceRead { records, hidden: Vec::new(), total, ended: true };
        let accounts = learning::directory(&self.company, Vec::new(), 7).accounts;
        let accounts = accounts.iter().map(account).collect();
        (source, Directory { accounts, groups: Vec::new() })
    }

    /// Plans, as the component does.
    pub fn plan(&self, source: &guest::SourceRead, target: &guest::Directory) -> guest::Plan {
        personio_connector::plan::plan(source, target, self.config.options)
    }
}

fn account(account: &learning::Account) -> connector_host::contract::Account {
    let status = connector_host::names::status_named(&account.status).expect("a status");
    connector_host::contract::Account {
        id: account.id.clone(),
        version: 1,
        earlier_employees: Vec::new(),
        foreign_employees: Vec::new(),
        employee: account.employee.clone(),
        email: account.email.clone(),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        status,
        gender: account.gender.clone(),
        position: account.position.clone(),
        department: account.department.clone(),
        location: account.location.clone(),
        team: account.team.clone(),
        supervisor: account.supervisor.clone(),
        protected: account.protected,
        created_by_connector: account.created_by_connector,
        invited: account.invited,
        groups: account.groups.clone(),
    }
}
