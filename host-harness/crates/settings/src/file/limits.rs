//! The `[limits]` table. Its keys, their meaning and their defaults are the rows of [`Limits`]; here they are only read.

use super::section::{Reading, Section};
use connector_host::sandbox::Limits;

/// The most a limit can be set to: enough for none to matter, and products of two still fit.
const MOST: u64 = u32::MAX as u64;

/// The defaults, with what the file says instead.
pub(super) fn limits(reading: &mut Reading<'_>, form: &Section<'_>) -> Limits {
    form.section(reading, "limits").map_or_else(Limits::default, |table| of_table(reading, &table))
}

/// The defaults, with what a table says instead.
pub(super) fn of_table(reading: &mut Reading<'_>, table: &Section<'_>) -> Limits {
    let mut limits = Limits::default();
    let rows = limits.rows();
    let known: Vec<&str> = rows.iter().map(|(key, _)| key.as_str()).collect();
    table.refuse_unknown(reading, &known);
    for key in known {
        if let Some(value) = table.number(reading, key, 0..=MOST) {
            limits.set(key, value);
        }
    }
    limits
}
