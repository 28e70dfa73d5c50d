//! The figures: everybody who was read, counted once (rule S23), and what was done beside it.

use super::model::{Rank, Row};
use super::words::{exclusion, words};
use crate::catalogue::number;
use crate::contract::Counts;
use crate::one_line::one_line;
use crate::settings::Language;

/// The rows, sums before their parts.
pub(super) fn rows(counts: &Counts, language: Language) -> Vec<Row> {
    let row = |label: &str, value: u64, rank| Row { label: label.to_owned(), value: number(value, language), rank };
    let labels = words(language).counts;
    let values = [
        (counts.read, Rank::Main),
        (counts.created, Rank::Part),
        (counts.linked, Rank::Part),
        (counts.updated, Rank::Part),
        (counts.unchanged, Rank::Part),
        (counts.excluded, Rank::Part),
        (counts.rejected, Rank::Part),
        (counts.conflicts, Rank::Part),
        (counts.supervisors, Rank::Main),
        (counts.group_additions, Rank::Main),
        (counts.invitations, Rank::Main),
    ];
    let mut rows = Vec::new();
    for (index, (label, (value, rank))) in labels.into_iter().zip(values).enumerate() {
        rows.push(row(label, value, rank));
        if index == EXCLUDED {
            rows.extend(counts.exclusions.iter().filter(|part| part.count > 0).map(|part| {
                row(exclusion(&part.code, language).unwrap_or(&one_line(&part.code)), part.count, Rank::Detail)
            }));
        }
    }
    rows
}

/// Where the exclusions stand, with their reasons below them.
const EXCLUDED: usize = 5;
