//! The harness, stopping at a step of its work for a test to kill it there: see `tests/crash`; or breaking there: see
//! `tests/service/breaking`.
//!
//! Everything is the harness' own but the directory, which is passed through [`Stepping`]: it counts the calls that write,
//! and when it comes to the one that `STOP_AT` names it says so on stderr and waits to be killed. If it comes to the end,
//! it says how many steps there were. `DIRECTORY_DATABASE` and `DIRECTORY_ID` put a directory in a database in the place of the
//! one in the file. `PANIC_AT` is a file with the name of the step of a service's run at which it panics. Without them it is the harness and nothing else. What ships has nothing of this in it.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use connector_database::{Database, DatabaseError, PoolOptions};
use connector_host::contract::{self, Action};
use connector_store_postgres::{Directories, PostgresDirectory};
use connector_sync::directory::{
    Accounts, Approvals, Directory, DirectoryError, Invitee, Issue, IssuedPlans, Outbox, RunLog, Transaction,
};
use connector_sync::history::PersonHistory;
use connector_sync::mail::Mail;
use connector_sync::plan_file::IssuedPlan;
use connector_sync::run::{Failure, Outcome, RunReport, StoredRun};
use jiff::Timestamp;

fn main() -> ExitCode {
    let around: harness::Around = |directory| Box::new(Stepping(in_database().unwrap_or(directory)));
    let code = harness::main_with(harness::Hooks { around, at_step: break_if_asked });
    if stop_at().is_some() {
        say(&format!("steps: {}", STEPS.load(Ordering::Relaxed)));
    }
    code
}

#[allow(clippy::panic, reason = "that is what is asked for")]
fn break_if_asked(step: &'static str) {
    let asked = std::env::var_os("PANIC_AT").and_then(|file| std::fs::read_to_string(file).ok());
    assert!(asked.is_none_or(|asked| asked.trim() != step), "asked to break at {step}");
}

static STEPS: AtomicUsize = AtomicUsize::new(0);

/// Which step to stop at, if any; the first is 1, and 0 is never come to.
fn stop_at() -> Option<usize> {
    std::env::var("STOP_AT").ok()?.parse().ok()
}

/// Another step: the last, if it is the one to stop at.
fn step() {
    if Some(STEPS.fetch_add(1, Ordering::Relaxed) + 1) == stop_at() {
        stop();
    }
}

fn stop() -> ! {
    say("stopped");
    loop {
        std::thread::park();
    }
}

fn say(line: &str) {
    // Nobody reads it any more if this fails.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The directory in a database that a test wants.
fn in_database() -> Option<Box<dyn Directory>> {
    let (url, id) = (std::env::var("DIRECTORY_DATABASE").ok()?, std::env::var("DIRECTORY_ID").ok()?);
    Some(Box::new(InDatabase { url, id, open: None }))
}

/// One that is connected to when it is needed.
struct InDatabase {
    url: String,
    id: String,
    open: Option<PostgresDirectory>,
}

impl InDatabase {
    async fn open(&mut self) -> Result<&mut PostgresDirectory, DirectoryError> {
        if self.open.is_none() {
            let away = |error: DatabaseError| DirectoryError::Unreachable(error.to_string());
            let url = self.url.parse().map_err(away)?;
            let database = Database::postgres(&url, PoolOptions::default()).await.map_err(away)?;
            self.open = Some(Directories::open(&database).await?.directory("tenant", &self.id));
        }
        self.open.as_mut().ok_or_else(|| DirectoryError::Failed("it is not open".to_owned()))
    }
}

#[async_trait]
impl Directory for InDatabase {
    async fn id(&mut self) -> Result<Option<String>, DirectoryError> {
        self.open().await?.id().await
    }

    async fn read(&mut self) -> Result<Box<dyn Transaction + '_>, DirectoryError> {
        self.open().await?.read().await
    }

    async fn begin(&mut self) -> Result<Box<dyn Transaction + '_>, DirectoryError> {
        self.open().await?.begin().await
    }
}

/// A directory of which each call that writes is a step before and after it.
struct Stepping(Box<dyn Directory>);

