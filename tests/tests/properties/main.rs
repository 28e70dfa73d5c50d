//! Properties that hold for any company. Each property's name starts with the number of the rule it checks.
//!
//! `PROPTEST_CASES=20000 cargo test --test properties` looks harder.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

mod addresses;
mod disk;
#[cfg(unix)]
mod in_postgresql;
mod pages;
mod reach;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use connector_host::contract::{Account, AccountStatus, Action, Directory, Operation, Plan, Verdict};
use connector_mail::summary;
use connector_settings::{Language, MailSettings};
use connector_sync::hash;
use connector_sync::run::{Outcome, RunReport, RunVerdict};
use personio_connector::bindings::elearnio::connector::types::{
    self as guest, Learner, Reading, SourceRead, SourceRecord, StatusReading,
};
use personio_connector::key;
use personio_connector::personio::employees::{self, Place};
use proptest::prelude::*;
use proptest::sample::Index;
use whole_system_tests::arbitrary::platform::{apply, circles, essence};
use whole_system_tests::arbitrary::sandbox::Sandbox;
use whole_system_tests::arbitrary::{self, Case, Company, planning};

/// One of a learner's readings.
type Look = fn(&Learner) -> &Reading;

fn is_blocked(plan: &Plan) -> bool {
    matches!(plan.verdict, Verdict::Blocked(_))
}

/// Applies a whole plan as if whatever guard it hits had been answered.
fn synced(company: &Company, directory: &Directory) -> Directory {
    apply(directory, &planning::plan(company, directory).actions).0
}

/// The learners that count: of several records with one ID the last.
fn learners(read: &SourceRead) -> HashMap<&str, &Learner> {
    let mut last = HashMap::new();
    for record in &read.records {
        if let Some(id) = planning::id(record) {
            last.insert(id, record);
        }
    }
    let mut learners = HashMap::new();
    for (id, record) in last {
        if let SourceRecord::Learner(learner) = record {
            learners.insert(id, learner);
        }
    }
    learners
}

