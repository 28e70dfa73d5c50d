//! `map-employee`: any text is a learner, an exclusion or a rejection, what comes out keeps the contract's promises, and
//! what is taken for JSON is what `serde_json` takes for it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use personio_connector::codes;
use personio_connector::bindings::elearnio::connector::types::{AccountStatus, Mapping, Reading};
use personio_connector::config::{Config, Form, PlanOptions};
use personio_connector::mapping::map;
use serde::de::IgnoredAny;
use serde_json::Value;

/// The filter attribute's key in the seeds.
const FLAG: &str = "dynamic_3398102";

fuzz_target!(|data: &[u8]| {
    // The contract hands over strings: bytes that are none never arrive.
    let Ok(text) = std::str::from_utf8(data) else { return };
    let first = map(text, FLAG, &config());
    match &first {
        Ok(Mapping::Learner(learner)) => {
            assert!(!learner.employee.is_empty() && learner.email.contains('@'));
            assert!(learner.first_name != Reading::Empty && learner.last_name != Reading::Empty);
            for reading in [
                &learner.first_name,
                &learner.last_name,
                &learner.gender,
                &learner.position,
                &learner.department,
                &learner.location,
                &learner.team,
                &learner.supervisor,
            ] {
                // Trimmed, and never an empty value: that is what `empty` is for.
                assert!(!matches!(reading, Reading::Value(value) if value.is_empty() || value.trim() != value));
            }
        }
        Ok(Mapping::Excluded(excluded)) => assert!(!excluded.employee.is_empty()),
        // Nothing of the record is in the message but places and the names of attributes.
        Err(rejected) => assert!(rejected.problem.message.len() < 200 && !rejected.problem.code.is_empty()),
    }
    assert_eq!(first, map(text, FLAG, &config()), "the same record, mapped twice");
    let is_read = !matches!(&first, Err(rejected) if rejected.problem.code == codes::BROKEN_RECORD);
    if is_read {
        assert!(serde_json::from_str::<IgnoredAny>(text).is_ok(), "a record that is no JSON");
    } else if let Ok(record) = serde_json::from_str::<Value>(text) {
        assert!(!record.get("attributes").is_some_and(Value::is_object), "a good record, not read");
    }
});

fn config() -> Config {
    Config {
        endpoint: String::new(),
        filter_label: String::new(),
        form: Form {
            accepted: vec!["ja".to_owned()],
            statuses: vec![("active".to_owned(), AccountStatus::Active)],
            options: PlanOptions { send_invitations: false, groups: None },
        },
        headers: Vec::new(),
    }
}
