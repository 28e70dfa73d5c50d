//! One employee's record, as Personio writes it.
//!
//! Read in one pass that borrows from the text: attributes nobody asked for are skipped. Typed structs were rejected, for the
//! shapes vary: a value can stand bare or wrapped in `label`/`value`, an office has plain fields and a supervisor wrapped
//! ones, numbers come as text, and nothing comes as `null`, `""` or `[]`.
//!
//! What comes in another shape than these is neither a value nor nothing (rule S6): it is [`Node::Unknown`], so that a list of
//! two departments does not clear the one that an account has.

use std::borrow::Cow;

use connector_kit::text::trimmed;

use super::json::{Broken, Kind, Reader};
use crate::attributes::{Attribute, COUNT};

/// Deeper than any shape that is understood.
const MAX_DEPTH: u32 = 16;

/// A value, whatever it was wrapped in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<'a> {
    /// `null`, `[]`, or a text in which nobody could see anything.
    Empty,
    /// Text, or a number or truth value as text. Without white space and invisible characters at its ends.
    Text(Cow<'a, str>),
    /// Several texts, as tags are.
    Texts(Vec<Cow<'a, str>>),
    /// An object with an ID or a name, such as an office, or another employee.
    Object {
        /// Its ID.
        id: Option<Cow<'a, str>>,
        /// Its name.
        name: Option<Cow<'a, str>>,
    },
    /// A shape that nobody documented.
    Unknown,
}

impl<'a> Node<'a> {
    /// A text as a node.
    #[inline]
    #[must_use]
    pub fn text(text: Cow<'a, str>) -> Self {
        let visible = trimmed(&text);
        if visible.is_empty() {
            Self::Empty
        } else if visible.len() == text.len() {
            Self::Text(text)
        } else {
            Self::Text(match text {
                Cow::Borrowed(whole) => Cow::Borrowed(trimmed(whole)),
                Cow::Owned(whole) => Cow::Owned(trimmed(&whole).to_owned()),
            })
        }
    }

    /// The text of a node that is one.
    #[must_use]
    pub fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Empty | Self::Texts(_) | Self::Object { .. } | Self::Unknown => None,
        }
    }

    /// Nothing is documented only as an attribute's own value: within a value it is not evidence that there is none.
    fn within(self) -> Self {
        if self == Self::Empty { Self::Unknown } else { self }
    }
}

/// An employee's attributes; none where the key is absent.
#[derive(Debug, PartialEq, Eq)]
pub struct Record<'a> {
    slots: [Option<Node<'a>>; COUNT],
}

/// Why a text is not a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRecord {
    /// Where it stops being one.
    pub broken: Broken,
    /// Whom it is about all the same, if it says so beside its attributes (rule S17).
    pub id: Option<String>,
}

impl From<Broken> for NoRecord {
    fn from(broken: Broken) -> Self {
        Self { broken, id: None }
    }
}

impl<'a> Record<'a> {
    /// Reads a record; `flag` is the filter attribute's key.
    ///
    /// # Errors
    /// When the text is not JSON, or not an object with `attributes`. The error names a place, never a value.
    pub fn parse(text: &'a str, flag: &str) -> Result<Self, NoRecord> {
        let mut reader = Reader::new(text);
        let record = Self::read(&mut reader, flag)?;
        reader.end()?;
        Ok(record)
    }

    /// Reads the record that comes next in a text.
    ///
    /// # Errors
    /// As [`Record::parse`].
    pub fn read(reader: &mut Reader<'a>, flag: &str) -> Result<Self, NoRecord> {
        let mut record = None;
        let mut other = None;
        let mut id = None;
        let mut first = true;
        reader.enter(Kind::Object)?;
        while let Some(key) = reader.key(&mut first)? {
            // Of a key that is there twice the last one counts.
            match &*key {
                "attributes" if reader.kind()? == Kind::Object => {
                    record = Some(Self { slots: attributes(reader, flag)? });
                }
                "attributes" => {
                    (record, other) = (None, Some(reader.broken()));
                    reader.skip()?;
                }
                "id" => id = node(reader, 1)?.into_text(),
                _ => reader.skip()?,
            }
        }
        let broken = other.unwrap_or_else(|| reader.broken());
        record.ok_or_else(|| NoRecord { broken, id: id.map(Cow::into_owned) })
    }

