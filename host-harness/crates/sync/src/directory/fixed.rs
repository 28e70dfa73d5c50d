//! A directory that is planned against and never written.

use async_trait::async_trait;
use connector_host::contract::{self, Action};
use jiff::Timestamp;

use super::{
    Accounts, Approvals, Directory, DirectoryError, Invitee, Issue, IssuedPlans, Outbox, Result, RunLog, Transaction,
};
use crate::history::PersonHistory;
use crate::mail::Mail;
use crate::plan_file::IssuedPlan;
use crate::run::{Failure, Outcome, RunReport, StoredRun};

/// Accounts as they are at one moment: for a preview by a platform that has them, and for tests.
#[derive(Clone)]
pub struct FixedDirectory(pub contract::Directory);

fn fixed<T>() -> Result<T> {
    Err(DirectoryError::Unusable("this directory can only be planned against, not written".to_owned()))
}

#[async_trait]
impl Directory for FixedDirectory {
    async fn id(&mut self) -> Result<Option<String>> {
        Ok(None)
    }

    async fn read(&mut self) -> Result<Box<dyn Transaction + '_>> {
        Ok(Box::new(Reading(&self.0)))
    }

    async fn begin(&mut self) -> Result<Box<dyn Transaction + '_>> {
        fixed()
    }
}

struct Reading<'a>(&'a contract::Directory);

#[async_trait]
impl Transaction for Reading<'_> {
    async fn commit(self: Box<Self>) -> Result<()> {
        fixed()
    }
}

#[async_trait]
impl Accounts for Reading<'_> {
    async fn snapshot(&mut self) -> Result<contract::Directory> {
        Ok(self.0.clone())
    }

    async fn apply(&mut self, _: &[Action]) -> Result<Vec<Outcome>> {
        fixed()
    }

    async fn invitee(&mut self, _: &str) -> Result<Option<Invitee>> {
        fixed()
    }
}

#[async_trait]
impl Approvals for Reading<'_> {
    async fn approval_used(&mut self, _: &str) -> Result<bool> {
        Ok(false)
    }
}

#[async_trait]
impl IssuedPlans for Reading<'_> {
    async fn issue(&mut self, _: &IssuedPlan, _: Timestamp) -> Result<()> {
        fixed()
    }

    async fn issued(&mut self, _: &IssuedPlan) -> Result<Issue> {
        Ok(Issue::Unknown)
    }

    async fn use_up(&mut self, _: &IssuedPlan) -> Result<()> {
        fixed()
    }
}

#[async_trait]
impl RunLog for Reading<'_> {
    async fn record(&mut self, _: &RunReport) -> Result<()> {
        fixed()
    }

    async fn note_for_platform(&mut self, _: &Failure, _: &str) -> Result<bool> {
        fixed()
    }

    async fn runs(&mut self) -> Result<Vec<StoredRun>> {
        Ok(Vec::new())
    }

    async fn history(&mut self, _: &str) -> Result<PersonHistory> {
        Ok(PersonHistory::default())
    }
}

#[async_trait]
impl Outbox for Reading<'_> {
    async fn enqueue(&mut self, _: &Mail) -> Result<()> {
        fixed()
    }

    async fn replace(&mut self, _: &Mail) -> Result<()> {
        fixed()
    }

    async fn queued(&mut self) -> Result<Vec<Mail>> {
        Ok(Vec::new())
    }

    async fn delivered(&mut self, _: &str) -> Result<()> {
        fixed()
    }

    async fn dead_letter(&mut self, _: &str, _: &str) -> Result<()> {
        fixed()
    }
}
