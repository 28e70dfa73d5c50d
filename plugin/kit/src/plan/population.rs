//! Who was read: each employee once, sorted, with what makes a read complete (rule S17).

use std::collections::HashMap;

use super::count;
use super::matching::Accounts;
use super::notices::Notices;
use crate::bindings::elearnio::connector::types::{
    Counts, Exclusion, ExclusionCount, Field, Learner, Reading, Rejected, SourceRead, SourceRecord, StatusReading,
};
use crate::codes;
use connector_common::sorting::{by_id, sort};

/// Everybody who was read.
#[derive(Debug)]
pub struct Population<'a> {
    /// The people to keep in step, by ID, each with the record's place in the read.
    pub learners: Vec<(usize, &'a Learner)>,
    /// Rule S17.
    pub complete: bool,
    excluded: Vec<(&'a str, &'a Exclusion)>,
    /// People to keep in step under an ID that a person said is an earlier one (rule S12).
    superseded: Vec<&'a Learner>,
    rejected: Vec<&'a Rejected>,
    /// The last record of each ID.
    last: HashMap<&'a str, &'a SourceRecord>,
    duplicates: Vec<&'a str>,
    nameless: usize,
}

impl<'a> Population<'a> {
    /// Settles who was read. Of two records with one ID the later wins.
    #[must_use]
    pub fn take(source: &'a SourceRead, accounts: &Accounts<'_>) -> Self {
        let mut population = Self {
            learners: Vec::with_capacity(source.records.len()),
            complete: false,
            excluded: Vec::new(),
            superseded: Vec::new(),
            rejected: Vec::new(),
            last: HashMap::with_capacity(source.records.len()),
            duplicates: Vec::new(),
            nameless: 0,
        };
        for record in &source.records {
            match id(record) {
                Some(employee) if population.last.insert(employee, record).is_some() => {
                    population.duplicates.push(employee);
                }
                Some(_) => {}
                None => population.nameless += 1,
            }
        }
        for (at, record) in source.records.iter().enumerate() {
            let current =
                id(record).is_none_or(|id| population.last.get(id).is_some_and(|last| std::ptr::eq(*last, record)));
            match record {
                _ if !current => {}
                SourceRecord::Learner(learner) if accounts.supersedes(&learner.employee) => {
                    population.superseded.push(learner);
                }
                SourceRecord::Learner(learner) => population.learners.push((at, learner)),
                SourceRecord::Excluded(excluded) => population.excluded.push((&excluded.employee, &excluded.reason)),
                SourceRecord::Rejected(rejected) => population.rejected.push(rejected),
            }
        }
        sort(&mut population.learners, |(_, left), (_, right)| by_id(&left.employee, &right.employee));
        let distinct = count(population.last.len());
        // A record that names nobody may be anybody's, but for a total that all the others make up.
        population.complete = source.ended && source.total.map_or(population.nameless == 0, |total| total == distinct);
        population
    }

