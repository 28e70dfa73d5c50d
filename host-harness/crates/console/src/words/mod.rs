//! The pages' own words in German and English. What a code means is the report's catalogue's to say.
//!
//! The words are data (`words.toml`), so that a translator can correct one without reading Rust. A struct with a field for
//! each of them, which the compiler would check, was rejected: it would be every key twice. Tests check instead that every
//! key is used, and every used key there.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use connector_report::catalogue::number;
use connector_settings::Language;
use serde::Deserialize;

const SOURCE: &str = include_str!("words.toml");

/// A file that does not parse would leave every word missing. A test proves that it parses.
static WORDS: LazyLock<BTreeMap<String, BTreeMap<String, Entry>>> =
    LazyLock::new(|| toml::from_str(SOURCE).unwrap_or_default());

/// What stands in the place of a word that is missing; tests see to it that none is.
const MISSING: &str = "?";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    de: Text,
    en: Text,
}

/// A text with one form, or with a form for one and a form for many.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Same(String),
    Counted { one: String, many: String },
}

impl Text {
    fn form(&self, count: u64) -> &str {
        match self {
            Self::Counted { one, .. } if count == 1 => one,
            Self::Same(text) | Self::Counted { many: text, .. } => text,
        }
    }
}

fn text(language: Language, group: &str, key: &str) -> Option<&'static Text> {
    let entry = WORDS.get(group)?.get(key)?;
    Some(match language {
        Language::De => &entry.de,
        Language::En => &entry.en,
    })
}

/// The word for `group.key`.
pub(crate) fn say(language: Language, key: &str) -> &'static str {
    let found = key.split_once('.').and_then(|(group, key)| text(language, group, key));
    found.map_or(MISSING, |text| text.form(2))
}

/// The word that a group has for a name, if it has one.
pub(crate) fn find(language: Language, group: &str, name: &str) -> Option<&'static str> {
    text(language, group, name).map(|text| text.form(2))
}

/// The word with its places filled in. Each text is gone through once, so a value that looks like a place stays as it is.
pub(crate) fn tell(language: Language, key: &str, values: &[(&str, &str)]) -> String {
    fill(say(language, key), values)
}

/// The form for a number, with the number in the language's own spelling in the place `{count}`.
pub(crate) fn count(language: Language, key: &str, count: u64) -> String {
    let found = key.split_once('.').and_then(|(group, key)| text(language, group, key));
    fill(found.map_or(MISSING, |text| text.form(count)), &[("count", &number(count, language))])
}

fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            filled.push_str(value);
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests;
