//! The admin's pages but for runs.

use super::{Sample, Samples, minutes};
use crate::model::{
    AccountPage, Candidate, Conflict, ConflictChoice, ConflictsPage, DecisionKind, DecisionRow, ErrorKind, ErrorPage,
    FieldError, HistoryPage, HistoryTab, Input, IntegrationRow, IntegrationState, IntegrationsPage, LastRun, Named,
    Pager, PasswordForm, PeoplePage, PersonRow, Remark, Resolution, RunFilter, RunKind, RunRow, RunState, Schedule,
    Section, SignInError, SignInPage, TokenRow, Trigger, WelcomePage,
};
use crate::{account, conflicts, error, history, integrations, people, sign_in, welcome};

impl Samples {
    pub(super) fn entry(&self) -> Vec<Sample> {
        let visitor = self.visitor("/sign-in");
        let page = SignInPage {
            email: self.text("hr@acme.example"),
            error: Some(SignInError::Wrong),
            next: Some("/runs/1".to_owned()),
        };
        let first = WelcomePage {
            token: "t0ken".to_owned(),
            email: self.text("hr@acme.example"),
            tenant: self.some("Acme GmbH"),
            ..WelcomePage::default()
        };
        let wrong = WelcomePage {
            is_reset: true,
            password_error: Some(FieldError::TooShort(12)),
            again_error: Some(FieldError::Differs),
            ..first.clone()
        };
        let problem = |kind| ErrorPage { kind, reference: Some("7f3a-19".to_owned()), detail: None };
        vec![
            ("sign-in", sign_in(&visitor, &SignInPage::default())),
            ("sign-in-wrong", sign_in(&visitor, &page)),
            ("welcome", welcome(&self.visitor("/welcome/t0ken"), &first)),
            ("welcome-wrong", welcome(&self.visitor("/welcome/t0ken"), &wrong)),
            ("link-expired", error(&self.visitor("/welcome/old"), &problem(ErrorKind::LinkExpired))),
            ("not-found", error(&self.admin_shell(Section::None, "/nowhere"), &problem(ErrorKind::NotFound))),
            ("internal", error(&self.admin_shell(Section::None, "/runs/1"), &problem(ErrorKind::Internal))),
        ]
    }

    pub(super) fn admin(&self) -> Vec<Sample> {
        let shell = self.admin_shell(Section::Integrations, "/integrations");
        let empty = IntegrationsPage { has_connectors: true, ..IntegrationsPage::default() };
        let mut all = vec![
            ("integrations", integrations(&shell, &self.integrations())),
            ("integrations-empty", integrations(&shell, &empty)),
            ("integrations-no-connector", integrations(&shell, &IntegrationsPage::default())),
        ];
        all.extend(self.forms());
        all.extend(self.explained());
        all.extend(self.lists());
        all
    }

    pub(super) fn remark(&self, code: &str, count: u64, detail: Option<&str>) -> Remark {
        Remark {
            code: code.to_owned(),
            count,
            detail: detail.map(|detail| self.text(detail)),
            message: self.some("the source answered something new"),
            remedy: self.some("Ask the connector's makers."),
            ..Remark::default()
        }
    }

    pub(super) fn integrations(&self) -> IntegrationsPage {
        let row = |id: &str, name: &str, state, last: Option<i64>, next: Option<i64>, schedule| IntegrationRow {
            id: id.to_owned(),
            name: self.text(name),
            connector: "personio".to_owned(),
            state,
            last_run: last.map(|at| LastRun { id: format!("run-{id}"), started: minutes(at) }),
            next_run: next.map(minutes),
            schedule,
            read: None,
        };
        let daily = || Schedule::Daily { time: "06:30".to_owned(), zone: "Europe/Berlin".to_owned() };
        let mut reading = row("i2", "Acme Nord", IntegrationState::Running, Some(-1), Some(59), Schedule::Hourly);
        reading.read = Some((800, Some(2314)));
        IntegrationsPage {
            rows: vec![
                row("i1", "Personio-Integration", IntegrationState::NeedsApproval, Some(-14), Some(946), daily()),
                reading,
                row("i3", "Acme Österreich", IntegrationState::Done, Some(-434), Some(1006), daily()),
                row("i4", "Acme Suisse", IntegrationState::Failed, Some(-30), Some(30), Schedule::Hourly),
                row("i5", "Akademie", IntegrationState::Paused, Some(-9034), None, daily()),
                row("i6", "Logistik", IntegrationState::KeyMissing, Some(-2034), None, daily()),
                row("i7", "Labor", IntegrationState::NeverRun, None, None, Schedule::Off),
            ],
            has_connectors: true,
            live: Some(super::live("/integrations")),
        }
    }