    /// A record of these attributes.
    #[must_use]
    pub const fn of(slots: [Option<Node<'a>>; COUNT]) -> Self {
        Self { slots }
    }

    /// The attribute's value; none if its key is absent: hidden (rule S6).
    #[must_use]
    pub fn get(&self, attribute: Attribute) -> Option<&Node<'a>> {
        self.slots.get(attribute as usize)?.as_ref()
    }

    /// The same, taken out.
    #[must_use]
    pub fn take(&mut self, attribute: Attribute) -> Option<Node<'a>> {
        self.slots.get_mut(attribute as usize)?.take()
    }
}

/// Of a key that is there twice the last one counts, as in most readers of JSON.
fn attributes<'a>(reader: &mut Reader<'a>, flag: &str) -> Result<[Option<Node<'a>>; COUNT], Broken> {
    let mut slots = [const { None }; COUNT];
    let mut first = true;
    reader.enter(Kind::Object)?;
    while let Some(key) = reader.key(&mut first)? {
        match Attribute::of_key(&key, flag).and_then(|attribute| slots.get_mut(attribute as usize)) {
            Some(slot) => *slot = Some(attribute(reader)?),
            None => reader.skip()?,
        }
    }
    Ok(slots)
}

/// An attribute's value, bare or wrapped: the two places where nothing may stand.
pub(super) fn attribute<'a>(reader: &mut Reader<'a>) -> Result<Node<'a>, Broken> {
    if reader.kind()? == Kind::Object { object(reader, 0, |node| node) } else { node(reader, 0) }
}

/// Any value, so many objects and lists deep.
pub(super) fn node<'a>(reader: &mut Reader<'a>, depth: u32) -> Result<Node<'a>, Broken> {
    match reader.kind()? {
        Kind::Text => reader.string().map(Node::text),
        Kind::Number => reader.number().map(number),
        Kind::Truth => reader.truth().map(|truth| Node::Text(Cow::Borrowed(truth))),
        Kind::Null => reader.null().map(|()| Node::Empty),
        Kind::Object | Kind::List if depth >= MAX_DEPTH => reader.skip().map(|()| Node::Unknown),
        Kind::Object => object(reader, depth + 1, Node::within),
        Kind::List => list(reader, depth + 1),
    }
}

/// The largest whole number that no reader of JSON rounds has this many digits (2^53 has 16).
const EXACT_DIGITS: usize = 15;

/// A number's text. A whole number is one text however it is written, for it may be an ID (rule S2); one that other readers
/// would have to round says nothing that could be used.
fn number(text: &str) -> Node<'_> {
    if !text.contains(['.', 'e', 'E']) {
        return Node::Text(Cow::Borrowed(text));
    }
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let Ok(exponent) = exponent.strip_prefix('+').unwrap_or(exponent).parse::<i32>() else { return Node::Unknown };
    let all = format!("{whole}{fraction}");
    let all = all.trim_start_matches('0');
    if all.is_empty() {
        return Node::Text(Cow::Borrowed("0"));
    }
    // How many zeros follow the digits; below 0, how many of them stand behind the point.
    let shift = i64::from(exponent) - i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let significant = all.trim_end_matches('0');
    let zeros = shift + i64::try_from(all.len() - significant.len()).unwrap_or_default();
    match usize::try_from(zeros) {
        Ok(zeros) if significant.len().saturating_add(zeros) <= EXACT_DIGITS => {
            Node::Text(Cow::Owned(format!("{sign}{significant}{}", "0".repeat(zeros))))
        }
        Ok(_) => Node::Unknown,
        // No whole number: nobody's ID, and as good a text as it is written.
        Err(_) => Node::Text(Cow::Borrowed(text)),
    }
}

