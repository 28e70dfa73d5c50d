//! One employee's record, as Personio writes it.
//!
//! Read in one pass that borrows from the text: attributes nobody asked for are skipped without being looked at. Typed
//! structs were rejected, for the shapes vary: a value can stand bare or wrapped in `label`/`value`, an office has plain
//! fields and a supervisor wrapped ones, numbers come as text, and nothing comes as `null`, `""` or `[]`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::attributes::{Attribute, COUNT};

/// Whole numbers from here on are rounded, 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A value, whatever it was wrapped in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<'a> {
    /// `null`, `""`, `[]` or blank text.
    Empty,
    /// Text, or a number or truth value as text. Trimmed.
    Text(Cow<'a, str>),
    /// An object with an ID and a name, such as an office, or another employee.
    Object {
        /// Its ID.
        id: Option<Cow<'a, str>>,
        /// Its name.
        name: Option<Cow<'a, str>>,
    },
}

impl<'a> Node<'a> {
    fn text(text: Cow<'a, str>) -> Self {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Self::Empty;
        }
        if trimmed.len() == text.len() {
            return Self::Text(text);
        }
        Self::Text(match text {
            Cow::Borrowed(whole) => Cow::Borrowed(whole.trim()),
            Cow::Owned(whole) => Cow::Owned(whole.trim().to_owned()),
        })
    }

    fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Empty | Self::Object { .. } => None,
        }
    }
}

/// An employee's attributes; none where the key is absent.
#[derive(Debug)]
pub struct Record<'a> {
    slots: [Option<Node<'a>>; COUNT],
}

impl<'a> Record<'a> {
    /// Reads a record; `flag` is the filter attribute's key.
    ///
    /// # Errors
    /// When the text is not JSON, or not an object with `attributes`. The error names a place, never a value.
    pub fn parse(text: &'a str, flag: &str) -> Result<Self, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        let record = EmployeeSeed { flag }.deserialize(&mut json)?;
        json.end()?;
        Ok(record)
    }

    /// The attribute's value; none if its key is absent: hidden (rule S6).
    #[must_use]
    pub fn get(&self, attribute: Attribute) -> Option<&Node<'a>> {
        self.slots.get(attribute as usize)?.as_ref()
    }
}

struct EmployeeSeed<'f> {
    flag: &'f str,
}

impl<'de> DeserializeSeed<'de> for EmployeeSeed<'_> {
    type Value = Record<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EmployeeSeed<'_> {
    type Value = Record<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an employee: an object with `attributes`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut record = None;
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Attributes => record = Some(map.next_value_seed(AttributesSeed { flag: self.flag })?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        record.ok_or_else(|| de::Error::missing_field("attributes"))
    }
}

struct AttributesSeed<'f> {
    flag: &'f str,
}

impl<'de> DeserializeSeed<'de> for AttributesSeed<'_> {
    type Value = Record<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for AttributesSeed<'_> {
    type Value = Record<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of attributes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut slots = [const { None }; COUNT];
        while let Some(attribute) = map.next_key_seed(AttributeKey { flag: self.flag })? {
            match attribute.and_then(|attribute| slots.get_mut(attribute as usize)) {
                Some(slot) => *slot = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Record { slots })
    }
}

struct AttributeKey<'f> {
    flag: &'f str,
}

impl<'de> DeserializeSeed<'de> for AttributeKey<'_> {
    type Value = Option<Attribute>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for AttributeKey<'_> {
    type Value = Option<Attribute>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute's key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Attribute::of_key(key, self.flag))
    }
}

