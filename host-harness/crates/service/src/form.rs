//! What an admin enters for an integration, and what a connector gets of it.
//!
//! A form is drawn from the connector's manifest, so no source's keys stand here. It is kept as it was entered, less its secrets;
//! [`Form::check`] turns it into settings and finds every mistake at once, each with its field, as a settings file's are.

use std::collections::BTreeMap;

use connector_common::key;
use connector_console::model::FieldError;
use connector_host::contract::manifest::{Setting, SettingKind};
use connector_host::http::Origin;
use connector_host::names::status_named;
use connector_host::sandbox::{Description, Limits};
use connector_settings::file::{ServiceSettings, is_address};
use connector_settings::{ConnectorSettings, GroupAssignment, Language, MailSettings, SettingValue, Settings};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::schedule::{Schedule, time_of_day, time_zone};

/// The longest text in a field, in characters.
const LONGEST: usize = 1_000;
/// The longest name of an integration, in characters.
const LONGEST_NAME: usize = 100;
/// The most rows of a list.
const MOST_ROWS: usize = 100;

/// What was entered, without secrets. No `Debug`: recipients are people.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Form {
    /// The integration's name.
    pub name: String,
    /// The connector's name: the integration's type.
    #[serde(rename = "type")]
    pub connector: String,
    /// The connector's own settings but secrets, as entered.
    pub values: BTreeMap<String, String>,
    /// Whether people are invited (rule S16).
    pub send_invitations: bool,
    /// `none`, `department` or `team` (rule S15).
    pub group_assignment: String,
    /// The filter attribute's label; empty for the connector's own (rule S1).
    pub filter_label: String,
    /// The values that mean yes; none for the connector's own (rule S1).
    pub filter_values: Vec<String>,
    /// The status table, source status first; none for the connector's own (rule S8).
    pub statuses: Vec<(String, String)>,
    /// Who gets the summary (rule S26).
    pub mail_to: Vec<String>,
    /// The language of mails: `de` or `en`.
    pub mail_language: String,
    /// When it is synced by itself.
    pub schedule: Schedule,
}

/// Secrets that were entered, by their setting.
pub type Secrets = BTreeMap<String, SecretString>;

/// Mistakes, by the name of their input.
pub type Mistakes = BTreeMap<String, FieldError>;

/// The name of the input for a connector's own setting.
#[must_use]
pub fn input_of(setting: &str) -> String {
    format!("setting.{setting}")
}

/// What came of reading a posted form.
pub struct Posted {
    /// The form.
    pub form: Form,
    /// The secrets that were entered. One that was left empty is not here: it stays as it is.
    pub secrets: Secrets,
}

/// A posted form's pairs, by name.
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// As they were posted.
    #[must_use]
    pub const fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value of this name, trimmed; empty if there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.raw(name).trim().to_owned()
    }

    /// The first value of this name as it came: a password may begin with a space.
    #[must_use]
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// Every value of this name, trimmed.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(other, _)| other == name).map(|(_, value)| value.trim().to_owned()).collect()
    }

    /// Every value of this name that is not empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Vec<String> {
        self.texts(name).into_iter().filter(|text| !text.is_empty()).collect()
    }
}

