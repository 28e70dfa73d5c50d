//! `map-employee`: any text is a learner, an exclusion or a rejection, what comes out keeps the contract's promises, what is
//! taken for JSON is what `serde_json` takes for it, and in a page it is mapped as it is by itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use personio_connector::bindings::elearnio::connector::types::{AccountStatus, Mapping, Reading};
use personio_connector::codes;
use personio_connector::config::{CommonSettings, PlanOptions};
use personio_connector::mapping::{map, map_in_place};
use personio_connector::personio::json::Reader;
use personio_connector::personio::shape::Shape;
use serde::de::IgnoredAny;
use serde_json::Value;

/// The filter attribute's key in the seeds.
const FLAG: &str = "dynamic_3398102";

fuzz_target!(|data: &[u8]| {
    // The contract hands over strings: bytes that are not text never arrive.
    let Ok(text) = std::str::from_utf8(data) else { return };
    let first = map(text, FLAG, &settings());
    match &first {
        Ok(Mapping::Learner(learner)) => {
            assert!(!learner.employee.is_empty());
            assert!(!matches!(&learner.email, Reading::Value(email) if !email.contains('@')));
            for reading in [
                &learner.email,
                &learner.first_name,
                &learner.last_name,
                &learner.gender,
                &learner.position,
                &learner.department,
                &learner.location,
                &learner.team,
                &learner.supervisor,
            ] {
                // Trimmed, whole, and never an empty value: that is what `empty` is for.
                let Reading::Value(value) = reading else { continue };
                assert!(!value.is_empty() && value.trim() == value && !value.contains('\u{fffd}'));
            }
        }
        Ok(Mapping::Excluded(excluded)) => assert!(!excluded.employee.is_empty()),
        // Nothing of the record is in the message but places and the names of attributes.
        Err(rejected) => assert!(rejected.problem.message.len() < 200 && !rejected.problem.code.is_empty()),
    }
    assert_eq!(first, map(text, FLAG, &settings()), "the same record, mapped twice");
    let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    let is_read = !matches!(&first, Err(rejected) if rejected.problem.code == codes::BROKEN_RECORD);
    if is_read {
        assert!(is_json, "a record that is no JSON");
    } else if let Ok(record) = serde_json::from_str::<Value>(text) {
        assert!(!record.get("attributes").is_some_and(Value::is_object), "a good record, not read");
    }
    if is_json {
        let (settings, mut shape) = (settings(), Shape::default());
        // The first time it is learned, the second it is read by what was learned.
        for _ in 0..2 {
            let mapped = map_in_place(&mut Reader::new(text), FLAG, &settings, &mut shape);
            assert_eq!(mapped.as_ref().ok(), Some(&first), "mapped in place as by itself");
        }
    }
});

fn settings() -> CommonSettings {
    CommonSettings {
        filter_label: String::new(),
        accepted: vec!["ja".to_owned()],
        statuses: vec![("active".to_owned(), AccountStatus::Active)],
        options: PlanOptions { send_invitations: false, groups: None },
    }
}
