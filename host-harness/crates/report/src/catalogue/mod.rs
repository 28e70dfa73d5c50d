//! One catalogue of codes: what each means and what to do about it, in German and in English.
//!
//! Plans, problems and outcomes carry codes; people read sentences. The sentences are data (`catalogue.toml`), so that
//! a translator can correct one without reading Rust, and they are used by the text output, the mail and docs/codes.md alike.
//! Fluent and gettext were rejected: two languages with two plural forms need neither.

mod wording;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

pub use wording::{number, quote};

use connector_settings::Language;

const SOURCE: &str = include_str!("catalogue.toml");

/// A file that does not parse would leave an empty catalogue, and every code with its plugin's own text. A test proves
/// that it parses.
static CATALOGUE: LazyLock<BTreeMap<String, Record>> = LazyLock::new(|| toml::from_str(SOURCE).unwrap_or_default());

/// What a code is about. The order is that of docs/codes.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Why an action is planned.
    Reason,
    /// Why a person is left out.
    Exclusion,
    /// Why a record cannot be used.
    Rejection,
    /// What a person has to decide.
    Conflict,
    /// What a person should know.
    Notice,
    /// A guard that asks for approval (rule S19).
    Guard,
    /// Why a plan may not be applied.
    Blocked,
    /// Why one action was not applied.
    Apply,
    /// Why a run failed.
    Failure,
    /// What is said of one person who was asked about.
    Finding,
}

impl Kind {
    /// The word in the table of docs/codes.md.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::Exclusion => "exclusion",
            Self::Rejection => "rejection",
            Self::Conflict => "conflict",
            Self::Notice => "notice",
            Self::Guard => "guard",
            Self::Blocked => "blocked",
            Self::Apply => "apply",
            Self::Failure => "failure",
            Self::Finding => "finding",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    kind: Kind,
    de: Words,
    en: Words,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Words {
    sentence: Text,
    remedy: Text,
    /// What to do where there are pages to do it on.
    on_page: Option<Text>,
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

/// One code in one language.
#[derive(Clone, Copy)]
pub struct Entry {
    kind: Kind,
    language: Language,
    words: &'static Words,
}

impl Entry {
    /// What the code is about.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What happened. `count` is how many people or cases; `detail` the one thing it is about: in quotes where the
    /// sentence has a place for it, else after it.
    #[must_use]
    pub fn sentence(&self, count: u64, detail: Option<&str>) -> String {
        let template = self.words.sentence.form(count);
        let sentence = wording::fill(template, self.language, count, detail);
        match detail {
            Some(detail) if !self.has_place_for_detail() => {
                format!("{sentence} {}: {detail}", wording::see_also(self.language))
            }
            _ => sentence,
        }
    }

    /// The entry as a row of the Markdown table.
    fn row(&self, code: &str, kind: Kind) -> String {
        let [sentence, remedy] =
            [&self.words.sentence, &self.words.remedy].map(|text| wording::marked(text.form(2)).replace('|', "\\|"));
        format!("| `{code}` | {} | {sentence} | {remedy} |\n", kind.as_str())
    }

    /// True if the sentence itself names what it is about.
    #[must_use]
    pub fn has_place_for_detail(&self) -> bool {
        wording::has_detail(self.words.sentence.form(1))
    }

    /// Whether a reader who has the service's pages decides it on one of them: that of conflicts.
    #[must_use]
    pub const fn is_decided_on_page(&self) -> bool {
        self.words.on_page.is_some()
    }

    /// As [`Entry::remedy`], for a reader who has the service's pages.
    #[must_use]
    pub fn remedy_on_page(&self, count: u64, detail: Option<&str>) -> String {
        let remedy = self.words.on_page.as_ref().unwrap_or(&self.words.remedy);
        wording::fill(remedy.form(count), self.language, count, detail)
    }

    /// What to do about it, or that there is nothing to do.
    #[must_use]
    pub fn remedy(&self, count: u64, detail: Option<&str>) -> String {
        wording::fill(self.words.remedy.form(count), self.language, count, detail)
    }
}

/// A code's words; none for a code this catalogue does not have: show the plugin's own text then.
#[must_use]
pub fn entry(code: &str, language: Language) -> Option<Entry> {
    CATALOGUE.get(code).map(|record| Entry {
        kind: record.kind,
        language,
        words: match language {
            Language::De => &record.de,
            Language::En => &record.en,
        },
    })
}

/// What a code is about; none for a code this catalogue does not have.
#[must_use]
pub fn kind(code: &str) -> Option<Kind> {
    CATALOGUE.get(code).map(|record| record.kind)
}

/// True if a notice with this code has a person as its detail, by employee ID: whom a conflict is with. Every other detail
/// is a name or a value, even one that looks like an ID.
#[must_use]
pub fn names_a_person(code: &str) -> bool {
    kind(code) == Some(Kind::Conflict)
}

/// Every code, in alphabetical order.
pub fn codes() -> impl Iterator<Item = &'static str> {
    CATALOGUE.keys().map(String::as_str)
}

/// The catalogue as a Markdown table, by kind and code, for docs/codes.md.
#[must_use]
pub fn markdown(language: Language) -> String {
    let mut rows: Vec<_> = codes().filter_map(|code| Some((kind(code)?, code, entry(code, language)?))).collect();
    rows.sort_by_key(|(kind, code, _)| (*kind, *code));
    let (meaning, remedy) = match language {
        Language::De => ("Bedeutung", "Was zu tun ist"),
        Language::En => ("meaning", "what to do"),
    };
    let head = format!("| code | kind | {meaning} | {remedy} |\n|---|---|---|---|\n");
    rows.into_iter().fold(head, |table, (kind, code, entry)| table + &entry.row(code, kind))
}

#[cfg(test)]
mod tests;
