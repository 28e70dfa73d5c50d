//! What is going on right now: where each run is, and that something has changed.
//!
//! It is kept in memory. What a reader has to find again after a restart is in the database; where a run is within its phases is
//! not worth a write for each page.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use connector_sync::progress::{Phase, Progress};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// How many changes a slow reader may be behind before it only learns that it has missed some.
const BEHIND: usize = 256;

/// Where a run is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Position {
    /// The phase.
    #[serde(with = "phase")]
    pub phase: Option<Phase>,
    /// Pages read.
    pub pages: u64,
    /// People read.
    pub people: u64,
    /// How many there are, if the source says.
    pub total: Option<u64>,
    /// The source asked to wait: for how many seconds, and which attempt follows.
    pub waiting: Option<(u64, u32)>,
    /// A person has asked it to stop.
    pub is_stopping: bool,
}

/// A phase by its word.
mod phase {
    use connector_sync::progress::Phase;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    #[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
    pub fn serialize<S: Serializer>(phase: &Option<Phase>, serializer: S) -> Result<S::Ok, S::Error> {
        phase.map(Phase::as_str).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Phase>, D::Error> {
        let word = Option::<String>::deserialize(deserializer)?;
        // A phase that another version has is none that this one can name.
        Ok(word.and_then(|word| Phase::ALL.into_iter().find(|phase| phase.as_str() == word)))
    }
}

/// A piece of work that can be watched and stopped.
pub struct Watched {
    position: watch::Sender<Position>,
    postponed: OnceLock<Duration>,
    cancel: CancellationToken,
    changed: broadcast::Sender<Change>,
    what: Change,
}

/// That something of a tenant's has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose.
    pub tenant: String,
    /// The run, test or question.
    pub id: String,
}

impl Watched {
    /// Where it is.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position.borrow().clone()
    }

    /// Follows where it is; it ends with the work.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<Position> {
        self.position.subscribe()
    }

    /// Asks it to stop at the next safe point.
    pub fn stop(&self) {
        self.position.send_modify(|position| position.is_stopping = true);
        self.cancel.cancel();
    }

    /// Stops it, to be begun anew after this time.
    pub fn postpone(&self, delay: Duration) {
        // The first word counts.
        let _ = self.postponed.set(delay);
        self.cancel.cancel();
    }

    /// After which time it is to be begun anew, if it was stopped for that.
    #[must_use]
    pub fn postponed(&self) -> Option<Duration> {
        self.postponed.get().copied()
    }

    /// What ends when it is to stop.
    #[must_use]
    pub const fn stopped(&self) -> &CancellationToken {
        &self.cancel
    }

    fn change(&self, change: impl FnOnce(&mut Position)) {
        self.position.send_modify(change);
        // Nobody may be listening.
        let _ = self.changed.send(self.what.clone());
    }
}

impl Progress for Watched {
    fn phase(&self, phase: Phase) {
        self.change(|position| {
            position.phase = Some(phase);
            position.waiting = None;
        });
    }

    fn page(&self, pages: u64, employees: u64, total: Option<u64>) {
        self.change(|position| {
            (position.pages, position.people, position.total) = (pages, employees, total);
            position.waiting = None;
        });
    }

    fn waiting(&self, delay: Duration, attempt: u32, _: &str) {
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        self.change(|position| position.waiting = Some((seconds, attempt.saturating_add(1))));
    }
}

/// Everything that is going on.
pub struct LiveWork {
    work: Mutex<HashMap<String, Arc<Watched>>>,
    changed: broadcast::Sender<Change>,
    stop: CancellationToken,
}

impl LiveWork {
    /// Nothing yet; all of it stops with `stop`.
    #[must_use]
    pub fn new(stop: CancellationToken) -> Self {
        Self { work: Mutex::default(), changed: broadcast::Sender::new(BEHIND), stop }
    }

    /// Begins a piece of work; it is over when the answer is dropped.
    #[must_use]
    pub fn begin(self: &Arc<Self>, tenant: &str, id: &str) -> Ongoing {
        let what = Change { tenant: tenant.to_owned(), id: id.to_owned() };
        let watched = Arc::new(Watched {
            position: watch::Sender::new(Position::default()),
            postponed: OnceLock::new(),
            cancel: self.stop.child_token(),
            changed: self.changed.clone(),
            what: what.clone(),
        });
        self.lock().insert(id.to_owned(), Arc::clone(&watched));
        Ongoing { live: Arc::clone(self), what, watched }
    }

    /// A piece of work that is going on.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Arc<Watched>> {
        self.lock().get(id).cloned()
    }

    /// Waits until a piece of work is over.
    pub async fn until_over(&self, id: &str) {
        let Some(watched) = self.find(id) else { return };
        let mut position = watched.follow();
        drop(watched);
        // It ends with the work.
        while position.changed().await.is_ok() {}
    }

    /// Says that something has changed.
    pub fn announce(&self, tenant: &str, id: &str) {
        // Nobody may be listening.
        let _ = self.changed.send(Change { tenant: tenant.to_owned(), id: id.to_owned() });
    }

    /// Says that anything may have changed.
    pub fn announce_all(&self) {
        // Nobody may be listening.
        let _ = self.changed.send(Change::anything());
    }

    /// Listens to changes.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Change> {
        self.changed.subscribe()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Watched>>> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A piece of work while it is going on.
pub struct Ongoing {
    live: Arc<LiveWork>,
    what: Change,
    /// What can be watched of it.
    pub watched: Arc<Watched>,
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.live.lock().remove(&self.what.id);
        self.live.announce(&self.what.tenant, &self.what.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_going_on_is_seen_until_it_is_over_and_its_end_is_heard_of() {
        let live = Arc::new(LiveWork::new(CancellationToken::new()));
        let mut heard = live.listen();
        let ongoing = live.begin("acme", "run");
        ongoing.watched.page(2, 80, Some(120));
        ongoing.watched.waiting(Duration::from_millis(1_200), 1, "somebody's words");
        let seen = live.find("run").map(|watched| watched.position());
        assert_eq!(seen.as_ref().map(|seen| (seen.pages, seen.people, seen.waiting)), Some((2, 80, Some((2, 2)))));
        drop(ongoing);
        assert!(live.find("run").is_none());
        for _ in 0..3 {
            assert_eq!(heard.recv().await, Ok(Change { tenant: "acme".to_owned(), id: "run".to_owned() }));
        }
    }

    #[tokio::test]
    async fn work_stops_by_itself_or_with_everything() {
        let stop = CancellationToken::new();
        let live = Arc::new(LiveWork::new(stop.clone()));
        let (one, other) = (live.begin("a", "1"), live.begin("a", "2"));
        one.watched.stop();
        assert!(one.watched.stopped().is_cancelled() && one.watched.position().is_stopping);
        assert!(!other.watched.stopped().is_cancelled());
        stop.cancel();
        assert!(other.watched.stopped().is_cancelled());
    }
}
