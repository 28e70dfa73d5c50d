//! What pages in one pass are held against: the reader of version 0.1.0, native, in one pass over a page.
//!
//! It is kept as it was and never made faster. Held against the connector's own code, a ratio would get worse whenever that
//! code got faster on both sides.

#![allow(clippy::expect_used, clippy::missing_const_for_fn, dead_code, reason = "kept as it was")]

mod json;
mod record;

use connector_kit::address::as_address;
use connector_kit::settings::{CommonSettings, Flag};
use personio_connector::attributes::Attribute;
use personio_connector::bindings::elearnio::connector::types::{Learner, Reading, StatusReading};

use json::{Kind, Reader};
use record::{Node, Record};

/// The people of a page who are to be synced.
pub fn learners(body: &str, flag: &str, settings: &CommonSettings) -> Vec<Learner> {
    let mut reader = Reader::new(body);
    let mut learners = Vec::new();
    let mut first = true;
    reader.enter(Kind::Object).expect("a page");
    while let Some(key) = reader.key(&mut first).expect("a key") {
        if key != "data" {
            reader.skip(1).expect("a value");
            continue;
        }
        let mut first = true;
        reader.enter(Kind::List).expect("records");
        while reader.element(&mut first).expect("a record") {
            let record = Record::read(&mut reader, flag).expect("a record");
            learners.extend(learner(&record, settings));
        }
    }
    learners
}

fn learner(record: &Record<'_>, settings: &CommonSettings) -> Option<Learner> {
    let Some(Node::Text(employee)) = record.get(Attribute::Id) else { return None };
    let Some(Node::Text(flag)) = record.get(Attribute::Flag) else { return None };
    if settings.flag(flag) != Flag::Yes {
        return None;
    }
    let Reading::Value(address) = text(record, Attribute::Email) else { return None };
    let status = match text(record, Attribute::Status) {
        Reading::Value(value) => match settings.status(&value) {
            Some(status) => StatusReading::Known(status.clone()),
            None => StatusReading::Unknown(value),
        },
        _ => return None,
    };
    Some(Learner {
        employee: employee.clone().into_owned(),
        email: Reading::Value(as_address(address)?),
        first_name: text(record, Attribute::FirstName),
        last_name: text(record, Attribute::LastName),
        status,
        gender: text(record, Attribute::Gender),
        position: text(record, Attribute::Position),
        department: text(record, Attribute::Department),
        location: text(record, Attribute::Office),
        team: text(record, Attribute::Team),
        supervisor: match record.get(Attribute::Supervisor) {
            None | Some(Node::Object { id: None, .. }) => Reading::Hidden,
            Some(Node::Empty) => Reading::Empty,
            Some(Node::Text(id) | Node::Object { id: Some(id), .. }) => Reading::Value(id.clone().into_owned()),
        },
    })
}

fn text(record: &Record<'_>, attribute: Attribute) -> Reading {
    match record.get(attribute) {
        None | Some(Node::Object { name: None, .. }) => Reading::Hidden,
        Some(Node::Empty) => Reading::Empty,
        Some(Node::Text(text) | Node::Object { name: Some(text), .. }) => Reading::Value(text.clone().into_owned()),
    }
}
