//! `GET /v1/company/employees`: who stands on a page, and what a page says of itself.
//!
//! People are kept as they are and become JSON page by page, so that a company of any size starts at once.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use serde_json::Value;

use super::company::wire::{self, Attribute};
use super::company::{Company, DirectoryView, Empty, Person};
use super::faults::Fault;
use super::query::Query;

/// The people, and what of them may be seen.
pub struct Employees {
    company: Arc<Company>,
    visible: Vec<Attribute>,
    page_limit: usize,
}

/// How a page lies.
#[derive(Debug, Default)]
struct Twist {
    clamp: Option<usize>,
    total_off_by: i32,
    duplicates: usize,
    endless: bool,
}

impl Employees {
    pub const fn new(company: Arc<Company>, visible: Vec<Attribute>, page_limit: usize) -> Self {
        Self { company, visible, page_limit }
    }

    /// The attribute list.
    pub fn attributes(&self) -> Value {
        wire::attributes_json(&self.visible)
    }

    /// One page, after what `faults` do to the company and with what they do to the page.
    pub fn page(&mut self, query: &Query, faults: &[Fault]) -> Value {
        let mut twist = Twist::default();
        for fault in faults {
            match *fault {
                Fault::Join { people } => self.join(people),
                Fault::Leave { people } => self.leave(people),
                Fault::Clamp { rows } => twist.clamp = usize::try_from(rows).ok(),
                Fault::LyingTotal { by } => twist.total_off_by = by,
                Fault::DuplicateRows { rows } => twist.duplicates = usize::try_from(rows).unwrap_or_default(),
                Fault::EndlessPage => twist.endless = true,
                _ => {}
            }
        }
        let shown = self.shown(&query.attributes);
        if let Some(since) = query.updated_since {
            let changed: Vec<&Person> =
                self.company.people.iter().filter(|person| updated(person, &query.attributes) > since).collect();
            return all_at_once(&changed, &shown, query);
        }
        if let Some(email) = &query.email {
            let named: Vec<&Person> = self.company.people.iter().filter(|person| has_address(person, email)).collect();
            return all_at_once(&named, &shown, query);
        }
        self.ordinary(query, &shown, &twist)
    }

    fn ordinary(&self, query: &Query, shown: &[Attribute], twist: &Twist) -> Value {
        let people = &self.company.people;
        let limit = query.limit.min(self.page_limit).min(twist.clamp.unwrap_or(usize::MAX));
        let is_past_the_end = query.offset.saturating_add(limit) >= people.len();
        let start = if twist.endless && is_past_the_end { people.len().saturating_sub(limit) } else { query.offset };
        let mut rows: Vec<&Person> = people.iter().skip(start).take(limit).collect();
        let total = if twist.endless && is_past_the_end {
            query.offset.saturating_add(2 * limit)
        } else {
            people.len().saturating_add_signed(isize::try_from(twist.total_off_by).unwrap_or_default())
        };
        double(&mut rows, twist.duplicates);
        wire::rows_json(rows.into_iter(), shown, total, query.offset, limit)
    }

    fn shown(&self, asked: &[String]) -> Vec<Attribute> {
        let is_shown = |attribute: &&Attribute| asked.is_empty() || asked.contains(&attribute.key);
        self.visible.iter().filter(is_shown).cloned().collect()
    }

    /// New people have the highest IDs: they stand at the end.
    fn join(&mut self, people: u32) {
        let company = Arc::make_mut(&mut self.company);
        for _ in 0..people {
            let newcomer = newcomer(company);
            company.people.push(newcomer);
        }
    }

    fn leave(&mut self, people: u32) {
        let company = Arc::make_mut(&mut self.company);
        let gone = usize::try_from(people).unwrap_or(usize::MAX).min(company.people.len());
        company.people.drain(..gone);
    }
}

/// What a filter finds is not paged.
fn all_at_once(rows: &[&Person], shown: &[Attribute], query: &Query) -> Value {
    wire::rows_json(rows.iter().copied(), shown, rows.len(), 0, query.limit)
}

/// The first rows stand twice, and push as many off the page.
fn double(rows: &mut Vec<&Person>, duplicates: usize) {
    let length = rows.len();
    let twice: Vec<&Person> = rows.iter().take(duplicates).copied().collect();
    rows.splice(..0, twice);
    rows.truncate(length);
}

/// Somebody who was not there before, and is to be synced.
fn newcomer(company: &Company) -> Person {
    let id = company.people.last().map_or(1, |last| last.id + 1);
    Person {
        id,
        first_name: "Neu".to_owned(),
        last_name: format!("Dazugekommen-{id}"),
        email: DirectoryView::Value(format!("neu.{id}@{}.example", company.name)),
        gender: Empty::Text.into(),
        status: "active".to_owned(),
        position: Empty::Null.into(),
        supervisor: DirectoryView::Empty(Empty::Null),
        office: Empty::Null.into(),
        department: Empty::Null.into(),
        team: Empty::Null.into(),
        flag: "ja".into(),
    }
}

fn has_address(person: &Person, email: &str) -> bool {
    person.email.value().is_some_and(|address| address.to_lowercase() == email.to_lowercase())
}

/// When a person was last changed: some day of 2025, always the same for an ID. With attributes named, when one of these
/// was: each some days before, always the same for its key. The model has no history.
fn updated(person: &Person, attributes: &[String]) -> DateTime {
    let day = i64::try_from(person.id % 365).unwrap_or_default();
    let since = |key: &String| key.bytes().map(i64::from).sum::<i64>() % 90;
    let before = attributes.iter().map(since).min().unwrap_or_default();
    date(2025, 1, 1).saturating_add((day - before).days()).at(12, 0, 0, 0)
}

#[cfg(test)]
#[path = "employees_tests.rs"]
mod tests;
