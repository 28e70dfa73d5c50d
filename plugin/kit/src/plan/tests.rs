//! The rules on small companies, close to the code. Whole companies are in `tests/`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::bindings::elearnio::connector::types::{
    Account, AccountStatus, Excluded, Exclusion, Group, HiddenAttribute, Learner, Operation, Reading, SourceRecord,
    StatusReading,
};
use crate::form::GroupBy;

const PLAIN: PlanOptions = PlanOptions { send_invitations: false, groups: None };

fn learner(id: &str, email: &str) -> Learner {
    Learner {
        employee: id.to_owned(),
        email: email.to_owned(),
        first_name: Reading::Value("F".to_owned()),
        last_name: Reading::Value("L".to_owned()),
        status: StatusReading::Known(AccountStatus::Active),
        gender: Reading::Empty,
        position: Reading::Empty,
        department: Reading::Empty,
        location: Reading::Empty,
        team: Reading::Empty,
        supervisor: Reading::Empty,
    }
}

fn led(id: &str, leader: &str) -> Learner {
    Learner { supervisor: Reading::Value(leader.to_owned()), ..learner(id, &format!("{id}@a.de")) }
}

fn account(id: &str, employee: Option<&str>, email: &str) -> Account {
    Account {
        id: id.to_owned(),
        version: 1,
        employee: employee.map(str::to_owned),
        email: email.to_owned(),
        first_name: "F".to_owned(),
        last_name: "L".to_owned(),
        status: AccountStatus::Active,
        gender: None,
        position: None,
        department: None,
        location: None,
        team: None,
        supervisor: None,
        protected: false,
        created_by_connector: false,
        invited: false,
        groups: Vec::new(),
    }
}

fn read(learners: Vec<Learner>) -> SourceRead {
    let total = Some(learners.len() as u64);
    SourceRead {
        records: learners.into_iter().map(SourceRecord::Learner).collect(),
        hidden: Vec::new(),
        total,
        ended: true,
    }
}

fn directory(accounts: Vec<Account>) -> Directory {
    Directory { accounts, groups: Vec::new() }
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.actions.iter().map(|action| action.id.as_str()).collect()
}

fn noticed<'p>(plan: &'p Plan, code: &str) -> Vec<&'p str> {
    let notices = plan.notices.iter().filter(|notice| notice.code == code);
    notices.flat_map(|notice| notice.employees.iter().map(String::as_str)).collect()
}

#[test]
fn s02_an_address_links_only_if_exactly_one_unlinked_account_has_it() {
    for (accounts, expected, conflict) in [
        (vec![account("a", None, "X@A.de")], vec!["link:1"], None),
        (vec![], vec!["create:1"], None),
        (
            vec![account("a", None, "x@a.de"), account("b", None, "x@a.de")],
            vec![],
            Some(codes::EMAIL_MATCHES_SEVERAL_ACCOUNTS),
        ),
        (vec![account("a", Some("9"), "x@a.de")], vec![], Some(codes::EMAIL_BELONGS_TO_LINKED_ACCOUNT)),
        (
            vec![account("a", None, "x@a.de"), account("b", Some("9"), "x@a.de")],
            vec![],
            Some(codes::EMAIL_BELONGS_TO_LINKED_ACCOUNT),
        ),
    ] {
        let plan = plan(&read(vec![learner("1", "x@a.de")]), &directory(accounts), PLAIN);
        assert_eq!(ids(&plan), expected);
        assert_eq!(plan.counts.conflicts, u64::from(conflict.is_some()));
        if let Some(code) = conflict {
            assert_eq!(noticed(&plan, code), ["1"]);
        }
    }
}

#[test]
fn s10_a_chain_of_addresses_moves_in_one_plan_and_a_swap_does_not() {
    let accounts = vec![account("a", Some("1"), "a@a.de"), account("b", Some("2"), "b@a.de")];
    let chain = plan(&read(vec![learner("1", "b@a.de"), learner("2", "c@a.de")]), &directory(accounts.clone()), PLAIN);
    assert_eq!(ids(&chain), ["update:1", "update:2"]);
    let swap = plan(&read(vec![learner("1", "b@a.de"), learner("2", "a@a.de")]), &directory(accounts.clone()), PLAIN);
    assert_eq!(ids(&swap), [""; 0]);
    assert_eq!(noticed(&swap, codes::EMAIL_CHANGE_CONFLICT), ["2", "1"], "by whose address they want");
    let into_a_freed_one = plan(
        &read(vec![learner("1", "c@a.de"), learner("2", "b@a.de"), learner("3", "a@a.de")]),
        &directory(accounts),
        PLAIN,
    );
    assert_eq!(ids(&into_a_freed_one), ["create:3", "update:1"]);
}

