//! Runs in every state.

use connector_host::contract::{Counts, ExclusionCount};
use connector_sync::progress::Phase;
use connector_sync::run::{Done, RunReport};

use super::{Sample, Samples, live, minutes};
use crate::model::{
    ActionRow, Approval, Change, Drift, DriftKind, DriftRow, FieldError, Figures, Guard, LastRun, MailState, MailView,
    Pager, Person, PlanFilter, PlanTable, Progress, Remark, RunDecision, RunKind, RunPage, RunState, Section, Trigger,
    Waiting,
};
use crate::run;

const FIRST: [&str; 10] = ["Anna", "Ömer", "Zoë", "Jürgen", "Ida", "Lena", "Mateusz", "Sofia", "Élodie", "Nils"];
const LAST: [&str; 9] =
    ["Schmidt", "Yıldız", "Groß", "Müller-Lüdenscheidt", "Berg", "Kowalski", "Rossi", "Dubois", "van der Meer"];

impl Samples {
    pub(super) fn runs(&self) -> Vec<Sample> {
        let shell = self.admin_shell(Section::Integrations, "/runs/20261123T143000Z-7f3a19");
        let runs: Vec<(&str, RunPage)> = vec![
            ("run-reading", self.reading()),
            ("run-waiting", self.waiting()),
            ("run-queued", self.queued()),
            ("run-applying", self.applying()),
            ("run-needs-approval", self.needs_approval()),
            ("run-preview", self.preview()),
            ("run-5000", self.large_run()),
            ("run-filtered", self.filtered()),
            ("run-drift", self.drift()),
            ("run-done", self.done()),
            ("run-nothing-to-do", self.nothing_to_do()),
            ("run-failed", self.failed()),
            ("run-blocked", self.blocked()),
            ("run-interrupted", self.interrupted()),
            ("run-discarded", self.discarded()),
            ("run-counts-only", self.counts_only()),
            ("run-explain", self.explain_run()),
        ];
        runs.into_iter().map(|(name, page)| (name, run(&shell, &page))).collect()
    }

    /// The driver's own samples, as a server would show them: one for each way a run can end.
    pub(super) fn reported(&self) -> Vec<(String, String)> {
        let shell = self.admin_shell(Section::Integrations, "/runs/1");
        let samples = connector_sync::samples::all().into_iter();
        samples.map(|(name, report)| (format!("reported-{name}"), run(&shell, &self.report(&report)))).collect()
    }

    fn report(&self, report: &RunReport) -> RunPage {
        let rows: Vec<ActionRow> =
            report.actions().map(|(action, outcome)| ActionRow::of(report, action, outcome)).collect();
        let total = rows.len() as u64;
        let notices = report.plan.iter().flat_map(|plan| &plan.notices);
        RunPage {
            id: report.run.clone(),
            guards: report.guards().iter().map(|hit| Guard::of(report, hit)).collect(),
            failures: report.problems().iter().map(Remark::from).collect(),
            read_stopped: report.read.stopped.as_ref().map(Remark::from),
            notices: notices.map(|notice| Remark::notice(report, notice)).collect(),
            not_carried_out: Remark::not_carried_out(report),
            figures: Figures::of(report),
            plan: report.plan.as_ref().map(|_| PlanTable {
                rows,
                pager: Pager { total, ..Pager::default() },
                actions: total,
                ..PlanTable::default()
            }),
            plan_hash: report.plan_hash.clone(),
            ..self.blank_run(report.verdict.into())
        }
    }

    fn blank_run(&self, state: RunState) -> RunPage {
        RunPage {
            id: "20261123T143000Z-7f3a19".to_owned(),
            integration: self.integration(),
            state,
            trigger: Trigger::User(self.text("hr@acme.example")),
            started: minutes(-2),
            duration_ms: Some(48_200),
            ..RunPage::default()
        }
    }

    fn open(&self, state: RunState, progress: Progress) -> RunPage {
        RunPage {
            progress: Some(progress),
            can_cancel: true,
            live: Some(live("/runs/20261123T143000Z-7f3a19")),
            ..self.blank_run(state)
        }
    }

    fn reading(&self) -> RunPage {
        let progress =
            Progress { phase: Some(Phase::Read), pages: 8, people: 800, total: Some(2314), ..Progress::default() };
        self.open(RunState::Running, progress)
    }

    fn waiting(&self) -> RunPage {
        let waiting = Some(Waiting { seconds: 30, attempt: 2, attempts: 5 });
        let progress = Progress { phase: Some(Phase::Read), pages: 8, people: 800, waiting, ..Progress::default() };
        self.open(RunState::Running, progress)
    }

    fn queued(&self) -> RunPage {
        RunPage {
            trigger: Trigger::Schedule,
            ..self.open(RunState::Queued, Progress { ahead: Some(3), ..Progress::default() })
        }
    }

