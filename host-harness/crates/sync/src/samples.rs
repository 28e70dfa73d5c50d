//! Runs to render in tests: one for each way a run can end, with invented people.

#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a sample for tests; its name says what it is"
)]

use std::collections::BTreeMap;

use crate::run::{Failure, Outcome, ReadSummary, RunReport, RunVerdict};
use connector_host::contract::{
    AccountStatus, Action, Change, Counts, ExclusionCount, Field, GroupAddition, GuardHit, NewAccount, Notice,
    Operation, Plan, Problem, SupervisorChange, Verdict,
};

/// A value no output but the JSON may hold: genders are nobody's business.
pub const GENDER: &str = "diverse";

pub const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Every sample with its name.
pub fn all() -> Vec<(&'static str, RunReport)> {
    vec![
        ("all-well", all_well()),
        ("nothing-to-do", nothing_to_do()),
        ("notices", notices()),
        ("conflicts", conflicts()),
        ("blocked", blocked()),
        ("failed", failed()),
        ("needs-approval", needs_approval()),
        ("approval-unknown", approval_unknown()),
        ("blocked-and-approved", blocked_and_approved()),
        ("many-names", many_names()),
        ("markup", markup()),
        ("dry-run", dry_run()),
    ]
}

pub fn all_well() -> RunReport {
    let mut report = empty(RunVerdict::Done);
    report.plan = Some(plan(
        vec![
            action("4711", Operation::Create(new_account("anna.schmidt@acme.example")), "flagged-without-account"),
            action("4712", Operation::Link, "email-matches-account"),
            action(
                "4713",
                Operation::Update(vec![
                    change(Field::Department, Some("Einkauf"), Some("Vertrieb")),
                    change(Field::Gender, Some("male"), Some(GENDER)),
                    change(Field::Location, Some("Köln"), None),
                ]),
                "source-differs",
            ),
            action(
                "4711",
                Operation::SetSupervisor(SupervisorChange { before: None, after: Some("4713".into()) }),
                "supervisor-differs",
            ),
            action(
                "4711",
                Operation::AddToGroup(GroupAddition { group: "g1".into(), name: "Vertrieb".into() }),
                "group-matches-department",
            ),
            action("4711", Operation::Invite, "created-not-invited"),
        ],
        vec![],
    ));
    report.outcomes = vec![Outcome::Applied; 6];
    report
}

pub fn nothing_to_do() -> RunReport {
    let mut report = empty(RunVerdict::Done);
    let mut plan = plan(vec![], vec![]);
    plan.counts = Counts { read: 12, unchanged: 9, excluded: 3, ..counts() };
    report.plan = Some(plan);
    report
}

pub fn notices() -> RunReport {
    let mut report = all_well();
    let plan = report.plan.as_mut().unwrap();
    plan.notices = vec![
        notice("group-missing", 12, &[], Some("Vertrieb Süd")),
        notice("group-missing", 1, &[], Some("Einkauf")),
        notice("flag-lost", 2, &["4711", "4712"], None),
        notice("attribute-hidden", 12, &[], Some("position")),
        // A value that is somebody's ID too: it is a value all the same.
        notice("status-unknown", 1, &["4713"], Some("4711")),
        notice("status-unknown", 1, &["4713"], Some("Elternzeit")),
    ];
    report
}

pub fn conflicts() -> RunReport {
    let mut report = all_well();
    let plan = report.plan.as_mut().unwrap();
    plan.counts = Counts { unchanged: 2, rejected: 1, conflicts: 3, ..plan.counts.clone() };
    plan.notices = vec![
        notice("email-duplicate-in-source", 2, &["4712", "4713"], None),
        notice("email-belongs-to-linked-account", 1, &["4714"], Some("4711")),
        notice("email-empty", 1, &["4715"], None),
        notice("read-incomplete", 1, &[], None),
    ];
    plan.complete = false;
    report.outcomes[2] = Outcome::Failed("address-taken");
    report.outcomes[4] = Outcome::Stale;
    report.read.complete = false;
    report.read.total = Some(14);
    report.read.stopped = Some(failure("source-busy", None, "503 after 5 tries", "Try again later."));
    report
}

pub fn blocked() -> RunReport {
    let mut report = empty(RunVerdict::Blocked);
    report.read = ReadSummary { complete: true, ..ReadSummary::default() };
    let mut plan = plan(vec![], vec![]);
    plan.counts = Counts::default();
    plan.verdict = Verdict::Blocked(Problem {
        code: "hidden-required-attribute".into(),
        subject: Some("email".into()),
        message: "the credential may not read the attribute `email`".into(),
        remedy: "Allow it in Personio.".into(),
    });
    report.plan = Some(plan);
    report
}

pub fn failed() -> RunReport {
    let mut report = empty(RunVerdict::Failed);
    report.plan_hash = None;
    report.read = ReadSummary::default();
    report.failures = vec![
        failure(
            "wrong-credentials",
            Some("client-secret"),
            "Personio answered 401 Wrong credentials",
            "Generate new credentials.",
        ),
        failure("made-up-code", None, "something new happened", "Ask the connector's makers."),
    ];
    report
}

pub fn needs_approval() -> RunReport {
    let mut report = all_well();
    report.verdict = RunVerdict::NeedsApproval;
    report.outcomes = vec![Outcome::Planned; 6];
    report.plan.as_mut().unwrap().verdict = Verdict::NeedsApproval(vec![GuardHit {
        field: None,
        guard: "guard-deactivations".into(),
        limit: 3,
        actual: 4,
        employees: ["4711", "4712", "4713", "4714"].map(String::from).to_vec(),
    }]);
    report
}

