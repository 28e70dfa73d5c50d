//! How a connector declares the settings that only its source has, and reads the tenant's values of them.
//!
//! A table in the connector is all it takes: `describe` shows it, the host checks a settings file by it and a console draws
//! its form from it, and [`Values::check`] reads by it. The host has checked already; this checks again, because a connector
//! must not depend on who runs it, and names what is wrong in the same way.

use connector_common::origin::{origin, origin_of_url};
use connector_common::text::{is_damaged, trimmed};

use crate::bindings::elearnio::connector::http::Secret;
use crate::bindings::elearnio::connector::types::Problem;
use crate::bindings::exports::elearnio::connector::connector::{SettingValue, Value};
use crate::bindings::exports::elearnio::connector::manifest::{ChoiceOption, Setting, SettingKind, Translation};
use crate::codes;
use crate::problem::problem;
use crate::settings::{invalid, missing};

/// A label and a help text, in German and in English.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// German: what it is called, and what to enter.
    pub de: (&'static str, &'static str),
    /// English.
    pub en: (&'static str, &'static str),
}

impl Words {
    fn translations(self) -> Vec<Translation> {
        let translation = |language: &str, (label, help): (&str, &str)| Translation {
            language: language.to_owned(),
            label: label.to_owned(),
            help: help.to_owned(),
        };
        vec![translation("de", self.de), translation("en", self.en)]
    }
}

/// What a setting's value is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One line of text.
    Text,
    /// A secret.
    Secret,
    /// Scheme, host and port.
    Origin,
    /// An absolute URL.
    Url,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// One of these values.
    Choice(&'static [(&'static str, Words)]),
}

/// A setting that a connector declares.
#[derive(Debug, Clone, Copy)]
pub struct Declaration {
    /// Its key in a settings file.
    pub key: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// True if nothing works without it.
    pub required: bool,
    /// What is used without it, as it would stand in a settings file.
    pub default: Option<&'static str>,
    /// Words for it.
    pub words: Words,
}

impl Declaration {
    /// The manifest's form of it.
    #[must_use]
    pub fn setting(&self) -> Setting {
        let option = |(value, words): &(&str, Words)| ChoiceOption {
            value: (*value).to_owned(),
            translations: words.translations(),
        };
        Setting {
            key: self.key.to_owned(),
            kind: match self.kind {
                Kind::Text => SettingKind::Text,
                Kind::Secret => SettingKind::Secret,
                Kind::Origin => SettingKind::Origin,
                Kind::Url => SettingKind::Url,
                Kind::Number => SettingKind::Number,
                Kind::Flag => SettingKind::Flag,
                Kind::Choice(options) => SettingKind::Choice(options.iter().map(option).collect()),
            },
            required: self.required,
            default: self.default.map(str::to_owned),
            translations: self.words.translations(),
        }
    }

    /// A text in its one spelling.
    ///
    /// # Errors
    /// When it is not what this setting's kind is.
    fn text(&self, text: &str) -> Result<String, Problem> {
        let text = trimmed(text);
        if text.is_empty() {
            return Err(missing(self.key));
        }
        if is_damaged(text) || text.contains(char::is_control) {
            return Err(self.invalid("The value holds characters that cannot be read.", "Enter the value again."));
        }
        match self.kind {
            Kind::Origin => origin(text).ok_or_else(|| {
                let example = self.default.unwrap_or("https://hr.example");
                self.invalid(
                    &format!("The {} is not an origin.", self.key),
                    &format!("Write only the scheme and the host, such as {example}."),
                )
            }),
            Kind::Url if origin_of_url(text).is_none() => Err(self.invalid(
                &format!("The {} is not a URL.", self.key),
                "Write the whole address, beginning with https://.",
            )),
            Kind::Choice(options) if !options.iter().any(|(value, _)| *value == text) => {
                let all: Vec<_> = options.iter().map(|(value, _)| *value).collect();
                Err(self
                    .invalid("The value is not one of the choices.", &format!("Choose one of: {}.", all.join(", "))))
            }
            Kind::Text | Kind::Url | Kind::Choice(_) => Ok(text.to_owned()),
            Kind::Secret | Kind::Number | Kind::Flag => Err(self.wrong_kind()),
        }
    }

