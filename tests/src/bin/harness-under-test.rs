//! The harness, stopping at a step of its work for a test to kill it there: see `tests/crash.rs`.
//!
//! Everything is the harness' own but the directory, which is passed through [`Stepping`]: it counts the calls that write,
//! and when it comes to the one that `STOP_AT` names it says so on stderr and waits to be killed. If it comes to the end,
//! it says how many steps there were. Without `STOP_AT` it is the harness and nothing else. What ships has nothing of this
//! in it.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use host_harness::contract::{self, Action};
use host_harness::directory::{Changes, Directory, DirectoryError, Invitee};
use host_harness::mail::Mail;
use host_harness::run::{Outcome, RunReport};

fn main() -> ExitCode {
    let code = host_harness::cli::main_around(|directory| Box::new(Stepping(directory)));
    if stop_at().is_some() {
        say(&format!("steps: {}", STEPS.load(Ordering::Relaxed)));
    }
    code
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

/// A directory of which each call that writes is a step before and after it.
struct Stepping(Box<dyn Directory>);

impl Directory for Stepping {
    fn id(&self) -> Result<Option<String>, DirectoryError> {
        self.0.id()
    }

    fn snapshot(&self) -> Result<contract::Directory, DirectoryError> {
        self.0.snapshot()
    }

    fn begin(&mut self) -> Result<Box<dyn Changes + '_>, DirectoryError> {
        step();
        let changes = self.0.begin()?;
        step();
        Ok(Box::new(SteppingChanges(changes)))
    }

    fn approval_used(&self, plan_hash: &str) -> Result<bool, DirectoryError> {
        self.0.approval_used(plan_hash)
    }

    fn queued(&self) -> Result<Vec<Mail>, DirectoryError> {
        let queued = self.0.queued()?;
        step();
        Ok(queued)
    }

    /// Before: the mail is out and nobody has noted it. After: the next is not yet out.
    fn delivered(&mut self, message_id: &str) -> Result<(), DirectoryError> {
        step();
        self.0.delivered(message_id)?;
        step();
        Ok(())
    }

    fn set_aside(&mut self, message_id: &str, why: &str) -> Result<(), DirectoryError> {
        step();
        self.0.set_aside(message_id, why)
    }
}

struct SteppingChanges<'a>(Box<dyn Changes + 'a>);

impl Changes for SteppingChanges<'_> {
    /// Each action is a step: the one to stop at is reached by writing those before it into the open transaction.
    fn apply(&mut self, actions: &[Action]) -> Result<Vec<Outcome>, DirectoryError> {
        let done = STEPS.fetch_add(actions.len(), Ordering::Relaxed);
        let within = stop_at().and_then(|stop| stop.checked_sub(done + 1));
        if let Some(part) = within.and_then(|before| actions.get(..before)).filter(|part| part.len() < actions.len()) {
            self.0.apply(part)?;
            stop();
        }
        self.0.apply(actions)
    }

    fn invitee(&self, employee: &str) -> Result<Option<Invitee>, DirectoryError> {
        self.0.invitee(employee)
    }

    fn record(&mut self, run: &RunReport) -> Result<(), DirectoryError> {
        step();
        self.0.record(run)
    }

    fn enqueue(&mut self, mail: &Mail) -> Result<(), DirectoryError> {
        step();
        self.0.enqueue(mail)
    }

    fn replace(&mut self, mail: &Mail) -> Result<(), DirectoryError> {
        step();
        self.0.replace(mail)
    }

    fn commit(self: Box<Self>) -> Result<(), DirectoryError> {
        step();
        self.0.commit()?;
        step();
        Ok(())
    }
}
