//! Forms that no person fills in, for `configure`.

use super::{LENGTH, answered};
use crate::testbed::{Running, Testbed};
use connector_host::contract::AccountStatus;
use connector_host::contract::connector::{GroupAssignment, Settings, StatusRow};

/// A field of the form, filled with a text.
type Fill = fn(&mut Settings, String);

/// A form, spoiled in more than one place.
type Spoil = fn(&mut Settings);

/// Rows in a table that is far too long.
const ROWS: usize = 10_000;

const FIELDS: [(&str, Fill); 10] = [
    ("name", |form, text| form.name = text),
    ("client-id", |form, text| form.client_id = text),
    ("group-assignment", |form, text| form.group_assignment = GroupAssignment::Other(text)),
    ("endpoint", |form, text| form.endpoint = Some(text)),
    ("filter-label", |form, text| form.filter_label = Some(text)),
    ("filter-values", |form, text| form.filter_values = vec![text]),
    ("a status of the source", |form, text| {
        form.statuses = vec![StatusRow { source: text, account: AccountStatus::Active }];
    }),
    ("a status of the account", |form, text| {
        form.statuses = vec![StatusRow { source: "active".to_owned(), account: AccountStatus::Other(text) }];
    }),
    ("partner-id", |form, text| form.partner_id = Some(text)),
    ("app-id", |form, text| form.app_id = Some(text)),
];

/// Forms that are wrong in more than one place.
const WHOLE: [(&str, Spoil); 2] = [
    ("a form with 10,000 accepted values", |form| form.filter_values = (0..ROWS).map(|row| row.to_string()).collect()),
    ("a form with the same status 10,000 times", |form| {
        let row = || StatusRow { source: "active".to_owned(), account: AccountStatus::Inactive };
        form.statuses = std::iter::repeat_with(row).take(ROWS).collect();
    }),
];

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
    for (field, fill) in FIELDS {
        for (name, text) in texts() {
            one(testbed, &format!("{name} as {field}"), |form| fill(form, text)).await?;
            count += 1;
        }
    }
    for (name, spoil) in WHOLE {
        one(testbed, name, spoil).await?;
        count += 1;
    }
    Ok(count)
}

async fn one(testbed: &Testbed<'_>, given: &str, spoil: impl FnOnce(&mut Settings)) -> Result<(), String> {
    let Running { mut tenant, secret, .. } = testbed.start().await?;
    let connection = tenant.configure_with(&testbed.settings, secret, spoil).await;
    answered(testbed, "configure", given, connection)
}
