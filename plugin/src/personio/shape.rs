//! What the records of a page look like.
//!
//! In one listing all records have the same keys in the same order, and most bytes of a page are labels and types that every
//! record repeats. So the first record's bytes between its values become a template: the next record is compared with them
//! eight bytes at a time, and only values are parsed. A record that does not fit is read as if there were no template. This
//! halves the time from page to people, natively too.
//!
//! What a template reads is what [`Record::read`] reads: the bytes it compares are whole tokens that the general reader has
//! taken before, and each value goes through the same functions. A value that might stand anywhere deeper, or in another
//! shape than the template's, goes to the general reader.

use super::json::{Broken, Kind, Reader};
use super::record::{NoRecord, Node, Record, attribute, node};
use crate::attributes::{Attribute, COUNT};

/// So many records in a row that do not fit, and the template is made anew: a page in another order is learned, a single
/// record in another order is passed.
const MISSES: u32 = 2;

/// The layout of the records before, so that the next one can be read by it.
#[derive(Debug, Default)]
pub struct Shape {
    template: Option<Template>,
    misses: u32,
}

/// The bytes between the values of something, and the values' kinds.
#[derive(Debug)]
struct Outline<S> {
    /// What stands before each value.
    slots: Vec<(Box<[u8]>, S)>,
    /// What follows the last one.
    end: Box<[u8]>,
}

/// A record's.
type Template = Outline<Slot>;

/// That of an object with an ID and a name, such as an office.
type Named = Outline<Part>;

/// A value in a template.
#[derive(Debug)]
enum Slot {
    /// An attribute's, within its `label` and `value`.
    Wrapped(Attribute, Option<Named>),
    /// An attribute's, whatever it is.
    Bare(Attribute),
    /// One that nobody asked for.
    Skipped,
}

/// A value within such an object.
#[derive(Debug, Clone, Copy)]
enum Part {
    Id,
    Name,
    Skipped,
}

impl Shape {
    /// Reads the record that comes next.
    ///
    /// # Errors
    /// As [`Record::read`].
    pub fn read<'a>(&mut self, reader: &mut Reader<'a>, flag: &str) -> Result<Record<'a>, NoRecord> {
        reader.kind()?;
        let start = reader.at();
        if let Some(record) = self.template.as_ref().and_then(|template| template.read(reader)) {
            self.misses = 0;
            return Ok(record);
        }
        reader.rewind(start);
        let record = Record::read(reader, flag)?;
        self.misses += 1;
        if self.template.is_none() || self.misses >= MISSES {
            self.template = Template::learn(reader.since(start), flag).ok().flatten();
            self.misses = 0;
        }
        Ok(record)
    }
}

impl Template {
    /// The next record, if it fits.
    fn read<'a>(&self, reader: &mut Reader<'a>) -> Option<Record<'a>> {
        let mut values = [const { None }; COUNT];
        for (before, slot) in &self.slots {
            if !reader.passes(before) {
                return None;
            }
            let (attribute, value) = match slot {
                Slot::Wrapped(attribute, named) => (attribute, wrapped(reader, named.as_ref())?),
                Slot::Bare(which) => (which, attribute(reader).ok()?),
                Slot::Skipped => {
                    reader.skip().ok()?;
                    continue;
                }
            };
            *values.get_mut(*attribute as usize)? = Some(value);
        }
        reader.passes(&self.end).then(|| Record::of(values))
    }

    /// The template of a record; none if its values do not stand where they do in other records.
    ///
    /// # Errors
    /// When the text is not JSON.
    fn learn(text: &str, flag: &str) -> Result<Option<Self>, Broken> {
        let mut reader = Reader::new(text);
        let mut slots = Draft::of(text);
        let mut times = 0;
        reader.each_key(&mut |reader, key| {
            if key != "attributes" {
                return reader.pass_value();
            }
            times += 1;
            let is_object = learn_attributes(reader, flag, &mut slots)?;
            times += u32::from(!is_object);
            Ok(())
        })?;
        Ok((times == 1).then(|| slots.finish()))
    }
}

/// False if there are no attributes.
fn learn_attributes(reader: &mut Reader<'_>, flag: &str, slots: &mut Draft<'_, Slot>) -> Result<bool, Broken> {
    reader.each_key(&mut |reader, key| {
        let whole = reader.at();
        let inner = value_of(reader)?;
        let (start, end, slot) = match (Attribute::of_key(key, flag), inner) {
            (None, _) => (whole, reader.at(), Slot::Skipped),
            (Some(attribute), None) => (whole, reader.at(), Slot::Bare(attribute)),
            (Some(attribute), Some((start, end))) => {
                let named = Named::learn(slots.text.get(start..end).unwrap_or_default())?;
                (start, end, Slot::Wrapped(attribute, named))
            }
        };
        slots.add(start, end, slot);
        Ok(())
    })
}

