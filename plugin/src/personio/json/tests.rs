#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Reads a whole value the slow way round: every piece through the reader, put together again.
fn value(reader: &mut Reader<'_>, depth: u32) -> Result<Value, Broken> {
    let mut first = true;
    Ok(match reader.kind()? {
        _ if depth > 127 => return Err(reader.broken()),
        Kind::Object => {
            let mut object = serde_json::Map::new();
            reader.enter(Kind::Object)?;
            while let Some(key) = reader.key(&mut first)? {
                object.insert(key.into_owned(), value(reader, depth + 1)?);
            }
            Value::Object(object)
        }
        Kind::List => {
            let mut list = Vec::new();
            reader.enter(Kind::List)?;
            while reader.element(&mut first)? {
                list.push(value(reader, depth + 1)?);
            }
            Value::Array(list)
        }
        Kind::Text => Value::String(reader.string()?.into_owned()),
        Kind::Number => serde_json::from_str(reader.number()?).unwrap_or(Value::Null),
        Kind::Truth => Value::Bool(reader.truth()? == "true"),
        Kind::Null => {
            reader.null()?;
            Value::Null
        }
    })
}

fn read(text: &str) -> Option<Value> {
    let mut reader = Reader::new(text);
    let value = value(&mut reader, 0).ok()?;
    reader.end().ok().map(|()| value)
}

fn skips(text: &str) -> bool {
    let mut reader = Reader::new(text);
    reader.skip().is_ok() && reader.end().is_ok()
}

/// What `serde_json` says.
fn reference(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// Whether a text is JSON but for a number no `f64` holds. RFC 8259, section 6, leaves the range to each reader:
/// `serde_json` refuses such a number where it makes a value of it and takes it where it skips one; this reader hands out
/// numbers as they are written, and so takes them all.
fn has_a_number_out_of_range(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_err_and(|error| error.to_string().starts_with("number out of range"))
}

fn agree(text: &str) {
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    assert_eq!(skips(text), is_json, "{text}");
    assert_eq!(read(text).is_some(), is_json, "{text}");
    // Half a surrogate is JSON to who skips it; to who makes a value of it, it is so for this reader alone.
    if !has_a_number_out_of_range(text) && (!is_json || reference(text).is_some()) {
        assert_eq!(read(text), reference(text), "{text}");
    }
}

#[test]
fn a_number_is_taken_whatever_its_size() {
    for text in ["1e309", "-1e309", "1e00310", "[1e999,1]", "1e-999"] {
        assert!(read(text).is_some(), "{text}");
        agree(text);
    }
    for text in ["[1e309", "[1e309,]", "1e309x"] {
        assert_eq!(read(text), None, "{text}");
        agree(text);
    }
}

#[test]
fn it_takes_what_serde_json_takes() {
    for text in [
        "",
        " ",
        "null",
        "nul",
        "nullx",
        "true",
        "tru",
        "false ",
        "\tfalse\n",
        "0",
        "-0",
        "-",
        "01",
        "1.5",
        "1.",
        ".5",
        "1e3",
        "1e",
        "1E+07",
        "1e-2",
        "+1",
        "12345678901234567890123",
        r#""""#,
        r#"""#,
        r#""a"#,
        r#""a\"b""#,
        r#""\u00e4\n\/\\""#,
        r#""\x""#,
        r#""\u12""#,
        r#""\ud83d\ude00""#,
        r#""eight by\tes and more than eight""#,
        "\"a\u{1}b\"",
        "\"\u{7f}\"",
        "\"ümläut, lang genug für acht\"",
        "[]",
        "[1]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1",
        "]",
        "{}",
        r#"{"a":1}"#,
        r#"{"a":1,}"#,
        r#"{,"a":1}"#,
        r#"{"a" : [ {} , null ] }"#,
        r#"{"a"}"#,
        "{a:1}",
        r#"{"a":1 "b":2}"#,
        r#"{"a":1}}"#,
        r#"{"a":[1}"#,
        r#"[[],{"b":{}}]"#,
        "[1]x",
        "\u{feff}1",
        "\u{a0}1",
    ] {
        agree(text);
    }
}

#[test]
fn half_a_surrogate_is_a_replacement_character_and_what_follows_stands_for_itself() {
    for (text, expected) in [
        (r#""\ud83d""#, "\u{fffd}"),
        (r#""\ud83dx""#, "\u{fffd}x"),
        (r#""\ude00""#, "\u{fffd}"),
        (r#""\ud83d\u0041""#, "\u{fffd}A"),
        (r#""\ud83d\n""#, "\u{fffd}\n"),
        (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
        (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
    ] {
        assert_eq!(read(text), Some(Value::String(expected.to_owned())), "{text}");
        assert_eq!(reference(text), None, "{text}");
        assert!(skips(text), "{text}");
    }
    for text in [r#""\ud83d\u""#, r#""\ud83d\u12""#, r#""\ud83d\x""#, r#""\ud83"#, r#""\ud83d"#] {
        assert_eq!((read(text), skips(text)), (None, false), "{text}");
    }
}

#[test]
fn skipping_goes_to_any_depth_and_costs_no_stack() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let mixed = |depth: usize| format!("{}1{}", r#"[{"a":"#.repeat(depth), "}]".repeat(depth));
    for depth in [1, 63, 64, 65, 127, 128, 129, 255, 256, 257, 100_000] {
        for text in [nested(depth), objects(depth), mixed(depth)] {
            assert!(skips(&text), "{depth}");
            assert!(!skips(text.get(..text.len() - 1).unwrap()), "{depth}");
            assert!(!skips(&text.replacen(']', "}", 1)) || !text.contains(']'), "{depth}");
        }
    }
}

#[test]
fn a_scalar_is_found_by_its_path() {
    for (text, found) in [
        (r#"{"error":{"code":1,"message":"x"}}"#, Some("x")),
        (r#"{"a":[],"error":{"message":7}}"#, Some("7")),
        (r#"{"error":{"message":"x"},"error":{"message":"y"}}"#, Some("y")),
        (r#"{"error":"x"}"#, None),
        (r#"{"error":{"message":null}}"#, None),
        (r#"{"error":{"message":"x"}"#, None),
        ("[]", None),
    ] {
        assert_eq!(scalar_at(text, &["error", "message"]).as_deref(), found, "{text}");
    }
}

#[test]
fn an_error_names_its_place() {
    let text = "{\n  \"ä\": x}";
    assert_eq!(Reader::new(text).skip().unwrap_err().place(text), (2, 9));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_read_as_it_was_written(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        prop_assert_eq!(read(&text), Some(value));
        prop_assert!(skips(&text));
    }

    #[test]
    fn a_text_with_one_change_is_taken_or_refused_alike(value in any_json(), at in any::<prop::sample::Index>(), new in "[\\PC\u{0}-\u{1f}\"\\\\]") {
        let mut text: Vec<char> = value.to_string().chars().collect();
        let at = at.index(text.len());
        text.splice(at..=at, new.chars());
        agree(&text.into_iter().collect::<String>());
    }

    #[test]
    fn a_cut_text_is_never_taken_for_a_whole_one(value in any_json(), at in any::<prop::sample::Index>()) {
        let text = value.to_string();
        let cut: String = text.chars().take(at.index(text.chars().count())).collect();
        prop_assert_eq!(skips(&cut), reference(&cut).is_some());
    }
}
