//! A connector that keeps the contract but for one promise, which the settings' name picks: what `harness check` is
//! checked with. `well` breaks none.
//!
//! The source is `POST /login` and `GET /people?from=N` at `https://api.example.com`. To add a way to break, add its name
//! where it breaks, and a row to `tests/tests/check.rs`. What it breaks before there are settings, [`OUTSIDE`] picks.

#![cfg(target_family = "wasm")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "being broken is what this is for")]

mod source;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use connector_kit::bindings::elearnio::connector::log::{self, Level};
use connector_kit::bindings::elearnio::connector::types::*;
use connector_kit::bindings::exports::elearnio::connector::connector::{Connection, Guest, Page, Settings, Value};
use connector_kit::bindings::exports::elearnio::connector::manifest::{
    self, Attribute, Description, Setting, SettingKind,
};
use connector_kit::bindings::paging::exports::elearnio::connector::pages::{self, MappedPage};
use connector_kit::declare::{Declaration, Kind, Values, Words};
use connector_kit::problem::problem;
use connector_kit::settings::CommonSettings;
use connector_kit::{panics, plan};
use serde_json::Value as Json;
use source::Source;

struct Broken;

struct Session {
    breaks: String,
    settings: CommonSettings,
    source: Source,
}

/// What is broken before there are settings to say so: a test writes another name over this one, in the component's bytes.
static OUTSIDE: [u8; 32] = *b"breaks:nothing-outside----------";

const WORDS: Words = Words { de: ("Einstellung", ""), en: ("Setting", "") };

const fn declare(key: &'static str, kind: Kind, required: bool) -> Declaration {
    Declaration { key, kind, required, default: None, words: WORDS }
}

const DECLARED: [Declaration; 5] = [
    declare("client-id", Kind::Text, true),
    declare("client-secret", Kind::Secret, true),
    declare("endpoint", Kind::Origin, false),
    declare("partner-id", Kind::Text, false),
    declare("app-id", Kind::Text, false),
];

/// The settings, less one promise.
fn declared() -> Vec<Setting> {
    let mut settings: Vec<Setting> = DECLARED.iter().map(Declaration::setting).collect();
    match &mut settings[..] {
        [_, secret, ..] if breaks_outside("secret-with-default") => secret.default = Some("s3cret".to_owned()),
        [first, ..] if breaks_outside("long-label") => first.translations[0].label = "x".repeat(10 << 10),
        [first, ..] if breaks_outside("choice-without-options") => first.kind = SettingKind::Choice(Vec::new()),
        [first, ..] if breaks_outside("unknown-kind") => first.kind = SettingKind::Other("colour".to_owned()),
        [first, ..] if breaks_outside("common-key") => first.key = "name".to_owned(),
        [first, second, ..] if breaks_outside("setting-twice") => second.key = first.key.clone(),
        _ => {}
    }
    settings
}

fn breaks_outside(name: &str) -> bool {
    // Seen through a black box, or the compiler would know the answer.
    std::hint::black_box(&OUTSIDE).starts_with(format!("breaks:{name}-").as_bytes())
}

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
    /// Grows with every call: what a well-behaved connector has no use for.
    static CALLS: Cell<u32> = const { Cell::new(0) };
    /// The cursors this instance has given.
    static GIVEN: RefCell<Option<HashSet<String>>> = const { RefCell::new(None) };
}

impl manifest::Guest for Broken {
    fn describe() -> Description {
        panics::report();
        let required = !breaks_outside("requires-nothing");
        let id = Attribute { field: Field::Id, source: "id".to_owned(), required };
        Description {
            name: "broken".to_owned(),
            version: "0.1.0".to_owned(),
            origins: vec![source::ORIGIN.to_owned()],
            attributes: vec![id],
            settings: declared(),
        }
    }
}

