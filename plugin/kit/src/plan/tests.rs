//! The rules on small companies, close to the code. Whole companies are in `tests/`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::bindings::elearnio::connector::types::{
    Account, AccountStatus, Excluded, Exclusion, Group, HiddenAttribute, Learner, Operation, Reading, Rejected,
    SourceRecord, StatusReading,
};
use crate::settings::GroupBy;

const PLAIN: PlanOptions = PlanOptions { send_invitations: false, groups: None };

fn learner(id: &str, email: &str) -> Learner {
    Learner {
        employee: id.to_owned(),
        email: Reading::Value(email.to_owned()),
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
        earlier_employees: Vec::new(),
        foreign_employees: Vec::new(),
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
fn s17_what_a_record_says_is_applied_and_what_would_follow_from_absence_waits() {
    let gone = Learner { status: StatusReading::Known(AccountStatus::Inactive), ..learner("1", "1@a.de") };
    let accounts = || directory(vec![account("a", Some("1"), "1@a.de"), account("b", Some("2"), "2@a.de")]);
    let mut source = read(vec![gone]);
    let whole = plan(&source, &accounts(), PLAIN);
    assert_eq!(ids(&whole), ["update:1"]);
    assert_eq!(noticed(&whole, codes::PERSON_GONE), ["2"]);
    source.total = Some(2);
    let part = plan(&source, &accounts(), PLAIN);
    assert_eq!(ids(&part), ["update:1"], "it is what the record says");
    assert!(!part.complete);
    assert_eq!(noticed(&part, codes::PERSON_GONE), [""; 0]);
}

fn nameless() -> SourceRecord {
    let problem = problem(codes::BROKEN_RECORD, None, "", "");
    SourceRecord::Rejected(Rejected { employee: None, problem })
}

#[test]
fn s17_a_record_that_names_nobody_counts_only_where_no_total_can_tell() {
    for (total, ended, complete) in
        [(Some(1), true, true), (Some(2), true, false), (None, true, false), (Some(1), false, false)]
    {
        let mut source = read(vec![learner("1", "1@a.de")]);
        source.records.push(nameless());
        (source.total, source.ended) = (total, ended);
        let plan = plan(&source, &directory(Vec::new()), PLAIN);
        assert_eq!(plan.complete, complete, "a total of {total:?}");
        assert_eq!(ids(&plan), ["create:1"], "nobody waits for it");
    }
}

fn unusable(code: &str) -> Reading {
    Reading::Unusable(code.to_owned())
}

/// An account that holds something in every field.
fn full(id: &str, employee: &str) -> Account {
    let some = || Some("x".to_owned());
    Account {
        gender: some(),
        position: some(),
        department: some(),
        location: some(),
        team: some(),
        supervisor: Some("b".to_owned()),
        ..account(id, Some(employee), &format!("{employee}@a.de"))
    }
}

#[test]
fn s06_an_unusable_value_changes_nothing_and_is_reported_once_per_field() {
    for code in [codes::VALUE_SHAPE_UNKNOWN, codes::VALUE_DAMAGED] {
        let one = || unusable(code);
        let learner = Learner {
            employee: "1".to_owned(),
            email: one(),
            first_name: one(),
            last_name: one(),
            status: StatusReading::Unusable(code.to_owned()),
            gender: one(),
            position: one(),
            department: one(),
            location: one(),
            team: one(),
            supervisor: one(),
        };
        // A second person shows every field, so that none is hidden.
        let accounts = vec![full("a", "1"), full("b", "2")];
        let second = Learner {
            gender: Reading::Value("x".to_owned()),
            position: Reading::Value("x".to_owned()),
            department: Reading::Value("x".to_owned()),
            location: Reading::Value("x".to_owned()),
            team: Reading::Value("x".to_owned()),
            supervisor: Reading::Hidden,
            ..self::learner("2", "2@a.de")
        };
        let plan = plan(&read(vec![learner, second]), &directory(accounts), PLAIN);
        assert_eq!(ids(&plan), [""; 0]);
        let told: Vec<_> = plan.notices.iter().map(|notice| (notice.code.as_str(), notice.detail.as_deref())).collect();
        let fields = [
            "department",
            "email",
            "first-name",
            "gender",
            "last-name",
            "location",
            "position",
            "status",
            "supervisor",
            "team",
        ];
        assert_eq!(told, fields.map(|field| (code, Some(field))));
        assert!(plan.notices.iter().all(|notice| notice.employees == ["1"]));
        assert_eq!((plan.counts.unchanged, plan.counts.rejected), (2, 0));
    }
}

#[test]
fn s06_somebody_linked_without_address_or_name_is_synced_in_everything_else() {
    for (email, code) in [
        (Reading::Empty, codes::EMAIL_EMPTY),
        (unusable(codes::EMAIL_INVALID), codes::EMAIL_INVALID),
        (Reading::Hidden, codes::EMAIL_HIDDEN),
    ] {
        let leaver = Learner {
            email,
            first_name: Reading::Empty,
            status: StatusReading::Known(AccountStatus::Inactive),
            ..learner("1", "")
        };
        let accounts = vec![account("a", Some("1"), "1@a.de"), account("b", Some("2"), "2@a.de")];
        let plan = plan(&read(vec![leaver, learner("2", "2@a.de")]), &directory(accounts), PLAIN);
        assert_eq!(ids(&plan), ["update:1"]);
        let Operation::Update(changes) = &plan.actions.first().unwrap().operation else { panic!("no update") };
        assert_eq!(changes.iter().map(|change| &change.field).collect::<Vec<_>>(), [&Field::Status]);
        assert_eq!((noticed(&plan, code), noticed(&plan, codes::NAME_EMPTY)), (vec!["1"], vec!["1"]));
        assert_eq!((plan.counts.updated, plan.counts.rejected), (1, 0));
    }
}

#[test]
fn s06_a_newcomer_without_address_name_or_status_is_rejected_with_all_that_is_missing() {
    let damaged = || unusable(codes::VALUE_DAMAGED);
    for (newcomer, told) in [
        (Learner { email: Reading::Empty, ..learner("1", "") }, vec![codes::EMAIL_EMPTY]),
        (Learner { email: unusable(codes::EMAIL_INVALID), ..learner("1", "") }, vec![codes::EMAIL_INVALID]),
        (
            Learner { first_name: Reading::Empty, last_name: Reading::Empty, ..learner("1", "1@a.de") },
            vec![codes::NAME_EMPTY],
        ),
        (
            Learner { last_name: damaged(), email: Reading::Empty, ..learner("1", "") },
            vec![codes::EMAIL_EMPTY, codes::VALUE_DAMAGED],
        ),
        (Learner { last_name: Reading::Hidden, ..learner("1", "1@a.de") }, vec![codes::NAME_HIDDEN]),
        (Learner { status: StatusReading::Hidden, ..learner("1", "1@a.de") }, vec![codes::STATUS_HIDDEN]),
        (
            Learner {
                status: StatusReading::Unusable(codes::VALUE_SHAPE_UNKNOWN.to_owned()),
                ..learner("1", "1@a.de")
            },
            vec![codes::VALUE_SHAPE_UNKNOWN],
        ),
    ] {
        let plan = plan(&read(vec![newcomer, learner("2", "2@a.de")]), &directory(Vec::new()), PLAIN);
        assert_eq!(ids(&plan), ["create:2"], "{told:?}");
        assert_eq!(plan.notices.iter().map(|notice| notice.code.as_str()).collect::<Vec<_>>(), told);
        assert!(plan.notices.iter().all(|notice| notice.count == 1 && notice.employees == ["1"]));
        assert_eq!(plan.counts.rejected, 1);
    }
}

#[test]
fn s06_a_newcomer_whose_department_is_of_no_use_is_created_without_it() {
    let newcomer = Learner { department: unusable(codes::VALUE_SHAPE_UNKNOWN), ..learner("1", "1@a.de") };
    let options = PlanOptions { groups: Some(GroupBy::Department), ..PLAIN };
    let plan = plan(&read(vec![newcomer]), &directory(Vec::new()), options);
    let Operation::Create(created) = &plan.actions.first().unwrap().operation else { panic!("no create") };
    assert_eq!((plan.actions.len(), created.department.as_deref()), (1, None));
    assert_eq!(noticed(&plan, codes::VALUE_SHAPE_UNKNOWN), ["1"]);
}

#[test]
fn s06_somebody_found_by_the_address_keeps_the_names_the_account_has() {
    let nameless =
        Learner { first_name: Reading::Empty, last_name: unusable(codes::VALUE_DAMAGED), ..learner("1", "x@a.de") };
    let plan = plan(&read(vec![nameless]), &directory(vec![account("a", None, "x@a.de")]), PLAIN);
    assert_eq!(ids(&plan), ["link:1"]);
    assert_eq!(noticed(&plan, codes::NAME_EMPTY), ["1"]);
}

#[test]
fn s01_an_unusable_flag_is_neither_a_yes_nor_a_lost_flag() {
    let excluded = |id: &str, reason| SourceRecord::Excluded(Excluded { employee: id.to_owned(), reason });
    let mut source = read(vec![learner("3", "3@a.de")]);
    source.records.push(excluded("1", Exclusion::UnusableFlag(codes::VALUE_DAMAGED.to_owned())));
    source.records.push(excluded("2", Exclusion::UnknownFlag("vielleicht".to_owned())));
    source.total = Some(3);
    let accounts = vec![account("a", Some("1"), "1@a.de"), account("b", Some("2"), "2@a.de")];
    let plan = plan(&source, &directory(accounts), PLAIN);
    assert_eq!(ids(&plan), ["create:3"]);
    assert_eq!((noticed(&plan, codes::FLAG_UNUSABLE), noticed(&plan, codes::FLAG_LOST)), (vec!["1"], vec!["2"]));
    assert_eq!(plan.counts.excluded, 2);
}

#[test]
fn s04_a_protected_account_is_linked_by_no_address_and_keeps_its_own() {
    let admin = |employee: Option<&str>| Account { protected: true, ..account("root", employee, "admin@a.de") };
    let newcomer = plan(&read(vec![learner("1", "admin@a.de")]), &directory(vec![admin(None)]), PLAIN);
    assert_eq!((ids(&newcomer), newcomer.counts.conflicts), (vec![], 1));
    assert_eq!(noticed(&newcomer, codes::EMAIL_BELONGS_TO_PROTECTED_ACCOUNT), ["1"]);

    let moved = Learner { position: Reading::Value("x".to_owned()), ..learner("1", "new@a.de") };
    let moved = plan(&read(vec![moved]), &directory(vec![admin(Some("1"))]), PLAIN);
    let Operation::Update(changes) = &moved.actions.first().unwrap().operation else { panic!("no update") };
    assert_eq!(changes.iter().map(|change| &change.field).collect::<Vec<_>>(), [&Field::Position]);
    assert_eq!(noticed(&moved, codes::PROTECTED_ADDRESS_KEPT), ["1"]);
}

#[test]
fn s04_the_address_that_a_protected_account_keeps_does_not_become_free() {
    let admin = Account { protected: true, ..account("root", Some("1"), "admin@a.de") };
    let people = vec![learner("1", "new@a.de"), learner("2", "admin@a.de"), learner("3", "admin2@a.de")];
    let accounts = vec![admin, account("b", Some("3"), "3@a.de")];
    let plan = plan(&read(people), &directory(accounts), PLAIN);
    assert_eq!(ids(&plan), ["update:3"]);
    assert_eq!(noticed(&plan, codes::EMAIL_BELONGS_TO_LINKED_ACCOUNT), ["2"]);
}

fn relinked() -> Account {
    Account { earlier_employees: vec!["1".to_owned()], ..account("a", Some("9"), "a@a.de") }
}

#[test]
fn s12_an_earlier_id_of_somebody_is_left_out_whatever_its_record_says() {
    let old = Learner { status: StatusReading::Known(AccountStatus::Inactive), ..learner("1", "a@a.de") };
    let people = vec![old, learner("9", "a@a.de"), led("3", "1")];
    let plan = plan(&read(people), &directory(vec![relinked(), account("c", Some("3"), "3@a.de")]), PLAIN);
    assert_eq!(ids(&plan), ["supervisor:3"]);
    assert!(plan.notices.is_empty(), "{:?}", plan.notices);
    let Operation::SetSupervisor(change) = &plan.actions.first().unwrap().operation else { panic!("no supervisor") };
    assert_eq!(change.after.as_deref(), Some("9"), "led by who they are now");
    assert_eq!((plan.counts.excluded, plan.counts.read), (1, 3));
    let reasons: Vec<_> = plan.counts.exclusions.iter().map(|one| (one.code.as_str(), one.count)).collect();
    assert_eq!(reasons, [(codes::EMPLOYEE_SUPERSEDED, 1)]);
}

#[test]
fn s12_a_linked_id_is_never_an_earlier_id() {
    let accounts = vec![relinked(), account("b", Some("1"), "b@a.de")];
    let plan = plan(&read(vec![learner("1", "new@a.de"), learner("9", "a@a.de")]), &directory(accounts), PLAIN);
    assert_eq!(ids(&plan), ["update:1"]);
    assert_eq!(plan.counts.excluded, 0);
}

#[test]
fn s12_who_was_unlinked_by_a_person_is_not_linked_by_the_address_again() {
    let foreign = |employee| Account { foreign_employees: vec!["1".to_owned()], ..account("a", employee, "x@a.de") };
    let source = read(vec![learner("1", "x@a.de")]);
    let plan_of = |account| plan(&source, &directory(vec![account]), PLAIN);
    let unlinked = plan_of(foreign(None));
    assert_eq!((ids(&unlinked), unlinked.counts.conflicts), (vec![], 1));
    assert_eq!(noticed(&unlinked, codes::EMAIL_BELONGS_TO_UNLINKED_ACCOUNT), ["1"]);
    assert_eq!(ids(&plan_of(foreign(Some("1")))), [""; 0], "a link that is there counts");
    let other = plan(&read(vec![learner("2", "x@a.de")]), &directory(vec![foreign(None)]), PLAIN);
    assert_eq!(ids(&other), ["link:2"], "somebody else may have it");
}

#[test]
fn s16_nobody_is_invited_whose_address_the_source_does_not_show() {
    let ours = Account { created_by_connector: true, ..account("a", Some("1"), "1@a.de") };
    let options = PlanOptions { send_invitations: true, ..PLAIN };
    for email in [Reading::Empty, unusable(codes::EMAIL_INVALID)] {
        let plan = plan(&read(vec![Learner { email, ..learner("1", "") }]), &directory(vec![ours.clone()]), options);
        assert_eq!(ids(&plan), [""; 0]);
    }
}

#[test]
fn s19_a_field_that_everybody_loses_waits_for_a_person() {
    let accounts: Vec<_> = ["1", "2", "3"]
        .map(|id| Account { location: Some("Köln".to_owned()), ..account(id, Some(id), &format!("{id}@a.de")) })
        .to_vec();
    let people = |kept: &str| {
        let location = |id| if id == kept { Reading::Value("Köln".to_owned()) } else { Reading::Empty };
        ["1", "2", "3"].map(|id| Learner { location: location(id), ..learner(id, &format!("{id}@a.de")) }).to_vec()
    };
    let all = plan(&read(people("none")), &directory(accounts.clone()), PLAIN);
    let Verdict::NeedsApproval(hits) = &all.verdict else { panic!("{:?}", all.verdict) };
    let hits: Vec<_> = hits.iter().map(|hit| (hit.guard.as_str(), hit.field.as_ref(), hit.limit, hit.actual)).collect();
    assert_eq!(hits, [(codes::GUARD_FIELD_EMPTIED, Some(&Field::Location), 1, 3)]);
    assert_eq!(plan(&read(people("2")), &directory(accounts), PLAIN).verdict, Verdict::Ready);
}

#[test]
fn s19_people_at_a_domain_nobody_knows_wait_but_not_in_a_new_company() {
    let people = || ["1", "2", "3", "4"].map(|id| learner(id, &format!("{id}@evil.example"))).to_vec();
    let known = vec![account("a", None, "somebody@a.de")];
    let plan_of = |accounts| plan(&read(people()), &directory(accounts), PLAIN).verdict;
    let Verdict::NeedsApproval(hits) = plan_of(known) else { panic!("ready") };
    assert_eq!(
        hits.iter().map(|hit| (hit.guard.as_str(), hit.actual)).collect::<Vec<_>>(),
        [(codes::GUARD_NEW_DOMAINS, 4)]
    );
    assert_eq!(plan_of(Vec::new()), Verdict::Ready);
    assert_eq!(plan_of(vec![account("a", None, "x@EVIL.example")]), Verdict::Ready);
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
fn s19_a_guard_holds_above_its_limit_and_not_at_it() {
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