/// The keys of the wrappings that matter.
enum Key {
    Attributes,
    Value,
    Id,
    Name,
    Other,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E: de::Error>(self, key: &str) -> Result<Key, E> {
                Ok(match key {
                    "attributes" => Key::Attributes,
                    "value" => Key::Value,
                    "id" => Key::Id,
                    "name" => Key::Name,
                    _ => Key::Other,
                })
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Node::Empty)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Owned(value.to_string())))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Owned(value.to_string())))
    }

    /// A number too large to be exact is none that could be used: two IDs that differ in their last digits would be one.
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
        if value.abs() < EXACT {
            Ok(Node::Text(Cow::Owned(value.to_string())))
        } else {
            Ok(Node::Object { id: None, name: None })
        }
    }

    fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Node::text(Cow::Borrowed(value)))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Node::text(Cow::Owned(value.to_owned())))
    }

    /// A list of one is that one; of several, their texts with commas between (Personio writes tags that way).
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let Some(first) = seq.next_element::<Node<'de>>()? else { return Ok(Node::Empty) };
        let mut joined: Option<String> = None;
        while let Some(next) = seq.next_element::<Node<'de>>()? {
            let all = joined.get_or_insert_with(|| match &first {
                Node::Text(text) => text.clone().into_owned(),
                Node::Empty | Node::Object { .. } => String::new(),
            });
            if let Node::Text(text) = next {
                all.push_str(", ");
                all.push_str(&text);
            }
        }
        Ok(joined.map_or(first, |all| Node::text(Cow::Owned(all))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut id, mut name, mut value) = (None, None, None);
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Value => value = Some(map.next_value::<Node<'de>>()?),
                Key::Id => id = map.next_value::<Node<'de>>()?.into_text(),
                Key::Name => name = map.next_value::<Node<'de>>()?.into_text(),
                Key::Attributes => {
                    if let Node::Object { id: inner_id, name: inner_name } = map.next_value()? {
                        (id, name) = (inner_id, inner_name);
                    }
                }
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(value.unwrap_or(Node::Object { id, name }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn department(value: &str) -> Node<'static> {
        let text = format!(r#"{{"attributes":{{"department":{value}}}}}"#).leak();
        Record::parse(text, "dynamic_1").unwrap().get(Attribute::Department).unwrap().clone()
    }

    #[test]
    fn every_documented_wrapping_gives_the_same_name() {
        for value in [
            r#"{"label":"Abteilung","value":{"type":"Department","attributes":{"id":1,"name":"Vertrieb"}},"type":"standard"}"#,
            r#"{"value":{"attributes":{"name":{"value":"Vertrieb"},"id":{"value":"1"}}}}"#,
            r#"{"id":1,"name":" Vertrieb "}"#,
        ] {
            let expected = Node::Object { id: Some("1".into()), name: Some("Vertrieb".into()) };
            assert_eq!(department(value), expected, "{value}");
        }
    }

    #[test]
    fn s06_null_blank_and_the_empty_list_are_empty() {
        for value in ["null", r#""""#, "[]", r#""  ""#, r#"{"value":null}"#, r#"{"value":""}"#, r#"{"value":[]}"#] {
            assert_eq!(department(value), Node::Empty, "{value}");
        }
    }

    #[test]
    fn lists_and_numbers_become_text() {
        assert_eq!(department(r#"{"value":["ja"]}"#), Node::Text("ja".into()));
        assert_eq!(department(r#"{"value":["a","b"]}"#), Node::Text("a, b".into()));
        assert_eq!(department(r#"{"value":17}"#), Node::Text("17".into()));
        assert_eq!(department("18446744073709551615"), Node::Text("18446744073709551615".into()));
        assert_eq!(department("0.5"), Node::Text("0.5".into()));
    }

    #[test]
    fn s02_a_number_that_would_be_rounded_is_no_id() {
        for id in ["18446744073709551616", "12345678901234567890123", "-1e300", "9007199254740993.0"] {
            assert_eq!(department(id), Node::Object { id: None, name: None }, "{id}");
        }
    }

    #[test]
    fn junk_is_an_error_and_never_a_panic() {
        let deep = "[".repeat(100_000);
        let nested = format!(r#"{{"attributes":{{"id":{deep}}}}}"#);
        for text in
            ["", "{", "null", "[]", "{}", "\u{0}", r#"{"attributes":1}"#, r#"{"attributes":{"id":1e999}}"#, &nested]
        {
            assert!(Record::parse(text, "dynamic_1").is_err(), "{}", text.get(..40).unwrap_or(text));
        }
    }
}
