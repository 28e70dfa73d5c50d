//! The two ways to read a page give the same: records cut out and mapped by themselves (`fetch-page`, `map-employee`), or mapped where
//! they stand (`fetch-mapped`), whatever earlier pages looked like.

#![no_main]

use libfuzzer_sys::fuzz_target;
use personio_connector::bindings::elearnio::connector::types::{AccountStatus, Mapping, Rejected};
use personio_connector::config::{CommonSettings, PlanOptions};
use personio_connector::mapping::{map, map_in_place};
use personio_connector::personio::employees::{Place, Read, page, verbatim};
use personio_connector::personio::shape::Shape;

/// The filter attribute's key in the seeds.
const FLAG: &str = "dynamic_3398102";

/// What comes between two pages: no JSON holds it.
const NEXT_PAGE: char = '\u{c}';

type Mapped = Read<Result<Mapping, Rejected>>;

fuzz_target!(|data: &[u8]| {
    // The contract hands over strings: bytes that are not text never arrive.
    let Ok(text) = std::str::from_utf8(data) else { return };
    let settings = CommonSettings {
        filter_label: String::new(),
        accepted: vec!["ja".to_owned()],
        statuses: vec![("active".to_owned(), AccountStatus::Active)],
        options: PlanOptions { send_invitations: false, groups: None },
    };
    // What the second way has learned of the records before, it goes by on the next page.
    let mut shape = Shape::default();
    for body in text.split(NEXT_PAGE) {
        // The second time, the page is read by what was learned from itself.
        for _ in 0..2 {
            let (one_by_one, at_once) = (one_by_one(body, &settings), at_once(body, &settings, &mut shape));
            match (&one_by_one, &at_once) {
                (Ok(one_by_one), Ok(at_once)) => assert_eq!(one_by_one, at_once),
                // The connector reports the place of a page's mistake.
                (Err(one_by_one), Err(at_once)) => assert_eq!(one_by_one, at_once),
                _ => panic!("{one_by_one:?} is not {at_once:?}"),
            }
        }
    }
});

fn one_by_one(body: &str, settings: &CommonSettings) -> Result<Mapped, (usize, usize)> {
    let Read { records, next, total } = page(body, Place::default(), verbatim).map_err(|broken| broken.place(body))?;
    Ok(Read { records: records.iter().map(|record| map(record, FLAG, settings)).collect(), next, total })
}

fn at_once(body: &str, settings: &CommonSettings, shape: &mut Shape) -> Result<Mapped, (usize, usize)> {
    page(body, Place::default(), |reader| map_in_place(reader, FLAG, settings, shape))
        .map_err(|broken| broken.place(body))
}
