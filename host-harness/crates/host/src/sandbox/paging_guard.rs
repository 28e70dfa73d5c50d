//! Whether a read of the source comes to an end.
//!
//! A cursor leads to the next; one that leads back to where the read has been would never end. Asking for the same page
//! again, as after `retry-later`, is allowed: it is the same step taken twice.

use std::collections::{HashMap, HashSet};

use crate::contract::SourceRecord;

use super::guest_error::GuestError;
use super::limits::{Limits, MIB};
use super::texts;

/// The steps of a read so far.
#[derive(Debug, Default)]
pub(super) struct PagingGuard {
    /// Where each page led.
    steps: HashMap<Option<String>, Option<String>>,
    /// Every page that was asked for and has led somewhere, but the first.
    visited: HashSet<String>,
    employees: u64,
    /// Bytes of text in the records mapped so far, and in the cursors.
    text: u64,
}

impl PagingGuard {
    /// Checks one page of so many records, and takes the step to the next.
    pub fn check(
        &mut self,
        call: &'static str,
        cursor: Option<&str>,
        rows: usize,
        next: Option<&String>,
        limits: &Limits,
    ) -> Result<(), GuestError> {
        let within = |limit, set_to, actual, what| within(call, limit, set_to, actual, what);
        within("page-employees", limits.page_employees, rows as u64, "employees on one page")?;
        let length = next.map_or(0, String::len) as u64;
        within("cursor-bytes", limits.cursor_bytes, length, "bytes of cursor")?;
        let asked = cursor.map(str::to_owned);
        if self.steps.get(&asked).is_some_and(|step| step.as_ref() == next) {
            return Ok(());
        }
        self.visited.extend(asked.clone());
        if next.is_some_and(|next| self.visited.contains(next)) {
            return Err(GuestError::invalid_response(
                call,
                "its cursor leads back to a page that was already read, so the read would never end",
            ));
        }
        // A cursor is kept as where a page led, as where the next began, and as a place that was visited.
        self.text = self.text.saturating_add(length.saturating_mul(3));
        if self.text > limits.read_mib.saturating_mul(MIB) {
            let what = "the cursors have too much text".to_owned();
            return Err(GuestError::LimitReached { call, limit: "read-mib", set_to: limits.read_mib, what });
        }
        self.steps.insert(asked, next.cloned());
        self.employees = self.employees.saturating_add(rows as u64);
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
        let what = "the mapped records have too much text".to_owned();
        Err(GuestError::LimitReached { call: "map-employee", limit: "read-mib", set_to: limits.read_mib, what })
    }
}

fn within(call: &'static str, limit: &'static str, set_to: u64, actual: u64, what: &str) -> Result<(), GuestError> {
    if actual > set_to {
        return Err(GuestError::LimitReached { call, limit, set_to, what: format!("the source has {actual} {what}") });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads pages of `(cursor, rows, next)`; the last one's verdict, by its code and words.
    fn read(limits: &Limits, pages: &[(Option<&str>, usize, Option<&str>)]) -> Option<String> {
        let mut guard = PagingGuard::default();
        let mut last = Ok(());
        for (cursor, rows, next) in pages {
            assert_eq!(last, Ok(()), "only the last page may be refused");
            let next = next.map(str::to_owned);
            last = guard.check("fetch-page", *cursor, *rows, next.as_ref(), limits);
        }
        last.err().map(|verdict| verdict.to_string())
    }

    #[test]
    fn a_read_that_ends_passes_and_a_page_may_be_asked_for_again() {
        let pages = [(None, 1, Some("a")), (Some("a"), 1, Some("b")), (Some("a"), 1, Some("b")), (Some("b"), 0, None)];
        assert_eq!(read(&Limits::default(), &pages), None);
    }

    #[test]
    fn a_cursor_that_leads_back_is_refused() {
        let to_itself = [(None, 1, Some("a")), (Some("a"), 1, Some("a"))];
        let round = [(None, 1, Some("a")), (Some("a"), 1, Some("b")), (Some("b"), 1, Some("a"))];
        for pages in [&to_itself[..], &round[..]] {
            let words = read(&Limits::default(), pages).unwrap_or_default();
            assert!(words.contains("would never end"), "{words}");
        }
    }

    /// Each cursor is as long as it may be, each page has nobody, and there are fewer pages than there may be.
    #[test]
    fn cursors_count_as_text_of_the_read() {
        let limits = Limits::default().read_mib(1);
        let cursors: Vec<String> = (0..100).map(|page| format!("{page:04096}")).collect();
        let mut guard = PagingGuard::default();
        let mut asked = None;
        let mut pages = 0;
        let refused = cursors.iter().find_map(|next| {
            pages += 1;
            let refused = guard.check("fetch-page", asked, 0, Some(next), &limits).err();
            asked = Some(next.as_str());
            refused
        });
        assert_eq!(refused.map(|error| error.limit()), Some(Some("read-mib")));
        // Three copies of 4 KiB each.
        assert_eq!(pages, 86);
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
