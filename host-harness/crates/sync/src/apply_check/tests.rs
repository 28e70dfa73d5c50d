#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use super::*;
use connector_host::contract::{AccountStatus, Change, Field, GroupAddition, NewAccount, SupervisorChange};

const TAKEN: Outcome = Outcome::Failed("address-taken");
const UNKNOWN: Outcome = Outcome::Failed("operation-unknown");
use Outcome::{Applied, Stale};

/// Accounts at version 7, each an ID, an employee (or `-`) and an address.
fn index(accounts: &[(&str, &str, &str)]) -> AccountIndex {
    let standing = |(id, employee, email): &(&str, &str, &str)| Standing {
        id: (*id).to_owned(),
        version: 7,
        employee: (*employee != "-").then(|| (*employee).to_owned()),
        email: (*email).to_owned(),
        supervisor: None,
        invited: false,
        protected: false,
    };
    AccountIndex::new(accounts.iter().map(standing).collect(), HashSet::from(["g".to_owned()]))
}

fn action(employee: &str, account: Option<&str>, operation: Operation) -> Action {
    Action {
        id: String::new(),
        employee: employee.to_owned(),
        account: account.map(str::to_owned),
        version: account.map(|_| 7),
        operation,
        reason: String::new(),
    }
}

fn create(employee: &str, email: &str) -> Action {
    let new = NewAccount {
        email: email.to_owned(),
        first_name: "F".to_owned(),
        last_name: "L".to_owned(),
        status: AccountStatus::Active,
        gender: None,
        position: None,
        department: None,
        location: None,
        team: None,
    };
    action(employee, None, Operation::Create(new))
}

fn link(employee: &str, account: &str) -> Action {
    action(employee, Some(account), Operation::Link)
}

fn change(employee: &str, account: Option<&str>, field: Field, after: Option<&str>) -> Action {
    let change = Change { field, before: None, after: after.map(str::to_owned) };
    action(employee, account, Operation::Update(vec![change]))
}

fn readdress(employee: &str, account: &str, email: &str) -> Action {
    change(employee, Some(account), Field::Email, Some(email))
}

fn supervise(employee: &str, account: Option<&str>, after: Option<&str>) -> Action {
    let change = SupervisorChange { before: None, after: after.map(str::to_owned) };
    action(employee, account, Operation::SetSupervisor(change))
}

fn join(employee: &str, account: Option<&str>, group: &str) -> Action {
    let addition = GroupAddition { group: group.to_owned(), name: String::new() };
    action(employee, account, Operation::AddToGroup(addition))
}

fn invite(employee: &str, account: Option<&str>) -> Action {
    action(employee, account, Operation::Invite)
}

#[test]
fn s21_only_accounts_as_they_were_planned_against_are_written() {
    let index = index(&[("a", "1", "a@x"), ("b", "2", "b@x"), ("c", "-", "c@x")]);
    let mut old = change("1", Some("a"), Field::Team, None);
    old.version = Some(6);
    let mut unversioned = old.clone();
    unversioned.version = None;
    let plan = [
        old,
        unversioned,
        change("2", Some("b"), Field::Team, None),
        change("2", Some("gone"), Field::Team, None),
        // Neither linked nor being linked, or linked to somebody else (rule S4).
        change("3", Some("c"), Field::Team, None),
        change("1", Some("b"), Field::Team, None),
        // Names no account, but has one already.
        change("2", None, Field::Team, None),
    ];
    let expected = [Stale, Stale, Applied, Outcome::Failed("account-missing"), Stale, Stale, Stale];
    assert_eq!(check(&plan, &index), expected);
}

#[test]
fn s21_a_plan_applied_before_makes_no_second_account() {
    let index = index(&[("a", "1", "a@x"), ("b", "2", "b@x")]);
    let plan = [create("1", "a@x"), link("2", "b"), join("1", None, "g"), invite("1", None)];
    assert_eq!(check(&plan, &index), [Stale, Stale, Stale, Stale]);
}

#[test]
fn s21_what_relies_on_a_skipped_create_or_link_is_stale() {
    let index = index(&[("a", "1", "taken@x"), ("b", "-", "Taken@x")]);
    let plan = [
        create("2", "taken@x"),
        link("3", "b"),
        change("3", Some("b"), Field::Team, None),
        supervise("2", None, Some("1")),
        supervise("1", Some("a"), Some("2")),
        join("2", None, "g"),
        join("1", Some("a"), "g"),
        invite("2", None),
    ];
    let missing = Outcome::Failed("supervisor-missing");
    assert_eq!(check(&plan, &index), [TAKEN, TAKEN, Stale, Stale, missing, Stale, Applied, Stale]);
}

