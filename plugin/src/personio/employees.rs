//! One page of employees: `GET /v1/company/employees` (rule S24).
//!
//! `offset` counts records, so the next page begins after the rows that came, never after the rows that were asked for:
//! a server that clamps the limit loses nobody. Records are handed on as they stand in the page, cut out and not parsed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bindings::exports::elearnio::connector::connector::Page;

/// Personio's largest page since 2025-01-31.
pub const LIMIT: u64 = 100;

/// All but the unreserved characters (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const CURSOR: &str = "offset=";

#[derive(Deserialize)]
struct Body<'a> {
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

/// Reads a cursor; none is the first page.
#[must_use]
pub fn offset(cursor: Option<&str>) -> Option<u64> {
    match cursor {
        None => Some(0),
        Some(cursor) => cursor.strip_prefix(CURSOR)?.parse().ok(),
    }
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
/// A short page alone is the last one only if no total was reported, and "short" means shorter than the limit the server
/// says it used.
///
/// # Errors
/// When the body is not a page.
pub fn page(body: &str, offset: u64) -> Result<Page, serde_json::Error> {
    let page: Body<'_> = serde_json::from_str(body)?;
    let total = page.metadata.and_then(total);
    let rows = page.data.len() as u64;
    let next = offset.saturating_add(rows);
    let full = page.limit.and_then(number).map_or(LIMIT, |limit| limit.min(LIMIT));
    let is_last = rows == 0 || total.map_or(rows < full, |total| next >= total);
    Ok(Page {
        employees: page.data.into_iter().map(|record| record.get().to_owned()).collect(),
        next: (!is_last).then(|| format!("{CURSOR}{next}")),
        total,
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

    fn next(rows: usize, extra: &str, offset: u64) -> Option<String> {
        let data = vec!["{}"; rows].join(",");
        page(&format!(r#"{{"success":true{extra},"data":[{data}]}}"#), offset).unwrap().next
    }

    #[test]
    fn s24_paging_goes_by_what_came() {
        let total = r#","metadata":{"total_elements":340,"current_page":0,"total_pages":9}"#;
        for (rows, extra, offset, expected) in [
            (100, total, 0, Some("offset=100")),
            (50, total, 100, Some("offset=150")),
            (40, total, 300, None),
            (0, total, 200, None),
            (100, "", 0, Some("offset=100")),
            (99, "", 0, None),
            (50, r#","limit":50"#, 0, Some("offset=50")),
            (49, r#","limit":"50""#, 0, None),
            (7, r#","metadata":{"total_elements":"340"}"#, 0, Some("offset=7")),
            (7, r#","metadata":[]"#, 0, None),
        ] {
            assert_eq!(next(rows, extra, offset).as_deref(), expected, "{rows} rows{extra} from {offset}");
        }
    }

    #[test]
    fn s24_a_cursor_gives_the_same_request() {
        assert_eq!(offset(None), Some(0));
        assert_eq!(offset(Some("offset=200")), Some(200));
        for junk in ["", "200", "offset=", "offset=-1", "offset=99999999999999999999"] {
            assert_eq!(offset(Some(junk)), None, "{junk}");
        }
        assert_eq!(
            query(200, ["id", "a b"].into_iter()),
            "limit=100&offset=200&attributes%5B%5D=id&attributes%5B%5D=a%20b"
        );
    }

    #[test]
    fn records_are_verbatim() {
        let page = page(r#"{"data":[ {"a": 1e400,"ü":"\u00fc"} ,null]}"#, 0).unwrap();
        assert_eq!(page.employees, [r#"{"a": 1e400,"ü":"\u00fc"}"#, "null"]);
        assert_eq!(page.total, None);
    }
}