#[async_trait]
impl Directory for Stepping {
    async fn id(&mut self) -> Result<Option<String>, DirectoryError> {
        self.0.id().await
    }

    async fn read(&mut self) -> Result<Box<dyn Transaction + '_>, DirectoryError> {
        Ok(Box::new(SteppingTransaction(self.0.read().await?)))
    }

    async fn begin(&mut self) -> Result<Box<dyn Transaction + '_>, DirectoryError> {
        step();
        let transaction = self.0.begin().await?;
        step();
        Ok(Box::new(SteppingTransaction(transaction)))
    }
}

struct SteppingTransaction<'a>(Box<dyn Transaction + 'a>);

#[async_trait]
impl Transaction for SteppingTransaction<'_> {
    async fn commit(self: Box<Self>) -> Result<(), DirectoryError> {
        step();
        self.0.commit().await?;
        step();
        Ok(())
    }
}

#[async_trait]
impl Accounts for SteppingTransaction<'_> {
    async fn snapshot(&mut self) -> Result<contract::Directory, DirectoryError> {
        self.0.snapshot().await
    }

    /// Each action is a step: the one to stop at is reached by writing those before it into the open transaction.
    async fn apply(&mut self, actions: &[Action]) -> Result<Vec<Outcome>, DirectoryError> {
        let done = STEPS.fetch_add(actions.len(), Ordering::Relaxed);
        let within = stop_at().and_then(|stop| stop.checked_sub(done + 1));
        if let Some(part) = within.and_then(|before| actions.get(..before)).filter(|part| part.len() < actions.len()) {
            self.0.apply(part).await?;
            stop();
        }
        self.0.apply(actions).await
    }

    async fn invitee(&mut self, employee: &str) -> Result<Option<Invitee>, DirectoryError> {
        self.0.invitee(employee).await
    }
}

#[async_trait]
impl Approvals for SteppingTransaction<'_> {
    async fn approval_used(&mut self, plan_hash: &str) -> Result<bool, DirectoryError> {
        self.0.approval_used(plan_hash).await
    }
}

#[async_trait]
impl IssuedPlans for SteppingTransaction<'_> {
    async fn issue(&mut self, plan: &IssuedPlan, at: Timestamp) -> Result<(), DirectoryError> {
        step();
        self.0.issue(plan, at).await
    }

    async fn issued(&mut self, plan: &IssuedPlan) -> Result<Issue, DirectoryError> {
        self.0.issued(plan).await
    }

    async fn use_up(&mut self, plan: &IssuedPlan) -> Result<(), DirectoryError> {
        step();
        self.0.use_up(plan).await
    }
}

#[async_trait]
impl RunLog for SteppingTransaction<'_> {
    async fn record(&mut self, run: &RunReport) -> Result<(), DirectoryError> {
        step();
        self.0.record(run).await
    }

    async fn note_for_platform(&mut self, notice: &Failure, day: &str) -> Result<bool, DirectoryError> {
        step();
        self.0.note_for_platform(notice, day).await
    }

    async fn runs(&mut self) -> Result<Vec<StoredRun>, DirectoryError> {
        self.0.runs().await
    }

    async fn history(&mut self, employee: &str) -> Result<PersonHistory, DirectoryError> {
        self.0.history(employee).await
    }
}

#[async_trait]
impl Outbox for SteppingTransaction<'_> {
    async fn enqueue(&mut self, mail: &Mail) -> Result<(), DirectoryError> {
        step();
        self.0.enqueue(mail).await
    }

    async fn replace(&mut self, mail: &Mail) -> Result<(), DirectoryError> {
        step();
        self.0.replace(mail).await
    }

    async fn queued(&mut self) -> Result<Vec<Mail>, DirectoryError> {
        let queued = self.0.queued().await?;
        step();
        Ok(queued)
    }

    /// Before: the mail is out and nobody has noted it.
    async fn delivered(&mut self, message_id: &str) -> Result<(), DirectoryError> {
        step();
        self.0.delivered(message_id).await
    }

    async fn dead_letter(&mut self, message_id: &str, why: &str) -> Result<(), DirectoryError> {
        step();
        self.0.dead_letter(message_id, why).await
    }
}