/// Sorts by a number that depends on the text and the seed alone: equal texts stay together, in their order.
fn shuffled<T>(items: &mut [T], seed: u64, text: impl Fn(&T) -> String) {
    items.sort_by_key(|item| {
        text(item)
            .bytes()
            .fold(seed | 1, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
            .swap_bytes()
    });
}

/// True for an ID that a person said is somebody's earlier one, unless an account is linked to it (rule S12).
fn is_superseded(directory: &Directory, employee: &String) -> bool {
    let is_linked = directory.accounts.iter().any(|account| account.employee.as_ref() == Some(employee));
    !is_linked && directory.accounts.iter().any(|account| account.earlier_employees.contains(employee))
}

proptest! {
    #![proptest_config(arbitrary::thorough())]

    #[test]
    fn s20_a_plan_is_carried_out_whole_and_planning_again_finds_nothing(case in arbitrary::twins()) {
        let plan = planning::plan(&case.company, &case.directory);
        let (after, outcomes) = apply(&case.directory, &plan.actions);
        prop_assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{outcomes:?} of {:#?}", plan.actions);
        let again = planning::plan(&case.company, &after);
        prop_assert_eq!(again.actions, vec![]);
    }

    #[test]
    fn s20_planning_again_after_any_part_of_a_plan_ends_where_the_whole_plan_does(
        case in arbitrary::case(),
        cut in any::<Index>(),
        second_cut in any::<Index>(),
    ) {
        let whole = synced(&case.company, &case.directory);
        let mut directory = case.directory;
        for cut in [cut, second_cut] {
            let plan = planning::plan(&case.company, &directory);
            let part = plan.actions.get(..cut.index(plan.actions.len() + 1)).unwrap();
            directory = apply(&directory, part).0;
        }
        prop_assert_eq!(essence(&synced(&case.company, &directory)), essence(&whole));
    }

    #[test]
    fn s20_a_plan_does_not_depend_on_the_order_of_anything(case in arbitrary::twins(), seed in any::<u64>()) {
        let Case { company, mut directory } = case;
        let mut read = planning::read(&company);
        let plan = planning::plan_read(&read, &company, &directory);
        let nameless = |record: &SourceRecord| planning::id(record).map_or_else(|| format!("{record:?}"), str::to_owned);
        shuffled(&mut read.records, seed, nameless);
        shuffled(&mut directory.accounts, seed, |account| account.id.clone());
        shuffled(&mut directory.groups, seed, |group| group.id.clone());
        directory.accounts.iter_mut().for_each(|account| account.groups.reverse());
        let other = planning::plan_read(&read, &company, &directory);
        prop_assert_eq!(&other, &plan);
        prop_assert_eq!(hash::of(&other, "Acme", None), hash::of(&plan, "Acme", None));
    }

    #[test]
    fn s24_a_read_does_not_depend_on_the_page_size(case in arbitrary::case(), limit in 1_usize..12, counted: bool) {
        let records = &case.company.records;
        let mut read = Vec::new();
        let mut cursor = None;
        for page in 0.. {
            prop_assert!(page <= records.len() + 1, "a read that never ends");
            let place = Place::of(cursor.as_deref()).unwrap();
            let rows: Vec<&str> = records.iter().skip(read.len()).take(limit).map(String::as_str).collect();
            let total = if counted { format!(r#""metadata":{{"total_elements":{}}},"#, records.len()) } else { String::new() };
            let body = format!(r#"{{{total}"limit":{limit},"data":[{}]}}"#, rows.join(","));
            let page = employees::page(&body, place, employees::verbatim).unwrap();
            read.extend(page.records);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        prop_assert_eq!(&read, records);
    }

    #[test]
    fn s04_only_linked_accounts_are_touched_and_only_to_be_kept_in_step(case in arbitrary::twins()) {
        let plan = planning::plan(&case.company, &case.directory);
        let (after, _) = apply(&case.directory, &plan.actions);
        let read = planning::read(&case.company);
        let learners = learners(&read);
        let linking: BTreeSet<&str> = plan.actions.iter().filter(|action| action.operation == Operation::Link)
            .filter_map(|action| action.account.as_deref()).collect();
        let accounts: HashMap<&str, &Account> = after.accounts.iter().map(|account| (account.id.as_str(), account)).collect();
        for action in &plan.actions {
            prop_assert!(learners.contains_key(action.employee.as_str()), "{action:?} is about nobody to be synced");
        }
        for before in &case.directory.accounts {
            // S3: an account is never removed.
            let after = accounts.get(before.id.as_str()).copied();
            prop_assert!(after.is_some(), "{} is gone", before.id);
            let after = after.unwrap();
            match &before.employee {
                None if !linking.contains(before.id.as_str()) => prop_assert_eq!(after, before),
                Some(employee) if !learners.contains_key(employee.as_str()) => prop_assert_eq!(after, before),
                Some(_) => prop_assert_eq!(&after.employee, &before.employee),
                None => {}
            }
            prop_assert_eq!((after.protected, after.created_by_connector), (before.protected, before.created_by_connector));
            prop_assert!(before.groups.iter().all(|group| after.groups.contains(group)), "S15: a membership is lost");
        }
    }

    #[test]
    fn s06_nothing_is_cleared_that_was_not_empty(case in arbitrary::case()) {
        let after = synced(&case.company, &case.directory);
        let read = planning::read(&case.company);
        let learners = learners(&read);
        for (before, after) in case.directory.accounts.iter().zip(&after.accounts) {
            let learner = after.employee.as_deref().and_then(|employee| learners.get(employee));
            let cleared = |before: &Option<String>, after: &Option<String>| before.is_some() && after.is_none();
            let emptied = |reading: fn(&Learner) -> &Reading| learner.is_some_and(|learner| *reading(learner) == Reading::Empty);
            let fields: [(_, Look); 6] = [
                (cleared(&before.gender, &after.gender), |learner| &learner.gender),
                (cleared(&before.position, &after.position), |learner| &learner.position),
                (cleared(&before.department, &after.department), |learner| &learner.department),
                (cleared(&before.location, &after.location), |learner| &learner.location),
                (cleared(&before.team, &after.team), |learner| &learner.team),
                (cleared(&before.supervisor, &after.supervisor), |learner| &learner.supervisor),
            ];
            for (index, (cleared, reading)) in fields.into_iter().enumerate() {
                prop_assert!(!cleared || emptied(reading), "field {index} of {} is cleared", before.id);
            }
            prop_assert!(![&after.email, &after.first_name, &after.last_name].into_iter().any(String::is_empty));
        }
    }

    #[test]
    fn s17_a_status_is_lowered_on_the_record_s_own_word_alone_and_never_an_administrators(case in arbitrary::case()) {
        let plan = planning::plan(&case.company, &case.directory);
        let (after, _) = apply(&case.directory, &plan.actions);
        let read = planning::read(&case.company);
        let learners = learners(&read);
        for (before, after) in case.directory.accounts.iter().zip(&after.accounts) {
            if before.status == AccountStatus::Inactive || after.status != AccountStatus::Inactive {
                continue;
            }
            let learner = after.employee.as_deref().and_then(|employee| learners.get(employee));
            let says_so = learner.is_some_and(|learner| learner.status == StatusReading::Known(guest::AccountStatus::Inactive));
            prop_assert!(says_so && !before.protected, "{} is lowered", before.id);
        }
    }

    #[test]
    fn s23_everybody_is_in_one_count_and_plan_result_and_mail_agree(case in arbitrary::twins()) {
        let plan = planning::plan(&case.company, &case.directory);
        let read = planning::read(&case.company);
        let distinct: BTreeSet<&str> = read.records.iter().filter_map(planning::id).collect();
        let nameless = read.records.iter().filter(|record| planning::id(record).is_none()).count();
        let counts = &plan.counts;
        let parts = [
            counts.created, counts.linked, counts.updated, counts.unchanged, counts.excluded, counts.rejected, counts.conflicts,
        ];
        prop_assert_eq!(counts.read, (distinct.len() + nameless) as u64);
        prop_assert_eq!(counts.read, parts.iter().sum::<u64>());
        prop_assert_eq!(counts.excluded, counts.exclusions.iter().map(|reason| reason.count).sum::<u64>());

        let (_, outcomes) = apply(&case.directory, &plan.actions);
        let applied: Vec<&Action> = plan.actions.iter().zip(&outcomes)
            .filter(|(_, outcome)| **outcome == Outcome::Applied).map(|(action, _)| action).collect();
        let of = |is: fn(&Operation) -> bool| applied.iter().filter(|action| is(&action.operation)).count() as u64;
        let fresh: BTreeSet<&str> = applied.iter()
            .filter(|action| matches!(action.operation, Operation::Create(_) | Operation::Link))
            .map(|action| action.employee.as_str()).collect();
        let updated: BTreeSet<&str> = applied.iter()
            .filter(|action| matches!(action.operation, Operation::Update(_) | Operation::SetSupervisor(_)))
            .map(|action| action.employee.as_str()).filter(|employee| !fresh.contains(employee)).collect();
        prop_assert_eq!(counts.created, of(|operation| matches!(operation, Operation::Create(_))));
        prop_assert_eq!(counts.linked, of(|operation| matches!(operation, Operation::Link)));
        prop_assert_eq!(counts.updated, updated.len() as u64);
        prop_assert_eq!(counts.supervisors, of(|operation| matches!(operation, Operation::SetSupervisor(_))));
        prop_assert_eq!(counts.group_additions, of(|operation| matches!(operation, Operation::AddToGroup(_))));
        prop_assert_eq!(counts.invitations, of(|operation| matches!(operation, Operation::Invite)));

        let expected: BTreeMap<&str, u64> = [
            ("People read", counts.read), ("Created", counts.created), ("Linked to an account", counts.linked),
            ("Updated", counts.updated), ("Unchanged", counts.unchanged), ("Left out", counts.excluded),
            ("Not usable", counts.rejected), ("Conflicts", counts.conflicts), ("Supervisors changed", counts.supervisors),
            ("Group memberships added", counts.group_additions), ("Invitations", counts.invitations),
        ].into();
        let mail = summary_of(plan, outcomes);
        prop_assert_eq!(figures(&mail, &expected), expected, "{}", mail);
    }

    #[test]
    fn s14_no_circle_is_made_and_every_reference_exists(case in arbitrary::case()) {
        let after = synced(&case.company, &case.directory);
        prop_assert_eq!(circles(&after), BTreeSet::new());
        let accounts: BTreeSet<&str> = after.accounts.iter().map(|account| account.id.as_str()).collect();
        let groups: BTreeSet<&str> = after.groups.iter().map(|group| group.id.as_str()).collect();
        prop_assert_eq!(accounts.len(), after.accounts.len(), "two accounts have one ID");
        let linked: Vec<&str> = after.accounts.iter().filter_map(|account| account.employee.as_deref()).collect();
        prop_assert_eq!(linked.iter().collect::<BTreeSet<_>>().len(), linked.len(), "an employee is linked twice");
        for account in &after.accounts {
            prop_assert!(account.supervisor.as_deref().is_none_or(|supervisor| accounts.contains(supervisor)));
            prop_assert!(account.groups.iter().all(|group| groups.contains(group.as_str())));
        }
    }

    #[test]
    fn s14_circles_that_were_there_are_no_reason_to_stop_and_none_is_added(case in arbitrary::tangled()) {
        let plan = planning::plan(&case.company, &case.directory);
        let (after, outcomes) = apply(&case.directory, &plan.actions);
        prop_assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{outcomes:?} of {:#?}", plan.actions);
        let before = circles(&case.directory);
        prop_assert!(circles(&after).is_subset(&before), "{:?}", circles(&after));
        prop_assert_eq!(planning::plan(&case.company, &after).actions, vec![]);
    }

    #[test]
    fn s16_an_account_is_invited_at_most_once_whatever_happens(
        directory in arbitrary::directory(),
        years in proptest::collection::vec(arbitrary::company(), 1..5),
    ) {
        let mut directory = directory;
        let mut invited: HashMap<String, u32> = HashMap::new();
        for account in &directory.accounts {
            if account.invited {
                invited.insert(account.id.clone(), 1);
            }
        }
        for company in years {
            let plan = planning::plan(&company, &directory);
            let invitations: Vec<&Action> =
                plan.actions.iter().filter(|action| action.operation == Operation::Invite).collect();
            prop_assert!(invitations.is_empty() || company.options.send_invitations);
            let (after, outcomes) = apply(&directory, &plan.actions);
            for (action, outcome) in plan.actions.iter().zip(outcomes) {
                if action.operation == Operation::Invite && outcome == Outcome::Applied {
                    let of = |account: &&Account| account.employee.as_ref() == Some(&action.employee);
                    let account = after.accounts.iter().find(of).unwrap();
                    prop_assert!(account.created_by_connector);
                    // No mail to a mailbox that the source says is somebody else's, too, or alone; a record under an earlier ID
                    // says nothing (rule S12).
                    let read = planning::read(&company);
                    let learners = learners(&read);
                    let left = StatusReading::Known(guest::AccountStatus::Inactive);
                    prop_assert!(learners.get(action.employee.as_str()).is_some_and(|learner| learner.status != left));
                    let owners = learners.into_values().filter(|learner| matches!(&learner.email, Reading::Value(email) if key(email) == key(&account.email)));
                    let owners = owners.filter(|owner| !is_superseded(&directory, &owner.employee));
                    prop_assert_eq!(owners.map(|owner| &owner.employee).collect::<Vec<_>>(), [&action.employee]);
                    prop_assert!(matches!(account.status, AccountStatus::Preboarding | AccountStatus::Active));
                    *invited.entry(account.id.clone()).or_default() += 1;
                }
            }
            directory = after;
        }
        prop_assert!(invited.values().all(|times| *times == 1), "{invited:?}");
    }

    #[test]
    fn s20_the_sandbox_maps_and_plans_as_the_same_code_does_outside(case in arbitrary::twins()) {
        thread_local! {
            static SANDBOX: RefCell<Sandbox> = RefCell::new(Sandbox::new());
        }
        let Case { company, directory } = case;
        let read = planning::read(&company);
        let outside = planning::plan_read(&read, &company, &directory);
        let (records, inside) = SANDBOX.with_borrow_mut(|sandbox| {
            let records = sandbox.map(company.options, &company.records);
            (records, sandbox.plan(company.options, &planning::across(&read), &directory))
        });
        prop_assert_eq!(serde_json::to_string(&records).unwrap(), serde_json::to_string(&read.records).unwrap());
        prop_assert_eq!(serde_json::to_string(&inside).unwrap(), serde_json::to_string(&outside).unwrap());
    }
}

/// The summary of a run that applied a plan, as plain text.
fn summary_of(plan: Plan, outcomes: Vec<Outcome>) -> String {
    let mut report = RunReport::blank("Nasty", "2026-11-23T14:30:00Z".parse().unwrap());
    let blocked = is_blocked(&plan);
    report.take_plan(plan, String::new());
    report.outcomes = outcomes;
    report.verdict = if blocked { RunVerdict::Blocked } else { RunVerdict::Done };
    let mail = MailSettings {
        to: vec!["hr@acme.example".to_owned()],
        from: "elearnio@acme.example".to_owned(),
        language: Language::En,
        smtp: None,
    };
    summary::summary(&report, &mail, None).text
}

/// The figures of a summary that bear one of the expected labels.
fn figures<'l>(mail: &str, expected: &BTreeMap<&'l str, u64>) -> BTreeMap<&'l str, u64> {
    let figure = |line: &str| {
        let (label, value) = line.trim().rsplit_once("  ")?;
        let (label, _) = expected.get_key_value(label.trim())?;
        Some((*label, value.trim().parse().ok()?))
    };
    mail.lines().filter_map(figure).collect()
}
