//! JSON for people to read: what fits in a line stays in a line, and keys stand in an order that makes sense.
//!
//! `serde_json` puts every value on a line of its own, twelve attributes of a person on sixty; and whether it keeps the
//! keys' order depends on a feature that any other crate may switch on. Fixtures must not change with that.

use serde_json::{Map, Value};

/// Characters in a line: enough for any attribute of a person but the supervisor.
const WIDTH: usize = 180;

/// Keys in their order; others follow by the alphabet.
const ORDER: &[&str] = &[
    "request",
    "response",
    "method",
    "url",
    "success",
    "metadata",
    "total_elements",
    "current_page",
    "total_pages",
    "offset",
    "limit",
    "data",
    "key",
    "label",
    "value",
    "type",
    "universal_id",
    "options",
    "attributes",
    "id",
    "employee",
    "first_name",
    "last_name",
    "email",
    "gender",
    "status",
    "position",
    "name",
    "headers",
    "content-type",
    "authorization",
    "form",
    "client_id",
    "client_secret",
    "json",
    "token",
    "supervisor",
    "office",
    "department",
    "location",
    "team",
    "protected",
    "invited",
    "created_by_connector",
    "groups",
    "accounts",
];

/// A value as text, with a line break at the end.
#[must_use]
pub fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, 0, &mut text);
    text.push('\n');
    text
}

/// Writes a value that starts `column` characters into a line, in a block indented by `indent`.
fn write(value: &Value, indent: usize, column: usize, text: &mut String) {
    let short = line(value);
    // One more for the comma behind it.
    if column + short.chars().count() < WIDTH {
        text.push_str(&short);
        return;
    }
    match value {
        Value::Array(items) => block('[', items.iter().map(|item| (String::new(), item)), ']', indent, text),
        Value::Object(fields) => {
            let fields = ordered(fields).into_iter().map(|(key, value)| (label(key), value));
            block('{', fields, '}', indent, text);
        }
        _ => text.push_str(&short),
    }
}

/// Writes several values, each with its label on a line of its own.
fn block<'v>(
    open: char,
    items: impl Iterator<Item = (String, &'v Value)>,
    close: char,
    indent: usize,
    text: &mut String,
) {
    text.push(open);
    for (number, (label, value)) in items.enumerate() {
        text.push_str(if number > 0 { ",\n" } else { "\n" });
        text.push_str(&" ".repeat(indent + 1));
        text.push_str(&label);
        write(value, indent + 1, indent + 1 + label.chars().count(), text);
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(close);
}

/// A value in one line, however long.
fn line(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = ordered(fields).into_iter().map(|(key, value)| format!("{}{}", label(key), line(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        plain => plain.to_string(),
    }
}

fn label(key: &str) -> String {
    format!("{}: ", Value::from(key))
}

fn ordered(fields: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let rank = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    let mut fields: Vec<(&str, &Value)> = fields.iter().map(|(key, value)| (key.as_str(), value)).collect();
    fields.sort_by_key(|(key, _)| (rank(key), *key));
    fields
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_stays_in_a_line_and_the_rest_is_indented() {
        let value = json!({ "data": ["x".repeat(90), "ü\"".repeat(45)], "zz": 1, "success": true });
        let (one, two) = ("x".repeat(90), "ü\\\"".repeat(45));
        let expected =
            format!("{{\n \"success\": true,\n \"data\": [\n  \"{one}\",\n  \"{two}\"\n ],\n \"zz\": 1\n}}\n");
        assert_eq!(pretty(&value), expected);
    }

    #[test]
    fn lines_are_as_long_as_they_may_be() {
        let just = |length: usize| pretty(&json!(["x".repeat(length - 5)]));
        assert_eq!(just(WIDTH).lines().count(), 1);
        assert_eq!(just(WIDTH + 1).lines().count(), 3);
    }

    #[test]
    fn nothing_is_lost() {
        let value = json!({ "b": [null, "", [], {}, 1.5], "a": { "long": "y".repeat(200) } });
        assert_eq!(serde_json::from_str::<Value>(&pretty(&value)).expect("JSON"), value);
    }
}
