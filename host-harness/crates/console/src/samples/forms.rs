//! The form of an integration.

use connector_settings::{GroupAssignment, Language};
use connector_sync::progress::Phase;

use super::{Sample, Samples, live, minutes};
use crate::model::{
    ConnectorOption, Field, FieldError, FieldKind, FieldOption, FormPage, Input, LastRun, Progress, ScheduleForm,
    Section, StatusRow, TestAttribute, TestPanel, TestResult, Visibility,
};
use crate::{form, test_panel};

impl Samples {
    pub(super) fn forms(&self) -> Vec<Sample> {
        let shell = self.admin_shell(Section::Integrations, "/integrations/new");
        let mut saved = shell.clone();
        saved.flash = Some(super::saved());
        let running = TestPanel::Running {
            run: "r1".to_owned(),
            progress: Progress {
                phase: Some(Phase::Read),
                pages: 3,
                people: 300,
                total: Some(1234),
                ..Progress::default()
            },
            live: live("/integrations/new/test/r1"),
        };
        let failed =
            TestPanel::Failed { run: Some("r1".to_owned()), failures: vec![self.remark("wrong-credentials", 1, None)] };
        vec![
            ("form-new", form(&shell, &self.new_form())),
            ("form-errors", form(&shell, &self.wrong_form())),
            ("form-edit", form(&saved, &FormPage { test: Some(self.passed_test()), ..self.saved_form() })),
            ("form-testing", form(&shell, &FormPage { test: Some(running.clone()), ..self.saved_form() })),
            ("form-test-failed", form(&shell, &FormPage { test: Some(failed), paused: true, ..self.saved_form() })),
            ("test-panel", test_panel(&shell, &running)),
        ]
    }

    fn new_form(&self) -> FormPage {
        let field = |name: &str, kind, label: &str, help: &str, required| Field {
            name: format!("setting.{name}"),
            label: self.text(label),
            help: self.text(help),
            kind,
            required,
            ..Field::default()
        };
        let (id_help, secret_help, origin, region, sandbox, partner) = match self.language {
            Language::De => (
                "In Personio unter Marketplace > Ihre Integration > Verbinden.",
                "Wird in Personio nur ein Mal angezeigt, beim Erzeugen der Zugangsdaten.",
                "Adresse der API",
                "Region",
                "Testumgebung",
                "Partner-ID",
            ),
            Language::En => (
                "In Personio under Marketplace > your integration > Connect.",
                "Personio shows it only once, when the credentials are generated.",
                "API address",
                "Region",
                "Test environment",
                "Partner ID",
            ),
        };
        FormPage {
            name: Input { value: self.text("Personio-Integration"), error: None },
            connector: Input { value: "personio".to_owned(), error: None },
            connectors: vec![
                ConnectorOption { value: "personio".to_owned(), label: "Personio".to_owned() },
                ConnectorOption { value: "csv".to_owned(), label: "CSV".to_owned() },
            ],
            fields: vec![
                field("client-id", FieldKind::Text, "Client-ID", id_help, true),
                field("client-secret", FieldKind::Secret, "Client-Secret", secret_help, true),
                Field {
                    default: self.some("https://api.personio.de"),
                    ..field("endpoint", FieldKind::Origin, origin, "", false)
                },
                Field {
                    options: vec![
                        FieldOption { value: "eu".to_owned(), label: "EU".to_owned() },
                        FieldOption { value: "us".to_owned(), label: "US".to_owned() },
                    ],
                    ..field("region", FieldKind::Choice, region, "", false)
                },
                field("sandbox", FieldKind::Flag, sandbox, "", false),
                field("partner-id", FieldKind::Number, partner, "", false),
            ],
            filter_label_default: self.some("elearnio Sync"),
            filter_values_default: vec![self.text("ja"), "yes".to_owned()],
            statuses_default: [
                ("onboarding", "preboarding"),
                ("active", "active"),
                ("leave", "absent"),
                ("inactive", "inactive"),
            ]
            .map(|(from, to)| (from.to_owned(), to.to_owned()))
            .to_vec(),
            mail_to: vec![Input { value: self.text("hr@acme.example"), error: None }],
            mail_language: self.language,
            schedule: ScheduleForm {
                kind: "daily".to_owned(),
                time: Input { value: "06:30".to_owned(), error: None },
                zone: Input { value: "Europe/Berlin".to_owned(), error: None },
                zones: vec!["Europe/Berlin".to_owned(), "Europe/Vienna".to_owned()],
            },
            ..FormPage::default()
        }
    }

    fn saved_form(&self) -> FormPage {
        let mut page = self.new_form();
        page.id = Some("i1".to_owned());
        page.saved_name = self.text("Personio-Integration");
        page.revision = Some("7".to_owned());
        page.send_invitations = true;
        page.group_assignment = GroupAssignment::Department;
        page.running = Some(LastRun { id: "r1".to_owned(), started: minutes(0) });
        if let Some(id) = page.fields.first_mut() {
            id.value = self.text("papi-0b2c4a80");
        }
        if let Some(secret) = page.fields.get_mut(1) {
            secret.secret_set_on = Some(minutes(-40_000));
        }
        page
    }

    fn wrong_form(&self) -> FormPage {
        let mut page = self.new_form();
        page.name = Input { value: String::new(), error: Some(FieldError::Required) };
        for (field, error) in page.fields.iter_mut().zip([
            Some(FieldError::Required),
            Some(FieldError::Required),
            Some(FieldError::OriginNotGranted(self.text("https://evil.example"))),
            None,
            None,
            Some(FieldError::NotANumber),
        ]) {
            field.error = error;
        }
        page.send_invitations_error = Some(FieldError::NeedsMail);
        page.statuses = vec![StatusRow {
            source: Input { value: self.text("Elternzeit"), error: Some(FieldError::Duplicate) },
            account: String::new(),
            account_error: Some(FieldError::NotAChoice),
        }];
        page.mail_to = vec![Input { value: self.text("hr.acme"), error: Some(FieldError::NotAnEmail) }];
        page.schedule.time = Input { value: self.text("25:00"), error: Some(FieldError::NotATime) };
        page
    }

    fn passed_test(&self) -> TestPanel {
        let attribute = |field: &str, source: &str, required, visibility| TestAttribute {
            field: field.to_owned(),
            source: self.text(source),
            required,
            visibility,
        };
        TestPanel::Passed(Box::new(TestResult {
            run: Some("r1".to_owned()),
            at: minutes(-2),
            attributes: vec![
                attribute("email", "Email", true, Visibility::Readable),
                attribute("first-name", "First name", true, Visibility::Readable),
                attribute("last-name", "Last name", true, Visibility::Readable),
                attribute("status", "Status", true, Visibility::Readable),
                attribute("flag", "elearnio Sync", true, Visibility::Readable),
                attribute("department", "Department", false, Visibility::Readable),
                attribute("position", "Position", false, Visibility::Hidden),
                attribute("team", "Team", false, Visibility::Unknown),
            ],
            people: 1234,
            flagged: 871,
            complete: true,
            notices: vec![self.remark("source-sunset", 1, Some("2027-07-31"))],
        }))
    }
}