#[test]
fn s14_cycles_are_dropped_and_the_rest_is_linked_leaders_first() {
    let people = vec![
        led("1", "1"),
        led("2", "3"),
        led("3", "2"),
        led("4", "5"),
        led("5", "6"),
        learner("6", "6@a.de"),
        led("7", "99"),
    ];
    let plan = plan(&read(people), &directory(Vec::new()), PLAIN);
    assert_eq!(noticed(&plan, codes::SUPERVISOR_CYCLE), ["1", "2", "3"]);
    assert_eq!(noticed(&plan, codes::SUPERVISOR_NOT_SYNCED), ["7"]);
    let links: Vec<_> = ids(&plan).into_iter().filter(|id| id.starts_with("supervisor")).collect();
    assert_eq!(links, ["supervisor:5", "supervisor:4"]);
}

#[test]
fn s14_falling_back_to_the_old_supervisor_does_not_close_another_cycle() {
    let supervised = |id: &str, employee: &str, by: Option<&str>| Account {
        supervisor: by.map(str::to_owned),
        ..account(id, Some(employee), &format!("{employee}@a.de"))
    };
    // 1 is led by 2. Now 1 and 3 want each other, which is a cycle; and 2 wants 1, which was fine without that.
    let accounts = vec![supervised("a", "1", Some("b")), supervised("b", "2", None), supervised("c", "3", None)];
    let plan = plan(&read(vec![led("1", "3"), led("2", "1"), led("3", "1")]), &directory(accounts), PLAIN);
    assert_eq!(ids(&plan), [""; 0]);
    assert_eq!(noticed(&plan, codes::SUPERVISOR_CYCLE), ["1", "2", "3"]);
}

#[test]
fn s14_a_chain_as_deep_as_the_company_is_planned() {
    let people = (0..100_000_u32)
        .map(|n| if n == 0 { learner("0", "0@a.de") } else { led(&n.to_string(), &(n - 1).to_string()) });
    let plan = plan(&read(people.collect()), &directory(Vec::new()), PLAIN);
    assert_eq!(plan.counts.supervisors, 99_999);
    assert_eq!(plan.actions.last().map(|action| action.id.as_str()), Some("supervisor:99999"));
}

#[test]
fn s17_the_later_of_two_records_wins_and_counts_once() {
    let mut source = read(vec![learner("1", "old@a.de"), learner("1", "new@a.de")]);
    source.total = Some(1);
    let plan = plan(&source, &directory(Vec::new()), PLAIN);
    assert!(plan.complete);
    assert_eq!(plan.counts.read, 1);
    let Operation::Create(created) = &plan.actions.first().unwrap().operation else { panic!("no create") };
    assert_eq!(created.email, "new@a.de");
    assert_eq!(noticed(&plan, codes::DUPLICATE_RECORD), ["1"]);
}

#[test]
fn s17_nothing_is_lowered_on_an_incomplete_read() {
    let gone = Learner { status: StatusReading::Known(AccountStatus::Inactive), ..learner("1", "1@a.de") };
    let accounts = || directory(vec![account("a", Some("1"), "1@a.de"), account("b", Some("2"), "2@a.de")]);
    let mut source = read(vec![gone]);
    let whole = plan(&source, &accounts(), PLAIN);
    assert_eq!(ids(&whole), ["update:1"]);
    assert_eq!(noticed(&whole, codes::PERSON_GONE), ["2"]);
    source.total = Some(2);
    let part = plan(&source, &accounts(), PLAIN);
    assert_eq!(ids(&part), [""; 0]);
    assert_eq!(noticed(&part, codes::LOWERING_WITHHELD), ["1"]);
    assert_eq!(noticed(&part, codes::PERSON_GONE), [""; 0]);
}

