//! The figures: everybody who was read, counted once (rule S23), and what was done beside it.

use super::model::{Rank, Row};
use super::words::done_of_planned;
use connector_host::contract::Counts;
use connector_host::one_line::one_line;
use connector_report::catalogue::number;
use connector_report::figures::{exclusion, labels};
use connector_settings::Language;
use connector_sync::run::{Done, EXCLUDED, figures};

/// The rows, sums before their parts; where less was done than was planned, both.
pub(super) fn rows(counts: &Counts, done: Option<Done>, language: Language) -> Vec<Row> {
    let row = |label: &str, value: String, rank| Row { label: label.to_owned(), value, rank };
    let mut rows = Vec::new();
    for (index, (label, (planned, done))) in labels(language).into_iter().zip(figures(counts, done)).enumerate() {
        let rank = if PEOPLE.contains(&index) { Rank::Part } else { Rank::Main };
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

/// The figures that are parts of the first: everybody who was read is in one of them.
const PEOPLE: std::ops::RangeInclusive<usize> = 1..=7;