    fn lists(&self) -> Vec<Sample> {
        let people_shell = self.admin_shell(Section::People, "/people?q=schm");
        let conflicts_shell = self.admin_shell(Section::Conflicts, "/conflicts");
        let history_shell = self.admin_shell(Section::History, "/history");
        let mut nobody = self.people();
        nobody.rows.clear();
        let quiet = ConflictsPage { has_runs: true, ..ConflictsPage::default() };
        let decided = HistoryPage { tab: HistoryTab::Decisions, ..self.history() };
        vec![
            ("people", people(&people_shell, &self.people())),
            ("people-none", people(&people_shell, &nobody)),
            ("people-empty", people(&people_shell, &PeoplePage::default())),
            ("conflicts", conflicts(&conflicts_shell, &self.conflicts())),
            ("conflicts-empty", conflicts(&conflicts_shell, &quiet)),
            ("history", history(&history_shell, &self.history())),
            ("history-decisions", history(&history_shell, &decided)),
            ("history-empty", history(&history_shell, &HistoryPage::default())),
            ("account", account(&self.admin_shell(Section::Account, "/account"), &self.own_account())),
        ]
    }

    fn people(&self) -> PeoplePage {
        let row =
            |employee: Option<&str>, account: Option<&str>, name: &str, status: &str, department: &str| PersonRow {
                integration: self.integration(),
                employee: employee.map(|employee| self.text(employee)),
                account: account.map(|account| self.text(account)),
                name: self.text(name),
                email: self.text(&format!("{}@acme.example", name.to_lowercase().replace(' ', "."))),
                status: status.to_owned(),
                department: self.text(department),
            };
        PeoplePage {
            q: self.text("schm"),
            integration: "i1".to_owned(),
            integrations: vec![self.integration(), Named { id: "i2".to_owned(), name: self.text("Acme Nord") }],
            rows: vec![
                row(Some("4711"), Some("a17"), "Anna Schmidt", "active", "Vertrieb"),
                row(Some("4716"), None, "Jörg Schmitz", "", "Einkauf"),
                row(None, Some("a90"), "Carla Schmal", "inactive", ""),
                row(
                    Some("4720"),
                    Some("a21"),
                    "Wolfgang Amadeus Schmittmann-Freudenberg",
                    "preboarding",
                    "Forschung und Entwicklung",
                ),
            ],
            pager: Pager { page: 1, size: 100, total: 4 },
            has_people: true,
        }
    }

    fn conflicts(&self) -> ConflictsPage {
        let account = |id: &str, name: &str, linked: Option<&str>, protected| Candidate {
            account: self.text(id),
            name: self.text(name),
            email: self.text("a.schmidt@acme.example"),
            status: "active".to_owned(),
            linked_to: linked.map(|employee| self.person(employee, "Anna Schmidt")),
            protected,
        };
        let choice = |value: &str, resolution| ConflictChoice { value: value.to_owned(), resolution };
        let found = || Some(LastRun { id: "r1".to_owned(), started: minutes(-14) });
        ConflictsPage {
            conflicts: vec![
                Conflict {
                    id: "c1".to_owned(),
                    integration: self.integration(),
                    code: "email-belongs-to-linked-account".to_owned(),
                    person: self.person("9001", "Anna Schmidt"),
                    email: self.some("a.schmidt@acme.example"),
                    other: Some(self.person("4711", "Anna Schmidt")),
                    accounts: vec![account("a17", "Anna Schmidt", Some("4711"), false)],
                    choices: vec![
                        choice(
                            "relink",
                            Resolution::SamePerson {
                                account: self.text("a17"),
                                from: self.text("4711"),
                                to: self.text("9001"),
                            },
                        ),
                        choice("not-theirs", Resolution::NotTheirs { account: self.text("a17") }),
                        choice("keep", Resolution::Keep),
                    ],
                    found_by: found(),
                    chosen: "relink".to_owned(),
                    reason: String::new(),
                    choice_error: None,
                    reason_error: Some(FieldError::Required),
                },
                Conflict {
                    id: "c2".to_owned(),
                    integration: self.integration(),
                    code: "email-matches-several-accounts".to_owned(),
                    person: self.person("4713", "Zoë Groß"),
                    email: self.some("zoe.gross@acme.example"),
                    accounts: vec![account("a30", "Zoë Groß", None, false), account("a31", "Zoe Gross", None, true)],
                    choices: vec![
                        choice("use-a30", Resolution::UseAccount { account: self.text("a30") }),
                        choice("use-a31", Resolution::UseAccount { account: self.text("a31") }),
                        choice("keep", Resolution::Keep),
                    ],
                    found_by: found(),
                    ..Conflict::default()
                },
                Conflict {
                    id: "c3".to_owned(),
                    integration: self.integration(),
                    code: "email-duplicate-in-source".to_owned(),
                    person: self.person("4714", "Jürgen Müller-Lüdenscheidt"),
                    email: self.some("info@acme.example"),
                    other: Some(self.person("4715", "Ida Berg")),
                    found_by: found(),
                    ..Conflict::default()
                },
            ],
            pager: Pager { page: 1, size: 20, total: 43 },
            has_runs: true,
        }
    }