#[test]
fn s18_and_s07_nothing_is_done_when_everybody_is_missing_or_a_required_attribute_is() {
    let excluded = SourceRecord::Excluded(Excluded { employee: "1".to_owned(), reason: Exclusion::NotFlagged });
    let unflagged = SourceRead { records: vec![excluded], hidden: Vec::new(), total: Some(1), ended: true };
    let hidden = SourceRead {
        hidden: vec![HiddenAttribute { attribute: Field::Status, required: true }],
        ..read(vec![learner("1", "1@a.de")])
    };
    let linked = directory(vec![account("a", Some("1"), "1@a.de")]);
    for (source, code) in [
        (read(Vec::new()), codes::NO_EMPLOYEES),
        (unflagged, codes::NOBODY_FLAGGED),
        (hidden, codes::HIDDEN_REQUIRED_ATTRIBUTE),
    ] {
        let plan = plan(&source, &linked, PLAIN);
        let Verdict::Blocked(problem) = &plan.verdict else { panic!("{code}: {:?}", plan.verdict) };
        assert_eq!(problem.code, code);
        assert!(plan.actions.is_empty());
    }
}

#[test]
fn s15_groups_are_matched_by_key_and_missing_ones_named_once() {
    let of = |id: &str, department: &str| Learner {
        department: Reading::Value(department.to_owned()),
        ..learner(id, &format!("{id}@a.de"))
    };
    let group = |id: &str, name: &str| Group { id: id.to_owned(), name: name.to_owned() };
    let target = Directory {
        accounts: Vec::new(),
        groups: vec![group("g1", "Qualita\u{308}t"), group("g2", "Lager"), group("g3", "LAGER")],
    };
    let people = vec![of("1", "QUALITÄT"), of("2", "Lager"), of("3", "Einkauf"), of("4", "einkauf")];
    let options = PlanOptions { groups: Some(GroupBy::Department), ..PLAIN };
    let plan = plan(&read(people), &target, options);
    assert_eq!(plan.counts.group_additions, 1);
    assert_eq!(noticed(&plan, codes::GROUP_AMBIGUOUS), ["2"]);
    let missing: Vec<_> = plan.notices.iter().filter(|notice| notice.code == codes::GROUP_MISSING).collect();
    assert_eq!(
        missing.iter().map(|notice| (notice.count, notice.detail.as_deref())).collect::<Vec<_>>(),
        [(2, Some("Einkauf"))]
    );
}

#[test]
fn s16_only_accounts_a_connector_made_are_invited_and_only_once() {
    let ours = |id: &str, employee: &str, invited| Account {
        created_by_connector: true,
        invited,
        ..account(id, Some(employee), &format!("{employee}@a.de"))
    };
    let accounts = vec![ours("a", "1", false), ours("b", "2", true), account("c", Some("3"), "3@a.de")];
    let people = ["1", "2", "3", "4"].map(|id| learner(id, &format!("{id}@a.de"))).to_vec();
    let options = PlanOptions { send_invitations: true, ..PLAIN };
    assert_eq!(ids(&plan(&read(people), &directory(accounts), options)), ["create:4", "invite:1", "invite:4"]);
}

#[test]
fn s19_a_guard_speaks_above_its_limit_and_not_at_it() {
    for (count, asks) in [(3, false), (4, true)] {
        let id = |n: usize| (n + 1).to_string();
        let accounts = (0..20).map(|n| account(&format!("a{n}"), Some(&id(n)), &format!("{n}@a.de"))).collect();
        let people =
            (0..20).map(|n| learner(&id(n), &if n < count { format!("new{n}@a.de") } else { format!("{n}@a.de") }));
        let plan = plan(&read(people.collect()), &directory(accounts), PLAIN);
        match plan.verdict {
            Verdict::Ready => assert!(!asks),
            Verdict::NeedsApproval(hits) => {
                assert!(asks);
                let hit = hits.first().unwrap();
                assert_eq!((hit.guard.as_str(), hit.limit, hit.actual), (codes::GUARD_EMAIL_CHANGES, 3, 4));
            }
            Verdict::Blocked(problem) => panic!("{problem:?}"),
        }
    }
}
