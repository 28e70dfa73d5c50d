//! Whether the settings that a connector declares are valid: a settings file is checked by them, and a settings page is
//! built from them.
//!
//! Refused when the component is loaded, and by the setting's name: later, a person would fill in a form that no value fits.

use connector_common::text::trimmed;

use crate::contract::manifest::{Setting, SettingKind, Translation};
use crate::http::Origin;

/// What a settings file has for every source; a connector has no settings of these names.
pub const COMMON_KEYS: [&str; 8] =
    ["name", "type", "send-invitations", "group-assignment", "filter", "statuses", "mail", "limits"];

/// The most settings, choices and languages.
const MANY: usize = 64;
/// The longest key, choice or language tag, in bytes.
const NAME: usize = 64;
/// The longest label or default, in bytes.
const LABEL: usize = 200;
/// The longest help text, in bytes.
const HELP: usize = 1_000;

/// Checks the declared settings; what is wrong with the first that cannot be.
pub(super) fn check(settings: &[Setting]) -> Result<(), String> {
    if settings.len() > MANY {
        return Err(format!("it declares more than {MANY} settings"));
    }
    for (index, setting) in settings.iter().enumerate() {
        let key = &setting.key;
        if !is_name(key) {
            return Err(format!("a setting's key has to be 1 to {NAME} lower-case letters, digits and hyphens"));
        }
        let wrong = |what: String| Err(format!("its setting `{key}` {what}"));
        if COMMON_KEYS.contains(&key.as_str()) {
            return wrong("has a name that every connector's settings have already".to_owned());
        }
        if settings.iter().take(index).any(|other| other.key == *key) {
            return wrong("is declared twice".to_owned());
        }
        if let Err(what) = kind(setting) {
            return wrong(what);
        }
        if let Err(what) = translations(&setting.translations) {
            return wrong(what);
        }
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= NAME && text.bytes().all(kebab)
}

fn kind(setting: &Setting) -> Result<(), String> {
    let default = setting.default.as_deref();
    if default.is_some_and(|default| default.len() > LABEL) {
        return Err(format!("has a default of more than {LABEL} bytes"));
    }
    if setting.required && default.is_some() {
        return Err("is required but has a default, which would never be used".to_owned());
    }
    let fits = |fits: bool, what: &str| if fits { Ok(()) } else { Err(format!("has a default that is not {what}")) };
    match (&setting.kind, default) {
        (SettingKind::Secret, Some(_)) => {
            Err("is a secret with a default, which everybody who has the component knows".to_owned())
        }
        (SettingKind::Other(_), _) => Err("is of a kind that this host does not know".to_owned()),
        (SettingKind::Choice(options), default) => {
            if options.is_empty() || options.len() > MANY {
                return Err(format!("is a choice of {}; it needs 1 to {MANY} options", options.len()));
            }
            for (index, option) in options.iter().enumerate() {
                let value = &option.value;
                if trimmed(value).is_empty() || value.len() > NAME {
                    return Err(format!("has an option that is empty or longer than {NAME} bytes"));
                }
                if options.iter().take(index).any(|other| other.value == *value) {
                    return Err("has an option twice".to_owned());
                }
                translations(&option.translations)?;
            }
            fits(
                default.is_none_or(|default| options.iter().any(|option| option.value == default)),
                "one of its options",
            )
        }
        (SettingKind::Origin, Some(default)) => fits(Origin::parse(default).is_ok(), "an origin"),
        (SettingKind::Url, Some(default)) => fits(is_url(default), "an absolute http or https URL"),
        (SettingKind::Number, Some(default)) => fits(default.parse::<i64>().is_ok(), "a whole number"),
        (SettingKind::Flag, Some(default)) => fits(matches!(default, "true" | "false"), "`true` or `false`"),
        (SettingKind::Text | SettingKind::Secret | SettingKind::Origin, _)
        | (SettingKind::Url | SettingKind::Number | SettingKind::Flag, None) => Ok(()),
    }
}

/// True for an absolute URL of a scheme that requests can have.
pub(crate) fn is_url(text: &str) -> bool {
    url::Url::parse(text.trim()).is_ok_and(|url| Origin::of(&url).is_some())
}

fn translations(translations: &[Translation]) -> Result<(), String> {
    if translations.is_empty() || translations.len() > MANY {
        return Err(format!("has labels in {} languages; it needs 1 to {MANY}", translations.len()));
    }
    for (index, one) in translations.iter().enumerate() {
        let Translation { language, label, help } = one;
        if !is_name(language) || translations.iter().take(index).any(|other| other.language == *language) {
            return Err("has an invalid language tag, or the same one twice".to_owned());
        }
        if trimmed(label).is_empty() || label.len() > LABEL {
            return Err(format!("has a label that is empty or longer than {LABEL} bytes"));
        }
        if help.len() > HELP {
            return Err(format!("has a help text longer than {HELP} bytes"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::manifest::ChoiceOption;

    fn translation() -> Vec<Translation> {
        vec![Translation { language: "en".to_owned(), label: "Label".to_owned(), help: String::new() }]
    }

    fn setting(key: &str, kind: SettingKind) -> Setting {
        Setting { key: key.to_owned(), kind, required: false, default: None, translations: translation() }
    }

    fn refusal(settings: &[Setting]) -> String {
        check(settings).err().unwrap_or_default()
    }

    #[test]
    fn a_good_form_passes() {
        let option = |value: &str| ChoiceOption { value: value.to_owned(), translations: translation() };
        let choice = Setting {
            default: Some("b".to_owned()),
            ..setting("choice", SettingKind::Choice(vec![option("a"), option("b")]))
        };
        let origin =
            Setting { default: Some("https://api.example".to_owned()), ..setting("endpoint", SettingKind::Origin) };
        let settings =
            [setting("client-id", SettingKind::Text), setting("client-secret", SettingKind::Secret), choice, origin];
        assert_eq!(refusal(&settings), "");
    }

    #[test]
    fn what_makes_no_form_is_named() {
        let with_default = |kind, default: &str| Setting { default: Some(default.to_owned()), ..setting("x", kind) };
        let label = |length: usize| {
            let mut one = setting("x", SettingKind::Text);
            one.translations[0].label = "x".repeat(length);
            one
        };
        let cases = [
            (
                vec![setting("x", SettingKind::Text), setting("x", SettingKind::Flag)],
                "its setting `x` is declared twice",
            ),
            (
                vec![setting("mail", SettingKind::Text)],
                "its setting `mail` has a name that every connector's settings have already",
            ),
            (
                vec![setting("X", SettingKind::Text)],
                "a setting's key has to be 1 to 64 lower-case letters, digits and hyphens",
            ),
            (
                vec![with_default(SettingKind::Secret, "s3cret")],
                "its setting `x` is a secret with a default, which everybody who has the component knows",
            ),
            (
                vec![setting("x", SettingKind::Choice(Vec::new()))],
                "its setting `x` is a choice of 0; it needs 1 to 64 options",
            ),
            (vec![label(10_240)], "its setting `x` has a label that is empty or longer than 200 bytes"),
            (vec![label(0)], "its setting `x` has a label that is empty or longer than 200 bytes"),
            (
                vec![setting("x", SettingKind::Other("date".to_owned()))],
                "its setting `x` is of a kind that this host does not know",
            ),
            (
                vec![with_default(SettingKind::Number, "many")],
                "its setting `x` has a default that is not a whole number",
            ),
            (
                vec![with_default(SettingKind::Origin, "https://a.example/x")],
                "its setting `x` has a default that is not an origin",
            ),
            (
                vec![Setting { required: true, ..with_default(SettingKind::Text, "a") }],
                "its setting `x` is required but has a default, which would never be used",
            ),
        ];
        for (settings, expected) in cases {
            let refusal = refusal(&settings);
            assert_eq!(refusal, expected);
            assert!(!refusal.contains("s3cret"));
        }
    }
}
