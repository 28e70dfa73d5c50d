//! Cleans a guest's own texts before people see them: its errors, and its reasons for refusing records and plans.
//!
//! A guest never holds a secret, and every answer it reads was scrubbed. Its texts are scrubbed nevertheless: a secret can
//! come to it in another way, such as a password that the tenant also typed into another field. And they are escaped and cut
//! as log lines are, because they end up in terminals, plan files and mails. Data (values of accounts, cursors) is left as
//! it is: it is compared, not read, and is reduced to one line where it is shown. Codes need no cleaning: an invalid code
//! was refused before.

use crate::contract::{Error, Plan, Problem, SourceNotice, SourceRecord, Verdict as Judgement};

use super::guest_log::{head, is_printable, printable};

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

    /// Cleans what a connector noticed.
    pub fn notices(&self, notices: &mut [SourceNotice]) {
        for notice in notices {
            self.problem(&mut notice.problem);
        }
    }

    /// Cleans the words of a plan: those that explain it, and the IDs a connector makes up.
    ///
    /// All of them are looked at as one text first: looking for secrets costs something for each text, and in ten thousand
    /// good ones there is nothing to find.
    pub fn plan(&self, plan: &mut Plan) {
        let (mut all, mut good) = (String::new(), true);
        each_word(plan, |text| {
            good &= is_printable(text) && head(text) == text;
            all.push_str(text);
            all.push('\n');
        });
        if !good || (self.0)(&all) != all {
            each_word(plan, |text| self.clean(text));
        }
    }

    fn problem(&self, problem: &mut Problem) {
        each_of_problem(problem, &mut |text| self.clean(text));
    }

    fn clean(&self, text: &mut String) {
        *text = printable(&(self.0)(head(text)));
    }
}

/// Every text of a plan that is the connector's own.
fn each_word(plan: &mut Plan, mut act: impl FnMut(&mut String)) {
    plan.actions.iter_mut().for_each(|action| act(&mut action.id));
    for notice in &mut plan.notices {
        notice.employees.iter_mut().chain(&mut notice.detail).for_each(&mut act);
    }
    match &mut plan.verdict {
        Judgement::Ready => {}
        Judgement::NeedsApproval(hits) => hits.iter_mut().flat_map(|hit| &mut hit.employees).for_each(act),
        Judgement::Blocked(problem) => each_of_problem(problem, &mut act),
    }
}

fn each_of_problem(problem: &mut Problem, act: &mut impl FnMut(&mut String)) {
    let Problem { code: _, subject, message, remedy } = problem;
    [message, remedy].into_iter().chain(subject).for_each(act);
}
