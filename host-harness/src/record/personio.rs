//! Personio's answers without people: what each endpoint's answer keeps.
//!
//! Lists of what is kept, never of what is removed: a field that Personio adds tomorrow is not in a recording until
//! somebody has decided that it may be. Empty stays empty and hidden stays hidden, in every spelling, for the sync rules
//! hang on the difference (rule S6).

use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};
use url::Url;

use super::credentials::MADE_UP;
use super::people::{Name, People};
use crate::http::{Inbound, Outbound};

/// A choice from a list is shorter than this; anything longer is prose, and may be about somebody.
const CHOICE: usize = 40;

/// The answer's body as it is recorded, and as a run sees it that sees what is recorded: none if it sees the source's.
///
/// # Errors
/// When nothing is known of this endpoint.
pub(super) fn answer(
    request: &Outbound,
    answer: &Inbound,
    people: &mut People,
) -> Result<(Vec<u8>, Option<Vec<u8>>), String> {
    let good = (200..300).contains(&answer.status);
    let Ok(json) = serde_json::from_slice::<Json>(&answer.body) else {
        let body = not_json(&answer.body);
        return Ok((body.clone(), Some(body)));
    };
    let path = request.url.path();
    if !good {
        let body = failure(&json).to_string().into_bytes();
        return Ok((body.clone(), Some(body)));
    }
    if path.ends_with("/auth") {
        // The run needs the real token.
        return Ok((login(&json).to_string().into_bytes(), None));
    }
    let recorded = if path.ends_with("/company/employees/attributes") {
        list(&json, attribute)
    } else if path.ends_with("/company/employees") {
        let asked = asked(&request.url);
        list(&json, |row| Employee { people: &mut *people, asked: &asked }.row(row))
    } else {
        return Err(format!(
            "what answers of {path} hold is not known, so that people cannot be replaced in them; --keep-people keeps \
             them as they are"
        ));
    };
    let body = recorded.to_string().into_bytes();
    Ok((body.clone(), Some(body)))
}

/// HTML, or JSON that was cut short: of no use to a connector but as what it is not.
fn not_json(body: &[u8]) -> Vec<u8> {
    if body.is_empty() {
        return Vec::new();
    }
    format!("[{} bytes that are no JSON: not recorded, for they may name people]", body.len()).into_bytes()
}

fn login(answer: &Json) -> Json {
    let mut kept = scalars(answer, &["success"]);
    if let Some(data) = answer.get("data") {
        let mut data_kept = scalars(data, &["expires_in", "scope"]);
        if data.get("token").is_some_and(Json::is_string) {
            data_kept.insert("token".to_owned(), MADE_UP.into());
        }
        kept.insert("data".to_owned(), data_kept.into());
    }
    kept.into()
}

fn failure(answer: &Json) -> Json {
    let mut kept = scalars(answer, &["success"]);
    if let Some(error) = answer.get("error") {
        let mut error_kept = scalars(error, &["code"]);
        if let Some(message) = error.get("message").and_then(Json::as_str) {
            error_kept.insert("message".to_owned(), impersonal(message).into());
        }
        kept.insert("error".to_owned(), error_kept.into());
    }
    kept.into()
}

/// A message without the words that can tell who it is about: addresses and numbers.
fn impersonal(message: &str) -> String {
    let tells = |word: &str| word.contains('@') || word.chars().any(|c| c.is_ascii_digit());
    let words = message.split(' ').map(|word| if tells(word) { "[…]" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn list(answer: &Json, mut row: impl FnMut(&Json) -> Json) -> Json {
    let mut kept = scalars(answer, &["success", "offset", "limit"]);
    if let Some(metadata) = answer.get("metadata") {
        let metadata = if metadata.is_object() {
            scalars(metadata, &["total_elements", "current_page", "total_pages"]).into()
        } else {
            emptied(metadata)
        };
        kept.insert("metadata".to_owned(), metadata);
    }
    match answer.get("data") {
        Some(Json::Array(rows)) => drop(kept.insert("data".to_owned(), rows.iter().map(&mut row).collect())),
        Some(other) => drop(kept.insert("data".to_owned(), emptied(other))),
        None => {}
    }
    kept.into()
}

/// One row of the list of attributes. Its options are left out: those of an attribute such as "mentor" are people.
fn attribute(row: &Json) -> Json {
    let mut kept = scalars(row, &["key", "label", "type", "universal_id"]);
    if row.get("options").is_some() {
        kept.insert("options".to_owned(), json!([]));
    }
    kept.into()
}

/// The attributes a request asks for.
fn asked(url: &Url) -> HashSet<String> {
    let named = |name: &str| name == "attributes[]" || name == "attributes";
    url.query_pairs().filter(|(name, _)| named(name)).map(|(_, key)| key.into_owned()).collect()
}

struct Employee<'a> {
    people: &'a mut People,
    asked: &'a HashSet<String>,
}

impl Employee<'_> {
    fn row(&mut self, row: &Json) -> Json {
        let Some(Json::Object(attributes)) = row.get("attributes") else { return emptied(row) };
        let person = person(attributes);
        let shown: Map<String, Json> = attributes
            .iter()
            .filter(|(key, _)| self.asked.contains(*key))
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
            "first_name" => of_text(value, |_| self.people.name(Name::First, person)),
            "last_name" => of_text(value, |_| self.people.name(Name::Last, person)),
            "email" => of_text(value, |text| self.people.address(text, person)),
            "supervisor" => self.supervisor(value),
            "office" | "department" | "team" => named(value),
            "status" | "position" => of_text(value, str::to_owned),
            // Whatever was chosen for the filter is what a sync is about.
            custom if custom.starts_with("dynamic_") => of_text(value, choice),
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

fn choice(text: &str) -> String {
    let is_choice = text.chars().count() <= CHOICE && !text.contains('@');
    if is_choice { text.to_owned() } else { "[a text]".to_owned() }
}

/// A text or a number, read as Personio's clients read them; none for what holds more than one.
fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.trim().to_owned()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Another text for a value that is read as text; what is none is emptied.
fn of_text(value: &Json, text: impl FnOnce(&str) -> String) -> Json {
    match text_of(value) {
        // White space around a choice is one of the things a recording is for.
        Some(_) if value.is_string() => text(value.as_str().unwrap_or_default()).into(),
        Some(scalar) => text(&scalar).into(),
        None => emptied(value),
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        Json::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// What is left of a value that nothing is known about: its kind.
fn emptied(value: &Json) -> Json {
    match value {
        Json::Object(_) => json!({}),
        Json::Array(_) => json!([]),
        Json::String(_) => "".into(),
        Json::Number(_) => 0.into(),
        Json::Bool(_) | Json::Null => value.clone(),
    }
}

/// The fields of an object with these names, as far as they are no objects or lists.
fn scalars(object: &Json, names: &[&str]) -> Map<String, Json> {
    let scalar = |name: &&str| {
        let value = object.get(*name).filter(|value| !value.is_object() && !value.is_array())?;
        Some(((*name).to_owned(), value.clone()))
    };
    names.iter().filter_map(scalar).collect()
}

#[cfg(test)]
#[path = "personio_tests.rs"]
mod tests;
