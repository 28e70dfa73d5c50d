//! The fixture `nordwind`: a made-up maker of wind turbines, as files.
//!
//! `cargo xtask fixtures` writes them; a test holds the checked-in files against them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::company::Company;
use crate::company::cassette::{self, Account};
use crate::company::learning::{self, Directory, Group};
use crate::company::pretty::pretty;
use crate::company::wire::{Attribute, LIMIT, Labels};

/// How many people: four pages, the last one not full.
pub const SIZE: usize = 342;
/// Any number would do that gives every oddity at least once; a test looks for them.
const SEED: u64 = 1;

/// The departments with a group, and how the platform's admins wrote its name. `Lager und Versand` and
/// `Öffentlichkeitsarbeit` have none (rule S15); one name is decomposed, one in capitals, one has two blanks (rule S9).
const GROUPS: [(&str, &str, &str); 9] = [
    ("g-gf", "Geschäftsführung", "Geschäftsführung"),
    ("g-fertigung", "FERTIGUNG", "Fertigung"),
    ("g-service", "Service  & Wartung", "Service & Wartung"),
    ("g-entwicklung", "Entwicklung", "Entwicklung"),
    ("g-vertrieb", "Vertrieb", "Vertrieb"),
    ("g-qs", "Qualita\u{308}tssicherung", "Qualitätssicherung"),
    ("g-einkauf", "Einkauf", "Einkauf"),
    ("g-it", "IT", "IT"),
    ("g-personal", "Personal", "Personal"),
];

/// Everybody.
#[must_use]
pub fn company() -> Company {
    Company::generate("nordwind", SIZE, SEED)
}

/// The recorded account: its labels are English although its people are German.
#[must_use]
pub fn account() -> Account {
    let attribute = |key: &str, label: &str, kind: &str| Attribute {
        key: key.to_owned(),
        label: label.to_owned(),
        kind: kind.to_owned(),
        options: Vec::new(),
    };
    Account {
        origin: "https://api.personio.de".to_owned(),
        client_id: "papi-nordwind-elearnio".to_owned(),
        token: "papi-recorded-for-nordwind-opens-nothing".to_owned(),
        attributes: Attribute::needed(Labels::English, "dynamic_3398102"),
        unasked: vec![
            attribute("hire_date", "Hire date", "date"),
            attribute("dynamic_3398077", "Schuhgröße", "standard"),
        ],
    }
}

/// The accounts and groups before the first sync.
#[must_use]
pub fn directory() -> Directory {
    let group = |id: &str, name: &str| Group { id: id.to_owned(), name: name.to_owned() };
    let groups = GROUPS.map(|(id, name, department)| (group(id, name), department));
    let mut directory = learning::directory(&company(), groups.into(), SEED);
    directory.groups.push(group("g-brandschutz", "Brandschutz 2026"));
    directory.accounts.extend(strangers());
    directory
}

/// Accounts of people that Personio does not have: two that are gone, and two that never were in it.
fn strangers() -> [learning::Account; 4] {
    let account = |id: &str, first_name: &str, last_name: &str, employee: Option<&str>| learning::Account {
        id: id.to_owned(),
        employee: employee.map(str::to_owned),
        email: format!("{id}@nordwind.example"),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        status: "active".to_owned(),
        invited: true,
        created_by_connector: employee.is_some(),
        ..learning::Account::default()
    };
    let admin = account("akademie", "Akademie", "Nordwind", None);
    [
        account("gegangen-1", "Hildegard", "Früh", Some("3999001")),
        account("gegangen-2", "Otto", "Späth", Some("3999002")),
        learning::Account { protected: true, ..admin },
        account("pruefstelle", "Prüfstelle", "Extern", None),
    ]
}

/// The generated files, by their path in the fixture's folder.
#[must_use]
pub fn files() -> BTreeMap<String, String> {
    let exchanges = cassette::exchanges(&company(), &account(), LIMIT);
    let exchanges = exchanges.into_iter().map(|(name, text)| (format!("exchanges/{name}"), text));
    exchanges.chain([("directory.json".to_owned(), pretty(&json(&directory())))]).collect()
}

/// Writes the generated files into the fixture's folder.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(folder: &Path) -> io::Result<()> {
    cassette::write(&company(), &account(), LIMIT, &folder.join("exchanges"))?;
    fs::write(folder.join("directory.json"), pretty(&json(&directory())))
}

/// Plain data with text keys always is JSON.
fn json(data: &impl Serialize) -> Value {
    serde_json::to_value(data).unwrap_or_default()
}
