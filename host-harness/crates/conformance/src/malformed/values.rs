//! JSON that a source has never sent.

use serde_json::Value as Json;

use super::LENGTH;

/// What a value can be that the source has never sent.
pub(crate) fn all() -> Vec<(&'static str, Json)> {
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

/// Every place in a record: its objects as well as what is in them.
pub(crate) fn pointers(json: &Json, at: String, places: &mut Vec<String>) {
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
