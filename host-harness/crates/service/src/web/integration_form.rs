//! The form of an integration as its page shows it: from what was entered, and what the connector declares.

use std::collections::BTreeMap;

use connector_common::defaults;
use connector_console::model::{
    ConnectorOption, Field, FieldError, FieldKind, FieldOption, FormPage, Input, Live, Progress, Remark, ScheduleForm,
    StatusRow, TestAttribute, TestPanel, TestResult, Visibility, Waiting,
};
use connector_host::contract::manifest::{Setting, SettingKind, Translation};
use connector_host::names::field_name;
use connector_host::sandbox::Description;
use connector_settings::Language;
use connector_sync::run::Failure;
use jiff::Timestamp;

use super::Ask;
use crate::db::StoredSecret;
use crate::engine::{Answer, Probe, ProbeState, TestFinding};
use crate::form::{Form, Mistakes, Secrets, input_of};
use crate::live::Position;
use crate::schedule::Schedule;

/// How many attempts a request has (rule S25).
pub const ATTEMPTS: u64 = 5;

/// What a form page is made from.
pub struct FormView<'a> {
    /// What was entered.
    pub form: &'a Form,
    /// What is wrong with it.
    pub mistakes: Mistakes,
    /// What the connector declares; none if it is not loaded.
    pub description: Option<Description>,
    /// Secrets that are stored.
    pub stored: Vec<StoredSecret>,
    /// Secrets that were entered and are not stored yet.
    pub entered: Secrets,
}

fn text_of(translations: &[Translation], language: Language) -> Option<&Translation> {
    let tag = if language == Language::De { "de" } else { "en" };
    let in_language = |tag: &str| translations.iter().find(|one| one.language == tag);
    in_language(tag).or_else(|| in_language("en")).or_else(|| translations.first())
}

/// A page's form without what only an existing integration has.
#[must_use]
pub fn form_page(ask: &Ask, view: &FormView<'_>) -> FormPage {
    let form = view.form;
    let mut mistakes = view.mistakes.clone();
    let mut input = |name: &str, value: &str| Input { value: value.to_owned(), error: mistakes.remove(name) };
    let name = input("name", &form.name);
    let connector = input("type", &form.connector);
    let filter_label = input("filter-label", &form.filter_label);
    let list = |input: &mut dyn FnMut(&str, &str) -> Input, name: &str, values: &[String]| {
        values.iter().enumerate().map(|(row, value)| input(&format!("{name}.{row}"), value)).collect::<Vec<Input>>()
    };
    let filter_values = list(&mut input, "filter-values", &form.filter_values);
    let mail_to = list(&mut input, "mail-to", &form.mail_to);
    let statuses = form.statuses.iter().enumerate().map(|(row, (source, account))| {
        let source = input(&format!("status-from.{row}"), source);
        let account_error = input(&format!("status-to.{row}"), account).error;
        StatusRow { source, account: account.clone(), account_error }
    });
    let statuses = statuses.collect();
    let schedule = schedule_form(&form.schedule, &mut input);
    let send_invitations_error = input("send-invitations", "").error;
    let settings = view.description.iter().flat_map(|description| &description.settings);
    let fields = settings.map(|setting| field(setting, view, ask.language, &mut input)).collect();
    let connectors = ask.engine().connectors.all().into_iter().map(|loaded| {
        let name = loaded.stored.name;
        ConnectorOption { label: title(&name), value: name }
    });
    FormPage {
        name,
        connector,
        connectors: connectors.collect(),
        fields,
        send_invitations: form.send_invitations,
        send_invitations_error,
        group_assignment: form.groups(),
        filter_label,
        filter_label_default: Some(defaults::FILTER_LABEL.to_owned()),
        filter_values,
        filter_values_default: defaults::FILTER_VALUES.map(str::to_owned).to_vec(),
        statuses,
        statuses_default: defaults::STATUSES.map(|(from, to)| (from.to_owned(), to.to_owned())).to_vec(),
        mail_to,
        mail_language: form.language(),
        schedule,
        errors: mistakes.into_values().collect(),
        ..FormPage::default()
    }
}

/// A connector's name with a capital: a type in a list is a name.
fn title(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn schedule_form(schedule: &Schedule, input: &mut dyn FnMut(&str, &str) -> Input) -> ScheduleForm {
    let (kind, at, zone) = match schedule {
        Schedule::Off => ("off", "06:30", "Europe/Berlin"),
        Schedule::Hourly => ("hourly", "06:30", "Europe/Berlin"),
        Schedule::Daily { at, zone } => ("daily", at.as_str(), zone.as_str()),
    };
    ScheduleForm {
        kind: kind.to_owned(),
        time: input("schedule-time", at),
        zone: input("schedule-zone", zone),
        zones: ZONES.iter().map(|zone| (*zone).to_owned()).collect(),
    }
}

/// Zones that are offered; any other can be typed.
const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "Europe/Vienna",
    "Europe/Zurich",
    "Europe/London",
    "Europe/Paris",
    "Europe/Madrid",
    "America/New_York",
    "UTC",
];

