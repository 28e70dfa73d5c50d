//! One employee's record without the person: what is kept of each attribute.

use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};
use url::Url;

use super::values::{emptied, is_empty, of_text, scalars, text_of};
use crate::record::people::{Name, People};

/// Personio's own attributes that a connector reads.
const KNOWN: [&str; 11] = [
    "id",
    "first_name",
    "last_name",
    "email",
    "gender",
    "status",
    "position",
    "supervisor",
    "office",
    "department",
    "team",
];

/// How the keys of custom attributes begin.
const CUSTOM: &str = "dynamic_";

/// A choice from a list is shorter than this; anything longer is prose, and may be about somebody.
const CHOICE: usize = 40;

/// What a filter attribute says, in the words of most customers.
const FLAGS: [&str; 6] = ["ja", "nein", "yes", "no", "true", "false"];

/// The attributes a request asks for.
pub(super) enum Asked {
    /// All there are, for it names none.
    Everything,
    /// These keys.
    Only(HashSet<String>),
}

impl Asked {
    pub fn of(url: &Url) -> Self {
        let named = |name: &str| name == "attributes[]" || name == "attributes";
        let keys: HashSet<String> =
            url.query_pairs().filter(|(name, _)| named(name)).map(|(_, key)| key.into_owned()).collect();
        if keys.is_empty() { Self::Everything } else { Self::Only(keys) }
    }

    /// True if an attribute has a place in the cassette.
    fn shows(&self, key: &str) -> bool {
        match self {
            Self::Everything => KNOWN.contains(&key) || key.strip_prefix(CUSTOM).is_some_and(is_number_like),
            Self::Only(keys) => keys.contains(key),
        }
    }

    /// A custom attribute's value. One that was asked for was chosen for the filter, and what it says is what a sync is
    /// about; among all there are, most are about the person, and only a yes or a no is kept.
    fn choice(&self, text: &str) -> String {
        let is_choice = match self {
            Self::Everything => FLAGS.contains(&text.trim().to_lowercase().as_str()),
            Self::Only(_) => text.chars().count() <= CHOICE && !text.contains('@'),
        };
        if is_choice { text.to_owned() } else { "[a text]".to_owned() }
    }
}

/// The rest of a custom attribute's key: what Personio makes of it holds no name.
fn is_number_like(rest: &str) -> bool {
    rest.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A status, which is a word of a list; a sentence is about somebody.
fn status(text: &str) -> String {
    let is_word =
        text.chars().count() <= CHOICE && text.trim().chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    if is_word { text.to_owned() } else { "[a text]".to_owned() }
}

/// Turns the records of one answer.
pub(super) struct Employees<'a> {
    pub people: &'a mut People,
    pub asked: &'a Asked,
}

impl Employees<'_> {
    pub fn row(&mut self, row: &Json) -> Json {
        let Some(Json::Object(attributes)) = row.get("attributes") else { return emptied(row) };
        let person = person(attributes);
        let shown: Map<String, Json> = attributes
            .iter()
            .filter(|(key, _)| self.asked.shows(key))
            .map(|(key, node)| (key.clone(), self.attribute(key, node, &person)))
            .collect();
        let mut kept = scalars(row, &["type"]);
        kept.insert("attributes".to_owned(), shown.into());
        kept.into()
    }

    /// A value stands bare, or wrapped with its label.
    fn attribute(&mut self, key: &str, node: &Json, person: &str) -> Json {
        let Some(value) = node.get("value") else { return self.value(key, node, person) };
        let mut kept = scalars(node, &["label", "type", "universal_id"]);
        kept.insert("value".to_owned(), self.value(key, value, person));
        kept.into()
    }

    fn value(&mut self, key: &str, value: &Json, person: &str) -> Json {
        if is_empty(value) {
            return value.clone();
        }
        match key {
            "id" => self.id(value),
            "first_name" => of_text(value, |text| self.people.name_for(Name::First, text, person)),
            "last_name" => of_text(value, |text| self.people.name_for(Name::Last, text, person)),
            "email" => of_text(value, |text| self.people.address(text, person)),
            "supervisor" => self.supervisor(value),
            "office" | "department" | "team" => named(value),
            "status" => of_text(value, status),
            "position" => of_text(value, str::to_owned),
            custom if custom.starts_with(CUSTOM) => of_text(value, |text| self.asked.choice(text)),
            // Gender, and whatever else a person is.
            _ => "".into(),
        }
    }

    fn id(&mut self, id: &Json) -> Json {
        match (id, text_of(id)) {
            (Json::Number(_), Some(text)) => self.people.id(&text).into(),
            (_, Some(text)) => self.people.id(&text).to_string().into(),
            (other, None) => emptied(other),
        }
    }

    /// Another employee, of whom at least the ID is shown.
    fn supervisor(&mut self, value: &Json) -> Json {
        match value {
            Json::Object(fields) => {
                let attributes = value.get("attributes").and_then(Json::as_object).unwrap_or(fields);
                let person = person(attributes);
                let mut shown = Map::new();
                for key in ["id", "first_name", "last_name", "email"] {
                    if let Some(node) = attributes.get(key) {
                        shown.insert(key.to_owned(), self.attribute(key, node, &person));
                    }
                }
                if !value.get("attributes").is_some_and(Json::is_object) {
                    return shown.into();
                }
                let mut kept = scalars(value, &["type"]);
                kept.insert("attributes".to_owned(), shown.into());
                kept.into()
            }
            Json::Array(_) => json!([]),
            scalar => self.id(scalar),
        }
    }
}

/// Whom a record is about: the ID, else whatever of them is there. Never written.
fn person(attributes: &Map<String, Json>) -> String {
    let text = |key: &str| attributes.get(key).map(|node| node.get("value").unwrap_or(node)).and_then(text_of);
    let nameless = || ["email", "first_name", "last_name"].map(|key| text(key).unwrap_or_default()).join("\n");
    text("id").unwrap_or_else(nameless)
}

/// An office, a department or a team: its ID and its name, wherever they stand.
fn named(value: &Json) -> Json {
    match value {
        Json::Object(_) => {
            let unwrapped = |object: &Json| {
                let mut kept = scalars(object, &["type", "id", "name"]);
                for key in ["id", "name"] {
                    if let Some(wrapped) = object.get(key).filter(|node| node.is_object()) {
                        kept.insert(key.to_owned(), scalars(wrapped, &["label", "value", "type"]).into());
                    }
                }
                kept
            };
            let mut kept = unwrapped(value);
            if let Some(attributes) = value.get("attributes") {
                kept.insert("attributes".to_owned(), unwrapped(attributes).into());
            }
            kept.into()
        }
        Json::Array(_) => json!([]),
        scalar => scalar.clone(),
    }
}