#[test]
fn s02_one_account_is_linked_once_and_one_employee_gets_one_account() {
    let index = index(&[("a", "-", "a@x"), ("b", "-", "b@x"), ("c", "9", "c@x")]);
    let plan = [link("1", "a"), link("2", "a"), link("1", "b"), link("3", "c"), create("1", "d@x"), create("4", "e@x")];
    assert_eq!(check(&plan, &index), [Applied, Stale, Stale, Stale, Stale, Applied]);
}

#[test]
fn s10_people_who_swap_or_pass_on_addresses_all_move() {
    let index = index(&[("a", "1", "a@x"), ("b", "2", "b@x"), ("c", "3", "c@x")]);
    let swap = [readdress("1", "a", "b@x"), readdress("2", "b", "a@x")];
    assert_eq!(check(&swap, &index), [Applied, Applied]);
    let chain = [create("4", "a@x"), readdress("1", "a", "b@x"), readdress("2", "b", "new@x")];
    assert_eq!(check(&chain, &index), [Applied, Applied, Applied]);
}

#[test]
fn s10_a_chain_breaks_from_its_end() {
    let index = index(&[("a", "1", "a@x"), ("b", "2", "b@x"), ("c", "3", "C@x"), ("d", "-", "d@x")]);
    let plan = [
        create("4", "a@x"),
        readdress("1", "a", "b@x"),
        readdress("2", "b", "c@X"),
        join("4", None, "g"),
        join("1", Some("a"), "g"),
        invite("1", Some("a")),
    ];
    // c stays, so b stays, so a stays, so 4 gets no account; and 1 is not invited at the old address.
    assert_eq!(check(&plan, &index), [TAKEN, TAKEN, TAKEN, Stale, Applied, Stale]);

    let mut moving = readdress("3", "c", "free@x");
    moving.version = Some(6);
    let stale_end = [readdress("2", "b", "c@x"), moving];
    assert_eq!(check(&stale_end, &index), [TAKEN, Stale]);
}

#[test]
fn s12_addresses_of_unlinked_accounts_are_taken_too_but_do_not_hinder_a_link() {
    let index = index(&[("a", "1", "a@x"), ("b", "-", "b@x"), ("c", "-", "B@X")]);
    assert_eq!(check(&[create("2", "b@x"), readdress("1", "a", " b@x ")], &index), [TAKEN, TAKEN]);
    assert_eq!(check(&[create("2", "b@x"), link("2", "b")], &index), [TAKEN, Stale]);
    assert_eq!(check(&[create("3", "b@x"), link("2", "b"), link("4", "c")], &index), [TAKEN, Applied, TAKEN]);
}

#[test]
fn s09_another_spelling_of_the_own_address_takes_nothing() {
    let index = index(&[("a", "1", "a@x"), ("b", "-", "a@x")]);
    assert_eq!(check(&[readdress("1", "a", "A@x")], &index), [Applied]);
}

#[test]
fn s11_of_two_claims_in_one_plan_the_first_stands() {
    let plan = [create("1", "a@x"), create("2", "A@x"), join("2", None, "g"), create("1", "b@x")];
    assert_eq!(check(&plan, &index(&[])), [Applied, TAKEN, Stale, Stale]);
}

#[test]
fn s14_a_supervisor_needs_an_account_that_is_there_or_comes_before() {
    let index = index(&[("a", "1", "a@x")]);
    let missing = Outcome::Failed("supervisor-missing");
    let plan = [
        supervise("1", Some("a"), Some("2")),
        create("2", "b@x"),
        supervise("1", Some("a"), Some("2")),
        supervise("1", Some("a"), Some("3")),
        supervise("1", Some("a"), None),
    ];
    assert_eq!(check(&plan, &index), [missing.clone(), Applied, Applied, missing, Applied]);
}

