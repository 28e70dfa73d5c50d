//! A store a server away, for tests whose clock stands still.
//!
//! A paused clock of the runtime jumps to the next timer whenever everything waits, and waiting for a server's answer is no
//! exception: every timeout would be over at once. So the work is done here and now, with the network and the clock of another
//! runtime, and the paused one is not asked in between.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use async_trait::async_trait;
use connector_host::contract::{self, Action, Group};
use connector_sync::directory::{
    Accounts, AccountsOf, Approvals, Directory, Import, ImportedAccount, Invitee, Issue, IssuedPlans, Link, Links,
    Outbox, OutboxCounts, OutboxStatus, Result, Retention, RunLog, Store, StoreTransaction, Transaction, Undeliverable,
};
use connector_sync::history::{PastDecision, PersonHistory};
use connector_sync::mail::Mail;
use connector_sync::plan_file::IssuedPlan;
use connector_sync::run::{Failure, Outcome, RunReport, StoredRun};
use jiff::Timestamp;
use tokio::runtime::Runtime;

/// The runtime beside that of the test.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    #[allow(clippy::expect_used, reason = "a test without a runtime is a failed test")]
    let make = || {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        runtime.worker_threads(1).enable_all().build().expect("a runtime")
    };
    RUNTIME.get_or_init(make)
}

/// Does work with the network and the clock of another runtime; whatever runtime this is called from waits.
pub fn apart<T>(work: impl Future<Output = T>) -> T {
    let _entered = runtime().enter();
    // The test's runtime lets nobody work for long before others have a turn, and here is nobody else.
    futures_executor::block_on(tokio::task::unconstrained(work))
}

/// A store that is worked with in this way.
pub struct Apart<S>(pub S);

impl<S: Store> Apart<S> {
    fn open<'a>(work: impl Future<Output = Result<Box<dyn StoreTransaction + 'a>>>) -> Result<Box<Open<'a>>> {
        Ok(Box::new(Open(Some(apart(work)?))))
    }
}

#[async_trait]
impl<S: Store> Directory for Apart<S> {
    async fn id(&mut self) -> Result<Option<String>> {
        apart(self.0.id())
    }

    async fn read(&mut self) -> Result<Box<dyn Transaction + '_>> {
        Ok(Self::open(self.0.inspect())?)
    }

    async fn begin(&mut self) -> Result<Box<dyn Transaction + '_>> {
        Ok(Self::open(self.0.administer())?)
    }
}

#[async_trait]
impl<S: Store> Store for Apart<S> {
    async fn inspect(&mut self) -> Result<Box<dyn StoreTransaction + '_>> {
        Ok(Self::open(self.0.inspect())?)
    }

    async fn administer(&mut self) -> Result<Box<dyn StoreTransaction + '_>> {
        Ok(Self::open(self.0.administer())?)
    }
}

struct Open<'a>(Option<Box<dyn StoreTransaction + 'a>>);

impl<'a> Open<'a> {
    #[allow(clippy::expect_used, reason = "it is there until this is dropped or committed")]
    fn inner(&mut self) -> &mut (dyn StoreTransaction + 'a) {
        &mut **self.0.as_mut().expect("an open transaction")
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // What undoes a transaction in the background does so on the other runtime.
        let _entered = runtime().enter();
        drop(self.0.take());
    }
}

#[async_trait]
impl Transaction for Open<'_> {
    #[allow(clippy::expect_used, reason = "as above")]
    async fn commit(mut self: Box<Self>) -> Result<()> {
        apart(self.0.take().expect("an open transaction").commit())
    }
}

#[async_trait]
impl Accounts for Open<'_> {
    async fn snapshot(&mut self) -> Result<contract::Directory> {
        apart(self.inner().snapshot())
    }

    async fn apply(&mut self, actions: &[Action]) -> Result<Vec<Outcome>> {
        apart(self.inner().apply(actions))
    }

    async fn invitee(&mut self, employee: &str) -> Result<Option<Invitee>> {
        apart(self.inner().invitee(employee))
    }

    async fn invitees(&mut self, employees: &[String]) -> Result<Vec<Option<Invitee>>> {
        apart(self.inner().invitees(employees))
    }
}

