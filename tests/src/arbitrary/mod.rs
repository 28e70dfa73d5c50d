//! Companies that are arbitrary on purpose, for properties that must hold for any company.
//!
//! A [`Case`] is what Personio shows and what the learning platform holds. [`person`] and [`account`] make one of each out
//! of *picks*: one small number for each field, of which 0 is the ordinary choice. So a failing case shrinks to a few
//! ordinary people around the one odd value that matters. Everybody has a place, and most values are chosen relative to
//! it (own address, the next one's address, the same in another spelling): values drawn independently from a large pool
//! hardly ever meet, and it is where they meet that a plan goes wrong.
//!
//! [`planning`] maps and plans natively, [`platform`] applies in memory with the decisions of the real directory, and
//! [`sandbox`] maps and plans the same inside the component.

#![allow(
    clippy::panic,
    clippy::maybe_infinite_iter,
    clippy::unnecessary_wraps,
    reason = "made for tests: what cannot go on fails them, IDs are found before they run out, and a row has one shape"
)]

pub mod account;
pub mod person;
pub mod planning;
pub mod platform;
pub mod sandbox;

use std::collections::BTreeSet;

use connector_host::contract::{Account, Directory, Group};
use connector_kit::settings::{GroupBy, PlanOptions};
use personio_connector::attributes::Attribute;
use personio_connector::bindings::elearnio::connector::types::HiddenAttribute;
use proptest::collection::vec;
use proptest::prelude::*;

use account::AccountPicks;

/// The filter attribute's key.
pub const FLAG_KEY: &str = "dynamic_7";

/// The names of groups, departments and teams: three things, in several spellings each.
pub const NAMES: [&str; 6] = ["Vertrieb", "Qualität", "Qualita\u{308}t", "VERTRIEB ", "Lager  Nord", "lager\u{a0}nord"];

/// What Personio shows of a company.
#[derive(Debug, Clone)]
pub struct Company {
    /// The records' JSON, in the order read.
    pub records: Vec<String>,
    /// Attributes the credential may not read, as `configure` reports them.
    pub hidden: Vec<HiddenAttribute>,
    /// How far the reported total is from the truth; none if none is reported.
    pub total: Option<i64>,
    /// Whether the last page came.
    pub ended: bool,
    /// The tenant's choices.
    pub options: PlanOptions,
}

/// A company, and the directory it is synced with.
#[derive(Debug, Clone)]
pub struct Case {
    /// The source.
    pub company: Company,
    /// The target.
    pub directory: Directory,
}

/// At least a thousand cases, more by `PROPTEST_CASES`.
///
/// No failures are kept in files: a shrunk counterexample is worth a case of its own, which says what it is about.
#[must_use]
pub fn thorough() -> ProptestConfig {
    at_least(1000)
}

/// As many cases, unless `PROPTEST_CASES` asks for more.
#[must_use]
pub fn at_least(cases: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(0);
    ProptestConfig { cases: cases.max(asked), failure_persistence: None, ..config }
}

/// Any company and any directory.
pub fn case() -> impl Strategy<Value = Case> {
    (company(), directory()).prop_map(|(company, directory)| Case { company, directory })
}

/// Any company. Companies have the same few places for people, so one after the other is one company's history: people
/// come, go, change and come back.
pub fn company() -> impl Strategy<Value = Company> {
    let people = vec(prop::option::weighted(0.8, person::picks()), 0..=9);
    let again = vec((1_u8..=9, person::picks()), 0..=1);
    let read = (0_u8..16, 0_u8..16, vec(1_usize..12, 0..=2), 0_u8..4, 0_u8..16);
    (people, again, read, 0_u8..24, 0_u8..3, any::<bool>()).prop_map(
        |(people, again, (total, ended, hidden, reported, any_hidden), calamity, groups, send_invitations)| {
            let hidden: BTreeSet<&str> = if any_hidden < 13 { BTreeSet::new() } else { keys(&hidden) };
            let places = (1..).zip(people).filter_map(|(at, picks)| Some((at, picks?)));
            let records = places.chain(again).map(|(at, mut picks)| {
                person::strike(&mut picks, calamity);
                person::json(at, &picks, &hidden).to_string()
            });
            Company {
                records: records.collect(),
                hidden: hidden.iter().filter(|_| reported > 0).filter_map(|key| hidden_attribute(key)).collect(),
                total: [Some(0), Some(1), None, Some(-1)].get(usize::from(total.saturating_sub(12))).copied().flatten(),
                ended: ended < 15,
                options: PlanOptions {
                    send_invitations,
                    groups: [None, Some(GroupBy::Department), Some(GroupBy::Team)]
                        .get(usize::from(groups))
                        .copied()
                        .flatten(),
                },
            }
        },
    )
}