    fn applying(&self) -> RunPage {
        let progress = Progress {
            phase: Some(Phase::Apply),
            pages: 24,
            people: 2314,
            total: Some(2314),
            applied: Some((1200, 5000)),
            ..Progress::default()
        };
        self.open(RunState::Cancelling, progress)
    }

    fn nth(&self, index: usize) -> Person {
        let first = FIRST.get(index % FIRST.len()).copied().unwrap_or_default();
        let last = LAST.get(index % LAST.len()).copied().unwrap_or_default();
        self.person(&(4711 + index).to_string(), &format!("{first} {last}"))
    }

    fn change(&self, field: &str, before: Option<&str>, after: Option<&str>) -> Change {
        Change {
            field: field.to_owned(),
            before: before.map(|value| self.text(value)),
            after: after.map(|value| self.text(value)),
        }
    }

    fn action(&self, index: usize, outcome: &str) -> ActionRow {
        let person = self.nth(index);
        let (operation, reason, changes) = match index % 6 {
            0 => (
                "create",
                "flagged-without-account",
                vec![
                    self.change("email", None, Some(&format!("person.{index}@acme.example"))),
                    Change { field: "status".to_owned(), before: None, after: Some("preboarding".to_owned()) },
                    self.change("department", None, Some("Vertrieb")),
                ],
            ),
            1 => ("link", "email-matches-account", Vec::new()),
            2 => (
                "update",
                "source-differs",
                vec![
                    self.change("department", Some("Einkauf"), Some("Vertrieb")),
                    self.change("gender", Some("male"), Some("diverse")),
                    self.change("location", Some("Köln"), None),
                ],
            ),
            3 => (
                "set-supervisor",
                "supervisor-differs",
                vec![self.change("supervisor", Some("a12"), Some("Zoë Groß (4713)"))],
            ),
            4 => ("add-to-group", "group-matches-department", vec![self.change("group", None, Some("Vertrieb"))]),
            _ => ("invite", "created-not-invited", Vec::new()),
        };
        ActionRow {
            id: format!("{operation}:{}", person.employee),
            operation: operation.to_owned(),
            person,
            changes,
            reason: reason.to_owned(),
            outcome: outcome.to_owned(),
            failure: (outcome == "failed").then(|| "address-taken".to_owned()),
        }
    }

    fn plan(&self, shown: usize, total: u64, outcome: &str) -> PlanTable {
        PlanTable {
            rows: (0..shown).map(|index| self.action(index, outcome)).collect(),
            filter: PlanFilter::default(),
            pager: Pager { page: 1, size: 100, total },
            actions: total,
        }
    }

    fn figures(done: Option<Done>) -> Figures {
        let part = |code: &str, count| ExclusionCount { code: code.to_owned(), count };
        Figures {
            counts: Counts {
                read: 2314,
                created: 214,
                linked: 31,
                updated: 402,
                unchanged: 1290,
                excluded: 371,
                rejected: 4,
                conflicts: 2,
                supervisors: 87,
                group_additions: 245,
                invitations: 214,
                exclusions: vec![part("not-flagged", 368), part("unknown-flag-value", 3)],
            },
            done,
        }
    }

    fn whom(&self, many: usize) -> Vec<Person> {
        (0..many).map(|index| self.nth(index)).collect()
    }

    fn notices(&self) -> Vec<Remark> {
        vec![
            self.remark("group-missing", 12, Some("Vertrieb Süd")),
            Remark { people: self.whom(3), ..self.remark("status-unknown", 3, Some("Elternzeit")) },
            self.remark("attribute-hidden", 1, Some("position")),
            self.remark("made-up-code", 1, None),
        ]
    }

