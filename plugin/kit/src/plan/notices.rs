//! Notices, grouped by code and detail, so that one notice covers many people.

use std::collections::BTreeMap;

use super::count;
use crate::bindings::elearnio::connector::types::Notice;
use crate::key;
use connector_common::sorting::{by_id, sort};

/// How many values of one code are listed. A thousand unknown statuses tell one thing, that the table is wrong, and a host
/// takes only so many notices: what is beyond is one notice that says how many values there are more.
const DETAILS: usize = 500;

/// What a person should know, so far.
#[derive(Debug, Default)]
pub struct Notices {
    /// By code and the detail's key, so that two spellings of one group make one notice (rule S15).
    entries: BTreeMap<(String, Option<String>), Entry>,
}

#[derive(Debug, Default)]
struct Entry {
    count: usize,
    employees: Vec<String>,
    /// Of several spellings, the alphabetically first, whatever the order of people.
    detail: Option<String>,
}

impl Notices {
    /// Something about an employee.
    pub fn add(&mut self, code: &str, detail: Option<&str>, employee: &str) {
        self.add_somebody(code, detail, Some(employee));
    }

    /// Something about a record that may have no ID.
    pub fn add_somebody(&mut self, code: &str, detail: Option<&str>, employee: Option<&str>) {
        let entry = self.entry(code, detail);
        entry.count += 1;
        entry.employees.extend(employee.map(str::to_owned));
    }

    /// Something that is about nobody in particular.
    pub fn add_fact(&mut self, code: &str, detail: Option<&str>) {
        self.entry(code, detail).count = 1;
    }

    fn entry(&mut self, code: &str, detail: Option<&str>) -> &mut Entry {
        let entry = self.entries.entry((code.to_owned(), detail.map(|text| key(text).into_owned()))).or_default();
        if let Some(detail) = detail
            && entry.detail.as_deref().is_none_or(|known| detail < known)
        {
            entry.detail = Some(detail.to_owned());
        }
        entry
    }

    /// The notices, sorted by code and detail, their people by ID. Somebody named twice under one code counts once.
    #[must_use]
    pub fn finish(self) -> Vec<Notice> {
        let mut notices = Vec::with_capacity(self.entries.len());
        let mut entries = self.entries.into_iter().peekable();
        while let Some(((code, key), entry)) = entries.next() {
            let mut of_code = vec![(key, entry.settled())];
            while let Some(((_, key), entry)) = entries.next_if(|((next, _), _)| *next == code) {
                of_code.push((key, entry.settled()));
            }
            let rest = fold(&mut of_code);
            let all = of_code.into_iter().map(|(_, entry)| entry).chain(rest);
            notices.extend(all.map(|entry| entry.notice(&code)));
        }
        notices
    }
}

impl Entry {
    fn settled(mut self) -> Self {
        let named = self.employees.len();
        sort(&mut self.employees, |left, right| by_id(left, right));
        self.employees.dedup();
        self.count -= named - self.employees.len();
        self
    }

    fn notice(self, code: &str) -> Notice {
        let Self { count: times, employees, detail } = self;
        Notice { code: code.to_owned(), count: count(times), employees, detail }
    }
}

/// Takes out what is beyond [`DETAILS`], as one entry. Who stays is settled by size, then by key, so that it does not
/// depend on who came first (rule S20).
fn fold(entries: &mut Vec<(Option<String>, Entry)>) -> Option<Entry> {
    if entries.len() <= DETAILS {
        return None;
    }
    sort(entries, |(_, left), (_, right)| right.count.cmp(&left.count));
    let beyond = entries.split_off(DETAILS);
    sort(entries, |(left, _), (right, _)| left.cmp(right));
    let mut rest = Entry { detail: Some(format!("… (+{})", beyond.len())), ..Entry::default() };
    for (_, entry) in beyond {
        rest.count += entry.count;
        rest.employees.extend(entry.employees);
    }
    Some(rest.settled())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_details_as_are_listed_are_listed_and_of_more_the_largest() {
        for values in [DETAILS, DETAILS + 1, DETAILS + 700] {
            let mut notices = Notices::default();
            // The later half stands with two people each; of equals the first by key stay.
            for value in (0..values).rev() {
                for person in 0..=usize::from(value >= values / 2) {
                    notices.add("code", Some(&format!("value {value:05}")), &(2 * value + person).to_string());
                }
            }
            notices.add("other", Some("value"), "7");
            let mut notices = notices.finish();
            assert_eq!(notices.pop().map(|notice| notice.code).as_deref(), Some("other"));
            let people: u64 = notices.iter().map(|notice| notice.count).sum();
            assert_eq!(people, count(2 * values - values / 2), "nobody is lost");
            assert!(notices.iter().all(|notice| notice.count == count(notice.employees.len())));
            let rest = (values > DETAILS).then(|| notices.pop()).flatten().and_then(|notice| notice.detail);
            assert_eq!(rest, (values > DETAILS).then(|| format!("… (+{})", values - DETAILS)));
            assert_eq!(notices.len(), DETAILS);
            assert!(notices.is_sorted_by_key(|notice| notice.detail.clone()));
            let pairs = notices.iter().filter(|notice| notice.count == 2).count();
            assert_eq!(pairs, (values - values / 2).min(DETAILS), "the largest stay");
        }
    }
}
