//! One transaction's jobs, each handed to its module.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use connector_host::contract::{Action, Directory, Group};
use connector_sync::directory::{
    Accounts, AccountsOf, Approvals, Import, ImportedAccount, Invitee, Issue, IssuedPlans, Link, Links, Outbox,
    OutboxCounts, OutboxStatus, Result, Retention, RunLog, Transaction, Undeliverable,
};
use connector_sync::history::{PastDecision, PersonHistory};
use connector_sync::mail::Mail;
use connector_sync::plan_file::IssuedPlan;
use connector_sync::run::{Failure, Outcome, RunReport, StoredRun};
use jiff::Timestamp;

use crate::session::Session;
use crate::{Key, apply, history, import, issued_plans, links, outbox, runs, snapshot};

/// One transaction; dropping it undoes it.
pub struct PostgresTransaction {
    session: Session,
    key: Arc<Key>,
}

impl PostgresTransaction {
    pub fn new(session: Session, key: &Arc<Key>) -> Self {
        Self { session, key: Arc::clone(key) }
    }
}

#[async_trait]
impl Transaction for PostgresTransaction {
    async fn commit(self: Box<Self>) -> Result<()> {
        self.session.commit().await
    }
}

#[async_trait]
impl Accounts for PostgresTransaction {
    async fn snapshot(&mut self) -> Result<Directory> {
        snapshot::whole(&mut self.session, &self.key).await
    }

    async fn apply(&mut self, actions: &[Action]) -> Result<Vec<Outcome>> {
        apply::apply(&mut self.session, &self.key, actions).await
    }

    async fn invitee(&mut self, employee: &str) -> Result<Option<Invitee>> {
        Ok(self.invitees(&[employee.to_owned()]).await?.pop().flatten())
    }

    async fn invitees(&mut self, employees: &[String]) -> Result<Vec<Option<Invitee>>> {
        outbox::invitees(&mut self.session, &self.key, employees).await
    }
}

#[async_trait]
impl Approvals for PostgresTransaction {
    async fn approval_used(&mut self, plan_hash: &str) -> Result<bool> {
        runs::approval_used(&mut self.session, &self.key, plan_hash).await
    }
}

#[async_trait]
impl IssuedPlans for PostgresTransaction {
    async fn issue(&mut self, plan: &IssuedPlan, at: Timestamp) -> Result<()> {
        issued_plans::issue(&mut self.session, &self.key, plan, at).await
    }

    async fn issued(&mut self, plan: &IssuedPlan) -> Result<Issue> {
        issued_plans::issued(&mut self.session, &self.key, plan).await
    }

    async fn use_up(&mut self, plan: &IssuedPlan) -> Result<()> {
        issued_plans::use_up(&mut self.session, &self.key, plan).await
    }
}

#[async_trait]
impl RunLog for PostgresTransaction {
    async fn record(&mut self, run: &RunReport) -> Result<()> {
        runs::record(&mut self.session, &self.key, run).await
    }

    async fn note_for_platform(&mut self, notice: &Failure, day: &str) -> Result<bool> {
        runs::note_for_platform(&mut self.session, &self.key, notice, day).await
    }

    async fn runs(&mut self) -> Result<Vec<StoredRun>> {
        runs::all(&mut self.session, &self.key).await
    }

    async fn find_run(&mut self, id: &str) -> Result<Option<StoredRun>> {
        runs::find(&mut self.session, &self.key, id).await
    }

    async fn history(&mut self, employee: &str) -> Result<PersonHistory> {
        history::of(&mut self.session, &self.key, employee).await
    }
}

#[async_trait]
impl Outbox for PostgresTransaction {
    async fn enqueue(&mut self, mail: &Mail) -> Result<()> {
        self.enqueue_all(std::slice::from_ref(mail)).await
    }

    async fn enqueue_all(&mut self, mails: &[Mail]) -> Result<()> {
        outbox::enqueue(&mut self.session, &self.key, mails).await
    }

    async fn replace(&mut self, mail: &Mail) -> Result<()> {
        self.replace_all(std::slice::from_ref(mail)).await
    }

    async fn replace_all(&mut self, mails: &[Mail]) -> Result<()> {
        outbox::replace(&mut self.session, &self.key, mails).await
    }

    async fn queued(&mut self) -> Result<Vec<Mail>> {
        outbox::queued(&mut self.session, &self.key).await
    }

    async fn delivered(&mut self, message_id: &str) -> Result<()> {
        outbox::delivered(&mut self.session, &self.key, message_id).await
    }

    async fn dead_letter(&mut self, message_id: &str, why: &str) -> Result<()> {
        outbox::dead_letter(&mut self.session, &self.key, message_id, why).await
    }
}

#[async_trait]
impl Links for PostgresTransaction {
    async fn link(&mut self, account: &str) -> Result<Option<Link>> {
        links::link(&mut self.session, &self.key, account).await
    }

    async fn accounts_of(&mut self, employee: &str) -> Result<AccountsOf> {
        links::accounts_of(&mut self.session, &self.key, employee).await
    }

    async fn set_link(&mut self, account: &str, link: &Link) -> Result<()> {
        links::set_link(&mut self.session, &self.key, account, link).await
    }

    async fn file_decision(&mut self, decision: &PastDecision) -> Result<()> {
        links::file(&mut self.session, &self.key, decision).await
    }
}

#[async_trait]
impl Import for PostgresTransaction {
    async fn roles(&mut self) -> Result<BTreeMap<String, String>> {
        import::roles(&mut self.session, &self.key).await
    }

    async fn put_groups(&mut self, groups: &[Group]) -> Result<()> {
        import::put_groups(&mut self.session, &self.key, groups).await
    }

    async fn put_accounts(&mut self, accounts: &[ImportedAccount]) -> Result<()> {
        import::put_accounts(&mut self.session, &self.key, accounts).await
    }
}

#[async_trait]
impl Retention for PostgresTransaction {
    async fn forget_changes(&mut self, employee: &str) -> Result<()> {
        history::forget(&mut self.session, &self.key, employee).await
    }
}

#[async_trait]
impl OutboxStatus for PostgresTransaction {
    async fn outbox_counts(&mut self) -> Result<OutboxCounts> {
        outbox::counts(&mut self.session, &self.key).await
    }

    async fn undeliverable(&mut self) -> Result<Vec<Undeliverable>> {
        outbox::undeliverable(&mut self.session, &self.key).await
    }
}
