//! A company that somebody wrote down, as JSON.
//!
//! ```json
//! { "name": "acme",
//!   "people": [
//!     { "id": 4711, "first_name": "Anna", "last_name": "Schmidt", "email": "anna.schmidt@acme.example",
//!       "status": "active", "supervisor": 4700, "department": "Vertrieb", "flag": "ja" } ] }
//! ```
//!
//! Only a person's `id`, `first_name` and `last_name` are required; `status` is `active` by default. `email`, `gender`,
//! `position`, `office`, `department`, `team` and `flag` (the filter attribute) are a text, or one of the ways to have none:
//! `null` or no key, `""`, `[]`. `supervisor` is an ID; of one who is not in the file, Personio shows the ID alone.
//! Addresses may stand twice and values may be odd: that is what such a file is for.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::Value;

use super::{Company, DirectoryView, Empty, Person, Supervisor};
use connector_host::files;

/// The most people the stand-in keeps.
pub const MOST: usize = 100_000;

/// Why there is no company. Names the file and the place in it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CompanyError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    people: Vec<WrittenPerson>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPerson {
    id: u64,
    first_name: String,
    last_name: String,
    #[serde(default)]
    email: Text,
    #[serde(default)]
    gender: Text,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    position: Text,
    #[serde(default)]
    supervisor: Option<u64>,
    #[serde(default)]
    office: Text,
    #[serde(default)]
    department: Text,
    #[serde(default)]
    team: Text,
    #[serde(default)]
    flag: Text,
}

/// A text, or no text in one of three ways.
struct Text(DirectoryView<String>);

impl Default for Text {
    fn default() -> Self {
        Self(Empty::Null.into())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shown = match Value::deserialize(deserializer)? {
            Value::Null => Empty::Null.into(),
            Value::String(text) if text.is_empty() => Empty::Text.into(),
            Value::String(text) => DirectoryView::Value(text),
            Value::Array(items) if items.is_empty() => Empty::List.into(),
            _ => return Err(D::Error::custom("a value must be a string, null, \"\" or []")),
        };
        Ok(Self(shown))
    }
}

/// The largest company's file, in bytes.
const LARGEST: u64 = 1 << 30;

/// Reads a company's file.
///
/// # Errors
/// When the file cannot be read, is not a company, has more than [`MOST`] people, or an ID stands in it twice.
pub fn read(path: &Path) -> Result<Company, CompanyError> {
    let text = files::read_text(path, LARGEST)
        .map_err(|error| CompanyError(format!("the company file {} cannot be read: {error}", path.display())))?;
    parse(&text).map_err(|error| CompanyError(format!("{}: {error}", path.display())))
}

/// A company from its text.
///
/// # Errors
/// As [`read`], without the file's name.
pub fn parse(text: &str) -> Result<Company, CompanyError> {
    let Written { name, people: mut written } =
        serde_json::from_str(text).map_err(|error| CompanyError(error.to_string()))?;
    if written.len() > MOST {
        return Err(CompanyError(format!("{} people are more than the maximum of {MOST}", written.len())));
    }
    written.sort_by_key(|person| person.id);
    let twice = written.windows(2).find_map(|pair| match pair {
        [left, right] if left.id == right.id => Some(left.id),
        _ => None,
    });
    if let Some(id) = twice {
        return Err(CompanyError(format!("the ID {id} is used twice; Personio's IDs are unique")));
    }
    let names: BTreeMap<u64, (String, String)> =
        written.iter().map(|person| (person.id, (person.first_name.clone(), person.last_name.clone()))).collect();
    Ok(Company { name, people: written.into_iter().map(|person| person.with(&names)).collect() })
}

impl WrittenPerson {
    fn with(self, names: &BTreeMap<u64, (String, String)>) -> Person {
        let supervisor = self.supervisor.map_or(DirectoryView::Empty(Empty::Null), |id| {
            let (first_name, last_name) = names.get(&id).cloned().unwrap_or_default();
            DirectoryView::Value(Supervisor { id, first_name, last_name })
        });
        Person {
            id: self.id,
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email.0,
            gender: self.gender.0,
            status: self.status.unwrap_or_else(|| "active".to_owned()),
            position: self.position.0,
            supervisor,
            office: self.office.0,
            department: self.department.0,
            team: self.team.0,
            flag: self.flag.0,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    fn people(people: &str) -> Result<Company, CompanyError> {
        parse(&format!(r#"{{"name":"acme","people":[{people}]}}"#))
    }

    #[test]
    fn a_company_is_read_by_ascending_id_with_its_supervisors_names() {
        let company = people(
            r#"{"id":2,"first_name":"Bo","last_name":"Bär","supervisor":1,"email":"b@acme.example","flag":"ja"},
               {"id":1,"first_name":"Al","last_name":"Aal","supervisor":9,"team":"","office":[],"gender":null}"#,
        )
        .unwrap();
        let [al, bo] = company.people.as_slice() else { unreachable!("two people") };
        assert_eq!((al.id, bo.id, al.status.as_str()), (1, 2, "active"));
        assert_eq!(bo.supervisor.value().unwrap().first_name, "Al");
        assert_eq!(al.supervisor.value().unwrap().first_name, "", "not in the file");
        let empties = [&al.team, &al.office, &al.gender, &al.email].map(Clone::clone);
        assert_eq!(empties, [Empty::Text, Empty::List, Empty::Null, Empty::Null].map(DirectoryView::Empty));
    }

    #[test]
    fn a_mistake_is_reported_with_its_place() {
        let person = r#"{"id":7,"first_name":"A","last_name":"B"}"#;
        for (text, told) in [
            (format!("{person},{person}"), "ID 7 is used twice"),
            (r#"{"id":7,"first_name":"A","last_name":"B","emial":"x"}"#.to_owned(), "unknown field `emial`"),
            (r#"{"id":7,"first_name":"A","last_name":"B","team":7}"#.to_owned(), "must be a string, null"),
            (r#"{"id":7}"#.to_owned(), "line 1 column"),
        ] {
            let error = people(&text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
