//! One page of employees: `GET /v1/company/employees` (rule S24).
//!
//! `offset` counts records, so the next page begins after the rows that came, never after the rows that were asked for:
//! a server that clamps the limit loses nobody. What becomes of a record is the caller's to say: cut out as it stands, or
//! mapped where it stands. Both go through one walk over the page, so both see the same records and the same end.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::json::{Broken, Kind, Reader};

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

/// One page: what became of its records, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// One for each record, in their order.
    pub records: Vec<T>,
    /// The next page's cursor; none if this is the last.
    pub next: Option<String>,
    /// How many records the source says there are.
    pub total: Option<u64>,
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

/// Reads a page, has `record` deal with each record where it stands, and says where to go on.
///
/// A short page alone is the last one only if no total was reported, on this page or before, and "short" means shorter
/// than the limit the server says it used.
///
/// # Errors
/// When the body is not a page, or says that it failed, whatever its status was.
pub fn page<'a, T>(
    body: &'a str,
    place: Place,
    mut record: impl FnMut(&mut Reader<'a>) -> Result<T, Broken>,
) -> Result<Read<T>, Broken> {
    let mut reader = Reader::new(body);
    let (mut records, mut reported, mut limit) = (None, None, None);
    reader.each_key(&mut |reader, key| {
        match key {
            // Two lists would be two pages.
            "data" if records.is_some() => return Err(reader.broken()),
            "data" => records = Some(list(reader, &mut record)?),
            "success" => is_good(reader)?,
            "metadata" => reported = total(reader)?,
            "limit" => limit = number(reader)?,
            _ => reader.pass_value()?,
        }
        Ok(())
    })?;
    let missing = reader.broken();
    reader.end()?;
    let records = records.ok_or(missing)?;
    let rows = records.len() as u64;
    let next = Place { offset: place.offset.saturating_add(rows), total: reported.or(place.total) };
    let full = limit.map_or(LIMIT, |limit| limit.min(LIMIT));
    let is_last = rows == 0 || next.total.map_or(rows < full, |total| next.offset >= total);
    Ok(Read { records, next: (!is_last).then(|| next.cursor()), total: reported })
}

/// A record as it stands in the page, for [`page`].
///
/// # Errors
/// When it is not JSON.
pub fn verbatim(reader: &mut Reader<'_>) -> Result<String, Broken> {
    reader.kind()?;
    let start = reader.at();
    reader.pass_value()?;
    Ok(reader.since(start).to_owned())
}

/// A response that says `false` is not a page, whatever its status.
///
/// # Errors
/// When it says so.
pub fn is_good(reader: &mut Reader<'_>) -> Result<(), Broken> {
    if reader.kind()? != Kind::Truth {
        return reader.pass_value();
    }
    let broken = reader.broken();
    if reader.truth()? == "false" { Err(broken) } else { Ok(()) }
}

fn list<'a, T>(
    reader: &mut Reader<'a>,
    record: &mut impl FnMut(&mut Reader<'a>) -> Result<T, Broken>,
) -> Result<Vec<T>, Broken> {
    let mut records = Vec::new();
    let mut first = true;
    reader.enter(Kind::List)?;
    while reader.element(&mut first)? {
        records.push(record(reader)?);
    }
    Ok(records)
}

fn total(reader: &mut Reader<'_>) -> Result<Option<u64>, Broken> {
    let mut total = None;
    reader.each_key(&mut |reader, key| {
        if key != "total_elements" {
            return reader.pass_value();
        }
        total = number(reader)?;
        Ok(())
    })?;
    Ok(total)
}

/// Numbers have come as strings.
fn number(reader: &mut Reader<'_>) -> Result<Option<u64>, Broken> {
    Ok(reader.scalar()?.and_then(|number| number.parse().ok()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn next(rows: usize, extra: &str, place: Place) -> Option<String> {
        let data = vec!["{}"; rows].join(",");
        page(&format!(r#"{{"success":true{extra},"data":[{data}]}}"#), place, verbatim).unwrap().next
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
    fn s25_a_page_that_says_it_failed_is_an_error() {
        for body in [r#"{"success":false,"data":[]}"#, r#"{"data":[{}],"success": false}"#] {
            assert!(page(body, Place::default(), verbatim).is_err(), "{body}");
        }
        assert!(page(r#"{"success":"no","data":[]}"#, Place::default(), verbatim).is_ok());
    }

    #[test]
    fn records_are_verbatim() {
        let body = r#"{"data":[ {"a": 1e400,"ü":"\u00fc\ud83d"} ,null]}"#;
        let page = page(body, Place::default(), verbatim).unwrap();
        assert_eq!(page.records, [r#"{"a": 1e400,"ü":"\u00fc\ud83d"}"#, "null"]);
        assert_eq!(page.total, None);
    }

    #[test]
    fn what_is_not_a_page_is_an_error() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"data":{}}"#,
            r#"{"data":null}"#,
            r#"{"data":[],"data":[]}"#,
            r#"{"data":[}"#,
            r#"{"data":[]}x"#,
            r#"{"data":[1,]}"#,
        ] {
            assert!(page(body, Place::default(), verbatim).is_err(), "{body}");
        }
    }
}
