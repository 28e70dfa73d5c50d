//! A large company: 100,000 employees against 100,000 accounts, through the component.
//!
//! Cost is counted in instructions and in bytes of memory, never in time: the same on a laptop and on a busy server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

use connector_host::contract::{
    Account, AccountStatus, Directory, Excluded, Exclusion, Group, Learner, Plan, Reading, SourceRead, SourceRecord,
    StatusReading, Verdict,
};
use connector_host::sandbox::{Host, Limits};
use personio_connector::config::GroupBy;
use personio_connector::config::PlanOptions;
use whole_system_tests::arbitrary::sandbox::Sandbox;

const OPTIONS: PlanOptions = PlanOptions { send_invitations: true, groups: Some(GroupBy::Department) };

const LARGE: usize = 100_000;

/// Who leads somebody, by number.
type Leads = fn(usize) -> Option<usize>;

fn employee(number: usize) -> String {
    (number + 10_000_000).to_string()
}

fn address(number: usize) -> String {
    format!("vorname.nachname.{number}@konzern.example")
}

/// A read of people who are as `change` makes them.
fn read(size: usize, leads: Leads, change: impl Fn(usize, &mut Learner)) -> SourceRead {
    let value = |text: &str| Reading::Value(text.to_owned());
    let learner = |number| {
        let mut learner = Learner {
            employee: employee(number),
            email: Reading::Value(address(number)),
            first_name: value("Maximiliane"),
            last_name: value("Müller-Lüdenscheidt"),
            status: StatusReading::Known(AccountStatus::Active),
            gender: value("female"),
            position: value("Sachbearbeiterin Einkauf"),
            department: value("Einkauf und Logistik"),
            location: value("Köln-Ehrenfeld"),
            team: value("Strategischer Einkauf"),
            supervisor: leads(number).map_or(Reading::Empty, |above| Reading::Value(employee(above))),
        };
        change(number, &mut learner);
        SourceRecord::Learner(learner)
    };
    SourceRead { records: (0..size).map(learner).collect(), hidden: Vec::new(), total: Some(size as u64), ended: true }
}

/// The directory that is in step with the unchanged people.
fn directory(size: usize, leads: Leads) -> Directory {
    let some = |text: &str| Some(text.to_owned());
    let account = |number| Account {
        id: format!("a-{number:06}"),
        version: 7,
        employee: Some(employee(number)),
        earlier_employees: Vec::new(),
        foreign_employees: Vec::new(),
        email: address(number),
        first_name: "Maximiliane".to_owned(),
        last_name: "Müller-Lüdenscheidt".to_owned(),
        status: AccountStatus::Active,
        gender: some("female"),
        position: some("Sachbearbeiterin Einkauf"),
        department: some("Einkauf und Logistik"),
        location: some("Köln-Ehrenfeld"),
        team: some("Strategischer Einkauf"),
        supervisor: leads(number).map(|above| format!("a-{above:06}")),
        protected: false,
        created_by_connector: true,
        invited: true,
        groups: vec!["g-1".to_owned()],
    };
    let group = Group { id: "g-1".to_owned(), name: "Einkauf und Logistik".to_owned() };
    Directory { accounts: (0..size).map(account).collect(), groups: vec![group] }
}

/// Ten people under each.
const TREE: Leads = |number| number.checked_sub(1).map(|below| below / 10);
/// Each under the one before.
const CHAIN: Leads = |number| number.checked_sub(1);
const NOBODY: Leads = |_| None;

/// What planning needed, in an instance of its own.
fn plan(sandbox: &mut Sandbox, read: &SourceRead, directory: &Directory) -> (Plan, u64, u64) {
    sandbox.restart();
    let before = sandbox.usage(OPTIONS).instructions;
    let plan = sandbox.plan(OPTIONS, read, directory);
    let usage = sandbox.usage(OPTIONS);
    (plan, usage.instructions - before, usage.peak_memory_bytes)
}

/// Everything that can change of somebody does.
fn renamed(number: usize, learner: &mut Learner) {
    let new = |reading: &mut Reading| {
        if let Reading::Value(text) = reading {
            text.push_str(" (neu)");
        }
    };
    let Learner { first_name, last_name, gender, position, department, location, team, .. } = learner;
    for reading in [first_name, last_name, gender, position, department, location, team] {
        new(reading);
    }
    learner.email = Reading::Value(format!("neu.{}", address(number)));
    learner.status = StatusReading::Known(AccountStatus::Absent);
}

#[test]
fn a_hundred_thousand_people_fit_into_a_tenants_memory() {
    const MIB: u64 = 1 << 20;
    // The tenant's memory is the default. What is handed over when everybody changes is more than the default lets through.
    let mut sandbox = Sandbox::of(Host::builder().limits(Limits::default().call_mib(512)));
    let accounts = directory(LARGE, TREE);
    let same = read(LARGE, TREE, |_, _| ());
    let changed = read(LARGE, CHAIN, renamed);
    for (what, read, actions) in [("nobody changed", &same, 0), ("everybody changed", &changed, 2 * LARGE - 2)] {
        let (plan, _, peak) = plan(&mut sandbox, read, &accounts);
        println!("{what}: {} MiB", peak / MIB);
        assert_eq!(plan.actions.len(), actions, "{what}");
        assert!(peak < 256 * MIB, "{what}: {} MiB", peak / MIB);
    }
}

