//! Why somebody's account is as it is.

use connector_host::contract::{
    Account, AccountStatus, Action, Change, Counts, Directory, Excluded, Exclusion, Field, GuardHit, Learner, Notice,
    Operation, Plan, Reading, SourceRead, SourceRecord, StatusReading, Verdict,
};
use connector_sync::explain::{Evidence, Explanation, Values, explain};
use connector_sync::history::{PastAction, PastChange, PastDecision, PersonHistory};
use connector_sync::progress::Phase;

use super::{Sample, Samples, live, minutes};
use crate::model::{Asking, Progress, ReadRef, Section, WhyPage};
use crate::why;

impl Samples {
    pub(super) fn explained(&self) -> Vec<Sample> {
        let shell = self.admin_shell(Section::People, "/people/i1/4713");
        let known = |explanation| WhyPage {
            integration: self.integration(),
            employee: self.text("4713"),
            explanation: Some(explanation),
            read: Some(ReadRef { run: "r1".to_owned(), at: minutes(-14) }),
            read_at: None,
            asking: None,
            can_ask: true,
        };
        let asking = Asking {
            run: "r2".to_owned(),
            progress: Progress { phase: Some(Phase::Configure), ..Progress::default() },
            live: live("/people/i1/4713"),
        };
        let unknown = WhyPage { explanation: None, read: None, ..known(self.changed()) };
        vec![
            ("why-update", why(&shell, &known(self.changed()))),
            ("why-excluded", why(&shell, &known(self.excluded()))),
            ("why-asking", why(&shell, &WhyPage { asking: Some(asking), ..known(self.changed()) })),
            ("why-unknown", why(&shell, &unknown)),
        ]
    }

    fn value(&self, text: &str) -> Reading {
        Reading::Value(self.text(text))
    }

    fn learner(&self) -> Learner {
        Learner {
            employee: self.text("4713"),
            email: self.value("zoe.gross@acme.example"),
            first_name: self.value("Zoë"),
            last_name: self.value("Groß"),
            status: StatusReading::Known(AccountStatus::Active),
            gender: self.value("female"),
            position: Reading::Hidden,
            department: self.value("Vertrieb"),
            location: Reading::Empty,
            team: Reading::Unusable("value-damaged".to_owned()),
            supervisor: self.value("4711"),
        }
    }

    fn account(&self) -> Account {
        Account {
            id: self.text("a30"),
            version: 4,
            employee: self.some("4713"),
            earlier_employees: vec![self.text("812")],
            foreign_employees: Vec::new(),
            email: self.text("zoe.gross@acme.example"),
            first_name: self.text("Zoë"),
            last_name: self.text("Groß"),
            status: AccountStatus::Active,
            gender: None,
            position: self.some("Key Account Manager"),
            department: self.some("Einkauf"),
            location: self.some("Köln"),
            team: None,
            supervisor: None,
            protected: false,
            created_by_connector: true,
            invited: true,
            groups: Vec::new(),
        }
    }

    fn changed(&self) -> Explanation {
        let update = Operation::Update(vec![
            Change { field: Field::Department, before: self.some("Einkauf"), after: self.some("Vertrieb") },
            Change { field: Field::Location, before: self.some("Köln"), after: None },
        ]);
        let action = Action {
            id: "update:4713".to_owned(),
            employee: self.text("4713"),
            account: self.some("a30"),
            version: Some(4),
            operation: update,
            reason: "source-differs".to_owned(),
        };
        let notice = |code: &str, detail: Option<&str>| Notice {
            code: code.to_owned(),
            count: 1,
            employees: vec![self.text("4713")],
            detail: detail.map(|detail| self.text(detail)),
        };
        let guard = GuardHit {
            guard: "guard-field-emptied".to_owned(),
            field: Some(Field::Location),
            limit: 23,
            actual: 41,
            employees: vec![self.text("4713")],
        };
        let plan = Plan {
            verdict: Verdict::NeedsApproval(vec![guard]),
            actions: vec![action],
            notices: vec![notice("value-damaged", Some("team")), notice("group-missing", Some("Vertrieb"))],
            counts: Counts::default(),
            complete: true,
        };
        let source = SourceRead {
            records: vec![SourceRecord::Learner(self.learner())],
            hidden: Vec::new(),
            total: Some(2314),
            ended: true,
        };
        let evidence = Evidence {
            source: Some(source),
            directory: Some(Directory { accounts: vec![self.account()], groups: Vec::new() }),
            history: self.past(),
            plan: Some((plan, "9f86d081".to_owned())),
            failures: Vec::new(),
        };
        explain(&self.text("4713"), &evidence, Values::Shown)
    }

    fn past(&self) -> PersonHistory {
        let action = |run: &str, operation: &str, outcome: &str, failure: Option<&str>| PastAction {
            run: run.to_owned(),
            started: format!("2026-11-{run}T05:30:00Z"),
            operation: operation.to_owned(),
            reason: "source-differs".to_owned(),
            outcome: outcome.to_owned(),
            failure: failure.map(str::to_owned),
        };
        PersonHistory {
            actions: vec![
                action("02", "create", "applied", None),
                action("03", "invite", "applied", None),
                action("09", "update", "failed", Some("address-taken")),
                action("10", "update", "applied", None),
            ],
            changes: vec![PastChange {
                field: "department".to_owned(),
                run: "10".to_owned(),
                started: "2026-11-10T05:30:00Z".to_owned(),
                before: self.some("Logistik"),
                after: self.some("Einkauf"),
            }],
            decisions: vec![PastDecision {
                decided: "2026-11-11T09:12:00Z".to_owned(),
                kind: "relink".to_owned(),
                account: self.text("a30"),
                employee: self.some("4713"),
                earlier: self.some("812"),
                reason: self.text("Neue Personalnummer nach dem Wechsel der Gesellschaft"),
            }],
        }
    }

    fn excluded(&self) -> Explanation {
        let excluded =
            Excluded { employee: self.text("4713"), reason: Exclusion::UnknownFlag(self.text("vielleicht")) };
        let source = SourceRead {
            records: vec![SourceRecord::Excluded(excluded)],
            hidden: Vec::new(),
            total: None,
            ended: true,
        };
        let plan = Plan {
            verdict: Verdict::Ready,
            actions: Vec::new(),
            notices: Vec::new(),
            counts: Counts::default(),
            complete: true,
        };
        let evidence = Evidence {
            source: Some(source),
            directory: Some(Directory { accounts: Vec::new(), groups: Vec::new() }),
            plan: Some((plan, "9f86d081".to_owned())),
            ..Evidence::default()
        };
        explain(&self.text("4713"), &evidence, Values::Shown)
    }
}
