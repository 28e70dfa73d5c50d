//! People in the shape of Personio's v1 API: the bodies of its responses, and which attributes the credential may see.

use serde_json::{Map, Value, json};

use super::{DirectoryView, Empty, Person, Supervisor};

/// The most rows Personio gives at once.
pub const LIMIT: usize = 100;

/// The label by which the connector finds the filter attribute (rule S1).
pub const FLAG_LABEL: &str = "elearnio Sync";

/// The language of an account's attribute labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labels {
    /// As most German customers see them.
    German,
    /// As some German customers see them all the same.
    English,
}

/// One attribute, as Personio lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The name it is asked for by: Personio's own, or `dynamic_NNN`.
    pub key: String,
    /// The name people see.
    pub label: String,
    /// `standard`, `integer`, `date`, `list` …
    pub kind: String,
    /// What a `list` can hold.
    pub options: Vec<String>,
}

/// The attributes a connector reads, in the order in which it asks for them: key, German and English label, type.
const STANDARD: [(&str, &str, &str, &str); 11] = [
    ("id", "ID", "ID", "integer"),
    ("first_name", "Vorname", "First name", "standard"),
    ("last_name", "Nachname", "Last name", "standard"),
    ("email", "E-Mail", "Email", "standard"),
    ("gender", "Geschlecht", "Gender", "standard"),
    ("status", "Status", "Status", "standard"),
    ("position", "Position", "Position", "standard"),
    ("supervisor", "Vorgesetzte:r", "Supervisor", "standard"),
    ("office", "Standort", "Office", "standard"),
    ("department", "Abteilung", "Department", "standard"),
    ("team", "Team", "Team", "standard"),
];

impl Attribute {
    /// Personio's eleven that a connector reads, and the filter attribute under its key: the order of a request.
    #[must_use]
    pub fn needed(labels: Labels, flag_key: &str) -> Vec<Self> {
        let standard = STANDARD.into_iter().map(|(key, german, english, kind)| Self {
            key: key.to_owned(),
            label: if labels == Labels::German { german } else { english }.to_owned(),
            kind: kind.to_owned(),
            options: Vec::new(),
        });
        let flag = Self {
            key: flag_key.to_owned(),
            label: FLAG_LABEL.to_owned(),
            kind: "list".to_owned(),
            options: vec!["ja".to_owned(), "nein".to_owned()],
        };
        standard.chain([flag]).collect()
    }

    fn universal_id(&self) -> Option<&str> {
        Some(self.key.as_str()).filter(|key| !key.starts_with("dynamic_"))
    }
}

/// The answer to `POST /v1/auth`; `expires_in` is what remains of the token's life, in seconds.
#[must_use]
pub fn token_json(token: &str, expires_in: u64) -> Value {
    json!({ "success": true, "data": { "token": token, "expires_in": expires_in, "scope": "employees:read" } })
}

/// The answer to `GET /v1/company/employees/attributes`.
#[must_use]
pub fn attributes_json(attributes: &[Attribute]) -> Value {
    let list = attributes.iter().map(|attribute| {
        json!({
            "key": attribute.key,
            "label": attribute.label,
            "type": attribute.kind,
            "universal_id": attribute.universal_id(),
            "options": attribute.options,
        })
    });
    json!({ "success": true, "data": list.collect::<Vec<_>>() })
}

/// The answer to `GET /v1/company/employees`: at most `limit` people from the record `offset` on.
#[must_use]
pub fn page_json(people: &[Person], attributes: &[Attribute], offset: usize, limit: usize) -> Value {
    rows_json(people.iter().skip(offset).take(limit), attributes, people.len(), offset, limit)
}

/// As [`page_json`], with rows that somebody else has chosen.
#[must_use]
pub fn rows_json<'p>(
    rows: impl Iterator<Item = &'p Person>,
    attributes: &[Attribute],
    total: usize,
    offset: usize,
    limit: usize,
) -> Value {
    let data: Vec<Value> = rows.map(|person| employee_json(person, attributes)).collect();
    json!({
        "success": true,
        "metadata": {
            "total_elements": total,
            "current_page": offset.checked_div(limit),
            "total_pages": total.div_ceil(limit.max(1)),
        },
        "offset": offset,
        "limit": limit,
        "data": data,
    })
}

