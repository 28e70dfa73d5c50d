//! Settings that no person would enter, for `configure`.

use super::{LENGTH, answered};
use crate::testbed::{Running, Testbed};
use connector_host::contract::AccountStatus;
use connector_host::contract::connector::{GroupAssignment, Settings, StatusRow, Value};
use connector_host::contract::manifest::Setting;

use crate::form::put;

/// Settings, spoiled in one place or more.
type Spoil = Box<dyn Fn(&mut Settings)>;

/// Rows in a table that is far too long.
const ROWS: usize = 10_000;

/// A field of the settings, filled with a text.
type Fill = Box<dyn Fn(&mut Settings, String)>;

/// Every field that takes a text: the common ones, and those that the connector declares.
fn fields(declared: &[Setting]) -> Vec<(String, Fill)> {
    let common: [(&str, Fill); 6] = [
        ("name", Box::new(|settings, text| settings.name = text)),
        ("group-assignment", Box::new(|settings, text| settings.group_assignment = GroupAssignment::Other(text))),
        ("filter-label", Box::new(|settings, text| settings.filter.label = Some(text))),
        ("filter-values", Box::new(|settings, text| settings.filter.values = vec![text])),
        (
            "a status of the source",
            Box::new(|settings, text| {
                settings.statuses = vec![StatusRow { source: text, account: AccountStatus::Active }];
            }),
        ),
        (
            "a status of the account",
            Box::new(|settings, text| {
                settings.statuses =
                    vec![StatusRow { source: "active".to_owned(), account: AccountStatus::Other(text) }];
            }),
        ),
    ];
    let declared = declared.iter().flat_map(|setting| {
        let (key, other) = (setting.key.clone(), setting.key.clone());
        let text: Fill = Box::new(move |settings, text| put(settings, &key, Value::Text(text)));
        let unknown: Fill = Box::new(move |settings, text| put(settings, &other, Value::Other(text)));
        [(setting.key.clone(), text), (format!("a value of an unknown kind for {}", setting.key), unknown)]
    });
    common.into_iter().map(|(name, fill)| (name.to_owned(), fill)).chain(declared).collect()
}

/// Settings that are wrong in more than one place.
fn whole() -> Vec<(&'static str, Spoil)> {
    vec![
        (
            "settings with 10,000 accepted values",
            Box::new(|settings| settings.filter.values = (0..ROWS).map(|row| row.to_string()).collect()),
        ),
        (
            "settings with the same status 10,000 times",
            Box::new(|settings| {
                let row = || StatusRow { source: "active".to_owned(), account: AccountStatus::Inactive };
                settings.statuses = std::iter::repeat_with(row).take(ROWS).collect();
            }),
        ),
        (
            "settings with 10,000 keys that nobody declared",
            Box::new(|settings| {
                for row in 0..ROWS {
                    put(settings, &format!("row-{row}"), Value::Number(i64::MIN));
                }
            }),
        ),
        ("settings without any value", Box::new(|settings| settings.values.clear())),
    ]
}

fn texts() -> [(&'static str, String); 9] {
    [
        ("nothing", String::new()),
        ("white space", " \n\t\u{a0}".to_owned()),
        ("a NUL", "\0".to_owned()),
        ("a line of a header", "x\r\nHost: elsewhere.example".to_owned()),
        ("JSON", "{\"a\":[[]]}".to_owned()),
        ("half a URL", "https://[::1/?x=%".to_owned()),
        ("a huge number", "99999999999999999999999999".to_owned()),
        ("another script", "\u{202e}ä€😀e\u{301}".to_owned()),
        // No longer than a request may be: a connector may well send what the form says.
        ("a very long text", "ß".repeat(LENGTH / 32)),
    ]
}

/// Configures a fresh instance with each; gives how many there were.
pub(super) async fn check(testbed: &Testbed<'_>) -> Result<usize, String> {
    let mut count = 0;
    for (field, fill) in fields(testbed.declared()) {
        for (name, text) in texts() {
            one(testbed, &format!("{name} as {field}"), |form| fill(form, text)).await?;
            count += 1;
        }
    }
    for (name, spoil) in whole() {
        one(testbed, name, spoil).await?;
        count += 1;
    }
    Ok(count)
}

async fn one(testbed: &Testbed<'_>, given: &str, spoil: impl FnOnce(&mut Settings)) -> Result<(), String> {
    let Running { mut tenant, .. } = testbed.start().await?;
    let connection = tenant.configure_with(&testbed.settings, spoil).await;
    answered(testbed, "configure", given, connection)
}