/// A list of one is that one; of several, their texts: Personio writes tags that way.
fn list<'a>(reader: &mut Reader<'a>, depth: u32) -> Result<Node<'a>, Broken> {
    let mut is_first = true;
    reader.enter(Kind::List)?;
    if !reader.element(&mut is_first)? {
        return Ok(Node::Empty);
    }
    let first = node(reader, depth)?;
    if !reader.element(&mut is_first)? {
        return Ok(first.within());
    }
    let mut texts = Vec::new();
    let mut is_known = collect(first, &mut texts);
    loop {
        is_known &= collect(node(reader, depth)?, &mut texts);
        if !reader.element(&mut is_first)? {
            break;
        }
    }
    Ok(match texts.len() {
        2.. if is_known => Node::Texts(texts),
        1 if is_known => texts.pop().map_or(Node::Unknown, Node::Text),
        _ => Node::Unknown,
    })
}

/// Adds an element of a list of several; false if it is not text.
fn collect<'a>(node: Node<'a>, texts: &mut Vec<Cow<'a, str>>) -> bool {
    match node {
        Node::Text(text) => texts.push(text),
        Node::Empty => {}
        Node::Texts(_) | Node::Object { .. } | Node::Unknown => return false,
    }
    true
}

/// An object: what is in its `value`, which `inside` judges, or else its ID and name.
fn object<'a>(reader: &mut Reader<'a>, depth: u32, inside: fn(Node<'a>) -> Node<'a>) -> Result<Node<'a>, Broken> {
    let (mut id, mut name, mut value) = (None, None, None);
    let mut first = true;
    reader.enter(Kind::Object)?;
    while let Some(key) = reader.key(&mut first)? {
        match &*key {
            "value" => value = Some(inside(node(reader, depth)?)),
            "id" => id = node(reader, depth)?.into_text(),
            "name" => name = node(reader, depth)?.into_text(),
            "attributes" => {
                if let Node::Object { id: inner_id, name: inner_name } = node(reader, depth)? {
                    (id, name) = (inner_id, inner_name);
                }
            }
            _ => reader.skip()?,
        }
    }
    Ok(match (value, &id, &name) {
        (Some(value), ..) => value,
        (None, None, None) => Node::Unknown,
        (None, ..) => Node::Object { id, name },
    })
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
            r#"{"value":[{"attributes":{"id":1,"name":"Vertrieb\u200b"}}]}"#,
        ] {
            let expected = Node::Object { id: Some("1".into()), name: Some("Vertrieb".into()) };
            assert_eq!(department(value), expected, "{value}");
        }
    }

    #[test]
    fn s06_null_blank_and_the_empty_list_are_empty() {
        for value in ["null", r#""""#, "[]", r#""  ""#, r#""\u200b""#] {
            assert_eq!(department(value), Node::Empty, "{value}");
            assert_eq!(department(&format!(r#"{{"label":"x","value":{value}}}"#)), Node::Empty, "{value}");
        }
    }

    #[test]
    fn s06_what_nobody_documented_is_not_empty() {
        for value in [
            "{}",
            "[null]",
            r#"[""]"#,
            "[[]]",
            "[{}]",
            "[null,null]",
            r#"[{"name":"a"},{"name":"b"}]"#,
            r#"["a",{"name":"b"}]"#,
            r#"{"value":{"value":null}}"#,
            r#"{"value":{"value":""}}"#,
            r#"{"value":{}}"#,
            r#"{"value":{"attributes":[]}}"#,
            r#"{"value":{"id":null,"name":""}}"#,
            r#"{"label":"x"}"#,
            "1e20",
            "1e999",
            r#"{"value":[[[[[[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]]]]]}"#,
        ] {
            assert_eq!(department(value), Node::Unknown, "{value}");
        }
    }

    #[test]
    fn of_attributes_that_are_there_twice_the_last_count() {
        fn id(text: &str) -> Result<Option<Node<'_>>, NoRecord> {
            Ok(Record::parse(text, "f")?.get(Attribute::Id).cloned())
        }
        for first in [r#""text""#, "[]", "null", r#"{"id":1}"#] {
            let text = format!(r#"{{"attributes":{first},"attributes":{{"id":2}}}}"#);
            assert_eq!(id(&text).unwrap(), Some(Node::Text("2".into())), "{text}");
        }
        let text = r#"{"attributes":{"id":2},"attributes":[]}"#;
        assert_eq!(id(text).unwrap_err().broken.place(text), (1, 37));
    }

    #[test]
    fn s17_a_record_without_attributes_may_still_name_somebody() {
        for (text, id) in [
            (r#"{"type":"Employee","attributes":[]}"#, None),
            (r#"{"id":7,"attributes":[]}"#, Some("7")),
            (r#"{"id":{"value":"7"},"attributes":null}"#, Some("7")),
            (r#"{"id":[],"attributes":"x"}"#, None),
            ("[]", None),
        ] {
            assert_eq!(Record::parse(text, "f").unwrap_err().id.as_deref(), id, "{text}");
        }
    }

    #[test]
    fn lists_and_numbers_become_text() {
        assert_eq!(department(r#"{"value":["ja"]}"#), Node::Text("ja".into()));
        assert_eq!(department(r#"{"value":["a","b"]}"#), Node::Texts(vec!["a".into(), "b".into()]));
        for one in [r#"["","ja"]"#, r#"[null,"ja"]"#, r#"[[],null,"ja",""]"#] {
            assert_eq!(department(&format!(r#"{{"value":{one}}}"#)), Node::Text("ja".into()), "{one}");
        }
        for (number, text) in [
            ("17", "17"),
            ("0", "0"),
            ("-0", "-0"),
            ("18446744073709551615", "18446744073709551615"),
            ("0.5", "0.5"),
            ("1e-7", "1e-7"),
            ("0.0", "0"),
            ("0e5", "0"),
        ] {
            assert_eq!(department(number), Node::Text(text.into()), "{number}");
        }
    }

    #[test]
    fn s02_a_number_that_would_be_rounded_is_not_an_id() {
        for id in ["-1e300", "1e20", "9007199254740993.0", "1e99999999999", "1.5e15"] {
            assert_eq!(department(id), Node::Unknown, "{id}");
        }
        // A whole number is its digits, however many.
        for id in ["18446744073709551616", "12345678901234567890123"] {
            assert_eq!(department(id), Node::Text(id.into()), "{id}");
        }
        for id in ["17.0", "1.7e1", "170E-1", "0.17e+2", "17.000e0"] {
            assert_eq!(department(id), Node::Text("17".into()), "{id}");
        }
        assert_eq!(department("1700e0"), Node::Text("1700".into()));
        assert_eq!(department("-1.7e3"), Node::Text("-1700".into()));
    }

    #[test]
    fn s06_half_a_surrogate_damages_the_text_it_is_in() {
        let text = r#"{"attributes":{"team":"A\ud83d","department":"B","\ude00":1}}"#;
        let record = Record::parse(text, "f").unwrap();
        assert_eq!(record.get(Attribute::Team), Some(&Node::Text("A\u{fffd}".into())));
        assert_eq!(record.get(Attribute::Department), Some(&Node::Text("B".into())));
    }

    #[test]
    fn junk_is_an_error_and_never_a_panic() {
        for text in ["", "{", "null", "[]", "{}", "\u{0}", r#"{"attributes":1}"#, r#"{"attributes":{"id":1e}}"#] {
            assert!(Record::parse(text, "dynamic_1").is_err(), "{text}");
        }
        let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
        for (value, is_read) in [(format!("{open}{close}"), true), (open, false)] {
            let nested = format!(r#"{{"attributes":{{"id":7,"other":{value},"team":{value}}}}}"#);
            assert_eq!(Record::parse(&nested, "dynamic_1").is_ok(), is_read);
        }
    }
}
