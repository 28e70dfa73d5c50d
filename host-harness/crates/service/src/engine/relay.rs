//! What processes that share a database tell each other: that a run has changed, that one is to stop, and that they are there.
//!
//! A reader of a page follows a run that works on another machine. So changes go through the database's signals, which may get lost:
//! whoever missed some looks at everything. Of many changes of one run in a moment one is told.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connector_database::Signal;
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;

use super::Engine;
use crate::connectors::Connectors;
use crate::db::{DbError, Run, RunState, Worker};
use crate::live::{Change, Position};
use crate::metrics::Moment;

/// For how long changes are gathered before they are told.
const TOGETHER: Duration = Duration::from_millis(200);
/// How often a process says that it is there.
const REPORT: Duration = Duration::from_secs(10);

/// Changes that wait to be told.
#[derive(Default)]
pub(super) struct Outgoing {
    changes: Mutex<BTreeSet<(String, String)>>,
    wake: Notify,
}

impl Outgoing {
    fn add(&self, tenant: &str, id: &str) {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.insert((tenant.to_owned(), id.to_owned()));
        self.wake.notify_one();
    }

    fn take(&self) -> BTreeSet<(String, String)> {
        std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Engine {
    /// Says that something of a tenant's has changed, to readers here and elsewhere.
    pub fn announce(&self, tenant: &str, id: &str) {
        self.live.announce(tenant, id);
        if self.is_shared() {
            self.changes.add(tenant, id);
        }
    }

    /// Where a run is: as this process knows, or as its worker last said.
    #[must_use]
    pub fn position(&self, run: &Run) -> Option<Position> {
        let here = self.live.find(&run.id).map(|watched| watched.position());
        here.or_else(|| run.progress.clone().filter(|_| run.state == RunState::Running))
    }

    /// Notes where a run is, for readers elsewhere.
    pub(super) async fn tell(&self, run: &Run, position: &Position) {
        // Plain data: this cannot fail.
        let json = serde_json::to_string(position).unwrap_or_default();
        if let Err(error) = self.db.note_progress(run, &json).await {
            tracing::debug!(run = run.id, "where a run is cannot be told: {error}");
        }
        self.changes.add(&run.tenant, &run.id);
    }

    /// Asks a run on another machine to stop; false if none works on it.
    pub(super) async fn stop_elsewhere(&self, run: &Run) -> Result<bool, DbError> {
        let is_asked = self.db.ask_to_stop(run).await?;
        if is_asked && let Err(error) = self.db.database().signal(&format!("stop {}", run.id)).await {
            // It looks by itself before its lease ends.
            tracing::debug!("a worker did not hear at once that a run is to stop: {error}");
        }
        Ok(is_asked)
    }

    /// Passes on what other processes tell, and tells them what has changed here.
    pub(super) async fn relay(self: Arc<Self>) {
        if self.is_shared() {
            tokio::join!(self.hear(), self.say());
        }
    }

    async fn hear(&self) {
        let mut signals = self.db.database().signals();
        loop {
            match signals.recv().await {
                Ok(Signal::Word(word)) if word == Connectors::CHANGED => self.refresh_connectors().await,
                Ok(Signal::Word(word)) => self.heard(&word),
                // Readers look at everything, and whoever holds a run asks whether it is to stop.
                Ok(Signal::Missed) | Err(RecvError::Lagged(_)) => {
                    self.refresh_connectors().await;
                    self.live.announce_all();
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    async fn refresh_connectors(&self) {
        if let Err(error) = self.connectors.refresh(&self.db).await {
            tracing::warn!("what has become of the connectors is not known: {error}");
        }
    }

    fn heard(&self, word: &str) {
        let mut parts = word.split(' ');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("changed"), Some(process), Some(tenant), Some(id)) if process != self.worker => {
                self.live.announce(tenant, id);
            }
            (Some("stop"), Some(run), None, None) => {
                // Nobody here may have it.
                let _ = self.stops.send(run.to_owned());
            }
            _ => {}
        }
    }

    async fn say(&self) {
        loop {
            self.changes.wake.notified().await;
            for (tenant, id) in self.changes.take() {
                let word = format!("changed {} {tenant} {id}", self.worker);
                if let Err(error) = self.db.database().signal(&word).await {
                    tracing::debug!("other processes did not hear of a change: {error}");
                }
            }
            tokio::time::sleep(TOGETHER).await;
        }
    }

    /// Says that this process is there, and what it has to do.
    pub(super) async fn report(self: Arc<Self>) {
        if !self.is_shared() {
            return;
        }
        loop {
            let worker = Worker {
                id: self.worker.clone(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                at_work: self.at_work.load(Ordering::Relaxed),
                room: self.config.parallel as u64,
                seen: 0,
            };
            if let Err(error) = self.db.put_worker(&worker).await {
                tracing::warn!("this process cannot say that it is there: {error}");
            }
            tokio::time::sleep(REPORT).await;
        }
    }

    /// Figures for monitoring. A database that is away is a figure too.
    ///
    /// # Errors
    /// Never.
    pub async fn figures(&self) -> Result<String, std::fmt::Error> {
        let waiting = async {
            let (depth, since) = self.db.queue_depth().await?;
            let since = since.and_then(|since| since.parse::<Timestamp>().ok()).map(Timestamp::as_second);
            let age = match since {
                Some(since) => self.db.now().await? - since,
                None => 0,
            };
            Ok::<_, DbError>((depth, Duration::from_secs(u64::try_from(age).unwrap_or_default())))
        };
        let moment = Moment {
            waiting: waiting.await.ok(),
            workers: self.db.workers().await.ok().map(|workers| workers.len() as u64),
            is_queue_up: self.queue.is_available(),
            at_work: self.at_work.load(Ordering::Relaxed),
        };
        self.metrics.text(&moment)
    }

    /// Says that this process is gone.
    pub(super) async fn leave(&self) {
        if self.is_shared()
            && let Err(error) = self.db.remove_worker(&self.worker).await
        {
            tracing::debug!("this process cannot say that it is gone: {error}");
        }
    }
}

impl Change {
    /// That anything may have changed.
    #[must_use]
    pub fn anything() -> Self {
        Self { tenant: String::new(), id: String::new() }
    }

    /// Whether it is about something that somebody follows: a tenant's runs, or one of them.
    #[must_use]
    pub fn is_about(&self, tenant: &str, id: Option<&str>) -> bool {
        *self == Self::anything() || (self.tenant == tenant && id.is_none_or(|id| *id == self.id))
    }
}