/// A plan that needs no approval, and somebody gave one for another plan.
pub fn approval_unknown() -> RunReport {
    let mut report = needs_approval();
    report.plan.as_mut().unwrap().verdict = Verdict::Ready;
    report.failures = vec![misapproved()];
    report
}

/// A blocked plan, and somebody gave an approval for another plan.
pub fn blocked_and_approved() -> RunReport {
    RunReport { failures: vec![misapproved()], ..blocked() }
}

fn misapproved() -> Failure {
    let message = format!("The approval is for plan {}, and this is plan {HASH}.", "0".repeat(64));
    failure("approval-unknown", None, &message, "Look at this plan, and approve it by its own hash if it is right.")
}

pub fn many_names() -> RunReport {
    let mut report = empty(RunVerdict::Done);
    let ids: Vec<String> = (1000..1063).map(|id| id.to_string()).collect();
    report.names.extend(ids.iter().map(|id| (id.clone(), format!("Person Nr. {id}"))));
    let invites = ids.iter().map(|id| action(id, Operation::Invite, "created-not-invited")).collect();
    let gone = Notice { code: "person-gone".into(), count: 1263, employees: ids, detail: None };
    let mut plan = plan(invites, vec![gone]);
    plan.counts = Counts { read: 63, unchanged: 63, invitations: 63, ..Counts::default() };
    report.plan = Some(plan);
    report.outcomes = vec![Outcome::Applied; 63];
    report
}

pub fn markup() -> RunReport {
    let mut report = conflicts();
    report.tenant = "Acme & <Söhne>\r\nBcc: eve@evil.example".into();
    report.names.insert("4712".into(), "<script>alert('x')</script>".into());
    report.names.insert("4713".into(), "Bobby\n-- \nRun: \"Tables\" & Söhne \u{202e}gnp.exe".into());
    report.plan.as_mut().unwrap().notices.push(notice(
        "group-missing",
        3,
        &[],
        Some("<b>R&D</b>\r\nTo: eve@evil.example"),
    ));
    report
}

pub fn dry_run() -> RunReport {
    let mut report = notices();
    report.verdict = RunVerdict::Planned;
    report.dry_run = true;
    report.outcomes = vec![Outcome::Planned; 6];
    report
}

pub fn empty(verdict: RunVerdict) -> RunReport {
    let names = [
        ("4711", "Anna Schmidt"),
        ("4712", "Ömer Yıldız"),
        ("4713", "Zoë Groß"),
        ("4714", "Jürgen Müller-Lüdenscheidt"),
    ];
    RunReport {
        platform_notices: Vec::new(),
        conflict_accounts: BTreeMap::new(),
        run: "20261123T143000Z-7f3a".into(),
        tenant: "Personio-Integration".into(),
        started: "2026-11-23T14:30:00Z".parse().unwrap(),
        dry_run: false,
        verdict,
        plan_hash: Some(HASH.into()),
        plan: None,
        seal: None,
        outcomes: vec![],
        read: ReadSummary { pages: 1, employees: 12, total: Some(12), complete: true, stopped: None },
        failures: vec![],
        names: names.map(|(id, name)| (id.to_owned(), name.to_owned())).into(),
        timings_ms: BTreeMap::from([("configure", 12), ("read", 48), ("plan", 3), ("apply", 9)]),
    }
}

fn counts() -> Counts {
    Counts {
        exclusions: vec![
            ExclusionCount { code: "not-flagged".into(), count: 2 },
            ExclusionCount { code: "unknown-flag-value".into(), count: 1 },
        ],
        ..Counts::default()
    }
}

fn plan(actions: Vec<Action>, notices: Vec<Notice>) -> Plan {
    let counts = Counts {
        read: 12,
        created: 1,
        linked: 1,
        updated: 1,
        unchanged: 6,
        excluded: 3,
        supervisors: 1,
        group_additions: 1,
        invitations: 1,
        ..counts()
    };
    Plan { verdict: Verdict::Ready, actions, notices, counts, complete: true }
}

fn action(employee: &str, operation: Operation, reason: &str) -> Action {
    Action {
        id: format!("{employee}:{}", connector_host::names::operation_name(&operation)),
        employee: employee.into(),
        account: None,
        version: None,
        operation,
        reason: reason.into(),
    }
}

pub fn new_account(email: &str) -> NewAccount {
    NewAccount {
        email: email.into(),
        first_name: "Anna".into(),
        last_name: "Schmidt".into(),
        status: AccountStatus::Preboarding,
        gender: Some(GENDER.into()),
        position: None,
        department: Some("Vertrieb".into()),
        location: None,
        team: None,
    }
}

fn change(field: Field, before: Option<&str>, after: Option<&str>) -> Change {
    Change { field, before: before.map(String::from), after: after.map(String::from) }
}

fn notice(code: &str, count: u64, employees: &[&str], detail: Option<&str>) -> Notice {
    Notice {
        code: code.into(),
        count,
        employees: employees.iter().map(ToString::to_string).collect(),
        detail: detail.map(String::from),
    }
}

fn failure(code: &str, subject: Option<&str>, message: &str, remedy: &str) -> Failure {
    Failure { code: code.into(), subject: subject.map(String::from), message: message.into(), remedy: remedy.into() }
}