impl Guest for Broken {
    fn configure(settings: Settings) -> Result<Connection, Error> {
        panics::report();
        SESSION.take();
        let breaks = settings.name.clone();
        let mut problems = Vec::new();
        let common = CommonSettings::check(&settings, &mut problems);
        let partner = settings.values.iter().find_map(|setting| match &setting.value {
            Value::Text(text) if setting.key == "partner-id" => Some(text.clone()),
            _ => None,
        });
        let mut values = Values::check(&DECLARED, settings.values, &mut problems);
        if values.text("endpoint").is_some_and(|endpoint| endpoint != source::ORIGIN) {
            problems.push(problem("setting-invalid", Some("endpoint"), "It is another's.", "Leave it out."));
        }
        match breaks.as_str() {
            "takes-any-settings" => problems.clear(),
            "names-no-setting" => problems.iter_mut().for_each(|problem| problem.subject = None),
            "gives-no-remedy" => problems.iter_mut().for_each(|problem| problem.remedy.clear()),
            "asks-before-it-checks" => drop(source::get("/people?from=0")),
            "goes-elsewhere" => drop(source::get_at("https://elsewhere.example/")),
            "panics-at-settings" => drop(partner.map(|id| id.parse::<u32>().unwrap())),
            "hungry" => std::mem::forget(std::hint::black_box(vec![1_u8; 160 << 20])),
            _ => {}
        }
        if !problems.is_empty() {
            return Err(Error::InvalidSettings(problems));
        }
        let Some(secret) = values.secret("client-secret") else { return Err(Error::InvalidSettings(Vec::new())) };
        let source = if breaks_outside("asks-nobody") {
            Source::built_in()
        } else {
            Source::log_in(values.text("client-id").unwrap_or_default(), secret)?
        };
        match breaks.as_str() {
            "logs-the-token" => log::write(Level::Info, &format!("logged in: {}", source::token_in_hand())),
            "puts-the-token-into-a-url" => drop(source::get(&format!("/people?token={}", source::token_in_hand()))),
            _ => {}
        }
        SESSION.set(Some(Session { breaks, settings: common, source }));
        Ok(Connection { hidden: Vec::new(), notices: Vec::new() })
    }

    fn fetch_page(cursor: Option<String>) -> Result<Page, Error> {
        let call = CALLS.replace(CALLS.get() + 1);
        if breaks_outside("works-at-once") && SESSION.with_borrow(Option::is_none) {
            return Ok(Page { employees: Vec::new(), next: None, total: None, notices: Vec::new() });
        }
        with_session(|session| {
            let from = match &cursor {
                None => 0,
                Some(cursor) if session.breaks == "panics-at-cursors" => cursor.parse().unwrap(),
                Some(cursor) => cursor.parse().map_err(|_| {
                    Error::InvalidArgument(problem("cursor-invalid", None, "No such cursor.", "Start again."))
                })?,
            };
            let panics = session.breaks == "panics-at-first-page"
                || breaks_outside("panics-at-first-page")
                || breaks_outside("asks-nobody-and-panics");
            assert!(!panics || cursor.is_some(), "the first page");
            let mut page = match session.source.page(from) {
                page if session.breaks == "panics-at-answers" => page.unwrap(),
                page => page?,
            };
            match session.breaks.as_str() {
                "turns-pages-round" if call > 0 => page.employees.reverse(),
                "remembers-cursors" => remember(cursor.as_ref(), page.next.as_ref())?,
                _ => {}
            }
            Ok(page)
        })
    }

