//! Whatever a source or a host may hand over, a connector answers: no export ever traps.

use serde_json::Value as Json;

use super::Seen;
use super::pages::Whole;
use super::stand::{Running, Stand};
use crate::sandbox::CallError;

/// Records to spoil, of those the fixture has.
const SAMPLES: usize = 3;
/// Deeper than any reader goes.
const DEPTH: usize = 100_000;
/// Longer than any value is.
const LENGTH: usize = 1 << 20;

/// What a record can be that is none.
fn records() -> Vec<(&'static str, String)> {
    let fixed = [
        ("nothing", ""),
        ("white space", " \n\t"),
        ("no JSON", "<html><body>502 Bad Gateway</body></html>"),
        ("JSON cut short", "{\"attributes\":{\"id\":{\"value\":"),
        ("null", "null"),
        ("a number", "-1e999"),
        ("a number of 40 digits", "1234567890123456789012345678901234567890"),
        ("an empty list", "[]"),
        ("an empty object", "{}"),
        ("a text", "\"text\""),
        ("half a surrogate pair", "{\"id\":\"\\ud800\"}"),
        ("a NUL", "{\"id\":\"\\u0000\"}"),
        ("a key twice", "{\"attributes\":{},\"attributes\":null,\"id\":1,\"id\":[]}"),
        ("a byte order mark", "\u{feff}{}"),
        ("a row of separators", ",,,;;;\"\"\",\n,\r\n"),
    ];
    let mut all: Vec<_> = fixed.map(|(name, text)| (name, text.to_owned())).into();
    all.push(("nested lists", "[".repeat(DEPTH)));
    all.push(("nested objects", "{\"attributes\":".repeat(DEPTH)));
    all.push(("a very long text", format!("{{\"id\":\"{}\"}}", "ä".repeat(LENGTH))));
    all
}

/// What a value can be that the source has never sent.
fn values() -> Vec<(&'static str, Json)> {
    vec![
        ("null", Json::Null),
        ("a truth value", Json::Bool(true)),
        ("a negative number", (-1).into()),
        ("a huge number", f64::MAX.into()),
        ("an empty list", Json::Array(Vec::new())),
        ("a list in a list", Json::Array(vec![Json::Array(vec![Json::Null])])),
        ("an empty object", Json::Object(serde_json::Map::new())),
        ("a text of line breaks", "\r\n\u{2028}\0".into()),
        ("a text in two directions", "\u{202e}e\u{301}\u{200d}".into()),
        ("a very long text", "x".repeat(LENGTH / 8).into()),
    ]
}

/// Cursors that none of a connector's pages gave.
fn cursors() -> Vec<(&'static str, String)> {
    let fixed = [
        ("nothing", ""),
        ("a text", "not-a-cursor"),
        ("a NUL", "\0"),
        ("a negative number", "offset=-1"),
        ("a huge number", "99999999999999999999999999"),
        ("the largest number", "offset=18446744073709551615"),
        ("JSON", "{\"offset\":[[]]}"),
        ("a URL", "https://elsewhere.example/next"),
        ("another script", "\u{202e}ä€😀"),
    ];
    let mut all: Vec<_> = fixed.map(|(name, text)| (name, text.to_owned())).into();
    all.push(("a very long text", "9".repeat(LENGTH)));
    all
}

/// Hands all of it over: to configured instances where there is traffic to configure them with.
pub(super) async fn check(stand: &Stand<'_>, whole: Option<&Whole>) -> Seen {
    let mut records = records().into_iter().map(|(name, text)| (name.to_owned(), text)).collect::<Vec<_>>();
    if let Some(whole) = whole {
        let texts = whole.pages.iter().flat_map(|(_, page)| &page.employees).take(SAMPLES);
        texts.for_each(|text| records.extend(spoiled(text)));
    }
    let cursors = cursors();
    let (of_records, of_cursors) = (records.len(), cursors.len());
    let mut running = instance(stand, whole).await?;
    for (name, text) in records {
        match running.tenant.map_employee(&text).await {
            Ok(record) => stand.said("what junk was mapped to", format!("{record:?}")),
            Err(verdict) => return Err(format!("given {name}: {verdict}")),
        }
    }
    for (name, text) in cursors {
        // Each in a fresh instance: the host follows the cursors of one, and these lead nowhere.
        let mut running = instance(stand, whole).await?;
        match running.tenant.fetch_page(Some(&text)).await {
            Ok(page) => stand.said("the page of a junk cursor", format!("{page:?}")),
            Err(error @ CallError::Guest(_)) => drop(stand.told(&error)),
            Err(CallError::Verdict(verdict)) => return Err(format!("given {name} as a cursor: {verdict}")),
        }
    }
    Ok(format!("{of_records} records and {of_cursors} cursors that are none, each answered"))
}

async fn instance(stand: &Stand<'_>, whole: Option<&Whole>) -> Result<Running, String> {
    match whole {
        Some(_) => Ok(stand.configured().await?.0),
        None => stand.start().await,
    }
}

/// A real record, spoiled in every place: cut short, and with each value replaced by each of the table's.
fn spoiled(text: &str) -> Vec<(String, String)> {
    let cut = (1..8).map(|eighths| text.floor_char_boundary(text.len() * eighths / 8));
    let mut all: Vec<_> =
        cut.filter_map(|at| Some(("a record cut short".to_owned(), text.get(..at)?.to_owned()))).collect();
    let Ok(record) = serde_json::from_str::<Json>(text) else { return all };
    let mut places = Vec::new();
    pointers(&record, String::new(), &mut places);
    for place in places {
        for (name, value) in values() {
            let mut record = record.clone();
            if let Some(slot) = record.pointer_mut(&place) {
                *slot = value;
                all.push((format!("a record with {name} at {place}"), record.to_string()));
            }
        }
    }
    all
}

/// Every place in a record: its objects as well as what is in them.
fn pointers(json: &Json, at: String, places: &mut Vec<String>) {
    let under = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match json {
        Json::Object(fields) => fields.iter().for_each(|(key, value)| pointers(value, under(key), places)),
        Json::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| pointers(value, under(&index.to_string()), places));
        }
        _ => {}
    }
    places.push(at);
}