    fn invalid(&self, message: &str, remedy: &str) -> Problem {
        invalid(self.key, message, remedy)
    }

    fn wrong_kind(&self) -> Problem {
        self.invalid("The value is of the wrong kind.", "Enter the value as the connector's settings describe it.")
    }
}

/// The tenant's values of the settings that a connector declares. No `Debug`: it holds secrets' handles.
#[derive(Default)]
pub struct Values {
    texts: Vec<(&'static str, String)>,
    secrets: Vec<(&'static str, Secret)>,
    numbers: Vec<(&'static str, i64)>,
    flags: Vec<(&'static str, bool)>,
}

impl Values {
    /// Checks the values; what is wrong is added to `problems`, all of it.
    #[must_use]
    pub fn check(declared: &[Declaration], given: Vec<SettingValue>, problems: &mut Vec<Problem>) -> Self {
        let mut values = Self::default();
        let mut seen: Vec<&str> = Vec::with_capacity(declared.len());
        for SettingValue { key, value } in given {
            match declared.iter().find(|declaration| declaration.key == key) {
                None => problems.push(unknown(&key)),
                Some(declaration) if seen.contains(&declaration.key) => {
                    problems.push(declaration.invalid("The setting is given twice.", "Give it once."));
                }
                Some(declaration) => {
                    seen.push(declaration.key);
                    problems.extend(values.take(declaration, value).err());
                }
            }
        }
        for declaration in declared.iter().filter(|declaration| !seen.contains(&declaration.key)) {
            if declaration.required {
                problems.push(missing(declaration.key));
            } else if let Some(default) = declaration.default {
                values.take_default(declaration, default);
            }
        }
        values
    }

    fn take(&mut self, declaration: &Declaration, value: Value) -> Result<(), Problem> {
        let key = declaration.key;
        match (declaration.kind, value) {
            (Kind::Secret, Value::Secret(secret)) => self.secrets.push((key, secret)),
            (Kind::Number, Value::Number(number)) => self.numbers.push((key, number)),
            (Kind::Flag, Value::Flag(flag)) => self.flags.push((key, flag)),
            (_, Value::Text(text)) => self.texts.push((key, declaration.text(&text)?)),
            _ => return Err(declaration.wrong_kind()),
        }
        Ok(())
    }

    fn take_default(&mut self, declaration: &Declaration, default: &str) {
        let key = declaration.key;
        match declaration.kind {
            Kind::Number => self.numbers.extend(default.parse().ok().map(|number| (key, number))),
            Kind::Flag => self.flags.push((key, default == "true")),
            _ => self.texts.push((key, default.to_owned())),
        }
    }

    /// The text of a setting; none if it was left out and has no default.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.texts.iter().find(|(known, _)| *known == key).map(|(_, text)| text.as_str())
    }

    /// The secret of a setting, which is then the caller's.
    #[must_use]
    pub fn secret(&mut self, key: &str) -> Option<Secret> {
        let at = self.secrets.iter().position(|(known, _)| *known == key)?;
        Some(self.secrets.swap_remove(at).1)
    }

    /// The number of a setting.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<i64> {
        self.numbers.iter().find(|(known, _)| *known == key).map(|(_, number)| *number)
    }

    /// The flag of a setting; one that was left out and has no default is not set.
    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        self.flags.iter().any(|(known, flag)| *known == key && *flag)
    }
}

fn unknown(key: &str) -> Problem {
    problem(
        codes::SETTING_UNKNOWN,
        Some(key),
        &format!("This connector has no setting {key}."),
        "Remove the setting, or correct its name.",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const WORDS: Words = Words { de: ("L", "H"), en: ("L", "H") };

    const fn declare(key: &'static str, kind: Kind, required: bool, default: Option<&'static str>) -> Declaration {
        Declaration { key, kind, required, default, words: WORDS }
    }

    const DECLARED: [Declaration; 7] = [
        declare("user", Kind::Text, true, None),
        declare("endpoint", Kind::Origin, false, Some("https://api.example.com")),
        declare("file", Kind::Url, false, None),
        declare("page-size", Kind::Number, false, Some("100")),
        declare("archive", Kind::Flag, false, Some("true")),
        declare("region", Kind::Choice(&[("eu", WORDS), ("us", WORDS)]), false, Some("eu")),
        declare("secret", Kind::Secret, false, None),
    ];

    fn check(given: Vec<(&str, Value)>) -> (Values, Vec<(String, Option<String>)>) {
        let given = given.into_iter().map(|(key, value)| SettingValue { key: key.to_owned(), value }).collect();
        let mut problems = Vec::new();
        let values = Values::check(&DECLARED, given, &mut problems);
        (values, problems.into_iter().map(|problem| (problem.code, problem.subject)).collect())
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let (mut values, problems) = check(vec![("user", text(" reader\u{200b} "))]);
        assert_eq!(problems, []);
        assert_eq!((values.text("user"), values.text("endpoint")), (Some("reader"), Some("https://api.example.com")));
        assert_eq!((values.text("file"), values.number("page-size"), values.flag("archive")), (None, Some(100), true));
        assert_eq!(values.text("region"), Some("eu"));
        assert!(values.secret("secret").is_none());
    }

    #[test]
    fn values_are_read_by_their_kind() {
        let (values, problems) = check(vec![
            ("user", text("reader")),
            ("endpoint", text("HTTPS://Other.example/")),
            ("file", text("https://other.example/people.csv")),
            ("page-size", Value::Number(7)),
            ("archive", Value::Flag(false)),
            ("region", text("us")),
        ]);
        assert_eq!(problems, []);
        assert_eq!(values.text("endpoint"), Some("https://other.example"));
        assert_eq!((values.number("page-size"), values.flag("archive")), (Some(7), false));
        assert_eq!(values.text("region"), Some("us"));
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        for (key, value, code) in [
            ("user", text(" \u{200b}"), codes::SETTING_MISSING),
            ("user", text("rea\u{fffd}der"), codes::SETTING_INVALID),
            ("user", text("two\nlines"), codes::SETTING_INVALID),
            ("user", Value::Number(1), codes::SETTING_INVALID),
            ("endpoint", text("https://x.example/v1"), codes::SETTING_INVALID),
            ("file", text("people.csv"), codes::SETTING_INVALID),
            ("page-size", text("7"), codes::SETTING_INVALID),
            ("archive", text("yes"), codes::SETTING_INVALID),
            ("region", text("moon"), codes::SETTING_INVALID),
            ("secret", text("in the open"), codes::SETTING_INVALID),
            ("region", Value::Other("x".to_owned()), codes::SETTING_INVALID),
            ("Region", text("eu"), codes::SETTING_UNKNOWN),
        ] {
            let user = (key != "user").then(|| ("user", text("reader")));
            let (_, problems) = check(user.into_iter().chain([(key, value)]).collect());
            assert_eq!(problems, [(code.to_owned(), Some(key.to_owned()))], "{key}");
        }
        let (_, problems) = check(vec![("region", text("eu")), ("region", text("us"))]);
        let codes: Vec<_> =
            problems.iter().map(|(code, subject)| (code.as_str(), subject.as_deref().unwrap())).collect();
        assert_eq!(codes, [(codes::SETTING_INVALID, "region"), (codes::SETTING_MISSING, "user")]);
    }

    #[test]
    fn a_declaration_is_shown_as_it_is_checked() {
        let settings: Vec<Setting> = DECLARED.iter().map(Declaration::setting).collect();
        assert_eq!(
            settings.iter().map(|setting| setting.key.as_str()).collect::<Vec<_>>(),
            DECLARED.map(|one| one.key)
        );
        let region = settings.iter().find(|setting| setting.key == "region").unwrap();
        let SettingKind::Choice(options) = &region.kind else { unreachable!("{region:?}") };
        assert_eq!(options.iter().map(|option| option.value.as_str()).collect::<Vec<_>>(), ["eu", "us"]);
        assert_eq!(region.translations.iter().map(|words| words.language.as_str()).collect::<Vec<_>>(), ["de", "en"]);
    }
}