impl Posted {
    /// Reads a posted form for the connector of this description; without one, its own settings are left out.
    #[must_use]
    pub fn read(pairs: &Pairs, description: Option<&Description>) -> Self {
        let mut form = Form {
            name: pairs.text("name"),
            connector: pairs.text("type"),
            values: BTreeMap::new(),
            send_invitations: pairs.text("send-invitations") == "true",
            group_assignment: pairs.text("group-assignment"),
            filter_label: pairs.text("filter-label"),
            filter_values: pairs.filled("filter-values"),
            statuses: pairs
                .texts("status-from")
                .into_iter()
                .zip(pairs.texts("status-to"))
                .filter(|(from, to)| !from.is_empty() || !to.is_empty())
                .collect(),
            mail_to: pairs.filled("mail-to"),
            mail_language: pairs.text("mail-language"),
            schedule: match pairs.text("schedule").as_str() {
                "hourly" => Schedule::Hourly,
                "daily" => Schedule::Daily { at: pairs.text("schedule-time"), zone: pairs.text("schedule-zone") },
                _ => Schedule::Off,
            },
        };
        let mut secrets = Secrets::new();
        for setting in description.iter().flat_map(|description| &description.settings) {
            let input = input_of(&setting.key);
            match setting.kind {
                SettingKind::Secret => {
                    let secret = pairs.raw(&input);
                    if !secret.is_empty() {
                        secrets.insert(setting.key.clone(), SecretString::from(secret));
                    }
                }
                SettingKind::Flag => {
                    let value = if pairs.text(&input) == "true" { "true" } else { "false" };
                    form.values.insert(setting.key.clone(), value.to_owned());
                }
                _ => {
                    let value = pairs.text(&input);
                    if !value.is_empty() {
                        form.values.insert(setting.key.clone(), value);
                    }
                }
            }
        }
        Self { form, secrets }
    }
}

impl Form {
    /// As it is stored.
    #[must_use]
    pub fn json(&self) -> String {
        // Plain data: this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The language of mails.
    #[must_use]
    pub fn language(&self) -> Language {
        if self.mail_language == "en" { Language::En } else { Language::De }
    }

    /// The group assignment.
    #[must_use]
    pub fn groups(&self) -> GroupAssignment {
        match self.group_assignment.as_str() {
            "department" => GroupAssignment::Department,
            "team" => GroupAssignment::Team,
            _ => GroupAssignment::None,
        }
    }

    /// The settings for a run, with these secrets and what the operator has set for everybody.
    ///
    /// # Errors
    /// Every mistake, by the name of its input.
    pub fn check(
        &self,
        description: &Description,
        secrets: &Secrets,
        service: &ServiceSettings,
        limits: Limits,
    ) -> Result<Settings, Mistakes> {
        let mut check = Check::default();
        check.text("name", &self.name, LONGEST_NAME, true);
        if self.connector != description.name {
            check.note("type", FieldError::NotAChoice);
        }
        let values = check.values(description, &self.values, secrets);
        if !matches!(self.group_assignment.as_str(), "" | "none" | "department" | "team") {
            check.note("group-assignment", FieldError::NotAChoice);
        }
        check.text("filter-label", &self.filter_label, LONGEST, false);
        check.rows("filter-values", &self.filter_values, |_| None);
        let statuses = check.statuses(&self.statuses);
        check.rows("mail-to", &self.mail_to, |address| (!is_address(address)).then_some(FieldError::NotAnEmail));
        if self.send_invitations && self.mail_to.is_empty() {
            check.note("send-invitations", FieldError::NeedsMail);
        }
        check.schedule(&self.schedule);
        check.finish()?;
        let filter = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let mut connector = ConnectorSettings::new(&self.name);
        connector.send_invitations = self.send_invitations;
        connector.group_assignment = self.groups();
        connector.filter_label = filter(&self.filter_label);
        connector.filter_values.clone_from(&self.filter_values);
        connector.statuses = statuses;
        connector.values = values;
        let mail = (!self.mail_to.is_empty()).then(|| MailSettings {
            to: self.mail_to.clone(),
            from: service.from.clone(),
            language: self.language(),
            smtp: service.smtp.clone(),
        });
        Ok(Settings { mail, limits, ..Settings::new(&self.connector, connector) })
    }
}

#[derive(Default)]
struct Check(Mistakes);

impl Check {
    /// Of several mistakes of one input the first is shown.
    fn note(&mut self, input: &str, mistake: FieldError) {
        self.0.entry(input.to_owned()).or_insert(mistake);
    }

    fn finish(self) -> Result<(), Mistakes> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }

    fn text(&mut self, input: &str, text: &str, longest: usize, required: bool) {
        if required && text.is_empty() {
            self.note(input, FieldError::Required);
        }
        if text.chars().count() > longest {
            self.note(input, FieldError::TooLong(longest as u64));
        }
    }

