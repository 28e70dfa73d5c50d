//! Texts that are not records, for `map-employee`.

use serde_json::Value as Json;

use super::values::{all as values, pointers};
use super::{DEPTH, LENGTH, failure, instance};
use crate::pages::Whole;
use crate::testbed::Testbed;

/// Records to spoil, of those the fixture has.
const SAMPLES: usize = 3;

/// Maps each; gives how many there were.
pub(super) async fn check(testbed: &Testbed<'_>, whole: Option<&Whole>) -> Result<usize, String> {
    let mut records = records().into_iter().map(|(name, text)| (name.to_owned(), text)).collect::<Vec<_>>();
    if let Some(whole) = whole {
        let texts = whole.pages.iter().flat_map(|(_, page)| &page.employees).take(SAMPLES);
        texts.for_each(|text| records.extend(spoiled(text)));
    }
    let count = records.len();
    let mut running = instance(testbed, whole).await?;
    for (name, text) in records {
        let alone = running.tenant.map_employee(&text).await.map_err(|verdict| failure(&name, &verdict))?;
        // Twice on one page too, so that a record cannot change what the next one is mapped to.
        let page = running.tenant.map_page(&[&text, &text]).await.map_err(|verdict| failure(&name, &verdict))?;
        testbed.said("what junk was mapped to", format!("{alone:?} {page:?}"));
    }
    Ok(count)
}

/// What can come in the place of a record.
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
