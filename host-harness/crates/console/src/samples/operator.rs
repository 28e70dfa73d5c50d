//! The operator's pages.

use super::{Sample, Samples, minutes};
use crate::model::{
    AuditChain, AuditPage, AuditRow, ConnectorRow, ConnectorState, ConnectorsPage, FieldError, Input, LastRun,
    LimitField, LinksPage, Named, NewTenant, OneTimeLink, OpenLink, OperatorRunsPage, OriginGrant, Pager, ProcessRow,
    Processes, Section, TenantPage, TenantRow, TenantUser, TenantsPage, WorkPage, WorkQueue,
};
use crate::{audit, connectors, links, operator_runs, tenant, tenants, work};

impl Samples {
    pub(super) fn operator(&self) -> Vec<Sample> {
        let tenants_shell = self.operator_shell(Section::Tenants, "/operator/tenants");
        let mut inside = tenants_shell.clone();
        inside.tenant = self.some("Acme GmbH");
        let connectors_shell = self.operator_shell(Section::Connectors, "/operator/connectors");
        let audit_shell = self.operator_shell(Section::Audit, "/operator/audit");
        let work_shell = self.operator_shell(Section::Work, "/operator/work");
        let alone = WorkPage {
            processes: Processes::One { at_work: 0, room: 4 },
            queue: WorkQueue::Database,
            waiting: 0,
            waiting_since: None,
            is_queue_up: true,
            given_up: Vec::new(),
        };
        let broken = AuditPage { chain: AuditChain::BrokenAt(1234), rows: Vec::new(), ..self.log() };
        vec![
            ("tenants", tenants(&tenants_shell, &self.tenants())),
            ("tenants-empty", tenants(&tenants_shell, &TenantsPage::default())),
            ("tenant", tenant(&inside, &self.tenant())),
            ("connectors", connectors(&connectors_shell, &self.connectors())),
            ("connectors-empty", connectors(&connectors_shell, &ConnectorsPage::default())),
            ("operator-runs", operator_runs(&self.operator_shell(Section::Runs, "/operator/runs"), &self.all_runs())),
            ("work", work(&work_shell, &self.work())),
            ("work-alone", work(&work_shell, &alone)),
            ("links", links(&tenants_shell, &self.links())),
            ("links-none", links(&tenants_shell, &LinksPage::default())),
            ("audit", audit(&audit_shell, &self.log())),
            ("audit-broken", audit(&audit_shell, &broken)),
        ]
    }

    fn link(&self) -> OneTimeLink {
        OneTimeLink {
            email: self.text("hr@acme.example"),
            url: "https://connect.elearnio.example/welcome/Zk3b9wQxT1mVnR8uYp5dLs".to_owned(),
            valid_until: minutes(2880),
            mailed: false,
        }
    }

    fn tenants(&self) -> TenantsPage {
        let row = |id: &str, name: &str, integrations, need_attention, last: Option<i64>| TenantRow {
            id: id.to_owned(),
            name: self.text(name),
            users: 2,
            integrations,
            need_attention,
            last_run: last.map(|at| LastRun { id: "r1".to_owned(), started: minutes(at) }),
            created: minutes(-200_000),
        };
        TenantsPage {
            rows: vec![
                row("t1", "Acme GmbH", 7, 2, Some(-1)),
                row("t2", "Bäckerei Öztürk & Söhne", 1, 0, Some(-430)),
                row("t3", "Stadtwerke Lüdenscheid", 0, 0, None),
            ],
            pager: Pager { page: 1, size: 100, total: 3 },
            q: String::new(),
            form: NewTenant {
                name: Input { value: self.text("Acme GmbH"), error: Some(FieldError::Taken) },
                ..NewTenant::default()
            },
            created: Some(self.link()),
        }
    }

    fn tenant(&self) -> TenantPage {
        let limit = |key: &str, value: &str, default, ceiling, error| LimitField {
            key: key.to_owned(),
            value: value.to_owned(),
            default,
            ceiling,
            error,
        };
        TenantPage {
            id: "t1".to_owned(),
            name: self.text("Acme GmbH"),
            created: minutes(-200_000),
            users: vec![
                TenantUser {
                    id: "u1".to_owned(),
                    email: self.text("hr@acme.example"),
                    last_sign_in: Some(minutes(-9)),
                    link_until: None,
                },
                TenantUser {
                    id: "u2".to_owned(),
                    email: self.text("it@acme.example"),
                    last_sign_in: None,
                    link_until: Some(minutes(2880)),
                },
            ],
            invite: Input::default(),
            link: Some(OneTimeLink { mailed: true, ..self.link() }),
            limits: vec![
                limit("employees", "", 250_000, Some(250_000), None),
                limit("memory-mib", "1024", 256, Some(512), Some(FieldError::TooHigh(512))),
                limit("requests-per-sync", "", 10_000, None, None),
                limit("sync-milliseconds", "", 3_600_000, None, None),
            ],
            integrations: self.integrations().rows,
            ..TenantPage::default()
        }
    }

