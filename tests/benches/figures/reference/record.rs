//! One employee's record, as Personio writes it.
//!
//! Read in one pass that borrows from the text: attributes nobody asked for are skipped. Typed structs were rejected, for the
//! shapes vary: a value can stand bare or wrapped in `label`/`value`, an office has plain fields and a supervisor wrapped
//! ones, numbers come as text, and nothing comes as `null`, `""` or `[]`.

use std::borrow::Cow;

use super::json::{Broken, Kind, MAX_DEPTH, Reader};
use personio_connector::attributes::{Attribute, COUNT};

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
        let trimmed = trim(&text);
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

/// As [`str::trim`], which decodes characters at both ends; most texts begin and end with a letter or a digit.
fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// An employee's attributes; none where the key is absent.
#[derive(Debug)]
pub struct Record<'a> {
    slots: [Option<Node<'a>>; COUNT],
}

impl<'a> Record<'a> {
    /// Reads the record that comes next; `flag` is the filter attribute's key.
    ///
    /// # Errors
    /// When it is not an object with `attributes`.
    pub fn read(reader: &mut Reader<'a>, flag: &str) -> Result<Self, Broken> {
        let mut record = None;
        let mut first = true;
        reader.enter(Kind::Object)?;
        while let Some(key) = reader.key(&mut first)? {
            if key == "attributes" {
                record = Some(Self { slots: attributes(reader, flag)? });
            } else {
                reader.skip(3)?;
            }
        }
        record.ok_or_else(|| reader.broken())
    }

    /// The attribute's value; none if its key is absent: hidden (rule S6).
    #[must_use]
    pub fn get(&self, attribute: Attribute) -> Option<&Node<'a>> {
        self.slots.get(attribute as usize)?.as_ref()
    }
}

/// Of a key that is there twice the last one counts, as in most readers of JSON.
fn attributes<'a>(reader: &mut Reader<'a>, flag: &str) -> Result<[Option<Node<'a>>; COUNT], Broken> {
    let mut slots = [const { None }; COUNT];
    let mut first = true;
    reader.enter(Kind::Object)?;
    while let Some(key) = reader.key(&mut first)? {
        match Attribute::of_key(&key, flag).and_then(|attribute| slots.get_mut(attribute as usize)) {
            Some(slot) => *slot = Some(node(reader, 4)?),
            None => reader.skip(4)?,
        }
    }
    Ok(slots)
}

/// Any value, so many objects and lists deep.
fn node<'a>(reader: &mut Reader<'a>, depth: u32) -> Result<Node<'a>, Broken> {
    match reader.kind()? {
        Kind::Text => reader.string().map(Node::text),
        Kind::Number => number(reader),
        Kind::Truth => reader.truth().map(|truth| Node::Text(Cow::Borrowed(truth))),
        Kind::Null => reader.null().map(|()| Node::Empty),
        Kind::Object | Kind::List if depth >= MAX_DEPTH => Err(reader.broken()),
        Kind::Object => object(reader, depth + 1),
        Kind::List => list(reader, depth + 1),
    }
}

/// A number's text. A whole number is one text however it is written, for it may be an ID (rule S2); one that would have to
/// be rounded for that says nothing that could be used.
fn number<'a>(reader: &mut Reader<'a>) -> Result<Node<'a>, Broken> {
    /// Whole numbers from here on are rounded, 2^53.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let place = reader.broken();
    let text = reader.number()?;
    if !text.contains(['.', 'e', 'E']) {
        return Ok(Node::Text(Cow::Borrowed(text)));
    }
    let number: f64 = text.parse().map_err(|_| place)?;
    if !number.is_finite() {
        return Err(place);
    }
    Ok(if number.abs() < EXACT {
        Node::Text(Cow::Owned(number.to_string()))
    } else {
        Node::Object { id: None, name: None }
    })
}

/// A list of one is that one; of several, their texts with commas between (Personio writes tags that way).
fn list<'a>(reader: &mut Reader<'a>, depth: u32) -> Result<Node<'a>, Broken> {
    let mut is_first = true;
    reader.enter(Kind::List)?;
    if !reader.element(&mut is_first)? {
        return Ok(Node::Empty);
    }
    let first = node(reader, depth)?;
    let mut joined: Option<String> = None;
    while reader.element(&mut is_first)? {
        let all = joined.get_or_insert_with(|| match &first {
            Node::Text(text) => text.clone().into_owned(),
            Node::Empty | Node::Object { .. } => String::new(),
        });
        if let Node::Text(text) = node(reader, depth)? {
            if !all.is_empty() {
                all.push_str(", ");
            }
            all.push_str(&text);
        }
    }
    Ok(joined.map_or(first, |all| Node::text(Cow::Owned(all))))
}

fn object<'a>(reader: &mut Reader<'a>, depth: u32) -> Result<Node<'a>, Broken> {
    let (mut id, mut name, mut value) = (None, None, None);
    let mut first = true;
    reader.enter(Kind::Object)?;
    while let Some(key) = reader.key(&mut first)? {
        match &*key {
            "value" => value = Some(node(reader, depth)?),
            "id" => id = node(reader, depth)?.into_text(),
            "name" => name = node(reader, depth)?.into_text(),
            "attributes" => {
                if let Node::Object { id: inner_id, name: inner_name } = node(reader, depth)? {
                    (id, name) = (inner_id, inner_name);
                }
            }
            _ => reader.skip(depth)?,
        }
    }
    Ok(value.unwrap_or(Node::Object { id, name }))
}
