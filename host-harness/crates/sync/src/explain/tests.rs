//! One person in every situation, from hand-made findings: what the answer is, and that it has no value unless asked for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use connector_common::codes as plan_codes;
use connector_host::contract::{
    Account, AccountStatus, Action, Change, Counts, Directory, Excluded, Exclusion, Field, GuardHit, Learner, Notice,
    Problem, Reading, Rejected, SourceRead, StatusReading,
};

use super::*;
use crate::history::{PastAction, PastChange, PastDecision, PersonHistory};
use crate::run::Failure;

/// What no explanation may hold unasked.
const VALUES: [&str; 7] = ["Ida", "Öst", "ida@x.example", "Vertrieb", "vielleicht", "sabbatical", "Ida is Eva"];

fn value(text: &str) -> Reading {
    Reading::Value(text.to_owned())
}

fn learner(employee: &str) -> Learner {
    Learner {
        employee: employee.to_owned(),
        email: value("ida@x.example"),
        first_name: value("Ida"),
        last_name: value("Öst"),
        status: StatusReading::Known(AccountStatus::Active),
        gender: Reading::Hidden,
        position: Reading::Unusable(plan_codes::VALUE_DAMAGED.to_owned()),
        department: value("Vertrieb"),
        location: Reading::Empty,
        team: Reading::Empty,
        supervisor: value("1"),
    }
}

fn account(id: &str, employee: Option<&str>) -> Account {
    Account {
        id: id.to_owned(),
        version: 1,
        employee: employee.map(str::to_owned),
        earlier_employees: Vec::new(),
        foreign_employees: Vec::new(),
        email: "ida@x.example".to_owned(),
        first_name: "Ida".to_owned(),
        last_name: "Öst".to_owned(),
        status: AccountStatus::Active,
        gender: None,
        position: None,
        department: Some("Vertrieb".to_owned()),
        location: None,
        team: None,
        supervisor: None,
        protected: false,
        created_by_connector: true,
        invited: false,
        groups: Vec::new(),
    }
}

fn earlier(id: &str, employee: &str, earlier: &str) -> Account {
    Account { earlier_employees: vec![earlier.to_owned()], ..account(id, Some(employee)) }
}

fn action(employee: &str, account: Option<&str>, operation: Operation) -> Action {
    Action {
        id: format!("{}:{employee}", operation_name(&operation)),
        employee: employee.to_owned(),
        account: account.map(str::to_owned),
        version: account.map(|_| 1),
        operation,
        reason: plan_codes::SOURCE_DIFFERS.to_owned(),
    }
}

