//! The last check of a response before it is written: texts that were kept, but may be about somebody.
//!
//! Departments, positions, statuses and labels stay as they are, because rules and groups depend on them. But people write
//! into them what they like: "covers for Anna Schmidt, 0171 …". Only at the end is everybody known by name, so this is done
//! then.

use serde_json::Value as Json;
use serde_json::value::to_raw_value;

use super::people::People;
use crate::cassette::Exchange;

/// What stands in such a text's place.
const A_TEXT: &str = "[a text]";

/// Replaces every text of an answer, and every odd header value, that may be about somebody.
pub(super) fn replace(exchange: &mut Exchange, people: &People) {
    let response = &mut exchange.response;
    for (name, value) in &mut response.headers {
        // A redirect's target was made to lead where the recorded request goes.
        if !name.eq_ignore_ascii_case("location") && people.says_somebody(value) {
            A_TEXT.clone_into(value);
        }
    }
    let Some(mut json) = response.json.as_ref().and_then(|raw| serde_json::from_str::<Json>(raw.get()).ok()) else {
        return;
    };
    // Else the bytes stay as they came: the order of keys, and keys that are there twice.
    if each(&mut json, people)
        && let Ok(raw) = to_raw_value(&json)
    {
        response.json = Some(raw);
    }
}

/// True if anything was replaced. The depth is what the JSON reader lets through.
fn each(json: &mut Json, people: &People) -> bool {
    match json {
        Json::String(text) if people.says_somebody(text) => {
            A_TEXT.clone_into(text);
            true
        }
        Json::Array(values) => values.iter_mut().fold(false, |changed, value| each(value, people) | changed),
        Json::Object(fields) => fields.values_mut().fold(false, |changed, value| each(value, people) | changed),
        _ => false,
    }
}
