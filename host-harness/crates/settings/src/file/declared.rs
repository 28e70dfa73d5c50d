//! The settings that a connector declares: read by its manifest, so that no source's keys stand in this crate.

use connector_host::contract::manifest::{Setting, SettingKind, Translation};
use connector_host::http::Origin;
use connector_host::sandbox::COMMON_KEYS;
use connector_host::settings::SettingValue;
use toml::de::DeValue;
use url::Url;

use super::section::{Reading, Section};

/// The values of the declared settings that the file has. What is wrong is noted.
pub(super) fn values(
    reading: &mut Reading<'_>,
    form: &Section<'_>,
    declared: &[Setting],
) -> Vec<(String, SettingValue)> {
    // Common keys first, as the documentation has them.
    let known: Vec<&str> = COMMON_KEYS.into_iter().chain(declared.iter().map(|setting| setting.key.as_str())).collect();
    form.refuse_unknown(reading, &known);
    let value = |setting: &Setting| Some((setting.key.clone(), value(reading, form, setting)?));
    declared.iter().filter_map(value).collect()
}

fn value(reading: &mut Reading<'_>, form: &Section<'_>, setting: &Setting) -> Option<SettingValue> {
    let key = setting.key.as_str();
    if !form.has(key) {
        if setting.required {
            form.complain(reading, key, &missing(setting));
        }
        return None;
    }
    match &setting.kind {
        SettingKind::Secret => form.secret(reading, key).map(SettingValue::Secret),
        SettingKind::Number => form.integer(reading, key).map(SettingValue::Number),
        SettingKind::Flag => Some(SettingValue::Flag(form.flag(reading, key))),
        SettingKind::Origin => {
            let text = form.text(reading, key)?;
            match Origin::parse(&text) {
                // The one spelling that everybody after this compares.
                Ok(origin) => Some(SettingValue::Text(origin.to_string())),
                Err(error) => {
                    form.complain(reading, key, &error.to_string());
                    None
                }
            }
        }
        SettingKind::Url => {
            let text = form.text(reading, key)?;
            let url = Url::parse(&text).ok().filter(|url| Origin::of(url).is_some());
            if url.is_none() {
                form.complain(reading, key, "it must be an absolute URL, such as \"https://hr.acme.example/export\"");
            }
            url.map(|url| SettingValue::Text(url.into()))
        }
        SettingKind::Choice(options) => {
            let choices: Vec<(&str, &str)> =
                options.iter().map(|option| (option.value.as_str(), option.value.as_str())).collect();
            form.choice(reading, key, &choices).map(|value| SettingValue::Text(value.to_owned()))
        }
        // A component that declares another kind is refused when it is loaded.
        SettingKind::Text | SettingKind::Other(_) => form.text(reading, key).map(SettingValue::Text),
    }
}

fn missing(setting: &Setting) -> String {
    if matches!(setting.kind, SettingKind::Secret) {
        return "this key is missing; add it: { env = \"NAME\" } or { file = \"secret.txt\" }".to_owned();
    }
    match english(&setting.translations) {
        Some(Translation { label, help, .. }) if !help.is_empty() => {
            format!("this key is missing; add the {label}: {help}")
        }
        Some(Translation { label, .. }) => format!("this key is missing; add the {label}"),
        None => "this key is missing; add it".to_owned(),
    }
}

fn english(translations: &[Translation]) -> Option<&Translation> {
    translations.iter().find(|one| one.language == "en").or_else(|| translations.first())
}

/// The keys that are not common, each by the shape that its value has in the file.
pub(super) fn as_they_stand(reading: &mut Reading<'_>, form: &Section<'_>) -> Vec<(String, SettingValue)> {
    let keys = form.keys().into_iter().filter(|key| !COMMON_KEYS.contains(key));
    let value = |key: &str| {
        let value = match form.value(key)?.get_ref() {
            DeValue::Table(_) => SettingValue::Secret(form.secret(reading, key)?),
            DeValue::Boolean(flag) => SettingValue::Flag(*flag),
            DeValue::Integer(_) => SettingValue::Number(form.integer(reading, key)?),
            _ => SettingValue::Text(form.text(reading, key)?),
        };
        Some((key.to_owned(), value))
    };
    keys.filter_map(value).collect()
}