    /// A list's mistakes are noted with the row's number: `mail-to.2` is the third.
    fn rows(&mut self, input: &str, rows: &[String], mistake: impl Fn(&str) -> Option<FieldError>) {
        if rows.len() > MOST_ROWS {
            self.note(input, FieldError::TooHigh(MOST_ROWS as u64));
        }
        for (number, row) in rows.iter().enumerate() {
            let input = format!("{input}.{number}");
            self.text(&input, row, LONGEST, false);
            if let Some(mistake) = mistake(row) {
                self.note(&input, mistake);
            }
        }
    }

    fn statuses(&mut self, rows: &[(String, String)]) -> Vec<(String, connector_host::contract::AccountStatus)> {
        if rows.len() > MOST_ROWS {
            self.note("status-from", FieldError::TooHigh(MOST_ROWS as u64));
        }
        let mut statuses = Vec::with_capacity(rows.len());
        for (number, (source, account)) in rows.iter().enumerate() {
            let input = format!("status-from.{number}");
            self.text(&input, source, LONGEST, true);
            if rows.iter().take(number).any(|(other, _)| key(other) == key(source)) {
                self.note(&input, FieldError::Duplicate);
            }
            match status_named(account) {
                Some(status) => statuses.push((source.clone(), status)),
                None => self.note(&format!("status-to.{number}"), FieldError::NotAChoice),
            }
        }
        statuses
    }

    fn schedule(&mut self, schedule: &Schedule) {
        if let Schedule::Daily { at, zone } = schedule {
            if time_of_day(at).is_none() {
                self.note("schedule-time", FieldError::NotATime);
            }
            if time_zone(zone).is_none() {
                self.note("schedule-zone", FieldError::NotAZone);
            }
        }
    }

    fn values(
        &mut self,
        description: &Description,
        values: &BTreeMap<String, String>,
        secrets: &Secrets,
    ) -> Vec<(String, SettingValue)> {
        let value = |setting: &Setting| {
            let value = self.value(setting, values.get(&setting.key), secrets.get(&setting.key))?;
            Some((setting.key.clone(), value))
        };
        description.settings.iter().filter_map(value).collect()
    }

    fn value(
        &mut self,
        setting: &Setting,
        text: Option<&String>,
        secret: Option<&SecretString>,
    ) -> Option<SettingValue> {
        let input = input_of(&setting.key);
        if matches!(setting.kind, SettingKind::Secret) {
            if secret.is_none() && setting.required {
                self.note(&input, FieldError::Required);
            }
            return secret.cloned().map(SettingValue::Secret);
        }
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            if setting.required {
                self.note(&input, FieldError::Required);
            }
            return None;
        };
        self.text(&input, text, LONGEST, true);
        match typed(&setting.kind, text) {
            Ok(value) => Some(value),
            Err(mistake) => {
                self.note(&input, mistake);
                None
            }
        }
    }
}

/// A text as a value of a setting's kind.
fn typed(kind: &SettingKind, text: &str) -> Result<SettingValue, FieldError> {
    match kind {
        SettingKind::Number => text.parse().map(SettingValue::Number).map_err(|_| FieldError::NotANumber),
        SettingKind::Flag => Ok(SettingValue::Flag(text == "true")),
        SettingKind::Origin => {
            let origin = Origin::parse(text).map_err(|_| FieldError::NotAnOrigin)?;
            Ok(SettingValue::Text(origin.to_string()))
        }
        SettingKind::Url => {
            let url = url::Url::parse(text).ok().filter(|url| Origin::of(url).is_some());
            url.map(|url| SettingValue::Text(url.into())).ok_or(FieldError::NotAUrl)
        }
        SettingKind::Choice(options) if !options.iter().any(|option| option.value == text) => {
            Err(FieldError::NotAChoice)
        }
        // A component that declares another kind is refused when it is loaded.
        SettingKind::Text | SettingKind::Choice(_) | SettingKind::Secret | SettingKind::Other(_) => {
            Ok(SettingValue::Text(text.to_owned()))
        }
    }
}