fn moves() -> Operation {
    let change = |field, before: Option<&str>, after: Option<&str>| Change {
        field,
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    Operation::Update(vec![
        change(Field::Department, Some("Einkauf"), Some("Vertrieb")),
        change(Field::Team, Some("Vertrieb Nord"), None),
        change(Field::Location, None, Some("Vertrieb Süd")),
    ])
}

fn notice(code: &str, employees: &[&str], detail: Option<&str>) -> Notice {
    Notice {
        code: code.to_owned(),
        count: (employees.len() as u64).max(1),
        employees: employees.iter().map(|id| (*id).to_owned()).collect(),
        detail: detail.map(str::to_owned),
    }
}

/// Findings of a source alone.
fn read(records: Vec<SourceRecord>) -> Evidence {
    let source = SourceRead { records, hidden: Vec::new(), total: None, ended: true };
    Evidence { source: Some(source), ..Evidence::default() }.planned(Vec::new(), Vec::new())
}

impl Evidence {
    fn planned(mut self, actions: Vec<Action>, notices: Vec<Notice>) -> Self {
        let plan = Plan { verdict: Verdict::Ready, actions, notices, counts: Counts::default(), complete: true };
        self.plan = Some((plan, "hash".to_owned()));
        self
    }

    fn judged(mut self, verdict: Verdict) -> Self {
        self.plan.as_mut().unwrap().0.verdict = verdict;
        self
    }

    fn incomplete(mut self) -> Self {
        self.plan.as_mut().unwrap().0.complete = false;
        self
    }

    fn with(mut self, accounts: Vec<Account>) -> Self {
        self.directory = Some(Directory { accounts, groups: Vec::new() });
        self
    }

    fn remembering(mut self, history: PersonHistory) -> Self {
        self.history = history;
        self
    }
}

/// Findings of a directory alone.
fn kept(accounts: Vec<Account>) -> Evidence {
    Evidence::default().with(accounts)
}

fn flagged() -> SourceRecord {
    SourceRecord::Learner(learner("7"))
}

fn left_out(reason: Exclusion) -> SourceRecord {
    SourceRecord::Excluded(Excluded { employee: "7".to_owned(), reason })
}

fn broken(code: &str) -> SourceRecord {
    let problem = Problem { code: code.to_owned(), subject: None, message: String::new(), remedy: String::new() };
    SourceRecord::Rejected(Rejected { employee: Some("7".to_owned()), problem })
}

fn blocked() -> Verdict {
    Verdict::Blocked(Problem {
        code: plan_codes::NOBODY_FLAGGED.to_owned(),
        subject: Some("flag".to_owned()),
        message: "Nobody is flagged.".to_owned(),
        remedy: "Flag somebody.".to_owned(),
    })
}

fn history() -> PersonHistory {
    let text = str::to_owned;
    let action = |run: &str, operation: &str, outcome: &str| PastAction {
        run: text(run),
        started: text("2026-11-24T17:10:18Z"),
        operation: text(operation),
        reason: text("source-differs"),
        outcome: text(outcome),
        failure: (outcome == "failed").then(|| text("address-taken")),
    };
    PersonHistory {
        actions: vec![
            action("r1", "create", "failed"),
            action("r2", "create", "applied"),
            action("r3", "update", "applied"),
        ],
        changes: vec![PastChange {
            field: text("department"),
            run: text("r3"),
            started: text("2026-11-25T17:10:18Z"),
            before: Some(text("Vertrieb")),
            after: None,
        }],
        decisions: vec![PastDecision {
            decided: text("2026-11-26T12:00:00Z"),
            kind: text("unlink"),
            account: text("a"),
            employee: None,
            earlier: Some(text("7")),
            reason: text("Ida is Eva"),
        }],
    }
}

/// Employee 7, explained without values; that none is in it is asserted.
fn explained(evidence: &Evidence) -> Explanation {
    let explanation = explain("7", evidence, Values::LeftOut);
    let json = serde_json::to_string(&explanation).unwrap();
    for value in VALUES {
        assert!(!json.contains(value), "{value} in {json}");
    }
    explanation
}

#[test]
fn every_situation_of_a_person_is_explained() {
    let both = |record: SourceRecord, accounts| read(vec![record]).with(accounts);
    let theirs = || vec![account("a", Some("7"))];
    let free = || vec![account("a", None)];
    let conflict = |code| vec![notice(code, &["7"], None)];
    let planned = |operation| vec![action("7", Some("a"), operation)];
    let other = || SourceRecord::Learner(learner("8"));
    let elsewhere = || Learner { email: value("neu@x.example"), ..learner("7") };
    for (name, evidence, status, found) in [
        ("link", both(flagged(), free()).planned(planned(Operation::Link), vec![]), "to-link", "found-by-address"),
        ("update", both(flagged(), theirs()).planned(planned(moves()), vec![]), "to-update", "found-by-link"),
        (
            "group only",
            both(flagged(), theirs()).planned(planned(Operation::Invite), vec![]),
            "unchanged",
            "found-by-link",
        ),
        ("nothing", both(flagged(), theirs()), "unchanged", "found-by-link"),
        (
            "another's action",
            both(flagged(), theirs()).planned(vec![action("8", None, Operation::Invite)], vec![]),
            "unchanged",
            "found-by-link",
        ),
        (
            "linked twice",
            both(flagged(), vec![account("a", Some("7")), account("b", Some("7"))]),
            "in-conflict",
            "found-in-conflict",
        ),
        (
            "another's address",
            both(flagged(), vec![account("a", Some("1"))])
                .planned(vec![], conflict(plan_codes::EMAIL_BELONGS_TO_LINKED_ACCOUNT)),
            "in-conflict",
            "found-in-conflict",
        ),
        (
            "an administrator's",
            both(flagged(), free()).planned(vec![], conflict(plan_codes::EMAIL_BELONGS_TO_PROTECTED_ACCOUNT)),
            "in-conflict",
            "found-in-conflict",
        ),
        (
            "a twin's",
            both(flagged(), vec![]).planned(vec![], conflict(plan_codes::EMAIL_DUPLICATE_IN_SOURCE)),
            "in-conflict",
            "found-in-conflict",
        ),
        (
            "a linked twin's",
            both(flagged(), theirs()).planned(vec![], conflict(plan_codes::EMAIL_DUPLICATE_IN_SOURCE)),
            "unchanged",
            "found-by-link",
        ),
        (
            "a linked twin's new",
            both(SourceRecord::Learner(elsewhere()), theirs())
                .planned(vec![], conflict(plan_codes::EMAIL_DUPLICATE_IN_SOURCE)),
            "in-conflict",
            "found-by-link",
        ),
        (
            "a new address that is taken",
            both(flagged(), theirs()).planned(vec![], conflict(plan_codes::EMAIL_CHANGE_CONFLICT)),
            "in-conflict",
            "found-by-link",
        ),
        (
            "no address",
            both(flagged(), vec![]).planned(vec![], conflict(plan_codes::EMAIL_EMPTY)),
            "rejected",
            "found-none",
        ),
        ("a broken record", both(broken(plan_codes::BROKEN_RECORD), theirs()), "rejected", "found-by-link"),
        ("left out", both(left_out(Exclusion::NotFlagged), vec![]), "excluded", "found-none"),
        ("left out with an account", both(left_out(Exclusion::NotFlagged), theirs()), "excluded", "found-by-link"),
        ("an earlier ID", both(flagged(), vec![earlier("a", "9", "7")]), "excluded", "found-by-earlier-id"),
        ("blocked", both(flagged(), theirs()).judged(blocked()), "nothing-planned", "found-by-link"),
        ("gone", both(other(), theirs()), "not-in-source", "found-by-link"),
        ("gone, and in the log", both(other(), vec![]).remembering(history()), "not-in-source", "found-none"),
        (
            "gone, and declared somebody else",
            both(other(), vec![Account { foreign_employees: vec!["7".to_owned()], ..account("a", None) }]),
            "not-in-source",
            "found-none",
        ),
        ("not read", both(other(), theirs()).incomplete(), "not-read", "found-by-link"),
        ("never seen", both(other(), vec![account("b", None)]), "never-seen", "found-none"),
    ] {
        let explanation = explained(&evidence);
        let account = explanation.account.expect(name);
        assert_eq!((explanation.status.code(), account.found.code()), (status, found), "{name}");
    }
}

#[test]
fn a_directory_alone_explains_somebody() {
    let theirs = || vec![account("a", Some("7"))];
    let failed =
        Failure { code: "wrong-credentials".to_owned(), subject: None, message: String::new(), remedy: String::new() };
    for (name, evidence, status, found) in [
        ("a source that fails", Evidence { failures: vec![failed], ..kept(theirs()) }, "not-read", "found-by-link"),
        ("only a directory", kept(theirs()), "has-account", "found-by-link"),
        (
            "only a directory, twice",
            kept(vec![account("a", Some("7")), account("b", Some("7"))]),
            "in-conflict",
            "found-in-conflict",
        ),
        ("only a directory, an earlier ID", kept(vec![earlier("a", "9", "7")]), "earlier-id", "found-by-earlier-id"),
        ("only a directory's log", kept(vec![]).remembering(history()), "no-account", "found-none"),
        ("only a directory, unknown", kept(vec![account("a", Some("8"))]), "never-seen", "found-none"),
    ] {
        let explanation = explained(&evidence);
        let account = explanation.account.expect(name);
        assert_eq!((explanation.status.code(), account.found.code()), (status, found), "{name}");
    }
}

#[test]
fn s02_a_newcomer_is_told_apart_from_somebody_who_lacks_something() {
    let new = crate::samples::new_account("ida@x.example");
    let create = vec![action("7", None, Operation::Create(new))];
    let explanation = explained(&read(vec![flagged()]).with(vec![]).planned(create, vec![]));
    assert_eq!((explanation.status, explanation.account.unwrap().found), (Status::ToCreate, Found::New));
    let changes = &explanation.plan.unwrap().actions[0].changes;
    assert!(changes.iter().all(|change| change.change == Kind::Set && change.after.is_none()), "{changes:?}");
}

#[test]
fn a_source_alone_shows_what_the_filter_decided_and_plans_nothing() {
    for (record, status, decision, code) in [
        (flagged(), Status::Selected, Decision::Selected, None),
        (left_out(Exclusion::NotFlagged), Status::Excluded, Decision::LeftOut, Some("not-flagged")),
        (
            left_out(Exclusion::UnknownFlag("vielleicht".to_owned())),
            Status::Excluded,
            Decision::LeftOut,
            Some("unknown-flag-value"),
        ),
        (
            left_out(Exclusion::UnusableFlag("value-damaged".to_owned())),
            Status::Excluded,
            Decision::LeftOut,
            Some("flag-unusable"),
        ),
        (left_out(Exclusion::Other("on-loan".to_owned())), Status::Excluded, Decision::LeftOut, Some("on-loan")),
        (broken("flag-hidden"), Status::Rejected, Decision::Undecided, Some("flag-hidden")),
    ] {
        let evidence = read(vec![record]).planned(vec![action("7", None, Operation::Invite)], vec![]);
        let explanation = explained(&evidence);
        assert_eq!(explanation.status, status);
        assert!(explanation.plan.is_none() && explanation.account.is_none() && explanation.history.is_none());
        let filter = explanation.source.unwrap().filter.unwrap();
        assert_eq!((filter.decision, filter.code.as_deref()), (decision, code));
    }
    let gone = explained(&read(vec![SourceRecord::Learner(learner("8"))]));
    assert_eq!(gone.status, Status::NotInSource, "who has seen the ID before is not known");
}

#[test]
fn s06_every_attribute_has_its_state_and_a_value_only_if_asked() {
    let evidence = read(vec![left_out(Exclusion::NotFlagged), flagged()]).with(vec![account("a", Some("7"))]);
    let states = |explanation: &Explanation| -> Vec<(String, &str, Option<String>, Option<String>)> {
        let attributes = explanation.source.as_ref().unwrap().attributes.iter();
        attributes.map(|it| (it.attribute.clone(), it.state.as_str(), it.code.clone(), it.value.clone())).collect()
    };
    let untold: Vec<_> = states(&explained(&evidence))
        .into_iter()
        .map(|(name, state, code, value)| {
            assert_eq!(value, None);
            (name, state, code)
        })
        .collect();
    let named = |name: &str, state, code: Option<&str>| (name.to_owned(), state, code.map(str::to_owned));
    let expected = [
        named("id", "value", None),
        named("email", "value", None),
        named("first-name", "value", None),
        named("last-name", "value", None),
        named("status", "value", None),
        named("gender", "hidden", None),
        named("position", "unusable", Some("value-damaged")),
        named("department", "value", None),
        named("location", "empty", None),
        named("team", "empty", None),
        named("supervisor", "value", None),
    ];
    assert_eq!(untold, expected);
    let told = explain("7", &evidence, Values::Shown);
    let values: Vec<_> = states(&told).into_iter().filter_map(|(_, _, _, value)| value).collect();
    assert_eq!(values, ["7", "ida@x.example", "Ida", "Öst", "active", "Vertrieb", "1"]);
    assert_eq!(told.name.as_deref(), Some("Ida Öst"));
}

#[test]
fn s08_a_status_that_the_table_lacks_is_a_value_with_a_reason() {
    for (status, state, value) in [
        (StatusReading::Unknown("sabbatical".to_owned()), State::Value, Some("sabbatical")),
        (StatusReading::Unknown(String::new()), State::Empty, None),
    ] {
        let evidence = read(vec![SourceRecord::Learner(Learner { status, ..learner("7") })]);
        explained(&evidence);
        let attributes = explain("7", &evidence, Values::Shown).source.unwrap().attributes;
        let status = attributes.iter().find(|attribute| attribute.attribute == "status").unwrap();
        assert_eq!(
            (status.state, status.code.as_deref(), status.value.as_deref()),
            (state, Some("status-unknown"), value)
        );
    }
}

#[test]
fn s19_a_guard_holds_back_everybody_who_has_an_action_and_nobody_else() {
    let hit = |employees: &[&str]| GuardHit {
        guard: plan_codes::GUARD_DEACTIVATIONS.to_owned(),
        field: None,
        limit: 3,
        actual: 4,
        employees: employees.iter().map(|id| (*id).to_owned()).collect(),
    };
    let evidence = |actions| read(vec![flagged()]).with(vec![account("a", Some("7"))]).planned(actions, vec![]);
    for (employees, is_hit) in [(["7", "8"], true), (["8", "9"], false)] {
        let held =
            evidence(vec![action("7", Some("a"), moves())]).judged(Verdict::NeedsApproval(vec![hit(&employees)]));
        let held = explained(&held);
        assert_eq!(held.plan.unwrap().verdict, "needs-approval");
        assert_eq!(held.held_by[0].guard, Some(Guard { limit: 3, actual: 4, is_hit }));
    }
    let idle = explained(&evidence(Vec::new()).judged(Verdict::NeedsApproval(vec![hit(&["8"])])));
    assert!(idle.held_by.is_empty());
}

#[test]
fn what_holds_somebody_back_is_about_them_or_about_all() {
    let notices = vec![
        notice(plan_codes::STATUS_UNKNOWN, &["7"], Some("sabbatical")),
        notice(plan_codes::VALUE_DAMAGED, &["6", "7"], Some("position")),
        notice(plan_codes::ATTRIBUTE_HIDDEN, &[], Some("gender")),
        notice(plan_codes::PERSON_GONE, &["8"], None),
        notice(plan_codes::GROUP_MISSING, &["7"], Some("Vertrieb")),
        notice(plan_codes::ID_MISSING, &[], None),
    ];
    let evidence = read(vec![flagged()]).planned(vec![], notices.clone());
    let codes = |evidence: &Evidence| -> Vec<(String, Option<String>)> {
        explained(evidence).held_by.into_iter().map(|obstacle| (obstacle.code, obstacle.detail)).collect()
    };
    let of = |code: &str, detail: Option<&str>| (code.to_owned(), detail.map(str::to_owned));
    let alone =
        [of("status-unknown", None), of("value-damaged", Some("position")), of("attribute-hidden", Some("gender"))];
    assert_eq!(codes(&evidence), alone, "a field is named, a value is not; groups need a directory");
    let evidence = evidence.with(vec![account("a", Some("7"))]);
    assert_eq!(codes(&evidence).last(), Some(&of("group-missing", None)));
    let absent = read(vec![]).with(vec![]).planned(vec![], notices);
    assert_eq!(codes(&absent).last(), Some(&of("id-missing", None)), "a record without an ID may be theirs");
    let told = explain("7", &evidence, Values::Shown).held_by;
    assert_eq!(told[0].detail.as_deref(), Some("sabbatical"));
}

#[test]
fn s17_the_reason_for_a_blocked_plan_is_shown_for_everybody() {
    let explanation = explained(&read(vec![flagged()]).judged(blocked()));
    assert_eq!(explanation.status, Status::NothingPlanned);
    let [obstacle] = explanation.held_by.as_slice() else { panic!("{:?}", explanation.held_by) };
    assert_eq!((obstacle.kind, obstacle.code.as_str()), (ObstacleKind::Blocked, "nobody-flagged"));
}

#[test]
fn planned_changes_say_what_they_do_and_their_values_only_if_asked() {
    let evidence = read(vec![flagged()]).with(vec![account("a", Some("7"))]);
    let evidence = evidence.planned(vec![action("7", Some("a"), moves())], vec![]);
    let kinds: Vec<_> = explained(&evidence).plan.unwrap().actions[0].changes.iter().map(|it| it.change).collect();
    assert_eq!(kinds, [Kind::Changed, Kind::Cleared, Kind::Set]);
    let told = explain("7", &evidence, Values::Shown).plan.unwrap();
    let first = &told.actions[0].changes[0];
    assert_eq!((first.before.as_deref(), first.after.as_deref()), (Some("Einkauf"), Some("Vertrieb")));
}

#[test]
fn the_history_names_runs_and_times_and_values_only_if_asked() {
    let evidence = kept(vec![account("a", Some("7"))]).remembering(history());
    let past = explained(&evidence).history.unwrap();
    assert_eq!(past.created.unwrap().run, "r2", "the one that was applied");
    assert_eq!((past.changes[0].change.change, past.changes[0].by.run.as_str()), (Kind::Cleared, "r3"));
    assert_eq!((past.actions.len(), past.actions[0].failure.as_deref()), (3, Some("address-taken")));
    assert_eq!((past.decisions[0].decision.as_str(), past.decisions[0].reason.as_deref()), ("unlink", None));
    let told = explain("7", &evidence, Values::Shown).history.unwrap();
    assert_eq!(told.changes[0].change.before.as_deref(), Some("Vertrieb"));
    assert_eq!(told.decisions[0].reason.as_deref(), Some("Ida is Eva"));
}