    fn work(&self) -> WorkPage {
        let row = |id: &str, at_work, room, seen, is_this| ProcessRow {
            id: id.to_owned(),
            version: "0.3.0".to_owned(),
            at_work,
            room,
            seen,
            is_this,
        };
        WorkPage {
            queue: WorkQueue::JetStream,
            is_queue_up: false,
            waiting: 1412,
            waiting_since: Some(minutes(-3)),
            processes: Processes::Many(vec![
                row("5b0e9f1c7d2a", 0, 0, 3, true),
                row("c41d77aa90be", 8, 8, 1, false),
                row("e07f2b6613d5", 5, 8, 31, false),
            ]),
            given_up: self.all_runs().rows.into_iter().take(1).collect(),
        }
    }

    fn links(&self) -> LinksPage {
        let row = |email: &str, tenant: Option<(&str, &str)>, days: i64| OpenLink {
            email: self.text(email),
            tenant: tenant.map(|(id, name)| Named { id: id.to_owned(), name: self.text(name) }),
            until: minutes(days * 24 * 60),
        };
        LinksPage {
            rows: vec![
                row("operator@platform.example", None, 1),
                row("admin@rotor.example", Some(("t1", "Rotor AG")), 6),
            ],
        }
    }

    fn connectors(&self) -> ConnectorsPage {
        let origin = |origin: &str, asked, granted| OriginGrant { origin: self.text(origin), asked, granted };
        let row = |id: &str, name: &str, state, integrations| ConnectorRow {
            id: id.to_owned(),
            source: self.text(&format!("/srv/connectors/{name}.wasm")),
            is_pulled: false,
            name: self.text(name),
            version: "0.1.0".to_owned(),
            digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            contract: "0.2.0".to_owned(),
            origins: vec![
                origin("https://api.personio.de", true, true),
                origin("https://auth.personio.de", true, false),
            ],
            state,
            problem: None,
            integrations,
        };
        ConnectorsPage {
            rows: vec![
                row("c1", "personio", ConnectorState::Ok, 214),
                ConnectorRow {
                    origins: vec![origin("https://files.acme.example:8443", false, true)],
                    ..row("c2", "csv", ConnectorState::Changed, 1)
                },
                ConnectorRow {
                    source: format!("oci://registry.example/connectors/bamboo:1.2.0@sha256:{}", "5f".repeat(32)),
                    is_pulled: true,
                    ..row("c4", "bamboo", ConnectorState::Missing, 3)
                },
                ConnectorRow {
                    problem: Some(self.remark("contract-mismatch", 1, None)),
                    origins: Vec::new(),
                    ..row("c3", "legacy", ConnectorState::Refused, 0)
                },
            ],
            add: Input { value: self.text("/srv/connectors/workday.wasm"), error: Some(FieldError::NoSuchFile) },
            add_failure: None,
        }
    }

    fn all_runs(&self) -> OperatorRunsPage {
        let tenant = Named { id: "t1".to_owned(), name: self.text("Acme GmbH") };
        OperatorRunsPage {
            rows: self.run_rows(Some(&tenant)),
            pager: Pager { page: 1, size: 100, total: 23_812 },
            ..OperatorRunsPage::default()
        }
    }

    fn log(&self) -> AuditPage {
        let row = |number, action: &str, subject: &str, tenant: Option<&str>| AuditRow {
            number,
            at: minutes(-i64::try_from(10_000 - number).unwrap_or_default()),
            who: self.text("ops@elearnio.example"),
            tenant: tenant.map(|tenant| self.text(tenant)),
            action: action.to_owned(),
            subject: self.text(subject),
            hash: "9f86d081".to_owned(),
        };
        AuditPage {
            rows: vec![
                row(9983, "tenant.create", "Acme GmbH", Some("Acme GmbH")),
                row(9982, "connector.grant", "personio: https://api.personio.de", None),
                row(9981, "sign-in", "", None),
                row(9980, "something.new", "x", None),
            ],
            q: String::new(),
            pager: Pager { page: 1, size: 100, total: 9983 },
            chain: AuditChain::Whole,
        }
    }
}
