//! One page of employees: `GET /v1/company/employees` (rule S24).
//!
//! `offset` counts records, so the next page begins after the rows that came, never after the rows that were asked for:
//! a server that clamps the limit loses nobody. Records are handed on as they stand in the page, cut out and not parsed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::Success;
use crate::bindings::exports::elearnio::connector::connector::Page;

/// Personio's largest page since 2025-01-31.
pub const LIMIT: u64 = 100;

/// All but the unreserved characters (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const OFFSET: &str = "offset=";
const TOTAL: &str = "&total=";

/// Where a page begins, and what earlier pages have said. All of it is in the cursor, so that any instance can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// How many records came before.
    pub offset: u64,
    /// How many there are, as the last page that said so has it.
    pub total: Option<u64>,
}

impl Place {
    /// Reads a cursor; none is the first page.
    #[must_use]
    pub fn of(cursor: Option<&str>) -> Option<Self> {
        let Some(cursor) = cursor else { return Some(Self::default()) };
        let place = cursor.strip_prefix(OFFSET)?;
        Some(match place.split_once(TOTAL) {
            Some((offset, total)) => Self { offset: offset.parse().ok()?, total: Some(total.parse().ok()?) },
            None => Self { offset: place.parse().ok()?, total: None },
        })
    }

    fn cursor(self) -> String {
        match self.total {
            Some(total) => format!("{OFFSET}{}{TOTAL}{total}", self.offset),
            None => format!("{OFFSET}{}", self.offset),
        }
    }
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(rename = "success", default)]
    _success: Success,
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    limit: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    total_elements: Option<&'a RawValue>,
}

/// The request's query: what is asked for and nothing else.
#[must_use]
pub fn query<'k>(offset: u64, keys: impl Iterator<Item = &'k str>) -> String {
    let mut query = format!("limit={LIMIT}&offset={offset}");
    for key in keys {
        query.push_str("&attributes%5B%5D=");
        query.extend(utf8_percent_encode(key, RESERVED));
    }
    query
}

/// Cuts a page into records and says where to go on.
///
/// A short page alone is the last one only if no total was reported, on this page or before, and "short" means shorter
/// than the limit the server says it used.
///
/// # Errors
/// When the body is not a page.
pub fn page(body: &str, place: Place) -> Result<Page, serde_json::Error> {
    let page: Body<'_> = serde_json::from_str(body)?;
    let reported = page.metadata.and_then(total);
    let rows = page.data.len() as u64;
    let next = Place { offset: place.offset.saturating_add(rows), total: reported.or(place.total) };
    let full = page.limit.and_then(number).map_or(LIMIT, |limit| limit.min(LIMIT));
    let is_last = rows == 0 || next.total.map_or(rows < full, |total| next.offset >= total);
    Ok(Page {
        employees: page.data.into_iter().map(|record| record.get().to_owned()).collect(),
        next: (!is_last).then(|| next.cursor()),
        total: reported,
    })
}

fn total(metadata: &RawValue) -> Option<u64> {
    let metadata: Metadata<'_> = serde_json::from_str(metadata.get()).ok()?;
    number(metadata.total_elements?)
}

/// Numbers have come as strings.
fn number(value: &RawValue) -> Option<u64> {
    value.get().trim_matches('"').parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn next(rows: usize, extra: &str, place: Place) -> Option<String> {
        let data = vec!["{}"; rows].join(",");
        page(&format!(r#"{{"success":true{extra},"data":[{data}]}}"#), place).unwrap().next
    }

    fn at(offset: u64, total: Option<u64>) -> Place {
        Place { offset, total }
    }

    #[test]
    fn s24_paging_goes_by_what_came() {
        let total = r#","metadata":{"total_elements":340,"current_page":0,"total_pages":9}"#;
        for (rows, extra, offset, expected) in [
            (100, total, 0, Some("offset=100&total=340")),
            (50, total, 100, Some("offset=150&total=340")),
            (40, total, 300, None),
            (0, total, 200, None),
            (100, "", 0, Some("offset=100")),
            (99, "", 0, None),
            (50, r#","limit":50"#, 0, Some("offset=50")),
            (49, r#","limit":"50""#, 0, None),
            (7, r#","metadata":{"total_elements":"340"}"#, 0, Some("offset=7&total=340")),
            (7, r#","metadata":[]"#, 0, None),
        ] {
            assert_eq!(next(rows, extra, at(offset, None)).as_deref(), expected, "{rows} rows{extra} from {offset}");
        }
    }

    #[test]
    fn s24_a_total_counts_until_another_is_reported() {
        let other = r#","metadata":{"total_elements":9}"#;
        for (rows, extra, known, expected) in [
            (1, "", 5, Some("offset=3&total=5")),
            (3, "", 5, None),
            (3, other, 5, Some("offset=5&total=9")),
            (3, other, 99, Some("offset=5&total=9")),
            (7, other, 99, None),
            (0, "", 5, None),
        ] {
            let next = next(rows, extra, at(2, Some(known)));
            assert_eq!(next.as_deref(), expected, "{rows} rows{extra} after a total of {known}");
        }
    }

    #[test]
    fn s24_a_cursor_gives_the_same_request() {
        assert_eq!(Place::of(None), Some(at(0, None)));
        assert_eq!(Place::of(Some("offset=200")), Some(at(200, None)));
        assert_eq!(Place::of(Some("offset=200&total=340")), Some(at(200, Some(340))));
        for junk in [
            "",
            "200",
            "offset=",
            "offset=-1",
            "offset=99999999999999999999",
            "offset=1&total=",
            "offset=1&total=x",
            "offset=1&",
        ] {
            assert_eq!(Place::of(Some(junk)), None, "{junk}");
        }
        assert_eq!(
            query(200, ["id", "a b"].into_iter()),
            "limit=100&offset=200&attributes%5B%5D=id&attributes%5B%5D=a%20b"
        );
    }

    #[test]
    fn s25_a_page_that_says_it_failed_is_none() {
        assert!(page(r#"{"success":false,"data":[]}"#, Place::default()).is_err());
    }

    #[test]
    fn records_are_verbatim() {
        let page = page(r#"{"data":[ {"a": 1e400,"ü":"\u00fc"} ,null]}"#, Place::default()).unwrap();
        assert_eq!(page.employees, [r#"{"a": 1e400,"ü":"\u00fc"}"#, "null"]);
        assert_eq!(page.total, None);
    }
}
