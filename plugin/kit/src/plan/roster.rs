//! Who was read: each employee once, sorted, with what makes a read complete (rule S17).

use std::cmp::Ordering;
use std::collections::HashMap;

use super::count;
use super::notices::Notices;
use crate::bindings::elearnio::connector::types::{
    Counts, Exclusion, ExclusionCount, Field, Learner, Rejected, SourceRead, SourceRecord,
};
use crate::codes;

/// Everybody who was read.
#[derive(Debug)]
pub struct Roster<'a> {
    /// The people to keep in step, by ID, each with the record's place in the read.
    pub learners: Vec<(usize, &'a Learner)>,
    /// Rule S17.
    pub complete: bool,
    excluded: Vec<(&'a str, &'a Exclusion)>,
    rejected: Vec<&'a Rejected>,
    /// The last record of each ID.
    last: HashMap<&'a str, &'a SourceRecord>,
    duplicates: Vec<&'a str>,
    nameless: usize,
}

/// IDs are numbers written as text: shorter ones come first, so that 9 stands before 10.
pub fn by_id(left: &str, right: &str) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

impl<'a> Roster<'a> {
    /// Settles who was read. Of two records with one ID the later wins.
    #[must_use]
    pub fn take(source: &'a SourceRead) -> Self {
        let mut roster = Self {
            learners: Vec::with_capacity(source.records.len()),
            complete: false,
            excluded: Vec::new(),
            rejected: Vec::new(),
            last: HashMap::with_capacity(source.records.len()),
            duplicates: Vec::new(),
            nameless: 0,
        };
        for record in &source.records {
            match id(record) {
                Some(employee) if roster.last.insert(employee, record).is_some() => roster.duplicates.push(employee),
                Some(_) => {}
                None => roster.nameless += 1,
            }
        }
        for (at, record) in source.records.iter().enumerate() {
            let current =
                id(record).is_none_or(|id| roster.last.get(id).is_some_and(|last| std::ptr::eq(*last, record)));
            match record {
                _ if !current => {}
                SourceRecord::Learner(learner) => roster.learners.push((at, learner)),
                SourceRecord::Excluded(excluded) => roster.excluded.push((&excluded.employee, &excluded.reason)),
                SourceRecord::Rejected(rejected) => roster.rejected.push(rejected),
            }
        }
        roster.learners.sort_unstable_by(|(_, left), (_, right)| by_id(&left.employee, &right.employee));
        let distinct = count(roster.last.len());
        roster.complete = source.ended && roster.nameless == 0 && source.total.is_none_or(|total| total == distinct);
        roster
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

    /// True if the employee was read and left out.
    #[must_use]
    pub fn excludes(&self, employee: &str) -> bool {
        matches!(self.last.get(employee), Some(SourceRecord::Excluded(_)))
    }

    /// Rule S18: nobody says yes, not even a record that was rejected for something else.
    #[must_use]
    pub fn nobody_is_flagged(&self) -> bool {
        self.learners.is_empty()
            && self.rejected.iter().all(|rejected| Check::of(&rejected.problem.code) < Check::Filter)
    }

    /// Rule S7: a required attribute that no record shows.
    ///
    /// That is the one at whose check the record that came furthest was rejected. One record that got past it has shown it,
    /// whatever became of that record then.
    #[must_use]
    pub fn hidden_in_every_record(&self) -> Option<Field> {
        let learners = self.learners.first().map(|_| Check::Passed);
        let excluded = self.excluded.first().map(|_| Check::Filter);
        let rejected = self.rejected.iter().map(|rejected| Check::of(&rejected.problem.code));
        match rejected.chain(learners).chain(excluded).max()? {
            Check::Id => Some(Field::Id),
            Check::Flag => Some(Field::Flag),
            Check::Email => Some(Field::Email),
            Check::Status => Some(Field::Status),
            Check::Shape | Check::Filter | Check::Passed => None,
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
            excluded: count(self.excluded.len()),
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
        for (_, reason) in &self.excluded {
            let code = exclusion_code(reason);
            match counts.iter_mut().find(|known| known.code == code) {
                Some(known) => known.count += 1,
                None => counts.push(ExclusionCount { code: code.to_owned(), count: 1 }),
            }
        }
        counts.sort_unstable_by(|left, right| left.code.cmp(&right.code));
        counts
    }

    /// Tells what reading alone has shown.
    pub fn report(&self, notices: &mut Notices) {
        for rejected in &self.rejected {
            notices.add_somebody(&rejected.problem.code, None, rejected.employee.as_deref());
        }
        for (employee, reason) in &self.excluded {
            if let Exclusion::UnknownFlag(value) = reason {
                notices.add(codes::UNKNOWN_FLAG_VALUE, Some(value), employee);
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

/// What a record has to pass before its values are looked at, in this order. A connector's mapping keeps it, so that a
/// record's rejection tells what it has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Check {
    /// It can be read.
    Shape,
    /// It shows an ID.
    Id,
    /// It shows the filter attribute.
    Flag,
    /// The filter lets it through: of who is left out nothing more is looked at (rule S1).
    Filter,
    /// It shows an address.
    Email,
    /// It shows a status.
    Status,
    /// It shows all that is required.
    Passed,
}

impl Check {
    /// The check that rejects with this code.
    fn of(code: &str) -> Self {
        match code {
            codes::BROKEN_RECORD => Self::Shape,
            codes::ID_MISSING => Self::Id,
            codes::FLAG_HIDDEN => Self::Flag,
            codes::EMAIL_HIDDEN => Self::Email,
            codes::STATUS_HIDDEN => Self::Status,
            _ => Self::Passed,
        }
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
        Exclusion::Other(code) => code,
    }
}
