//! Texts from outside, in a server that cannot keep all of them.
//!
//! A `TEXT` of `PostgreSQL` holds any character but U+0000, and a source may have one: pasted from somewhere, in a name. Refusing it
//! would fail every sync of that tenant. So it is kept as U+10FFFF, which is no character and stands in no text, and given back as it
//! came.

use std::borrow::Cow;
use std::error::Error;

use bytes::BytesMut;
use connector_sync::directory::Result;
use tokio_postgres::Row;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::error::failed;

const NUL: char = '\0';
const IN_ITS_PLACE: char = '\u{10ffff}';

/// A text as a value of a statement.
#[derive(Clone, Copy)]
pub struct Text<'a>(pub &'a str);

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Text(…)")
    }
}

/// A text that may be none.
pub fn maybe(text: Option<&String>) -> Option<Text<'_>> {
    text.map(|text| Text(text))
}

/// Texts of many rows.
pub fn texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> Vec<Text<'a>> {
    texts.into_iter().map(|text| Text(text)).collect()
}

impl ToSql for Text<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, Box<dyn Error + Sync + Send>> {
        kept(self.0).to_sql(kind, out)
    }

    fn accepts(kind: &Type) -> bool {
        <&str as ToSql>::accepts(kind)
    }

    to_sql_checked!();
}

/// A text as the server keeps it: with U+10FFFF for each U+0000, which it cannot. For whoever writes the tables without this crate.
#[must_use]
pub fn kept(text: &str) -> Cow<'_, str> {
    if text.contains(NUL) { Cow::Owned(text.replace(NUL, &IN_ITS_PLACE.to_string())) } else { Cow::Borrowed(text) }
}

fn given_back(text: String) -> String {
    if text.contains(IN_ITS_PLACE) { text.replace(IN_ITS_PLACE, &NUL.to_string()) } else { text }
}

/// The text in a column.
pub fn read(row: &Row, column: usize) -> Result<String> {
    row.try_get(column).map(given_back).map_err(failed)
}

/// The text in a column, which may be none.
pub fn read_maybe(row: &Row, column: usize) -> Result<Option<String>> {
    let text: Option<String> = row.try_get(column).map_err(failed)?;
    Ok(text.map(given_back))
}

/// The texts in a column of arrays.
pub fn read_all(row: &Row, column: usize) -> Result<Vec<String>> {
    let texts: Vec<String> = row.try_get(column).map_err(failed)?;
    Ok(texts.into_iter().map(given_back).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_cannot_keep_comes_back_as_it_was() {
        for text in ["", "Ada", "\0", "a\0b\0", "Müller"] {
            let kept = kept(text);
            assert!(!kept.contains(NUL), "{kept:?}");
            assert_eq!(given_back(kept.into_owned()), text);
        }
    }
}
