//! What the records of a page look like.

use super::json::Reader;
use super::record::{NoRecord, Record};

/// The layout of the record before, so that the next one can be read by it.
#[derive(Debug, Default)]
pub struct Shape;

impl Shape {
    /// Reads the record that comes next.
    ///
    /// # Errors
    /// As [`Record::read`].
    pub fn read<'a>(&mut self, reader: &mut Reader<'a>, flag: &str) -> Result<Record<'a>, NoRecord> {
        Record::read(reader, flag)
    }
}