fn keys(indexes: &[usize]) -> BTreeSet<&'static str> {
    let key = |index: &usize| Attribute::ALL.get(*index).map(|attribute| attribute.key().unwrap_or(FLAG_KEY));
    indexes.iter().filter_map(key).collect()
}

fn hidden_attribute(key: &str) -> Option<HiddenAttribute> {
    let attribute = Attribute::of_key(key, FLAG_KEY)?;
    Some(HiddenAttribute { attribute: attribute.field(), required: attribute.required() })
}

/// Any directory that can be: references exist, supervisors form a forest, nobody is linked twice.
pub fn directory() -> impl Strategy<Value = Directory> {
    let accounts = vec(prop::option::weighted(0.8, account::picks()), 0..=9);
    let more = vec((1_u8..=9, account::picks()), 0..=2);
    let groups = vec(0_usize..NAMES.len(), 0..=4);
    (accounts, more, groups).prop_map(|(accounts, more, groups)| {
        let groups: Vec<Group> = (1..)
            .zip(groups)
            .filter_map(|(at, name)| Some(Group { id: format!("g{at}"), name: (*NAMES.get(name)?).to_owned() }))
            .collect();
        let places = (1..).zip(accounts).filter_map(|(at, picks)| Some((at, picks?)));
        Directory { accounts: accounts_of(places.chain(more), &groups), groups }
    })
}

fn accounts_of(picks: impl Iterator<Item = (u8, AccountPicks)>, groups: &[Group]) -> Vec<Account> {
    let mut accounts: Vec<Account> = Vec::new();
    for (at, picks) in picks {
        let mut account = account::account(at, &picks, &accounts, groups);
        let is_linked = |employee: &String| accounts.iter().any(|other| other.employee.as_ref() == Some(employee));
        account.employee = account.employee.filter(|employee| !is_linked(employee));
        forget_unlinked(&mut account);
        accounts.push(account);
    }
    accounts
}

/// An account without an employee has no earlier IDs of one (rule S12).
fn forget_unlinked(account: &mut Account) {
    if account.employee.is_none() {
        account.earlier_employees.clear();
    }
}

/// Lets somebody in the directory be led by whoever comes after them, or by themselves, so that there may be circles which
/// were there before any sync: only a hand at the database makes them, and a connector must cope all the same.
pub fn tangled() -> impl Strategy<Value = Case> {
    (twins(), vec((0_usize..9, 0_usize..9), 1..=3)).prop_map(|(mut case, links)| {
        for (led, leader) in links {
            let leader = case.directory.accounts.get(leader).map(|account| account.id.clone());
            if let (Some(leader), Some(account)) = (leader, case.directory.accounts.get_mut(led)) {
                account.supervisor = Some(leader);
            }
        }
        case
    })
}

/// Links an account to somebody who has one already, which no sane directory does: a connector must cope all the same.
pub fn twins() -> impl Strategy<Value = Case> {
    (case(), 0_usize..9, 0_usize..9).prop_map(|(mut case, one, other)| {
        let employee = case.directory.accounts.get(one).and_then(|account| account.employee.clone());
        if let (true, Some(twin)) = (one != other, case.directory.accounts.get_mut(other)) {
            twin.employee = employee;
            forget_unlinked(twin);
        }
        case
    })
}
