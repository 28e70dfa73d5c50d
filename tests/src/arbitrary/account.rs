//! One account of the learning platform, and how far it is from what Personio shows.

use connector_host::contract::{Account, AccountStatus, Group};
use proptest::prelude::*;

use super::NAMES;
use super::person::{address, email, name, respelled};

/// One number for each field, in the order of [`account`]; 0 is the ordinary choice.
pub type AccountPicks = [u8; 12];

/// Any picks.
pub fn picks() -> impl Strategy<Value = AccountPicks> {
    prop::array::uniform12(0_u8..32)
}

/// An account at a place, after those before it: a supervisor is one of them, so that there is no circle.
#[must_use]
pub fn account(at: u8, picks: &AccountPicks, before: &[Account], groups: &[Group]) -> Account {
    let [link, mail, first, status, gender, position, department, location, team, supervisor, flags, member] = *picks;
    Account {
        // The second form is the one that the directory gives to accounts it creates.
        id: if link % 8 == 7 { format!("a-{:06}", before.len() + 2) } else { format!("x-{}", before.len() + 1) },
        version: 1 + u64::from(flags),
        employee: employee(at, link),
        // The pick links it to the next one, so that it is somebody's.
        earlier_employees: decided(at, link == 28),
        foreign_employees: decided(at, link == 27),
        email: email(at, mail).unwrap_or_else(|| address(at)),
        first_name: if first < 20 { name(at).to_owned() } else { respelled(name(at), first) },
        last_name: if first % 4 < 3 { "Groß" } else { "Alt" }.to_owned(),
        status: self::status(status),
        gender: word(gender, ["female", "male"]),
        position: word(position, ["Leitung", "Einkäufer:in"]),
        department: NAMES.get(usize::from(department) / 4).map(|name| (*name).to_owned()),
        location: word(location, ["Köln", "Kiel"]),
        team: NAMES.get(usize::from(team) / 4).map(|name| (*name).to_owned()),
        supervisor: self::supervisor(supervisor, before),
        protected: flags >= 28,
        created_by_connector: flags % 4 < 2,
        invited: flags % 2 == 1,
        groups: self::groups(member, groups),
    }
}

fn employee(at: u8, pick: u8) -> Option<String> {
    match pick {
        0..19 => Some(at.to_string()),
        19..28 => None,
        28..30 => Some((at + 1).to_string()),
        30 => Some(format!("0{at}")),
        _ => Some(format!("10{at}")),
    }
}

/// What a person has decided about whoever has this place (rule S12): that they have the next one's ID now, or that the
/// account is not theirs.
fn decided(at: u8, is_decided: bool) -> Vec<String> {
    is_decided.then(|| at.to_string()).into_iter().collect()
}

const fn status(pick: u8) -> AccountStatus {
    match pick {
        0..18 => AccountStatus::Active,
        18..22 => AccountStatus::Preboarding,
        22..26 => AccountStatus::Absent,
        _ => AccountStatus::Inactive,
    }
}

fn word(pick: u8, [one, other]: [&str; 2]) -> Option<String> {
    match pick {
        0..14 => Some(one.to_owned()),
        14..22 => Some(other.to_owned()),
        22 => Some(one.to_uppercase()),
        _ => None,
    }
}

fn supervisor(pick: u8, before: &[Account]) -> Option<String> {
    match pick {
        0..12 => None,
        12..26 => before.last().map(|account| account.id.clone()),
        _ => before.get(usize::from(pick) % before.len().max(1)).map(|account| account.id.clone()),
    }
}

/// Each bit of the pick is a membership.
fn groups(pick: u8, groups: &[Group]) -> Vec<String> {
    let member = |(bit, group): (u32, &Group)| (pick >> bit & 1 == 1).then(|| group.id.clone());
    (0_u32..5).zip(groups).filter_map(member).collect()
}