/// The bottom half stands in one chain as before; each of the top half, a chain too, is to be below the very last. All of
/// them close a cycle, each only after the one before has fallen back.
fn toppled(size: usize) -> Leads {
    match size {
        SMALL => |number| if number < SMALL / 2 { Some(SMALL - 1) } else { number.checked_sub(1) },
        _ => |number| if number < MEDIUM / 2 { Some(MEDIUM - 1) } else { number.checked_sub(1) },
    }
}

/// More different values than a host takes notices: the run goes on, nobody is left out of the counts, and the mail ends.
#[test]
fn s01_more_unknown_values_than_anybody_reads_are_folded() {
    let mut read =
        read(11_000, NOBODY, |number, learner| learner.status = StatusReading::Unknown(format!("S {number}")));
    read.records.extend((0..11_000).map(|number| {
        let reason = Exclusion::UnknownFlag(format!("V {number}"));
        SourceRecord::Excluded(Excluded { employee: employee(number + LARGE), reason })
    }));
    let (plan, _, _) = plan(&mut Sandbox::new(), &read, &directory(5_000, NOBODY));
    assert!(!matches!(plan.verdict, Verdict::Blocked(_)));
    for (code, people) in [("unknown-flag-value", 11_000), ("status-unknown", 5_000), ("status-unknown-new", 6_000)] {
        let notices = plan.notices.iter().filter(|notice| notice.code == code);
        assert_eq!(notices.clone().map(|notice| notice.count).sum::<u64>(), people, "{code}");
        assert!(notices.count() < 1000, "{code}");
    }
}

/// What one person costs must not depend on how many others there are.
#[test]
fn a_person_costs_the_same_among_a_thousand_and_a_hundred_thousand() {
    let mut sandbox = Sandbox::of(Host::builder().counting(true).limits(Limits::default().call_mib(512)));
    for (what, change) in [("nobody changed", (|_, _| ()) as fn(usize, &mut Learner)), ("everybody changed", renamed)] {
        let [least, middle, most] = [1_000, 10_000, LARGE].map(|size| {
            let (_, cost, _) = plan(&mut sandbox, &read(size, TREE, change), &directory(size, TREE));
            cost / size as u64
        });
        println!("{what}: {least}, {middle} and {most} instructions a person");
        assert!(least > 0, "nothing was counted");
        assert!(10 * middle.max(most) <= 13 * least, "{what}: {least}, {middle} and {most} instructions a person");
    }
}

const SMALL: usize = 2_000;
const MEDIUM: usize = 8_000;

/// What planning one company costs, by its size.
type Cost = fn(&mut Sandbox, usize) -> u64;

#[test]
fn no_company_costs_more_than_in_proportion() {
    let shapes: [(&str, Cost); 6] = [
        ("nobody changed", |sandbox, size| plan(sandbox, &read(size, TREE, |_, _| ()), &directory(size, TREE)).1),
        ("a chain of supervisors", |sandbox, size| {
            let (plan, cost, _) = plan(sandbox, &read(size, CHAIN, |_, _| ()), &directory(size, NOBODY));
            assert_eq!(plan.counts.supervisors, size as u64 - 1);
            cost
        }),
        ("everybody to be below the last", |sandbox, size| {
            let (plan, cost, _) = plan(sandbox, &read(size, toppled(size), |_, _| ()), &directory(size, CHAIN));
            assert_eq!(plan.counts.supervisors, 0);
            cost
        }),
        ("everybody new and in one group", |sandbox, size| {
            let empty = Directory { accounts: Vec::new(), ..directory(1, NOBODY) };
            let (plan, cost, _) = plan(sandbox, &read(size, NOBODY, |_, _| ()), &empty);
            assert_eq!((plan.counts.created, plan.counts.group_additions), (size as u64, size as u64));
            cost
        }),
        ("everybody with one address", |sandbox, size| {
            let one = |_: usize, learner: &mut Learner| learner.email = Reading::Value(address(0));
            let mut accounts = directory(size, NOBODY);
            accounts.accounts.iter_mut().for_each(|account| account.email = address(0));
            accounts.accounts.iter_mut().step_by(2).for_each(|account| account.employee = None);
            let (plan, cost, _) = plan(sandbox, &read(size, NOBODY, one), &accounts);
            assert_eq!(plan.counts.conflicts, size as u64 / 2);
            cost
        }),
        ("everybody takes the next one's address", |sandbox, size| {
            let next = |number: usize, learner: &mut Learner| learner.email = Reading::Value(address(number + 1));
            let (plan, cost, _) = plan(sandbox, &read(size, NOBODY, next), &directory(size, NOBODY));
            assert_eq!(plan.actions.len(), size);
            cost
        }),
    ];
    let mut sandbox = Sandbox::of(Host::builder().counting(true));
    for (what, cost) in shapes {
        let (small, medium) = (cost(&mut sandbox, SMALL), cost(&mut sandbox, MEDIUM));
        println!("{what}: {} instructions a person, then {}", small / SMALL as u64, medium / MEDIUM as u64);
        assert!(small > 0, "nothing was counted");
        // In proportion is 4 times as much; a part that grows with the square shows long before it makes it 16 times.
        assert!(10 * medium < 44 * small, "{what}: {small} instructions for {SMALL} people, {medium} for {MEDIUM}");
    }
}
