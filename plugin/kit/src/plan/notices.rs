//! Notices, gathered by code and detail: what is said once, of many.

use std::collections::BTreeMap;

use super::count;
use super::roster::by_id;
use crate::bindings::elearnio::connector::types::Notice;
use crate::key::key;

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
    /// Of several spellings the first in the alphabet, whoever came first.
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
        self.entries
            .into_iter()
            .map(|((code, _), Entry { count: times, mut employees, detail })| {
                let named = employees.len();
                employees.sort_unstable_by(|left, right| by_id(left, right));
                employees.dedup();
                Notice { code, count: count(times - named + employees.len()), employees, detail }
            })
            .collect()
    }
}