    fn planned(&self, state: RunState) -> RunPage {
        RunPage {
            figures: Some(Self::figures(None)),
            notices: self.notices(),
            plan: Some(self.plan(12, 12, "planned")),
            plan_hash: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned()),
            can_download: true,
            ..self.blank_run(state)
        }
    }

    fn needs_approval(&self) -> RunPage {
        let guard = |code: &str, field: Option<&str>, limit, actual, many| Guard {
            code: code.to_owned(),
            field: field.map(str::to_owned),
            limit,
            actual,
            people: self.whom(many),
        };
        RunPage {
            guards: vec![
                guard("guard-deactivations", None, 23, 41, 20),
                guard("guard-field-emptied", Some("department"), 115, 402, 3),
            ],
            approval: Some(Approval { actions: 12, error: None, is_preview: false }),
            mail: Some(MailView { state: MailState::Undelivered(self.text("550 no such user")), ..self.mail() }),
            ..self.planned(RunState::NeedsApproval)
        }
    }

    fn preview(&self) -> RunPage {
        RunPage {
            kind: RunKind::Preview,
            approval: Some(Approval { actions: 5000, error: Some(FieldError::WrongConfirmation), is_preview: true }),
            can_repeat: true,
            ..self.planned(RunState::Planned)
        }
    }

    fn large_run(&self) -> RunPage {
        RunPage {
            kind: RunKind::Preview,
            plan: Some(self.plan(100, 5000, "planned")),
            approval: Some(Approval { actions: 5000, error: None, is_preview: true }),
            ..self.planned(RunState::Planned)
        }
    }

    fn filtered(&self) -> RunPage {
        let mut page = self.large_run();
        page.plan = Some(PlanTable {
            filter: PlanFilter {
                q: self.text("Nobody"),
                operation: "update".to_owned(),
                outcome: "planned".to_owned(),
            },
            pager: Pager { page: 1, size: 100, total: 0 },
            rows: Vec::new(),
            actions: 5000,
        });
        page
    }

    fn drift(&self) -> RunPage {
        let row = |index, kind, changes| DriftRow { person: self.nth(index), kind, changes };
        RunPage {
            drift: Some(Drift {
                rows: vec![
                    row(2, DriftKind::Changed, vec![self.change("department", Some("Einkauf"), Some("Logistik"))]),
                    row(5, DriftKind::Relinked, Vec::new()),
                    row(8, DriftKind::Removed, Vec::new()),
                    row(9, DriftKind::Added, Vec::new()),
                ],
                total: 17,
            }),
            ..self.preview()
        }
    }

    fn mail(&self) -> MailView {
        MailView {
            subject: self.text("Synchronisierung abgeschlossen am 23.11.2026: 3 Fehler, 4 Hinweise"),
            to: vec![self.text("hr@acme.example"), "it@acme.example".to_owned()],
            at: Some(minutes(-1)),
            state: MailState::Sent,
        }
    }

    fn done(&self) -> RunPage {
        let mut plan = self.plan(12, 12, "applied");
        if let Some(row) = plan.rows.get_mut(2) {
            *row = self.action(2, "failed");
        }
        if let Some(row) = plan.rows.get_mut(4) {
            *row = self.action(4, "stale");
        }
        let done =
            Done { created: 214, linked: 31, updated: 400, supervisors: 87, group_additions: 244, invitations: 214 };
        RunPage {
            plan: Some(plan),
            figures: Some(Self::figures(Some(done))),
            trigger: Trigger::Approval(self.text("hr@acme.example"), "r0".to_owned()),
            not_carried_out: vec![
                Remark { people: self.whom(2), ..self.remark("address-taken", 2, None) },
                Remark { people: self.whom(1), ..self.remark("stale", 1, None) },
            ],
            mail: Some(self.mail()),
            can_repeat: true,
            ..self.planned(RunState::Done)
        }
    }

    fn nothing_to_do(&self) -> RunPage {
        let counts = Counts { read: 12, unchanged: 9, excluded: 3, ..Counts::default() };
        RunPage {
            trigger: Trigger::Schedule,
            figures: Some(Figures { counts, done: Some(Done::default()) }),
            plan: Some(PlanTable::default()),
            mail: Some(MailView { state: MailState::Waiting, at: None, ..self.mail() }),
            can_repeat: true,
            ..self.blank_run(RunState::Done)
        }
    }

    fn failed(&self) -> RunPage {
        RunPage {
            failures: vec![
                self.remark("wrong-credentials", 1, Some("client-secret")),
                self.remark("made-up-code", 1, None),
            ],
            trigger: Trigger::Token(self.text("Monitoring")),
            can_repeat: true,
            ..self.blank_run(RunState::Failed)
        }
    }

    fn blocked(&self) -> RunPage {
        RunPage {
            failures: vec![self.remark("hidden-required-attribute", 1, Some("email"))],
            read_stopped: Some(self.remark("source-busy", 1, None)),
            can_repeat: true,
            ..self.blank_run(RunState::Blocked)
        }
    }

    fn interrupted(&self) -> RunPage {
        RunPage { can_repeat: true, trigger: Trigger::Restart, ..self.blank_run(RunState::Interrupted) }
    }

    fn discarded(&self) -> RunPage {
        RunPage {
            decision: Some(RunDecision { approved: false, by: self.text("hr@acme.example"), at: minutes(-1) }),
            followed_by: Some(LastRun { id: "r2".to_owned(), started: minutes(0) }),
            ..self.planned(RunState::Discarded)
        }
    }

    fn counts_only(&self) -> RunPage {
        RunPage {
            counts_only: true,
            figures: Some(Self::figures(Some(Done::default()))),
            ..self.blank_run(RunState::Done)
        }
    }

    fn explain_run(&self) -> RunPage {
        RunPage { kind: RunKind::Explain, explains: Some(self.nth(0)), ..self.blank_run(RunState::Done) }
    }
}
