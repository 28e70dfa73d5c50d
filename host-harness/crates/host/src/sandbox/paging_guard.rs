//! Whether a read of the source comes to an end.
//!
//! A cursor leads to the next; one that leads back to where the read has been would never end. Asking for the same page
//! again, as after `retry-later`, is no such thing: it is the same step taken twice.

use std::collections::{HashMap, HashSet};

use crate::contract::SourceRecord;
use crate::contract::connector::Page;

use super::guest_error::GuestError;
use super::limits::{Limits, MIB};
use super::texts;

const CALL: &str = "fetch-page";

/// The steps of a read so far.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Where each page led.
    steps: HashMap<Option<String>, Option<String>>,
    /// Every page that was asked for and has led somewhere, but the first.
    visited: HashSet<String>,
    employees: u64,
    /// Bytes of text in the records mapped so far.
    text: u64,
}

impl Reading {
    /// Checks one page, and takes the step it leads to.
    pub fn check(&mut self, cursor: Option<&str>, page: &Page, limits: &Limits) -> Result<(), GuestError> {
        let rows = page.employees.len() as u64;
        within("page-employees", limits.page_employees, rows, "employees on one page")?;
        let length = page.next.as_ref().map_or(0, String::len) as u64;
        within("cursor-bytes", limits.cursor_bytes, length, "bytes of cursor")?;
        let asked = cursor.map(str::to_owned);
        if self.steps.get(&asked) == Some(&page.next) {
            return Ok(());
        }
        self.visited.extend(asked.clone());
        if page.next.as_ref().is_some_and(|next| self.visited.contains(next)) {
            return Err(GuestError::invalid_response(
                CALL,
                "its cursor leads back to a page that was already read, so the read would never end",
            ));
        }
        self.steps.insert(asked, page.next.clone());
        self.employees = self.employees.saturating_add(rows);
        within("pages", limits.pages, self.steps.len() as u64, "pages")?;
        within("employees", limits.employees, self.employees, "employees")
    }

    /// Counts a mapped record. To be asked before the next call: a guest can give one long text again and again, and each
    /// time the host has a copy. What one call gives is bounded by `call-mib`.
    pub fn keep(&mut self, record: &SourceRecord, limits: &Limits) -> Result<(), GuestError> {
        self.text = self.text.saturating_add(texts::bytes(record));
        if self.text <= limits.read_mib.saturating_mul(MIB) {
            return Ok(());
        }
        let what = "the mapped records have more text".to_owned();
        Err(GuestError::LimitReached { call: "map-employee", limit: "read-mib", set_to: limits.read_mib, what })
    }
}

fn within(limit: &'static str, set_to: u64, actual: u64, what: &str) -> Result<(), GuestError> {
    if actual > set_to {
        return Err(GuestError::LimitReached {
            call: CALL,
            limit,
            set_to,
            what: format!("the source has {actual} {what}"),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: usize, next: Option<&str>) -> Page {
        Page { employees: vec![String::new(); rows], next: next.map(str::to_owned), total: None }
    }

    /// Reads pages of `(cursor, rows, next)`; the last one's verdict, by its code and words.
    fn read(limits: &Limits, pages: &[(Option<&str>, usize, Option<&str>)]) -> Option<String> {
        let mut reading = Reading::default();
        let mut last = Ok(());
        for (cursor, rows, next) in pages {
            assert_eq!(last, Ok(()), "only the last page may be refused");
            last = reading.check(*cursor, &page(*rows, *next), limits);
        }
        last.err().map(|verdict| verdict.to_string())
    }

    #[test]
    fn a_read_that_ends_passes_and_a_page_may_be_asked_for_again() {
        let pages = [(None, 1, Some("a")), (Some("a"), 1, Some("b")), (Some("a"), 1, Some("b")), (Some("b"), 0, None)];
        assert_eq!(read(&Limits::default(), &pages), None);
    }

    #[test]
    fn a_cursor_that_leads_back_is_an_invalid_response() {
        let to_itself = [(None, 1, Some("a")), (Some("a"), 1, Some("a"))];
        let round = [(None, 1, Some("a")), (Some("a"), 1, Some("b")), (Some("b"), 1, Some("a"))];
        for pages in [&to_itself[..], &round[..]] {
            let words = read(&Limits::default(), pages).unwrap_or_default();
            assert!(words.contains("would never end"), "{words}");
        }
    }

    #[test]
    fn every_limit_holds_at_its_value_and_one_past_it() {
        let base = Limits::default;
        let cases = [
            (base().page_employees(2), vec![(None, 2, None)], vec![(None, 3, None)], "page-employees is set to 2"),
            (
                base().cursor_bytes(1),
                vec![(None, 0, Some("a"))],
                vec![(None, 0, Some("ab"))],
                "cursor-bytes is set to 1",
            ),
            (
                base().pages(2),
                vec![(None, 0, Some("a")), (Some("a"), 0, Some("b"))],
                vec![(None, 0, Some("a")), (Some("a"), 0, Some("b")), (Some("b"), 0, None)],
                "pages is set to 2",
            ),
            (
                base().employees(3),
                vec![(None, 2, Some("a")), (Some("a"), 1, None)],
                vec![(None, 2, Some("a")), (Some("a"), 2, None)],
                "employees is set to 3",
            ),
        ];
        for (limits, at, past, sign) in cases {
            assert_eq!(read(&limits, &at), None);
            let words = read(&limits, &past).unwrap_or_default();
            assert!(words.ends_with(sign), "{words}");
        }
    }
}