#[async_trait]
impl Approvals for Open<'_> {
    async fn approval_used(&mut self, plan_hash: &str) -> Result<bool> {
        apart(self.inner().approval_used(plan_hash))
    }
}

#[async_trait]
impl IssuedPlans for Open<'_> {
    async fn issue(&mut self, plan: &IssuedPlan, at: Timestamp) -> Result<()> {
        apart(self.inner().issue(plan, at))
    }

    async fn issued(&mut self, plan: &IssuedPlan) -> Result<Issue> {
        apart(self.inner().issued(plan))
    }

    async fn use_up(&mut self, plan: &IssuedPlan) -> Result<()> {
        apart(self.inner().use_up(plan))
    }
}

#[async_trait]
impl RunLog for Open<'_> {
    async fn record(&mut self, run: &RunReport) -> Result<()> {
        apart(self.inner().record(run))
    }

    async fn note_for_platform(&mut self, notice: &Failure, day: &str) -> Result<bool> {
        apart(self.inner().note_for_platform(notice, day))
    }

    async fn runs(&mut self) -> Result<Vec<StoredRun>> {
        apart(self.inner().runs())
    }

    async fn find_run(&mut self, id: &str) -> Result<Option<StoredRun>> {
        apart(self.inner().find_run(id))
    }

    async fn history(&mut self, employee: &str) -> Result<PersonHistory> {
        apart(self.inner().history(employee))
    }
}

#[async_trait]
impl Outbox for Open<'_> {
    async fn enqueue(&mut self, mail: &Mail) -> Result<()> {
        apart(self.inner().enqueue(mail))
    }

    async fn enqueue_all(&mut self, mails: &[Mail]) -> Result<()> {
        apart(self.inner().enqueue_all(mails))
    }

    async fn replace(&mut self, mail: &Mail) -> Result<()> {
        apart(self.inner().replace(mail))
    }

    async fn replace_all(&mut self, mails: &[Mail]) -> Result<()> {
        apart(self.inner().replace_all(mails))
    }

    async fn queued(&mut self) -> Result<Vec<Mail>> {
        apart(self.inner().queued())
    }

    async fn delivered(&mut self, message_id: &str) -> Result<()> {
        apart(self.inner().delivered(message_id))
    }

    async fn dead_letter(&mut self, message_id: &str, why: &str) -> Result<()> {
        apart(self.inner().dead_letter(message_id, why))
    }
}

#[async_trait]
impl Links for Open<'_> {
    async fn link(&mut self, account: &str) -> Result<Option<Link>> {
        apart(self.inner().link(account))
    }

    async fn accounts_of(&mut self, employee: &str) -> Result<AccountsOf> {
        apart(self.inner().accounts_of(employee))
    }

    async fn set_link(&mut self, account: &str, link: &Link) -> Result<()> {
        apart(self.inner().set_link(account, link))
    }

    async fn file_decision(&mut self, decision: &PastDecision) -> Result<()> {
        apart(self.inner().file_decision(decision))
    }
}

#[async_trait]
impl Import for Open<'_> {
    async fn roles(&mut self) -> Result<BTreeMap<String, String>> {
        apart(self.inner().roles())
    }

    async fn put_groups(&mut self, groups: &[Group]) -> Result<()> {
        apart(self.inner().put_groups(groups))
    }

    async fn put_accounts(&mut self, accounts: &[ImportedAccount]) -> Result<()> {
        apart(self.inner().put_accounts(accounts))
    }
}

#[async_trait]
impl Retention for Open<'_> {
    async fn forget_changes(&mut self, employee: &str) -> Result<()> {
        apart(self.inner().forget_changes(employee))
    }
}

#[async_trait]
impl OutboxStatus for Open<'_> {
    async fn outbox_counts(&mut self) -> Result<OutboxCounts> {
        apart(self.inner().outbox_counts())
    }

    async fn undeliverable(&mut self) -> Result<Vec<Undeliverable>> {
        apart(self.inner().undeliverable())
    }
}