#[cfg(test)]
thread_local! {
    /// How many people were rendered on this thread: the cost of a page.
    pub(crate) static RENDERED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// One person, with these attributes and no others: one that a credential may not read is absent.
#[must_use]
pub fn employee_json(person: &Person, attributes: &[Attribute]) -> Value {
    #[cfg(test)]
    RENDERED.set(RENDERED.get() + 1);
    let fields = attributes.iter().map(|attribute| (attribute.key.clone(), attribute_json(person, attribute)));
    json!({ "type": "Employee", "attributes": fields.collect::<Map<_, _>>() })
}

fn attribute_json(person: &Person, attribute: &Attribute) -> Value {
    labelled(&attribute.label, value_json(person, attribute), &attribute.kind, attribute.universal_id())
}

fn labelled(label: &str, value: impl Into<Value>, kind: &str, universal_id: Option<&str>) -> Value {
    let value: Value = value.into();
    json!({ "label": label, "value": value, "type": kind, "universal_id": universal_id })
}

fn value_json(person: &Person, attribute: &Attribute) -> Value {
    match attribute.key.as_str() {
        "id" => person.id.into(),
        "first_name" => person.first_name.as_str().into(),
        "last_name" => person.last_name.as_str().into(),
        "email" => text(&person.email),
        "gender" => text(&person.gender),
        "status" => person.status.as_str().into(),
        "position" => text(&person.position),
        "supervisor" => shown(&person.supervisor, supervisor_json),
        "office" => shown(&person.office, |name| named("Office", name)),
        "department" => shown(&person.department, |name| named("Department", name)),
        "team" => shown(&person.team, |name| named("Team", name)),
        _ if attribute.label == FLAG_LABEL => text(&person.flag),
        _ => Value::Null,
    }
}

fn text(shown_text: &DirectoryView<String>) -> Value {
    shown(shown_text, |text| text.as_str().into())
}

fn shown<T>(shown: &DirectoryView<T>, json: impl FnOnce(&T) -> Value) -> Value {
    match shown {
        DirectoryView::Value(value) => json(value),
        DirectoryView::Empty(Empty::Null) => Value::Null,
        DirectoryView::Empty(Empty::Text) => "".into(),
        DirectoryView::Empty(Empty::List) => Value::Array(Vec::new()),
    }
}

/// An office, department or team: plain fields.
fn named(kind: &str, name: &str) -> Value {
    json!({ "type": kind, "attributes": { "id": number(name), "name": name } })
}

/// A supervisor: fields wrapped like a person's own; of one whose name is not known, the ID alone.
fn supervisor_json(supervisor: &Supervisor) -> Value {
    let wrapped = |label, value: Value, kind, key| labelled(label, value, kind, Some(key));
    let mut attributes = Map::new();
    attributes.insert("id".to_owned(), wrapped("ID", supervisor.id.into(), "integer", "id"));
    let names =
        [("first_name", "First name", &supervisor.first_name), ("last_name", "Last name", &supervisor.last_name)];
    for (key, label, name) in names.into_iter().filter(|(_, _, name)| !name.is_empty()) {
        attributes.insert(key.to_owned(), wrapped(label, name.as_str().into(), "standard", key));
    }
    json!({ "type": "Employee", "attributes": attributes })
}

/// An ID for a name: the same for the same name (FNV-1a, six digits). Nothing looks at it.
fn number(name: &str) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    100_000 + hash % 900_000
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;
    use crate::company::Company;

    fn attributes() -> Vec<Attribute> {
        Attribute::needed(Labels::German, "dynamic_7")
    }

    #[test]
    fn a_person_has_the_documented_shape() {
        let company = Company::generate("a", 40, 1);
        let led = company.people.iter().find(|person| person.supervisor.value().is_some()).expect("somebody is led");
        let json = employee_json(led, &attributes());
        let at = |pointer: &str| json.pointer(pointer).cloned().expect("it is shown");
        assert_eq!(at("/type"), "Employee");
        assert_eq!(at("/attributes/id"), json!({"label":"ID","value":led.id,"type":"integer","universal_id":"id"}));
        assert_eq!(at("/attributes/dynamic_7/label"), FLAG_LABEL);
        assert_eq!(at("/attributes/dynamic_7/universal_id"), Value::Null);
        let above = led.supervisor.value().expect("found by it").id;
        assert_eq!(at("/attributes/supervisor/value/attributes/id/value"), above, "wrapped in label and value");
        let department = led.department.value().expect("this person has one").as_str();
        assert_eq!(at("/attributes/department/value/attributes/name"), department, "not wrapped");
    }

    #[test]
    fn only_what_is_asked_for_is_shown() {
        let company = Company::generate("a", 1, 1);
        let asked: Vec<Attribute> = attributes().into_iter().filter(|one| one.key == "id").collect();
        let json = employee_json(company.people.first().expect("one"), &asked);
        let shown = json.pointer("/attributes").and_then(Value::as_object).expect("attributes");
        assert_eq!(shown.keys().collect::<Vec<_>>(), ["id"]);
    }

    #[test]
    fn pages_hold_everybody_once_and_report_the_total() {
        let company = Company::generate("a", 250, 1);
        let rows = |offset| {
            let page = page_json(&company.people, &attributes(), offset, LIMIT);
            assert_eq!(page.pointer("/metadata/total_elements"), Some(&json!(250)));
            page.pointer("/data").and_then(Value::as_array).map(Vec::len)
        };
        assert_eq!([0, 100, 200, 300].map(rows), [Some(100), Some(100), Some(50), Some(0)]);
    }

    #[test]
    fn nothing_looks_like_one_of_three_things() {
        let empty = |kind| text(&DirectoryView::Empty(kind)).to_string();
        assert_eq!([Empty::Null, Empty::Text, Empty::List].map(empty), ["null", "\"\"", "[]"]);
    }
}
