//! Which attributes a credential may read: `GET /v1/company/employees/attributes`.

use std::borrow::Cow;

use super::employees::is_good;
use super::json::{Broken, Kind, Reader};
use crate::attributes::Attribute;
use crate::bindings::elearnio::connector::types::{HiddenAttribute, Problem};
use crate::codes;
use crate::key;
use crate::problem::problem;

/// What is used of an entry.
struct Entry<'a> {
    key: Cow<'a, str>,
    label: Option<Cow<'a, str>>,
}

/// The entries of a list of attributes.
///
/// One odd entry must not spoil the others: an entry without a key is skipped, and a label that is not text matches nothing.
fn entries(body: &str) -> Result<Vec<Entry<'_>>, Broken> {
    let mut reader = Reader::new(body);
    let mut entries = None;
    reader.each_key(&mut |reader, key| {
        match key {
            "success" => is_good(reader)?,
            "data" => {
                let list: &mut Vec<_> = entries.insert(Vec::new());
                let mut first = true;
                reader.enter(Kind::List)?;
                while reader.element(&mut first)? {
                    list.extend(entry(reader)?);
                }
            }
            _ => reader.pass_value()?,
        }
        Ok(())
    })?;
    let missing = reader.broken();
    reader.end()?;
    entries.ok_or(missing)
}

fn entry<'a>(reader: &mut Reader<'a>) -> Result<Option<Entry<'a>>, Broken> {
    let (mut key, mut label) = (None, None);
    reader.each_key(&mut |reader, name| {
        match name {
            "key" => key = text(reader)?,
            "label" => label = text(reader)?,
            _ => reader.pass_value()?,
        }
        Ok(())
    })?;
    Ok(key.map(|key| Entry { key, label }))
}

fn text<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, Broken> {
    if reader.kind()? == Kind::Text { reader.scalar() } else { reader.pass_value().map(|()| None) }
}

/// How the keys of a tenant's own attributes begin.
const CUSTOM: &str = "dynamic_";

/// What this credential may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visible {
    /// The filter attribute's key.
    pub flag: String,
    attributes: Vec<Attribute>,
}

/// Why the list is of no use.
#[derive(Debug)]
pub enum ListError {
    /// Not the JSON it should be.
    Unreadable,
    /// The filter attribute cannot be determined (rule S1).
    Filter(Problem),
}

impl Visible {
    /// Reads the list; finds the filter attribute by its label (rule S1).
    ///
    /// # Errors
    /// When the list cannot be read, or not exactly one attribute has the label, or that is one of Personio's own: its
    /// values would then be the filter's, and its field would have none.
    pub fn read(body: &str, label: &str) -> Result<Self, ListError> {
        let entries = entries(body).map_err(|_| ListError::Unreadable)?;
        let wanted = key(label);
        let mut flags = entries.iter().filter(|entry| entry.label.as_deref().is_some_and(|text| key(text) == wanted));
        let flag = match (flags.next(), flags.next()) {
            (Some(only), None) if only.key.starts_with(CUSTOM) => only.key.to_string(),
            (Some(_), None) => return Err(ListError::Filter(standard(label))),
            (None, _) => return Err(ListError::Filter(missing(label))),
            (Some(_), Some(_)) => return Err(ListError::Filter(ambiguous(label))),
        };
        let shows = |attribute: &Attribute| {
            attribute.key().is_some_and(|wanted| entries.iter().any(|entry| entry.key == wanted))
        };
        let attributes =
            Attribute::ALL.into_iter().filter(|attribute| is_certain(*attribute) || shows(attribute)).collect();
        Ok(Self { flag, attributes })
    }

    /// The keys to ask for, in the table's order: what is hidden is not asked for.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|attribute| attribute.key().unwrap_or(&self.flag))
    }

    /// What this credential may not read (rule S7).
    #[must_use]
    pub fn hidden(&self) -> Vec<HiddenAttribute> {
        Attribute::ALL
            .into_iter()
            .filter(|attribute| !self.attributes.contains(attribute))
            .map(|attribute| HiddenAttribute { attribute: attribute.field(), required: attribute.required() })
            .collect()
    }
}

/// The filter attribute was found; and the ID's absence from the list proves nothing, since Personio's own examples leave
/// it out: whether it is hidden shows in the records.
const fn is_certain(attribute: Attribute) -> bool {
    matches!(attribute, Attribute::Id | Attribute::Flag)
}

