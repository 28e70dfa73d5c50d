//! The contract's calls: well-behaved, unless the behaviour says otherwise.

use std::cell::RefCell;

use crate::bad::{amplified, gigabyte, invalid};
use crate::elearnio::connector::log::{self, Level};
use crate::elearnio::connector::types::*;
use crate::exports::elearnio::connector::{connector, manifest};
use crate::net::SECRET;
use crate::{Zoo, misbehave, number, plans};

thread_local! {
    /// What `configure` was told to do in every `map-employee`.
    static LATER: RefCell<Option<String>> = const { RefCell::new(None) };
}

impl manifest::Guest for Zoo {
    fn describe() -> manifest::Description {
        manifest::Description {
            name: "hostile".to_owned(),
            version: "0.1.0".to_owned(),
            origins: vec!["https://api.example.com".to_owned(), "https://second.example.com".to_owned()],
            attributes: Vec::new(),
            settings: [
                ("client-id", manifest::SettingKind::Text),
                ("client-secret", manifest::SettingKind::Secret),
                ("endpoint", manifest::SettingKind::Origin),
            ]
            .map(|(key, kind)| manifest::Setting {
                key: key.to_owned(),
                kind,
                required: false,
                default: None,
                translations: vec![manifest::Translation {
                    language: "en".to_owned(),
                    label: key.to_owned(),
                    help: String::new(),
                }],
            })
            .to_vec(),
        }
    }
}

impl connector::Guest for Zoo {
    /// The settings' name is the behaviour; what came of it is the error's message.
    fn configure(settings: connector::Settings) -> Result<connector::Connection, Error> {
        std::panic::set_hook(Box::new(|info| log::write(Level::Error, &info.to_string())));
        SECRET.set(settings.values.into_iter().find_map(|setting| match setting.value {
            connector::Value::Secret(secret) => Some(secret),
            _ => None,
        }));
        if let Some(what) = settings.name.strip_prefix("later ") {
            LATER.set(Some(what.to_owned()));
        }
        match misbehave(&settings.name) {
            None => Ok(connector::Connection { hidden: Vec::new(), notices: Vec::new() }),
            Some(message) => Err(Error::Other(problem(message))),
        }
    }

    /// The cursor is the behaviour.
    fn fetch_page(cursor: Option<String>) -> Result<connector::Page, Error> {
        let cursor = cursor.unwrap_or_default();
        if let Some(message) = misbehave(&cursor) {
            return Err(Error::Other(problem(message)));
        }
        let mut notices = Vec::new();
        let (employees, next) = match cursor.as_str() {
            // So many notices, or one of such a date.
            _ if cursor.starts_with("source-notices ") => {
                notices = vec![source_notice(None); number(&cursor)];
                (Vec::new(), None)
            }
            _ if cursor.starts_with("source-notice-date ") => {
                notices.push(source_notice(cursor.split_once(' ').map(|(_, date)| date.to_owned())));
                (Vec::new(), None)
            }
            _ if cursor.starts_with("fail-as ") => {
                let code = cursor.trim_start_matches("fail-as ").to_owned();
                return Err(Error::Refused(Problem { code, ..problem(String::new()) }));
            }
            "same-cursor" => (Vec::new(), Some(cursor)),
            "long-cursor" => (Vec::new(), Some("x".repeat(1 << 20))),
            "gigabyte-text" => (vec![gigabyte()], None),
            "amplify" => (amplified(), None),
            "invalid" => (vec![invalid()], None),
            // So many records of one behaviour.
            _ if cursor.starts_with("map ") => (behaviours(&cursor), None),
            "crowd" => (vec![String::new(); 100_000], None),
            // Every page has the next, and none comes twice.
            _ if cursor.starts_with("endless") => (Vec::new(), Some(format!("endless {}", number(&cursor) + 1))),
            // So many employees on each of so many pages.
            _ if cursor.starts_with("read ") => pages(&cursor),
            // One page, and an empty one behind a cursor of so many bytes.
            _ if cursor.starts_with("cursor ") => (Vec::new(), Some("x".repeat(number(&cursor)))),
            _ if cursor.starts_with('x') => (Vec::new(), None),
            _ => (vec!["1".to_owned(), "2".to_owned()], None),
        };
        Ok(connector::Page { employees, next, total: None, notices })
    }

    /// The record is the behaviour.
    fn map_employee(employee: String) -> Result<Mapping, Rejected> {
        let employee = LATER.with_borrow(Clone::clone).unwrap_or(employee);
        let rejected = |message| Rejected { employee: None, problem: problem(message) };
        if let Some(message) = misbehave(&employee) {
            return Err(rejected(message));
        }
        match employee.split_once(' ') {
            // A few bytes of a record, and so many of a person.
            Some(("learner", length)) => Ok(Mapping::Learner(learner(number(length)))),
            Some(("reject", length)) => Err(rejected("x".repeat(number(length)))),
            Some(("leave-out", reason)) => Ok(Mapping::Excluded(Excluded {
                employee: "1".to_owned(),
                reason: Exclusion::Other(reason.to_owned()),
            })),
            Some(("reject-as", code)) => {
                Err(Rejected { employee: None, problem: Problem { code: code.to_owned(), ..problem(String::new()) } })
            }
            _ if employee == "no-id" => Ok(excluded(String::new())),
            _ => Ok(excluded(employee)),
        }
    }

    /// The first group's name is the behaviour.
    fn plan_actions(source: SourceRead, target: Directory) -> Result<Plan, Error> {
        let what = target.groups.first().map(|group| group.name.clone()).unwrap_or_default();
        match misbehave(&what) {
            Some(message) => Err(Error::Other(problem(message))),
            None => Ok(plans::plan(&what, &source, &target)),
        }
    }
}

/// `map COUNT BEHAVIOUR`: so many records of it.
fn behaviours(cursor: &str) -> Vec<String> {
    let mut words = cursor.splitn(3, ' ').skip(1);
    let count = words.next().map_or(0, number);
    vec![words.next().unwrap_or_default().to_owned(); count]
}

/// `read EMPLOYEES PAGES`: this page, and the cursor to the rest of them.
fn pages(cursor: &str) -> (Vec<String>, Option<String>) {
    let left = number(cursor);
    let rows = cursor.split(' ').nth(1).map_or(0, number);
    (vec!["1".to_owned(); rows], (left > 1).then(|| format!("read {rows} {}", left - 1)))
}

/// Somebody whose texts have so many bytes, at least two.
fn learner(length: usize) -> Learner {
    Learner {
        employee: "1".to_owned(),
        email: Reading::Value("a".to_owned()),
        first_name: Reading::Value("x".repeat(length.saturating_sub(2))),
        last_name: Reading::Hidden,
        status: StatusReading::Known(AccountStatus::Active),
        gender: Reading::Hidden,
        position: Reading::Hidden,
        department: Reading::Hidden,
        location: Reading::Hidden,
        team: Reading::Hidden,
        supervisor: Reading::Hidden,
    }
}

fn excluded(employee: String) -> Mapping {
    Mapping::Excluded(Excluded { employee, reason: Exclusion::NotFlagged })
}

fn source_notice(date: Option<String>) -> SourceNotice {
    SourceNotice { audience: Audience::Platform, problem: problem("It is going.".to_owned()), date }
}

pub fn problem(message: String) -> Problem {
    Problem { code: "hostile".to_owned(), subject: None, message, remedy: "None.".to_owned() }
}