    pub(super) fn run_rows(&self, tenant: Option<&Named>) -> Vec<RunRow> {
        let row = |number: i64, kind, state, duration: u64, applied, not_applied, failure: Option<&str>| RunRow {
            id: format!("20261123T1430{number:02}Z-7f3a19"),
            tenant: tenant.cloned(),
            integration: self.integration(),
            kind,
            state,
            trigger: if number % 2 == 0 { Trigger::Schedule } else { Trigger::User(self.text("hr@acme.example")) },
            started: minutes(-number * 61),
            duration_ms: Some(duration),
            read: 1234,
            applied,
            not_applied,
            failure: failure.map(str::to_owned),
            counts_only: number > 5,
        };
        vec![
            RunRow { duration_ms: None, ..row(0, RunKind::Sync, RunState::Running, 0, 0, 0, None) },
            row(1, RunKind::Sync, RunState::NeedsApproval, 48_200, 0, 0, None),
            row(2, RunKind::Sync, RunState::Failed, 1_240, 0, 0, Some("wrong-credentials")),
            row(3, RunKind::Preview, RunState::Planned, 51_000, 0, 0, None),
            row(4, RunKind::Sync, RunState::Done, 183_000, 5_120, 3, None),
            row(5, RunKind::Test, RunState::Done, 2_900, 0, 0, None),
            row(6, RunKind::Sync, RunState::Interrupted, 5_000, 0, 0, None),
            row(8, RunKind::Sync, RunState::Done, 4_000_000, 12, 0, None),
        ]
    }

    fn history(&self) -> HistoryPage {
        let decision = |kind, at: i64, subject: Option<&str>, reason: Option<&str>| DecisionRow {
            at: minutes(at),
            by: self.text("hr@acme.example"),
            kind,
            integration: self.integration(),
            run: subject.is_none().then(|| "r1".to_owned()),
            subject: subject.map(|subject| self.text(subject)),
            reason: reason.map(|reason| self.text(reason)),
        };
        HistoryPage {
            filter: RunFilter { integration: "i1".to_owned(), verdict: String::new() },
            integrations: vec![self.integration(), Named { id: "i2".to_owned(), name: self.text("Acme Nord") }],
            runs: self.run_rows(None),
            decisions: vec![
                decision(DecisionKind::Approved, -20, None, None),
                decision(
                    DecisionKind::Relinked,
                    -4000,
                    Some("9001"),
                    Some("Wiedereinstieg nach Elternzeit, neue Personalnummer"),
                ),
                decision(DecisionKind::Discarded, -9000, None, None),
            ],
            pager: Pager { page: 2, size: 100, total: 1234 },
            kept_days: Some(90),
            ..HistoryPage::default()
        }
    }

    fn own_account(&self) -> AccountPage {
        AccountPage {
            email: self.text("hr@acme.example"),
            password: PasswordForm {
                current: Some(FieldError::WrongPassword),
                password: Some(FieldError::TooShort(12)),
                again: Some(FieldError::Differs),
            },
            tokens: vec![TokenRow {
                id: "t1".to_owned(),
                name: self.text("Monitoring"),
                created: minutes(-90_000),
                last_used: Some(minutes(-3)),
            }],
            token_name: Input::default(),
            created_token: Some("elc_3VqUcX7hDk2mYw9sLzTt".to_owned()),
            other_sessions: 2,
        }
    }
}
