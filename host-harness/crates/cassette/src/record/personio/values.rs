//! Values in responses: what is kept of them.

use serde_json::{Map, Value as Json, json};

/// Whole numbers from here on are rounded, 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A text or a number, read as Personio's clients read them; none for what holds more than one.
pub(super) fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.trim().to_owned()),
        // As the connector does: `17.0` and `17` are the same ID, and a number that was rounded is none. serde_json rounds
        // whole numbers beyond 64 bits too; nobody has IDs of that size.
        Json::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => (float.abs() < EXACT).then(|| float.to_string()),
            None => Some(number.to_string()),
        },
        Json::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Another text for a value that is read as text; what is none is emptied.
pub(super) fn of_text(value: &Json, text: impl FnOnce(&str) -> String) -> Json {
    match text_of(value) {
        // White space around a choice is one of the things a cassette is for.
        Some(_) if value.is_string() => text(value.as_str().unwrap_or_default()).into(),
        Some(scalar) => text(&scalar).into(),
        None => emptied(value),
    }
}

pub(super) fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        Json::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// What is left of a value that nothing is known about: its kind.
pub(super) fn emptied(value: &Json) -> Json {
    match value {
        Json::Object(_) => json!({}),
        Json::Array(_) => json!([]),
        Json::String(_) => "".into(),
        Json::Number(_) => 0.into(),
        Json::Bool(_) | Json::Null => value.clone(),
    }
}

/// The fields of an object with these names, as far as they are not objects or lists.
pub(super) fn scalars(object: &Json, names: &[&str]) -> Map<String, Json> {
    let scalar = |name: &&str| {
        let value = object.get(*name).filter(|value| !value.is_object() && !value.is_array())?;
        Some(((*name).to_owned(), value.clone()))
    };
    names.iter().filter_map(scalar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s02_a_number_is_the_same_id_however_it_is_written() {
        for (value, text) in
            [(json!(17), "17"), (json!(17.0), "17"), (json!(0.5), "0.5"), (json!(u64::MAX), "18446744073709551615")]
        {
            assert_eq!(text_of(&value).as_deref(), Some(text));
        }
        for rounded in [json!(1e20), json!(-1e300), json!(9_007_199_254_740_993.0)] {
            assert_eq!(text_of(&rounded), None);
        }
    }
}
