//! A guest's own words, on their way to people: its errors, and what it says of records and plans it refuses.
//!
//! A guest never holds a secret, and every answer it reads was scrubbed. Its words are scrubbed all the same: a secret can
//! come to it in another way, such as a password that the tenant also typed into another field. And they are escaped as
//! log lines are, because they end up in terminals and mails. Data (values of accounts, cursors) is left as it is: it is
//! compared, not read.

use crate::contract::connector::Error;
use crate::contract::{Plan, Problem, SourceRecord, Verdict as Judgement};

use super::journal::printable;

/// Cleans a guest's words. Holds how to scrub: the vault is the store's.
pub(super) struct Cleaner<S: Fn(&str) -> String>(pub S);

impl<S: Fn(&str) -> String> Cleaner<S> {
    /// Cleans an error's words.
    pub fn error(&self, mut error: Error) -> Error {
        match &mut error {
            Error::InvalidSettings(problems) => problems.iter_mut().for_each(|problem| self.problem(problem)),
            Error::Refused(problem)
            | Error::Unreadable(problem)
            | Error::InvalidArgument(problem)
            | Error::Other(problem) => self.problem(problem),
            Error::RetryLater(retry) => self.problem(&mut retry.problem),
            Error::NotConfigured => {}
        }
        error
    }

    /// Cleans what is said of a record that cannot be used.
    pub fn record(&self, record: &mut SourceRecord) {
        if let SourceRecord::Rejected(rejected) = record {
            self.problem(&mut rejected.problem);
        }
    }

    /// Cleans what is said of a plan that may not be applied.
    pub fn plan(&self, plan: &mut Plan) {
        if let Judgement::Blocked(problem) = &mut plan.verdict {
            self.problem(problem);
        }
    }

    fn problem(&self, problem: &mut Problem) {
        for text in
            [&mut problem.code, &mut problem.message, &mut problem.remedy].into_iter().chain(&mut problem.subject)
        {
            *text = printable(&(self.0)(text));
        }
    }
}
