//! Starts what is due, and forgets what is old.
//!
//! It sleeps until something is due, and is woken by nothing else but a minute's round: a thousand integrations that are not due cost
//! a few queries a minute. A due time is a slot, and a slot is run once, whatever the clock does and however many processes plan. What
//! is due goes by the database's clock; that of this machine only tells that somebody has set it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::{SignedDuration, Timestamp};

use super::{Engine, QUARANTINE};
use crate::db::{Cause, DbError, Integration, RunKind, Scope};

/// How long the scheduler sleeps at most.
const ROUND: Duration = Duration::from_mins(1);
/// How many lists of what is due are worked off in one round.
const MOST_LISTS: usize = 1_000;
/// How many integrations are started at once: each is several round trips to the database and the queue.
const AT_ONCE: usize = 8;
/// How long it sleeps while the database is away.
const AWAY: Duration = Duration::from_secs(2);
/// How far the wall clock may move against the steady one before somebody has set it.
const JUMP: SignedDuration = SignedDuration::from_secs(120);

impl Engine {
    /// Starts due runs until it is stopped.
    pub(super) async fn schedule(self: Arc<Self>) {
        let mut clock = (Timestamp::now(), tokio::time::Instant::now());
        // It may have been set while nobody ran.
        let mut is_first = true;
        let mut cleaned = None;
        while !self.stop.is_cancelled() {
            let now = Timestamp::now();
            let passed = SignedDuration::try_from(clock.1.elapsed()).unwrap_or(SignedDuration::ZERO);
            let was_set = (now.duration_since(clock.0) - passed).abs() > JUMP;
            clock = (now, tokio::time::Instant::now());
            if was_set {
                tracing::warn!("the clock was set; the schedules are made anew");
            }
            match self.round(was_set || is_first).await {
                Ok(()) => is_first = false,
                Err(error) => tracing::error!("what is due cannot be started: {error}"),
            }
            let today = now.as_second() / 86_400;
            if cleaned != Some(today) {
                self.forget(now).await;
                cleaned = Some(today);
            }
            let sleep = self.until_next().await;
            let _ = self.stop.run_until_cancelled(tokio::time::sleep(sleep)).await;
        }
    }

    async fn until_next(&self) -> Duration {
        let next = async { Ok::<_, DbError>((self.db.next_due().await?, self.db.now().await?)) };
        // A database that is away is asked again soon.
        let Ok((due, now)) = next.await else { return AWAY };
        let round = ROUND.min(self.config.hold);
        let wait = due.map_or(round.as_secs(), |due| u64::try_from(due - now).unwrap_or_default());
        Duration::from_secs(wait.max(1)).min(round)
    }

    async fn round(&self, was_set: bool) -> Result<(), DbError> {
        self.offer_waiting().await?;
        let now = Timestamp::from_second(self.db.now().await?).unwrap_or_else(|_| Timestamp::now());
        self.mail_what_workers_left().await;
        if was_set {
            self.reschedule(now).await?;
        }
        // Each that is started is due later, so this ends; what a fault keeps due waits for the next round.
        for _ in 0..MOST_LISTS {
            let due = self.db.due(now.as_second()).await?;
            if due.is_empty() {
                break;
            }
            let start = |integration: Integration| async move { self.start_due(&integration, now).await };
            futures_util::stream::iter(due.into_iter().map(Ok)).try_for_each_concurrent(AT_ONCE, start).await?;
        }
        Ok(())
    }

    async fn start_due(&self, integration: &Integration, now: Timestamp) -> Result<(), DbError> {
        if integration.faults < QUARANTINE {
            let slot = integration.next_due;
            self.start(integration, RunKind::Sync, Cause::Schedule, slot).await?;
        }
        let next = integration.form.schedule.next(&integration.id, now);
        self.db.set_next_due(integration, next).await
    }

    /// Delivers mails of integrations at which nobody works: their worker ended between writing and mailing.
    async fn mail_what_workers_left(&self) {
        let Ok(left) = self.with_mail().await else { return };
        for (tenant, integration) in left {
            let lease = self.db.take_lease(&tenant, &integration, &self.worker, self.config.hold_seconds()).await;
            let Ok(Some(lease)) = lease else { continue };
            // What takes longer than the lease is cut off, and somebody tries again.
            let mailing = self.mail_what_is_left(&integration, Some(&lease));
            match tokio::time::timeout(self.config.hold / 2, mailing).await {
                Ok(None) => {}
                Ok(Some(failure)) => tracing::warn!(tenant, integration, code = failure.code, "mails are still queued"),
                Err(_) => tracing::warn!(tenant, integration, "mails take long, and are tried again"),
            }
            if let Err(error) = self.db.release_lease(&lease).await {
                tracing::warn!(tenant, integration, "a lease cannot be given back: {error}");
            }
        }
    }

    /// Due times that lie too far ahead were made by a clock that was set back since.
    async fn reschedule(&self, now: Timestamp) -> Result<(), DbError> {
        for integration in self.db.integrations(&Scope::All).await? {
            let schedule = &integration.form.schedule;
            let too_far = |due| schedule.is_too_far(&integration.id, due, now);
            if integration.next_due.is_some_and(too_far) {
                self.db.set_next_due(&integration, schedule.next(&integration.id, now)).await?;
            }
        }
        Ok(())
    }

    async fn forget(&self, now: Timestamp) {
        let kept = SignedDuration::from_hours(24 * i64::from(self.settings.detail_days));
        let Ok(before) = now.checked_sub(kept) else { return };
        match self.db.forget_details(&before.to_string()).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(forgotten, "plans and mails that were old enough are forgotten"),
            Err(error) => tracing::error!("what is old cannot be forgotten: {error}"),
        }
    }
}
