//! One employee's record, as Personio writes it, or as it should not have.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;

use super::{FLAG_KEY, NAMES};

/// One number for each attribute, in the order of [`fn@json`]; 0 is the ordinary choice.
pub type PersonPicks = [u8; 12];

/// Any picks.
pub fn picks() -> impl Strategy<Value = PersonPicks> {
    prop::array::uniform12(0_u8..32)
}

/// What happens to everybody at once, which is what guards are for (rule S19): all emptied, all inactive, all with new
/// addresses, and these at a new domain.
pub const fn strike(picks: &mut PersonPicks, calamity: u8) {
    match calamity {
        20 => picks[6] = 21,
        21 => picks[4] = 22,
        22 => picks[1] = 27,
        23 => picks[1] = 28,
        _ => {}
    }
}

/// Names whose spellings differ in case, in composition, or by folding.
const PEOPLE: [&str; 10] = ["anna", "jürgen", "zoë", "weiß", "ömer", "bernd", "chloé", "maße", "dörte", "emil"];

/// Somebody's first name, by their place.
#[must_use]
pub fn name(at: u8) -> &'static str {
    PEOPLE.get(usize::from(at) % PEOPLE.len()).copied().unwrap_or("anna")
}

/// The address of whoever has this place.
#[must_use]
pub fn address(at: u8) -> String {
    format!("{}{}@acme.example", name(at), at / 10)
}

/// A text as somebody else would type it.
#[must_use]
pub fn respelled(text: &str, spelling: u8) -> String {
    match spelling % 4 {
        0 => text.to_uppercase(),
        1 => text.nfd().collect(),
        2 => format!(" {text} "),
        _ => text.to_uppercase().nfd().collect(),
    }
}

/// An address relative to a place: one's own, a neighbour's, a free one; none where the pick says that there is none.
#[must_use]
pub fn email(at: u8, pick: u8) -> Option<String> {
    Some(match pick {
        0..16 => address(at),
        16..20 => respelled(&address(at), pick),
        20..23 => address(at + 1),
        23..25 => address(at.saturating_sub(1)),
        25 => respelled(&address(at + 1), 0),
        26 => address(1),
        27 => format!("neu{at}@acme.example"),
        28 => format!("neu{at}@neu.example"),
        _ => return None,
    })
}

/// A record's JSON; `hidden` attributes are absent.
#[must_use]
pub fn json(at: u8, picks: &PersonPicks, hidden: &BTreeSet<&str>) -> Value {
    let [id, mail, first, last, status, gender, position, department, office, team, supervisor, flag] = *picks;
    let attributes = [
        ("id", self::id(at, id)),
        ("first_name", self::first_name(at, first)),
        ("last_name", self::last_name(last)),
        ("email", self::mail(at, mail)),
        ("status", Some(self::status(status))),
        ("gender", word(gender, ["female", "male"])),
        ("position", word(position, ["Leitung", "Einkäufer:in"])),
        ("department", self::named(department)),
        ("office", word(office, ["Köln", "Kiel"]).map(object)),
        ("team", self::named(team)),
        ("supervisor", self::supervisor(at, supervisor)),
        (FLAG_KEY, self::flag(flag)),
    ];
    let shown = attributes.into_iter().filter(|(key, _)| !hidden.contains(key));
    let wrapped =
        |(key, value): (&str, Option<Value>)| Some((key.to_owned(), json!({ "label": key, "value": value? })));
    json!({ "type": "Employee", "attributes": shown.filter_map(wrapped).collect::<Map<_, _>>() })
}

fn id(at: u8, pick: u8) -> Option<Value> {
    match pick {
        0..26 => Some(json!(at)),
        26..28 => Some(json!(at.to_string())),
        28 => Some(json!(format!("0{at}"))),
        29..31 => Some(json!(at.saturating_sub(1))),
        _ => Some(Value::Null),
    }
}

fn mail(at: u8, pick: u8) -> Option<Value> {
    match pick {
        29 => Some(json!("")),
        30 => Some(json!("kein at")),
        31 => None,
        _ => email(at, pick).map(Value::from),
    }
}

fn first_name(at: u8, pick: u8) -> Option<Value> {
    match pick {
        0..26 => Some(json!(name(at))),
        26..29 => Some(json!(respelled(name(at), pick))),
        29 => Some(json!("")),
        30 => None,
        _ => Some(json!("Neu")),
    }
}

fn last_name(pick: u8) -> Option<Value> {
    match pick {
        0..30 => Some(json!("Groß")),
        30 => None,
        _ => Some(json!("Gross-Neu")),
    }
}

fn status(pick: u8) -> Value {
    json!(match pick {
        0..18 => "active",
        18..20 => "onboarding",
        20..22 => "leave",
        22..27 => "inactive",
        27 => " Active ",
        28 => "sabbatical",
        29 => "Sabbatical",
        30 => "",
        _ => return Value::Null,
    })
}

/// A word, another, a damaged one, or none in one of the ways in which Personio shows none.
fn word(pick: u8, [one, other]: [&str; 2]) -> Option<Value> {
    match pick {
        0..12 => Some(json!(one)),
        12..20 => Some(json!(other)),
        20 => Some(json!(respelled(one, 2))),
        21..25 => Some(json!("")),
        25..28 => Some(Value::Null),
        28 | 29 => Some(json!([])),
        // Something was lost on its way.
        30 => Some(json!(format!("{one}\u{fffd}"))),
        _ => None,
    }
}

/// A department or a team.
fn named(pick: u8) -> Option<Value> {
    match pick {
        24 => Some(json!("")),
        25 => Some(Value::Null),
        26 => Some(json!([])),
        27 => None,
        28 => Some(json!({ "attributes": { "id": 1 } })),
        29 => Some(json!("Einkauf")),
        30 => Some(object(json!("EINKAUF"))),
        _ => NAMES.get(usize::from(pick) / 4).map(|name| object(json!(name))),
    }
}

/// Wraps a name; what is no name stays as it is.
fn object(name: Value) -> Value {
    if name.as_str().is_some_and(|name| !name.is_empty()) {
        json!({ "type": "Thing", "attributes": { "id": 1, "name": name } })
    } else {
        name
    }
}

fn supervisor(at: u8, pick: u8) -> Option<Value> {
    let employee = |id: u8| Some(json!({ "attributes": { "id": { "value": id } } }));
    match pick {
        0..6 => Some(Value::Null),
        6..16 => employee(at.saturating_sub(1)),
        16..20 => employee(1),
        20 => employee(at),
        21..25 => employee(at + 1),
        25 => employee(at + 2),
        26 => employee(99),
        27 => Some(json!("")),
        28 => None,
        29 => Some(json!({ "attributes": {} })),
        _ => Some(json!(at.saturating_sub(1).to_string())),
    }
}

fn flag(pick: u8) -> Option<Value> {
    match pick {
        0..24 => Some(json!("ja")),
        24 => Some(json!({ "answer": "ja" })),
        25 => Some(json!("Ja ")),
        26 => Some(json!(["yes"])),
        27 => Some(json!("nein")),
        28 => Some(json!("")),
        29 => Some(Value::Null),
        30 => Some(json!("vielleicht")),
        _ => None,
    }
}