fn missing(label: &str) -> Problem {
    problem(
        codes::FILTER_ATTRIBUTE_MISSING,
        Some(label),
        &format!("This credential sees no attribute labelled \"{label}\" in Personio."),
        "In Personio, create a list attribute with this label and the values ja and nein, and let the credential read it.",
    )
}

fn ambiguous(label: &str) -> Problem {
    problem(
        codes::FILTER_ATTRIBUTE_AMBIGUOUS,
        Some(label),
        &format!("More than one attribute in Personio is labelled \"{label}\"."),
        "In Personio, rename all but one of them.",
    )
}

fn standard(label: &str) -> Problem {
    problem(
        codes::FILTER_ATTRIBUTE_STANDARD,
        Some(label),
        &format!("The attribute labelled \"{label}\" is one of Personio's own and cannot be the filter."),
        "In Personio, create a custom list attribute with the values ja and nein, and enter its label in the settings.",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::bindings::elearnio::connector::types::Field;

    fn list(labels: &[(&str, &str)]) -> String {
        let entries: Vec<_> =
            labels.iter().map(|(key, label)| format!(r#"{{"key":"{key}","label":"{label}","options":[]}}"#)).collect();
        format!(r#"{{"success":true,"data":[{}]}}"#, entries.join(","))
    }

    #[test]
    fn s01_the_filter_is_found_by_its_label_in_any_spelling() {
        for label in [" ELEARNIO  sync ", "elearnio\u{200b} Sync", r"\ufeffelearnio Sync", "elearnio S\u{ad}ync"] {
            let body = list(&[("email", "E-Mail"), ("dynamic_7", label)]);
            assert_eq!(Visible::read(&body, "elearnio Sync").unwrap().flag, "dynamic_7", "{label:?}");
        }
    }

    #[test]
    fn s01_a_damaged_label_is_another_and_spoils_no_other() {
        let body =
            list(&[("dynamic_6", r"elearnio S\ud83dync"), ("dynamic_7", "elearnio Sync"), ("dynamic_8", r"\udc00")]);
        assert_eq!(Visible::read(&body, "elearnio Sync").unwrap().flag, "dynamic_7");
    }

    #[test]
    fn s01_no_such_label_or_two_of_them_is_an_error_that_names_it() {
        for (attributes, code) in [
            (list(&[("email", "E-Mail")]), codes::FILTER_ATTRIBUTE_MISSING),
            (
                list(&[("dynamic_1", "elearnio Sync"), ("dynamic_2", "elearnio sync")]),
                codes::FILTER_ATTRIBUTE_AMBIGUOUS,
            ),
            (list(&[("status", "ELEARNIO Sync")]), codes::FILTER_ATTRIBUTE_STANDARD),
        ] {
            let Err(ListError::Filter(problem)) = Visible::read(&attributes, "elearnio Sync") else {
                unreachable!("{code}")
            };
            assert_eq!(problem.code, code);
            assert!(problem.message.contains("elearnio Sync"));
        }
    }

    #[test]
    fn an_odd_entry_is_passed_over_and_the_others_count() {
        let body = r#"{"data":[null,7,{"label":"F"},{"key":1,"label":"F"},{"key":"email","label":7},{"key":"status"},
            {"key":"dynamic_7","label":"F"}]}"#;
        let visible = Visible::read(body, "f").unwrap();
        assert_eq!(visible.keys().collect::<Vec<_>>(), ["id", "email", "status", "dynamic_7"]);
    }

    #[test]
    fn s25_a_list_that_says_it_failed_is_an_error() {
        let body = list(&[("dynamic_7", "F")]).replace("true", "false");
        assert!(matches!(Visible::read(&body, "f"), Err(ListError::Unreadable)));
    }

    #[test]
    fn s07_what_is_not_listed_is_hidden_and_not_asked_for() {
        let visible = Visible::read(&list(&[("email", ""), ("status", ""), ("dynamic_7", "F")]), "f").unwrap();
        assert_eq!(visible.keys().collect::<Vec<_>>(), ["id", "email", "status", "dynamic_7"]);
        let required: Vec<_> = visible.hidden().into_iter().filter(|hidden| hidden.required).collect();
        assert!(required.is_empty());
        let visible = Visible::read(&list(&[("dynamic_7", "F")]), "f").unwrap();
        let required: Vec<_> = visible.hidden().into_iter().filter(|h| h.required).map(|h| h.attribute).collect();
        assert_eq!(required, [Field::Email, Field::Status]);
    }
}