fn field(
    setting: &Setting,
    view: &FormView<'_>,
    language: Language,
    input: &mut dyn FnMut(&str, &str) -> Input,
) -> Field {
    let texts = text_of(&setting.translations, language);
    let name = input_of(&setting.key);
    let value = view.form.values.get(&setting.key).cloned();
    let error = input(&name, "").error;
    let stored = view.stored.iter().find(|secret| secret.key == setting.key);
    let set_on = stored.and_then(|secret| secret.set_on.parse::<Timestamp>().ok());
    let entered = view.entered.contains_key(&setting.key).then(Timestamp::now);
    let options = match &setting.kind {
        SettingKind::Choice(options) => options.as_slice(),
        _ => &[],
    };
    let option = |option: &connector_host::contract::manifest::ChoiceOption| FieldOption {
        value: option.value.clone(),
        label: text_of(&option.translations, language).map_or_else(|| option.value.clone(), |text| text.label.clone()),
    };
    let is_secret = matches!(setting.kind, SettingKind::Secret);
    Field {
        label: texts.map_or_else(|| setting.key.clone(), |text| text.label.clone()),
        help: texts.map(|text| text.help.clone()).unwrap_or_default(),
        kind: match &setting.kind {
            SettingKind::Text | SettingKind::Other(_) => FieldKind::Text,
            SettingKind::Secret => FieldKind::Secret,
            SettingKind::Origin => FieldKind::Origin,
            SettingKind::Url => FieldKind::Url,
            SettingKind::Number => FieldKind::Number,
            SettingKind::Flag => FieldKind::Flag,
            SettingKind::Choice(_) => FieldKind::Choice,
        },
        value: if is_secret { String::new() } else { value.or_else(|| setting.default.clone()).unwrap_or_default() },
        options: options.iter().map(option).collect(),
        required: setting.required,
        default: setting.default.clone(),
        error,
        secret_set_on: entered.or(set_on),
        name,
    }
}

/// A failure as a page shows it.
#[must_use]
pub fn remark(failure: &Failure) -> Remark {
    Remark {
        code: failure.code.clone(),
        count: 1,
        detail: failure.subject.clone(),
        people: Vec::new(),
        message: Some(failure.message.clone()),
        remedy: Some(failure.remedy.clone()),
    }
}

/// Where a piece of work is, as a page shows it.
#[must_use]
pub fn progress(position: &Position) -> Progress {
    Progress {
        phase: position.phase,
        pages: position.pages,
        people: position.people,
        total: position.total,
        applied: None,
        waiting: position.waiting.map(|(seconds, attempt)| Waiting {
            seconds,
            attempt: u64::from(attempt),
            attempts: ATTEMPTS,
        }),
        ahead: None,
    }
}

/// What a test says, at the page of this path.
#[must_use]
pub fn test_panel(ask: &Ask, probe: &Probe, page: &str) -> Option<TestPanel> {
    Some(match probe.state() {
        ProbeState::Running => {
            let position = ask.engine().live.find(&probe.id).map(|watched| watched.position()).unwrap_or_default();
            TestPanel::Running {
                run: probe.id.clone(),
                progress: progress(&position),
                live: Live { events: format!("/tests/{}/events", probe.id), page: page.to_owned() },
            }
        }
        ProbeState::Failed(failures) => {
            TestPanel::Failed { run: None, failures: failures.iter().map(remark).collect() }
        }
        ProbeState::Stopped => TestPanel::Failed { run: None, failures: Vec::new() },
        ProbeState::Answered(answer) => match &*answer {
            Answer::Test(found) => TestPanel::Passed(Box::new(passed(ask, probe, found))),
            Answer::Question(_) => return None,
        },
    })
}

fn passed(ask: &Ask, probe: &Probe, found: &TestFinding) -> TestResult {
    let connector = match &probe.kind {
        crate::engine::ProbeKind::Test { form, .. } => form.connector.as_str(),
        crate::engine::ProbeKind::Question(_) => "",
    };
    let attributes = ask.engine().connectors.description(connector).map(|it| it.attributes).unwrap_or_default();
    let attribute = |attribute: connector_host::contract::manifest::Attribute| {
        let field = field_name(&attribute.field).to_owned();
        let visibility = if found.hidden.contains(&field) { Visibility::Hidden } else { Visibility::Readable };
        TestAttribute { field, source: attribute.source, required: attribute.required, visibility }
    };
    TestResult {
        run: None,
        at: found.at,
        attributes: attributes.into_iter().map(attribute).collect(),
        people: found.people,
        flagged: found.flagged,
        complete: found.complete,
        notices: found
            .notices
            .iter()
            .map(|(code, count, detail)| Remark {
                code: code.clone(),
                count: *count,
                detail: detail.clone(),
                ..Remark::default()
            })
            .collect(),
    }
}

/// Failures of a test that are about a field stand at the field as well.
#[must_use]
pub fn mistakes_of(probe: &Probe) -> Mistakes {
    let ProbeState::Failed(failures) = probe.state() else { return BTreeMap::new() };
    let about = |failure: Failure| {
        let subject = failure.subject.filter(|_| failure.code.starts_with("setting-"))?;
        Some((input_of(&subject), FieldError::Other(failure.message)))
    };
    failures.into_iter().filter_map(about).collect()
}