    fn map_employee(employee: String) -> Result<Mapping, Rejected> {
        let call = CALLS.replace(CALLS.get() + 1);
        SESSION.with_borrow(|session| {
            let reject =
                |code: &str| Rejected { employee: None, problem: problem(code, None, "It is no record.", "-") };
            let Some(session) = session else { return Err(reject("not-configured")) };
            if session.breaks == "panics-at-records" {
                assert!(serde_json::from_str::<Json>(&employee).unwrap()["id"].is_string());
            }
            let record: Json = serde_json::from_str(&employee).map_err(|_| reject("broken-record"))?;
            let text = |key: &str| record[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            let (Some(id), Some(email)) = (text("id"), text("email")) else { return Err(reject("id-missing")) };
            let value = |key: &str| text(key).map_or(Reading::Hidden, Reading::Value);
            let position = if session.breaks == "maps-by-mood" { format!("call {call}") } else { "Clerk".to_owned() };
            Ok(Mapping::Learner(Learner {
                employee: id.chars().take(100).collect(),
                email: Reading::Value(email),
                first_name: value("first"),
                last_name: value("last"),
                status: StatusReading::Known(AccountStatus::Active),
                gender: Reading::Hidden,
                position: Reading::Value(position),
                department: Reading::Hidden,
                location: Reading::Hidden,
                team: Reading::Hidden,
                supervisor: Reading::Hidden,
            }))
        })
    }

    fn plan_actions(mut source: SourceRead, target: Directory) -> Result<Plan, Error> {
        let call = CALLS.replace(CALLS.get() + 1);
        with_session(|session| {
            let first = source.records.first().map(|record| format!("{record:?}").len() as u64);
            if session.breaks == "panics-at-plans" {
                assert!(source.total.unwrap() < 1_000_000);
            }
            if session.breaks == "never-done" {
                let position = format!("one of {}", target.accounts.len());
                source.records.iter_mut().for_each(|record| promote(record, &position));
            }
            let mut plan = plan::plan(&source, &target, session.settings.options);
            // A notice counts people, of whom there are few; the number stands in its detail.
            let notice = |number: u64| Notice {
                code: "flag-lost".to_owned(),
                count: 1,
                employees: Vec::new(),
                detail: Some(number.to_string()),
            };
            match session.breaks.as_str() {
                "plans-by-mood" => plan.notices.push(notice(u64::from(call))),
                "plans-by-order" => plan.notices.push(notice(first.unwrap_or_default())),
                _ => {}
            }
            Ok(plan)
        })
    }
}

fn with_session<T>(call: impl FnOnce(&Session) -> Result<T, Error>) -> Result<T, Error> {
    SESSION.with_borrow(|session| session.as_ref().ok_or(Error::NotConfigured).and_then(call))
}

/// Only goes on from cursors that this very instance has given.
fn remember(cursor: Option<&String>, next: Option<&String>) -> Result<(), Error> {
    GIVEN.with_borrow_mut(|given| {
        let given = given.get_or_insert_default();
        if cursor.is_some_and(|cursor| !given.contains(cursor)) {
            return Err(Error::Other(problem("cursor-invalid", None, "Never gave that cursor.", "-")));
        }
        given.extend(next.cloned());
        Ok(())
    })
}

fn promote(record: &mut SourceRecord, position: &str) {
    if let SourceRecord::Learner(learner) = record {
        learner.position = Reading::Value(position.to_owned());
    }
}

impl pages::Guest for Broken {
    fn fetch_mapped(cursor: Option<String>) -> Result<MappedPage, Error> {
        let page = Self::fetch_page(cursor)?;
        let mut people: Vec<_> = page.employees.into_iter().map(Self::map_employee).collect();
        let mut next = page.next;
        SESSION.with_borrow(|session| match session.as_ref().map(|session| session.breaks.as_str()) {
            Some("mixes-mapped-pages") => people.reverse(),
            Some("loses-in-mapped-pages") => drop(people.pop()),
            Some("ends-mapped-pages") => next = None,
            // All well for as long as every record is.
            Some("forgets-damaged-records") => people.retain(Result::is_ok),
            _ => {}
        });
        Ok(MappedPage { people, next, total: page.total, notices: page.notices })
    }
}

mod exports {
    use super::Broken;

    connector_kit::bindings::export_plugin!(Broken with_types_in connector_kit::bindings);
    connector_kit::bindings::paging::export_paging!(Broken with_types_in connector_kit::bindings::paging);
}
