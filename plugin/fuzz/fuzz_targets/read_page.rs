//! The page reader: any body is a page or an error, and a cursor always moves on.

#![no_main]

use libfuzzer_sys::fuzz_target;
use personio_connector::personio::employees::{Place, page, verbatim};

fuzz_target!(|data: &[u8]| {
    // The first byte is where the page starts: as often near the end of all numbers as near their beginning.
    let Some((start, body)) = data.split_first() else { return };
    let start = if *start < 128 { u64::from(*start) } else { u64::MAX - u64::from(*start - 128) };
    let Ok(body) = std::str::from_utf8(body) else { return };
    let known = start.is_multiple_of(3).then_some(start / 2);
    let Ok(page) = page(body, Place { offset: start, total: known }, verbatim) else { return };
    for employee in &page.records {
        assert!(body.contains(employee.as_str()), "a record is cut out as it stands");
    }
    if let Some(next) = &page.next {
        let next = Place::of(Some(next)).expect("the reader's own cursor").offset;
        assert!(!page.records.is_empty(), "an empty page is the last (rule S24)");
        assert!(next > start || start == u64::MAX, "a cursor that does not move on");
    }
});
