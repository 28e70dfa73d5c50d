//! One table of the file, read key by key.

use std::ops::RangeInclusive;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostics::{Diagnostics, unknown_key};

/// What reading a file needs everywhere.
pub(super) struct Reading<'a> {
    pub problems: Diagnostics,
    /// Relative paths start here.
    pub folder: &'a Path,
    pub environment: fn(&str) -> Option<String>,
    /// Whose settings they are, where there are other tenants to be kept from.
    pub tenant: Option<&'a str>,
}

impl Reading<'_> {
    /// Notes a mistake at this byte of the file.
    pub(super) fn complain(&mut self, offset: usize, key: &str, message: &str) {
        self.problems.add(self.problems.line_of(offset), key, message);
    }
}

/// A table: the whole file, or `[mail]`.
pub(super) struct Section<'a> {
    table: &'a DeTable<'a>,
    /// `mail.` in front of its keys, for messages.
    prefix: String,
    /// Where it starts.
    at: usize,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: &'a DeTable<'a>) -> Self {
        Self { table, prefix: String::new(), at: 0 }
    }

    /// The table under a key, if there is one.
    pub(super) fn section(&self, reading: &mut Reading<'_>, key: &str) -> Option<Section<'a>> {
        let value = self.value(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.complain(
                reading,
                key,
                &format!("it must be a table: write [{}{key}] and its keys below", self.prefix),
            );
            return None;
        };
        Some(Section { table, prefix: format!("{}{key}.", self.prefix), at: value.span().start })
    }

    /// The keys in the file's order; the parser's is alphabetical.
    pub(super) fn keys(&self) -> Vec<&'a str> {
        let mut keys: Vec<_> = self.table.keys().collect();
        keys.sort_by_key(|key| key.span().start);
        keys.into_iter().map(|key| key.get_ref().as_ref()).collect()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    pub(super) fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.get(key)
    }

    /// Notes a mistake in a key's value, or in the table if it has no such key.
    pub(super) fn complain(&self, reading: &mut Reading<'_>, key: &str, message: &str) {
        let offset = self.table.get_key_value(key).map_or(self.at, |(key, _)| key.span().start);
        self.complain_at(reading, offset, key, message);
    }

    fn complain_at(&self, reading: &mut Reading<'_>, offset: usize, key: &str, message: &str) {
        reading.complain(offset, &format!("{}{key}", self.prefix), message);
    }

    pub(super) fn refuse_unknown(&self, reading: &mut Reading<'_>, known: &[&str]) {
        for key in self.keys().into_iter().filter(|key| !known.contains(key)) {
            let offset = self.table.get_key_value(key).map_or(self.at, |(key, _)| key.span().start);
            let is_shown = reading.problems.shows(reading.problems.line_of(offset));
            // What the author may have meant takes longest to find.
            let message = if is_shown { unknown_key(key, known) } else { String::new() };
            self.complain_at(reading, offset, key, &message);
        }
    }

    /// A text, if the key is there.
    pub(super) fn text(&self, reading: &mut Reading<'_>, key: &str) -> Option<String> {
        let value = self.value(key)?;
        self.text_of(reading, key, value)
    }

    /// A text that must be there; `example` is shown if it is not.
    pub(super) fn needed_text(&self, reading: &mut Reading<'_>, key: &str, example: &str) -> Option<String> {
        if !self.has(key) {
            self.complain(reading, key, &format!("this key is missing; add it: {example}"));
        }
        self.text(reading, key)
    }

    fn text_of(&self, reading: &mut Reading<'_>, key: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::trim);
        match text {
            None => self.complain_at(reading, value.span().start, key, "it must be a string in quotes"),
            Some("") => {
                self.complain_at(reading, value.span().start, key, "it is empty; give it a value, or remove the key");
            }
            Some(_) => {}
        }
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A text or a list of texts, each with where it stands; none if the key is not there.
    pub(super) fn texts(&self, reading: &mut Reading<'_>, key: &str) -> Vec<(usize, String)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        match value.get_ref().as_array() {
            Some(list) => {
                list.iter().filter_map(|item| Some((item.span().start, self.text_of(reading, key, item)?))).collect()
            }
            None => self.text_of(reading, key, value).map(|text| (value.span().start, text)).into_iter().collect(),
        }
    }

    /// True or false; false if the key is not there.
    pub(super) fn flag(&self, reading: &mut Reading<'_>, key: &str) -> bool {
        let Some(value) = self.value(key) else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.complain(reading, key, "it must be true or false, without quotes");
            false
        })
    }

    /// One of a few words, if the key is there.
    pub(super) fn choice<T: Copy>(&self, reading: &mut Reading<'_>, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let word = self.text(reading, key)?;
        let chosen = choices.iter().find(|(name, _)| *name == word).map(|(_, choice)| *choice);
        if chosen.is_none() {
            let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            self.complain(reading, key, &format!("`{word}` is not a supported {key}; use {}", names.join(" or ")));
        }
        chosen
    }

    /// A whole number within bounds, if the key is there.
    pub(super) fn number(&self, reading: &mut Reading<'_>, key: &str, bounds: RangeInclusive<u64>) -> Option<u64> {
        let number = self.value(key)?.get_ref().as_integer();
        let number = number.and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
        let number = number.filter(|number| bounds.contains(number));
        if number.is_none() {
            let message = format!("it must be a number from {} to {}, without quotes", bounds.start(), bounds.end());
            self.complain(reading, key, &message);
        }
        number
    }

    /// A whole number, if the key is there.
    pub(super) fn integer(&self, reading: &mut Reading<'_>, key: &str) -> Option<i64> {
        let number = self.value(key)?.get_ref().as_integer();
        let number = number.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        if number.is_none() {
            self.complain(reading, key, "it must be a whole number, without quotes");
        }
        number
    }

    /// A TCP port, if the key is there.
    pub(super) fn port(&self, reading: &mut Reading<'_>, key: &str) -> Option<u16> {
        self.number(reading, key, 1..=u64::from(u16::MAX)).and_then(|port| u16::try_from(port).ok())
    }
}