    /// True if there was not one record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.last.is_empty() && self.nameless == 0
    }

    /// True if the employee was read, however mapped.
    #[must_use]
    pub fn contains(&self, employee: &str) -> bool {
        self.last.contains_key(employee)
    }

    /// True if the employee was read, and is not or no longer flagged.
    #[must_use]
    pub fn excludes(&self, employee: &str) -> bool {
        matches!(self.last.get(employee), Some(SourceRecord::Excluded(excluded)) if loses_the_flag(&excluded.reason))
    }

    /// Rule S18: nobody says yes, not even a record that was rejected for something else.
    #[must_use]
    pub fn nobody_is_flagged(&self) -> bool {
        self.learners.is_empty()
            && self.superseded.is_empty()
            && self.rejected.iter().all(|rejected| Check::of(&rejected.problem.code) < Check::Passed)
    }

    /// Rule S7: a required attribute that no record shows.
    ///
    /// Of somebody who is left out nothing beyond the filter is looked at (rule S1), so they show neither address nor status
    /// to anybody. Of records that are rejected the one that came furthest tells what is not shown.
    #[must_use]
    pub fn hidden_in_every_record(&self) -> Option<Field> {
        let learners = || self.learners.iter().map(|(_, learner)| *learner).chain(self.superseded.iter().copied());
        if learners().next().is_some() {
            if learners().all(|learner| learner.email == Reading::Hidden) {
                return Some(Field::Email);
            }
            return learners().all(|learner| learner.status == StatusReading::Hidden).then_some(Field::Status);
        }
        if !self.excluded.is_empty() {
            return None;
        }
        match self.rejected.iter().map(|rejected| Check::of(&rejected.problem.code)).max()? {
            Check::Id => Some(Field::Id),
            Check::Flag => Some(Field::Flag),
            Check::Shape | Check::Passed => None,
        }
    }

    /// The counts that are settled by reading alone.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            read: count(self.last.len() + self.nameless),
            created: 0,
            linked: 0,
            updated: 0,
            unchanged: 0,
            excluded: count(self.excluded.len() + self.superseded.len()),
            rejected: count(self.rejected.len()),
            conflicts: 0,
            supervisors: 0,
            group_additions: 0,
            invitations: 0,
            exclusions: self.exclusions(),
        }
    }

    fn exclusions(&self) -> Vec<ExclusionCount> {
        let mut counts: Vec<ExclusionCount> = Vec::new();
        let superseded = self.superseded.iter().map(|_| codes::EMPLOYEE_SUPERSEDED);
        for code in self.excluded.iter().map(|(_, reason)| exclusion_code(reason)).chain(superseded) {
            match counts.iter_mut().find(|known| known.code == code) {
                Some(known) => known.count += 1,
                None => counts.push(ExclusionCount { code: code.to_owned(), count: 1 }),
            }
        }
        sort(&mut counts, |left, right| left.code.cmp(&right.code));
        counts
    }

    /// Tells what reading alone has shown.
    pub fn report(&self, notices: &mut Notices) {
        for rejected in &self.rejected {
            notices.add_somebody(&rejected.problem.code, None, rejected.employee.as_deref());
        }
        for (employee, reason) in &self.excluded {
            match reason {
                Exclusion::UnknownFlag(value) => notices.add(codes::UNKNOWN_FLAG_VALUE, Some(value), employee),
                Exclusion::UnusableFlag(_) => notices.add(codes::FLAG_UNUSABLE, None, employee),
                Exclusion::NotFlagged | Exclusion::Other(_) => {}
            }
        }
        for (_, learner) in &self.learners {
            if learner.email == Reading::Hidden {
                notices.add(codes::EMAIL_HIDDEN, None, &learner.employee);
            }
            if learner.status == StatusReading::Hidden {
                notices.add(codes::STATUS_HIDDEN, None, &learner.employee);
            }
        }
        for employee in &self.duplicates {
            notices.add(codes::DUPLICATE_RECORD, None, employee);
        }
    }

    /// Rule S17: tells that not everybody was read, of a plan that goes on with those who were. How many of how many is
    /// the host's to say: it has the figures of every read.
    pub fn report_incomplete(&self, notices: &mut Notices) {
        if !self.complete {
            notices.add_fact(codes::READ_INCOMPLETE, None);
        }
    }
}

/// What a record has to pass to be mapped, in this order. A connector's mapping keeps it, so that a record's rejection tells
/// what it has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Check {
    /// It can be read.
    Shape,
    /// It shows an ID.
    Id,
    /// It shows the filter attribute.
    Flag,
    /// It shows all that is needed to tell whether somebody is to be synced.
    Passed,
}

impl Check {
    /// The check that rejects with this code.
    fn of(code: &str) -> Self {
        match code {
            codes::BROKEN_RECORD => Self::Shape,
            codes::ID_MISSING => Self::Id,
            codes::FLAG_HIDDEN => Self::Flag,
            _ => Self::Passed,
        }
    }
}

/// Rule S5: what cannot be understood is not evidence that a yes was taken back.
const fn loses_the_flag(reason: &Exclusion) -> bool {
    match reason {
        Exclusion::NotFlagged | Exclusion::UnknownFlag(_) | Exclusion::Other(_) => true,
        Exclusion::UnusableFlag(_) => false,
    }
}

fn id(record: &SourceRecord) -> Option<&str> {
    match record {
        SourceRecord::Learner(learner) => Some(&learner.employee),
        SourceRecord::Excluded(excluded) => Some(&excluded.employee),
        SourceRecord::Rejected(rejected) => rejected.employee.as_deref(),
    }
}

fn exclusion_code(reason: &Exclusion) -> &str {
    match reason {
        Exclusion::NotFlagged => codes::NOT_FLAGGED,
        Exclusion::UnknownFlag(_) => codes::UNKNOWN_FLAG_VALUE,
        Exclusion::UnusableFlag(_) => codes::FLAG_UNUSABLE,
        Exclusion::Other(code) => code,
    }
}
