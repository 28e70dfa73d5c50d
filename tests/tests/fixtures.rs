//! The fixtures are what they say they are.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use whole_system_tests::company::pretty::pretty;
use whole_system_tests::{fixture, nordwind};

/// The texts of a folder's JSON files, by name.
fn json_files(folder: &Path) -> BTreeMap<String, String> {
    let paths = folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path());
    let json = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    json.map(|path| (name(&path), fs::read_to_string(&path).expect("text"))).collect()
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Every recorded person, in order.
fn employees(company: &str) -> Vec<Value> {
    let answers = json_files(&fixture(company).join("exchanges")).into_values();
    let rows =
        answers.filter_map(|text| parse(&text).pointer("/response/json/data").and_then(Value::as_array).cloned());
    rows.flatten().filter(|row| row.get("type") == Some(&json!("Employee"))).collect()
}

/// How often each value of an attribute occurs, as JSON text; of a named thing, its name.
fn values(people: &[Value], attribute: &str) -> BTreeMap<String, usize> {
    let mut values = BTreeMap::new();
    for person in people {
        let value = person.pointer(&format!("/attributes/{attribute}/value")).expect("every record has the same keys");
        let value = value.pointer("/attributes/name").unwrap_or(value);
        *values.entry(value.to_string()).or_default() += 1;
    }
    values
}

#[test]
fn generated_files_are_what_the_generator_gives() {
    let folder = fixture("nordwind");
    let exchanges = json_files(&folder.join("exchanges")).into_iter();
    let mut present: BTreeMap<_, _> = exchanges.map(|(name, text)| (format!("exchanges/{name}"), text)).collect();
    present.extend(json_files(&folder));
    let wanted = nordwind::files();
    assert_eq!(present.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    for (name, text) in wanted {
        assert!(
            present.get(&name) == Some(&text),
            "{name} differs from what the generator gives: cargo xtask fixtures"
        );
    }
}

#[test]
fn every_file_is_laid_out_for_reading() {
    for company in ["acme", "nordwind"] {
        let mut files = json_files(&fixture(company));
        files.extend(json_files(&fixture(company).join("exchanges")));
        assert!(files.len() >= 4, "{company}");
        for (name, text) in files {
            assert!(text == pretty(&parse(&text)), "{company}: {name} is laid out in another way");
        }
    }
}

#[test]
fn the_readme_explains_everybody_of_acme() {
    let readme = fs::read_to_string(fixture("acme").join("README.md")).expect("a README");
    let people = employees("acme");
    assert_eq!(people.len(), 12);
    for person in &people {
        let text = |name: &str| {
            let value = person.pointer(&format!("/attributes/{name}/value")).expect("shown");
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        };
        let row = format!("| {} | {} {} |", text("id"), text("first_name"), text("last_name"));
        assert!(readme.contains(&row), "no row starts with {row}");
    }
}

#[test]
fn nordwind_has_every_oddity() {
    let people = employees("nordwind");
    assert_eq!(people.len(), nordwind::SIZE);
    let distinct: BTreeSet<String> =
        people.iter().map(|person| person["attributes"]["id"]["value"].to_string()).collect();
    assert_eq!(distinct.len(), nordwind::SIZE);
    let holds = |attribute: &str, wanted: &[&str]| {
        let values = values(&people, attribute);
        for value in wanted {
            assert!(values.contains_key(*value), "nobody has {attribute} {value}, only {values:?}");
        }
    };
    holds("status", &["\"onboarding\"", "\"active\"", "\"leave\"", "\"inactive\""]);
    holds("dynamic_3398102", &["\"ja\"", "\"Ja \"", "\"nein\"", "\"ab Sommer\"", "\"\"", "null"]);
    for attribute in ["position", "office", "department", "team"] {
        holds(attribute, &["\"\"", "null", "[]"]);
    }
    holds("department", &["\"Lager und Versand\"", "\"Öffentlichkeitsarbeit\""]);
}

#[test]
fn nordwind_asks_no_guard() {
    // S19: a tenth of the linked accounts may change in one of three ways; a demo must not stop for approval.
    let directory = nordwind::directory();
    let people: BTreeMap<String, _> =
        nordwind::company().people.into_iter().map(|person| (person.id.to_string(), person)).collect();
    let linked: Vec<_> = directory.accounts.iter().filter(|account| account.employee.is_some()).collect();
    let known = || linked.iter().filter_map(|account| Some((*account, people.get(account.employee.as_ref()?)?)));
    let lowered =
        known().filter(|(account, person)| person.status == "inactive" && account.status != "inactive").count();
    let moved = known().filter(|(account, person)| person.email.value() != Some(&account.email)).count();
    let cleared = known().filter(|(account, person)| account.team.is_some() && person.team.value().is_none()).count();
    let limit = linked.len() / 10;
    assert!((1..limit).contains(&lowered), "{lowered} are set inactive");
    assert!((1..limit).contains(&moved), "{moved} addresses change");
    assert!((1..limit).contains(&cleared), "{cleared} teams are cleared");
}
