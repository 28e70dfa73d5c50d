//! From the compact people and accounts of a case to what Personio sends and what a directory imports.
//!
//! Both sides fill in the same defaults, so that an account of an employee agrees with the source in everything a case
//! does not mention.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::case::{Compact, Directory};

/// The filter attribute's key in every case.
pub const FLAG: &str = "dynamic_1";

/// Personio's keys, in the order of the list of attributes; `flag` stands for the filter attribute.
pub const KEYS: [&str; 12] = [
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
    "flag",
];

const ACCOUNT_KEYS: [&str; 17] = [
    "id",
    "employee",
    "email",
    "first_name",
    "last_name",
    "status",
    "gender",
    "position",
    "department",
    "location",
    "team",
    "supervisor",
    "role",
    "protected",
    "created_by_connector",
    "invited",
    "groups",
];

/// One person for each ID: `"id": "1-60"` is sixty people, and `{id}` in their values is each one's ID.
pub fn everybody(people: &[Compact], key: &str) -> Vec<Compact> {
    let mut all = Vec::new();
    for person in people {
        match person.get(key).and_then(Value::as_str).and_then(range) {
            Some((first, last)) => all.extend((first..=last).map(|id| of_range(person, key, id))),
            None => all.push(person.clone()),
        }
    }
    all
}

/// `1-60` as its ends.
pub fn range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

fn of_range(person: &Compact, key: &str, id: u64) -> Compact {
    let fill = |value: &Value| match value {
        Value::String(text) => Value::String(text.replace("{id}", &id.to_string())),
        other => other.clone(),
    };
    let mut one: Compact = person.iter().map(|(key, value)| (key.clone(), fill(value))).collect();
    one.insert(key.to_owned(), Value::String(id.to_string()));
    one
}

fn known(compact: &Compact, keys: &[&str], extra: &[&str]) -> Result<()> {
    for key in compact.keys() {
        ensure!(keys.contains(&key.as_str()) || extra.contains(&key.as_str()), "`{key}` is no key of {compact:?}");
    }
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A person's record as Personio sends it, without what is hidden.
pub fn record(person: &Compact, hidden: &[String]) -> Result<Value> {
    if let Some(raw) = person.get("raw") {
        ensure!(person.len() == 1, "`raw` stands alone");
        return Ok(raw.clone());
    }
    let custom: Vec<&str> = person.keys().map(String::as_str).filter(|key| key.starts_with("dynamic_")).collect();
    known(person, &KEYS, &[&["hidden"], custom.as_slice()].concat())?;
    let own = names(person.get("hidden"))?;
    let id = person.get("id").context("a person has an `id`")?;
    let mut attributes = Map::new();
    for key in KEYS {
        if hidden.iter().chain(&own).any(|name| name == key) {
            continue;
        }
        let value = person.get(key).cloned().unwrap_or_else(|| default(key, &text(id)));
        let wire = if key == "flag" { FLAG } else { key };
        attributes.insert(wire.to_owned(), json!({"label": label(key), "value": wrapped(key, value)}));
    }
    for key in custom {
        attributes.insert(key.to_owned(), json!({"label": key, "value": person.get(key)}));
    }
    Ok(json!({"type": "Employee", "attributes": attributes}))
}

/// A list of keys of [`KEYS`].
fn names(list: Option<&Value>) -> Result<Vec<String>> {
    let list: Vec<String> = list.map_or(Ok(Vec::new()), |list| serde_json::from_value(list.clone()))?;
    list.iter().try_for_each(|name| is_key(name))?;
    Ok(list)
}

/// Refuses what is no attribute.
pub fn is_key(name: &str) -> Result<()> {
    ensure!(KEYS.contains(&name), "`{name}` is no attribute; write one of {}", KEYS.join(", "));
    Ok(())
}

fn default(key: &str, id: &str) -> Value {
    match key {
        "id" => json!(id),
        "first_name" => json!(format!("P{id}")),
        "last_name" => json!("Muster"),
        "email" => json!(format!("p{id}@acme.example")),
        "status" => json!("active"),
        "flag" => json!("ja"),
        "gender" | "position" => json!(""),
        _ => Value::Null,
    }
}

/// Named things and the supervisor are objects; anything but a plain text or number stays as the case has it.
fn wrapped(key: &str, value: Value) -> Value {
    let plain = value.is_number() || value.as_str().is_some_and(|text| !text.trim().is_empty());
    match key {
        "id" => text(&value).parse::<u64>().map_or(value, |id| json!(id)),
        "office" | "department" | "team" if plain => {
            json!({"type": "Named", "attributes": {"id": 1, "name": value}})
        }
        "supervisor" if plain => {
            json!({"type": "Employee", "attributes": {"id": {"label": "ID", "value": wrapped("id", value)}}})
        }
        _ => value,
    }
}

/// A label as Personio might show it.
pub fn label(key: &str) -> &str {
    if key == "flag" { "elearnio Sync" } else { key }
}

/// A directory in the import file's form.
pub fn import(directory: &Directory) -> Result<Value> {
    let groups: Vec<Value> = directory
        .groups
        .iter()
        .map(|group| match group {
            Value::String(name) => json!({"id": name, "name": name}),
            other => other.clone(),
        })
        .collect();
    Ok(json!({"groups": groups, "accounts": accounts(&directory.accounts)?}))
}

/// Accounts in the import file's form, defaults filled in.
pub fn accounts(compact: &[Compact]) -> Result<Vec<Value>> {
    everybody(compact, "employee").into_iter().map(account).collect()
}

fn account(mut account: Compact) -> Result<Value> {
    known(&account, &ACCOUNT_KEYS, &[])?;
    let (id, person) = match (account.get("id"), account.get("employee")) {
        (Some(id), None) => (text(id), text(id)),
        (Some(id), Some(employee)) => (text(id), text(employee)),
        (None, Some(employee)) => (format!("a{}", text(employee)), text(employee)),
        (None, None) => bail!("an account has an `id` or an `employee`: {account:?}"),
    };
    account.insert("id".to_owned(), json!(id));
    for key in ["first_name", "last_name", "email", "status"] {
        account.entry(key).or_insert_with(|| default(key, &person));
    }
    Ok(Value::Object(account))
}