#[test]
fn s14_a_skipped_change_of_supervisor_closes_no_circle() {
    let mut accounts = index(&[("a", "1", "a@x"), ("b", "2", "b@x"), ("c", "3", "c@x")]).all;
    accounts.iter_mut().find(|account| account.id == "a").unwrap().supervisor = Some("b".to_owned());
    let index = AccountIndex::new(accounts, HashSet::new());
    let mut freed = supervise("1", Some("a"), None);
    let turned = [supervise("2", Some("b"), Some("1")), supervise("3", Some("c"), Some("2"))];
    let plan = |freed: &Action| [turned.to_vec(), vec![freed.clone()]].concat();
    assert_eq!(check(&plan(&freed), &index), [Applied, Applied, Applied]);
    freed.version = Some(6);
    assert_eq!(check(&plan(&freed), &index), [Stale, Applied, Stale]);
    assert_eq!(check(&[supervise("3", Some("c"), Some("3"))], &index), [Stale]);
}

#[test]
fn s15_a_group_that_is_gone_gets_no_member() {
    let index = index(&[("a", "1", "a@x")]);
    let plan = [join("1", Some("a"), "gone"), join("1", Some("a"), "g")];
    assert_eq!(check(&plan, &index), [Outcome::Failed("group-gone"), Applied]);
}

#[test]
fn s16_nobody_is_invited_twice() {
    let mut accounts = index(&[("a", "1", "a@x"), ("b", "2", "b@x")]).all;
    accounts.iter_mut().find(|account| account.id == "a").unwrap().invited = true;
    let plan = [invite("1", Some("a")), invite("2", Some("b")), invite("2", Some("b"))];
    assert_eq!(check(&plan, &AccountIndex::new(accounts, HashSet::new())), [Stale, Applied, Stale]);
}

#[test]
fn s06_invalid_values_are_refused() {
    let index = index(&[("a", "1", "a@x")]);
    let update = |field, after| change("1", Some("a"), field, after);
    for refused in [
        update(Field::Email, None),
        update(Field::FirstName, Some(" ")),
        update(Field::LastName, None),
        update(Field::Status, None),
        update(Field::Status, Some("asleep")),
        update(Field::Id, Some("2")),
        update(Field::Supervisor, None),
        update(Field::Flag, Some("ja")),
        update(Field::Other("shoe-size".to_owned()), Some("43")),
        action("1", Some("a"), Operation::Other("delete".to_owned())),
        create("2", " "),
    ] {
        assert_eq!(check(std::slice::from_ref(&refused), &index), [UNKNOWN], "{:?}", refused.operation);
    }
    for cleared in [Field::Gender, Field::Position, Field::Department, Field::Location, Field::Team] {
        assert_eq!(check(&[update(cleared, None)], &index), [Applied]);
    }
}

/// The steps of shapes that make a careless implementation quadratic.
fn steps_of_hard_shapes(people: usize) -> usize {
    let names: Vec<String> = (0..=people).map(|n| n.to_string()).collect();
    let address = |n: usize| format!("{n}@x");
    let addresses: Vec<String> = (0..=people).map(address).collect();
    let accounts: Vec<(&str, &str, &str)> = names.iter().zip(&addresses).map(|(n, a)| (&**n, &**n, &**a)).collect();
    let chain = index(&accounts);
    let pairs = || names.iter().zip(names.iter().skip(1));
    effort::of(|| {
        let moves: Vec<Action> = pairs().map(|(n, next)| readdress(n, n, &format!("{next}@x"))).collect();
        assert!(
            check(&moves, &chain).iter().all(|outcome| *outcome == TAKEN),
            "the last one stays, so everybody stays"
        );

        let bosses: Vec<Action> = pairs().map(|(n, next)| supervise(n, Some(n), Some(next))).collect();
        assert!(check(&bosses, &chain).iter().all(|outcome| *outcome == Applied));
        let circle = [bosses, vec![supervise(&names[people], Some(&names[people]), Some("0"))]].concat();
        assert!(check(&circle, &chain).iter().all(|outcome| *outcome == Stale));

        let same: Vec<(&str, &str, &str)> = names.iter().map(|n| (&**n, "-", "same@x")).collect();
        let links: Vec<Action> = names.iter().map(|n| link(n, n)).collect();
        let linked = check(&links, &index(&same)).iter().filter(|outcome| **outcome == Applied).count();
        assert_eq!(linked, 1);
    })
}

#[test]
fn ten_times_the_people_take_ten_times_the_steps() {
    let (few, many) = (steps_of_hard_shapes(1_000), steps_of_hard_shapes(10_000));
    assert!(few > 1_000 && many < 11 * few, "1,000 people: {few} steps, 10,000 people: {many}");
}