/// Passes a value; of an object with exactly one `value`, where that stands.
fn value_of(reader: &mut Reader<'_>) -> Result<Option<(usize, usize)>, Broken> {
    let (mut found, mut times) = (None, 0);
    reader.each_key(&mut |reader, key| {
        let start = reader.at();
        reader.pass_value()?;
        if key == "value" {
            found = Some((start, reader.at()));
            times += 1;
        }
        Ok(())
    })?;
    Ok(found.filter(|_| times == 1))
}

/// An attribute's value, within its `label` and `value`.
fn wrapped<'a>(reader: &mut Reader<'a>, named: Option<&Named>) -> Option<Node<'a>> {
    let start = reader.at();
    if let Some(node) = named.and_then(|named| named.read(reader)) {
        return Some(node);
    }
    reader.rewind(start);
    node(reader, 0).ok()
}

impl Named {
    /// The next object, if it fits.
    fn read<'a>(&self, reader: &mut Reader<'a>) -> Option<Node<'a>> {
        let (mut id, mut name) = (None, None);
        for (before, part) in &self.slots {
            if !reader.passes(before) {
                return None;
            }
            match part {
                Part::Id => id = scalar(reader)?.into_text(),
                Part::Name => name = scalar(reader)?.into_text(),
                Part::Skipped => reader.skip().ok()?,
            }
        }
        if !reader.passes(&self.end) {
            return None;
        }
        Some(if id.is_none() && name.is_none() { Node::Unknown } else { Node::Object { id, name } })
    }

    /// The template of an object whose `attributes` hold an ID or a name; none of anything else.
    ///
    /// # Errors
    /// When the text is not JSON.
    fn learn(text: &str) -> Result<Option<Self>, Broken> {
        let mut reader = Reader::new(text);
        let mut slots = Draft::of(text);
        let (mut times, mut is_odd) = (0, false);
        reader.each_key(&mut |reader, key| {
            if key == "attributes" {
                times += 1;
                is_odd |= !learn_parts(reader, &mut slots)?;
                return Ok(());
            }
            is_odd |= matches!(key, "value" | "id" | "name");
            reader.pass_value()
        })?;
        Ok((times == 1 && !is_odd).then(|| slots.finish()))
    }
}

/// False if something else than ID, name and what nobody asked for is there.
fn learn_parts(reader: &mut Reader<'_>, slots: &mut Draft<'_, Part>) -> Result<bool, Broken> {
    let mut is_odd = false;
    let is_object = reader.each_key(&mut |reader, key| {
        let part = match key {
            "id" => Part::Id,
            "name" => Part::Name,
            _ => Part::Skipped,
        };
        is_odd |= matches!(key, "attributes" | "value");
        let whole = reader.at();
        let (start, end) = value_of(reader)?.unwrap_or((whole, reader.at()));
        slots.add(start, end, part);
        Ok(())
    })?;
    Ok(is_object && !is_odd)
}

/// A text or a number, as [`node`] reads it; none of anything else, which the general reader has to judge.
fn scalar<'a>(reader: &mut Reader<'a>) -> Option<Node<'a>> {
    match reader.kind().ok()? {
        Kind::Text | Kind::Number => node(reader, 0).ok(),
        Kind::Object | Kind::List | Kind::Truth | Kind::Null => None,
    }
}

/// A template in the making: values and what stands before each.
struct Draft<'t, S> {
    text: &'t str,
    /// Where the last value ended.
    at: usize,
    slots: Vec<(Box<[u8]>, S)>,
}

impl<'t, S> Draft<'t, S> {
    const fn of(text: &'t str) -> Self {
        Self { text, at: 0, slots: Vec::new() }
    }

    fn add(&mut self, start: usize, end: usize, slot: S) {
        self.slots.push((self.between(start), slot));
        self.at = end;
    }

    fn finish(self) -> Outline<S> {
        let end = self.between(self.text.len());
        Outline { slots: self.slots, end }
    }

    fn between(&self, end: usize) -> Box<[u8]> {
        self.text.as_bytes().get(self.at..end).unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests;
