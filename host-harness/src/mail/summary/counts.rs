//! The figures: everybody who was read, counted once (rule S23), and what was done beside it.

use super::model::{Rank, Row};
use super::words::{done_of_planned, exclusion, words};
use crate::catalogue::number;
use crate::contract::Counts;
use crate::one_line::one_line;
use crate::run::Done;
use crate::settings::Language;

/// The rows, sums before their parts; where less was done than was planned, both.
pub(super) fn rows(counts: &Counts, done: Option<Done>, language: Language) -> Vec<Row> {
    let row = |label: &str, value: String, rank| Row { label: label.to_owned(), value, rank };
    let labels = words(language).counts;
    let values = [
        (counts.read, None, Rank::Main),
        (counts.created, done.map(|done| done.created), Rank::Part),
        (counts.linked, done.map(|done| done.linked), Rank::Part),
        (counts.updated, done.map(|done| done.updated), Rank::Part),
        (counts.unchanged, None, Rank::Part),
        (counts.excluded, None, Rank::Part),
        (counts.rejected, None, Rank::Part),
        (counts.conflicts, None, Rank::Part),
        (counts.supervisors, done.map(|done| done.supervisors), Rank::Main),
        (counts.group_additions, done.map(|done| done.group_additions), Rank::Main),
        (counts.invitations, done.map(|done| done.invitations), Rank::Main),
    ];
    let mut rows = Vec::new();
    for (index, (label, (planned, done, rank))) in labels.into_iter().zip(values).enumerate() {
        let value = match done {
            Some(done) if done != planned => done_of_planned(done, planned, language),
            _ => number(planned, language),
        };
        rows.push(row(label, value, rank));
        if index == EXCLUDED {
            rows.extend(counts.exclusions.iter().filter(|part| part.count > 0).map(|part| {
                row(
                    exclusion(&part.code, language).unwrap_or(&one_line(&part.code)),
                    number(part.count, language),
                    Rank::Detail,
                )
            }));
        }
    }
    rows
}

/// Where the exclusions stand, with their reasons below them.
const EXCLUDED: usize = 5;
