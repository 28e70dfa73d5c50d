//! Runs: what waits, what is at work, what ended; and what people decided.

use std::fmt;

use connector_sync::run::Failure;
use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params};

use super::{Db, DbError, Scope, all, execute, one};

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// Read, plan, apply, mail.
    Sync,
    /// Read and plan; nothing is applied until a person approves.
    Preview,
    /// Apply the plan of an earlier run.
    Apply,
}

impl RunKind {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Preview => "preview",
            Self::Apply => "apply",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "preview" => Self::Preview,
            "apply" => Self::Apply,
            _ => Self::Sync,
        }
    }
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// It waits for a worker.
    Queued,
    /// It is at work.
    Running,
    /// It is over, one way or another: see its verdict.
    Ended,
}

impl RunState {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "queued" => Self::Queued,
            "running" => Self::Running,
            _ => Self::Ended,
        }
    }
}

/// Who or what started a run.
#[derive(Clone, PartialEq, Eq)]
pub enum Cause {
    /// A user, by address.
    User(String),
    /// The integration's schedule.
    Schedule,
}

impl Cause {
    const SCHEDULE: &'static str = "schedule";

    fn stored(&self) -> &str {
        match self {
            Self::User(email) => email,
            Self::Schedule => Self::SCHEDULE,
        }
    }

    fn read(text: String) -> Self {
        if text == Self::SCHEDULE { Self::Schedule } else { Self::User(text) }
    }
}

/// What a person decided about a run's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It is applied by another run.
    Approved,
    /// It is not to be applied.
    Discarded,
}

impl Decided {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Discarded => "discarded",
        }
    }
}

/// A run. No `Debug`: its cause may be a person's address.
#[derive(Clone)]
pub struct Run {
    /// The run's ID: the directory's log has the same.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// Of which integration.
    pub integration: String,
    /// What it is for.
    pub kind: RunKind,
    /// Who or what started it.
    pub cause: Cause,
    /// Of an apply: the run whose plan it applies.
    pub plan_of: Option<String>,
    /// Where it is.
    pub state: RunState,
    /// How it ended: a run's verdict ([`connector_sync::run::RunVerdict::as_str`]), `stopped` or `interrupted`.
    pub verdict: Option<String>,
    /// The plan's hash, if it came to a plan.
    pub plan_hash: Option<String>,
    /// When it was asked for: UTC, RFC 3339.
    pub queued: String,
    /// When it began.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// Pages read.
    pub pages: u64,
    /// Records read.
    pub employees: u64,
    /// What the source says there are.
    pub total: Option<u64>,
    /// Actions planned.
    pub actions: u64,
    /// Actions applied.
    pub applied: u64,
    /// Counts by what became of people, as JSON.
    pub counts: String,
    /// Why it failed or was blocked.
    pub failures: Vec<Failure>,
    /// What a person decided about its plan.
    pub decided: Option<Decided>,
    /// Whether its detail is still kept.
    pub has_detail: bool,
}

/// A run that is asked for.
pub struct NewRun {
    /// Its ID.
    pub id: String,
    /// Whose.
    pub tenant: String,
    /// Of which integration.
    pub integration: String,
    /// What for.
    pub kind: RunKind,
    /// Who or what asks.
    pub cause: Cause,
    /// The due time, of a scheduled one.
    pub slot: Option<i64>,
    /// The run whose plan is applied.
    pub plan_of: Option<String>,
}

/// What came of approving a plan.
pub enum Approval {
    /// This run applies it.
    By(String),
    /// Something was decided before.
    NotWaiting,
    /// This run of the integration waits or is at work.
    Busy(String),
}

/// What is noted of a run at its end.
#[derive(Clone, Default)]
pub struct Ended {
    /// How.
    pub verdict: String,
    /// The plan's hash.
    pub plan_hash: Option<String>,
    /// Pages read.
    pub pages: u64,
    /// Records read.
    pub employees: u64,
    /// What the source says there are.
    pub total: Option<u64>,
    /// Actions planned.
    pub actions: u64,
    /// Actions applied.
    pub applied: u64,
    /// Counts as JSON.
    pub counts: String,
    /// Why it failed.
    pub failures: Vec<Failure>,
    /// The sealed detail.
    pub detail: Option<Vec<u8>>,
}

/// Which runs come first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunOrder {
    /// The latest.
    #[default]
    Latest,
    /// Those that failed, then the latest.
    Failing,
    /// Those that took longest.
    Slowest,
}

impl RunOrder {
    const fn by(self) -> &'static str {
        match self {
            Self::Latest => "queued DESC, id DESC",
            Self::Failing => "coalesce(verdict IN ('failed', 'interrupted', 'blocked'), 0) DESC, queued DESC, id DESC",
            Self::Slowest => {
                "coalesce(julianday(ended), julianday('now')) - julianday(coalesce(started, queued)) DESC, id DESC"
            }
        }
    }
}

/// Which runs to list.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Of this integration alone.
    pub integration: Option<String>,
    /// With this verdict alone.
    pub verdict: Option<String>,
    /// So many at most.
    pub limit: u32,
    /// After so many.
    pub offset: u32,
    /// Which first.
    pub order: RunOrder,
}

/// What a person decided. No `Debug`: it names them.
#[derive(Clone, PartialEq, Eq)]
pub struct Decision {
    /// Of which integration.
    pub integration: String,
    /// Of which run.
    pub run: Option<String>,
    /// When: UTC, RFC 3339.
    pub decided: String,
    /// Who, by address.
    pub by: String,
    /// `approve`, `discard`, `relink`, `unlink` or `keep`.
    pub kind: String,
    /// Account and employee IDs.
    pub about: String,
    /// Why, in the words of the person.
    pub reason: String,
}

const COLUMNS: &str = "id, tenant, integration, kind, cause, plan_of, state, verdict, plan_hash, queued, started, ended, pages, \
     employees, total, actions, applied, counts, failures, decided, detail IS NOT NULL AS has_detail";

fn unsigned(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|number| u64::try_from(number).unwrap_or_default())
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let text = |column: &str| row.get::<_, String>(column);
    let decided: Option<String> = row.get("decided")?;
    Ok(Run {
        id: text("id")?,
        tenant: text("tenant")?,
        integration: text("integration")?,
        kind: RunKind::named(&text("kind")?),
        cause: Cause::read(text("cause")?),
        plan_of: row.get("plan_of")?,
        state: RunState::named(&text("state")?),
        verdict: row.get("verdict")?,
        plan_hash: row.get("plan_hash")?,
        queued: text("queued")?,
        started: row.get("started")?,
        ended: row.get("ended")?,
        pages: unsigned(row, "pages")?,
        employees: unsigned(row, "employees")?,
        total: row.get::<_, Option<i64>>("total")?.and_then(|total| u64::try_from(total).ok()),
        actions: unsigned(row, "actions")?,
        applied: unsigned(row, "applied")?,
        counts: text("counts")?,
        // A list that this crate has written itself.
        failures: serde_json::from_str(&text("failures")?).unwrap_or_default(),
        decided: decided.map(|it| if it == "approved" { Decided::Approved } else { Decided::Discarded }),
        has_detail: row.get("has_detail")?,
    })
}

fn decision(row: &Row<'_>) -> rusqlite::Result<Decision> {
    Ok(Decision {
        integration: row.get(0)?,
        run: row.get(1)?,
        decided: row.get(2)?,
        by: row.get(3)?,
        kind: row.get(4)?,
        about: row.get(5)?,
        reason: row.get(6)?,
    })
}

impl Db {
    /// Queues a run. If one of the integration waits or is at work already, or its slot was run before, that one's ID is given
    /// instead, and false: nothing is started twice.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_run(&self, new: NewRun) -> Result<(String, bool), DbError> {
        self.transact(move |connection| {
            if let Some(id) = known(connection, &new)? {
                return Ok((id, false));
            }
            add(connection, &new)?;
            Ok((new.id, true))
        })
        .await
    }

    /// Approves the plan of a run and queues the run that applies it: both, or neither.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approve(&self, new: NewRun, decision: Decision) -> Result<Approval, DbError> {
        self.transact(move |connection| {
            // Decided first: whoever comes second learns that, and not that a run is at work.
            let waits = "SELECT count(*) FROM runs WHERE id = ?1 AND decided IS NULL";
            if one(connection, waits, &[&new.plan_of], |row| row.get::<_, i64>(0))? != Some(1) {
                return Ok(Approval::NotWaiting);
            }
            if let Some(id) = known(connection, &new)? {
                return Ok(Approval::Busy(id));
            }
            execute(connection, "UPDATE runs SET decided = 'approved' WHERE id = ?1", &[&new.plan_of])?;
            put_decision(connection, &new.tenant, &decision)?;
            add(connection, &new)?;
            Ok(Approval::By(new.id))
        })
        .await
    }

    /// Takes the run that has waited longest; none if none waits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_run(&self) -> Result<Option<Run>, DbError> {
        let now = Timestamp::now().to_string();
        self.transact(move |connection| {
            let next = "UPDATE runs SET state = 'running', started = ?1 WHERE id = \
                 (SELECT id FROM runs WHERE state = 'queued' ORDER BY queued, id LIMIT 1) RETURNING id";
            let Some(id) = one(connection, next, &[&now], |row| row.get::<_, String>(0))? else { return Ok(None) };
            one(connection, &format!("SELECT {COLUMNS} FROM runs WHERE id = ?1"), &[&id], run)
        })
        .await
    }

    /// Ends a run. One that ended before stays as it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_run(&self, id: &str, ended: Ended) -> Result<bool, DbError> {
        self.end(id, ended, "state <> 'ended'").await
    }

    /// Ends a run that nobody has claimed yet; false if it is at work, or over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_waiting_run(&self, id: &str, ended: Ended) -> Result<bool, DbError> {
        self.end(id, ended, "state = 'queued'").await
    }

    async fn end(&self, id: &str, ended: Ended, which: &'static str) -> Result<bool, DbError> {
        let id = id.to_owned();
        self.with(move |connection| {
            let end = format!(
                "UPDATE runs SET state = 'ended', ended = :now, verdict = :verdict, plan_hash = :plan_hash, \
                 pages = :pages, employees = :employees, total = :total, actions = :actions, applied = :applied, \
                 counts = :counts, failures = :failures, detail = :detail WHERE id = :id AND {which}"
            );
            let changed = connection.prepare_cached(&end)?.execute(named_params! {
                ":id": id, ":now": Timestamp::now().to_string(), ":verdict": ended.verdict,
                ":plan_hash": ended.plan_hash, ":pages": stored(ended.pages), ":employees": stored(ended.employees),
                ":total": ended.total.map(stored), ":actions": stored(ended.actions),
                ":applied": stored(ended.applied), ":counts": ended.counts,
                // Plain data: this cannot fail.
                ":failures": serde_json::to_string(&ended.failures).unwrap_or_default(), ":detail": ended.detail,
            })?;
            Ok(changed > 0)
        })
        .await
    }

    /// Runs that were at work when the process ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn runs_at_work(&self) -> Result<Vec<Run>, DbError> {
        self.with(|connection| {
            all(connection, &format!("SELECT {COLUMNS} FROM runs WHERE state = 'running'"), &[], run)
        })
        .await
    }

    /// One run in a scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(&self, scope: &Scope, id: &str) -> Result<Option<Run>, DbError> {
        let (tenant, id) = (scope.tenant().map(str::to_owned), id.to_owned());
        self.with(move |connection| {
            let query = format!("SELECT {COLUMNS} FROM runs WHERE id = ?2 AND (?1 IS NULL OR tenant = ?1)");
            one(connection, &query, &[&tenant, &id], run)
        })
        .await
    }

    /// The newest run that applies, or applied, the plan of this one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_of_plan(&self, id: &str) -> Result<Option<Run>, DbError> {
        let id = id.to_owned();
        self.with(move |connection| {
            let query = format!("SELECT {COLUMNS} FROM runs WHERE plan_of = ?1 ORDER BY queued DESC, id DESC LIMIT 1");
            one(connection, &query, &[&id], run)
        })
        .await
    }

    /// A run's sealed detail, if it is still kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_detail(&self, id: &str) -> Result<Option<Vec<u8>>, DbError> {
        let id = id.to_owned();
        self.with(move |connection| {
            let query = "SELECT detail FROM runs WHERE id = ?1";
            Ok(one(connection, query, &[&id], |row| row.get::<_, Option<Vec<u8>>>(0))?.flatten())
        })
        .await
    }

    /// The runs in a scope, newest first, and how many there are without the limit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn runs(&self, scope: &Scope, filter: RunFilter) -> Result<(Vec<Run>, u64), DbError> {
        let tenant = scope.tenant().map(str::to_owned);
        self.with(move |connection| {
            let which = "(?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR integration = ?2) \
                 AND (?3 IS NULL OR coalesce(verdict, state) = ?3)";
            let RunFilter { integration, verdict, limit, offset, order } = filter;
            let by = order.by();
            let query = format!("SELECT {COLUMNS} FROM runs WHERE {which} ORDER BY {by} LIMIT ?4 OFFSET ?5");
            let runs = all(connection, &query, &[&tenant, &integration, &verdict, &limit, &offset], run)?;
            let count = format!("SELECT count(*) FROM runs WHERE {which}");
            let count: Option<i64> = one(connection, &count, &[&tenant, &integration, &verdict], |row| row.get(0))?;
            Ok((runs, u64::try_from(count.unwrap_or_default()).unwrap_or_default()))
        })
        .await
    }

    /// The newest run of each integration in a scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_runs(&self, scope: &Scope) -> Result<Vec<Run>, DbError> {
        let tenant = scope.tenant().map(str::to_owned);
        self.with(move |connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM runs AS outer WHERE (?1 IS NULL OR tenant = ?1) AND id = \
                 (SELECT id FROM runs WHERE integration = outer.integration ORDER BY queued DESC, id DESC LIMIT 1)"
            );
            all(connection, &query, &[&tenant], run)
        })
        .await
    }

    /// How many runs wait, and since when the first of them does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_depth(&self) -> Result<(u64, Option<String>), DbError> {
        self.with(|connection| {
            let query = "SELECT count(*), min(queued) FROM runs WHERE state = 'queued'";
            let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?));
            let (count, since) = one(connection, query, &[], read)?.unwrap_or_default();
            Ok((u64::try_from(count).unwrap_or_default(), since))
        })
        .await
    }

    /// Notes what a person decided about a run's plan; false if something was decided before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decide(&self, run: &str, decided: Decided) -> Result<bool, DbError> {
        let run = run.to_owned();
        self.with(move |connection| {
            let decide = "UPDATE runs SET decided = ?2 WHERE id = ?1 AND decided IS NULL";
            execute(connection, decide, &[&run, &decided.as_str()])
        })
        .await
    }

    /// Adds a decision to the history.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_decision(&self, tenant: &str, decision: Decision) -> Result<(), DbError> {
        let tenant = tenant.to_owned();
        self.with(move |connection| put_decision(connection, &tenant, &decision)).await
    }

    /// What was decided last about a run's plan.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decision_of(&self, run: &str) -> Result<Option<Decision>, DbError> {
        let run = run.to_owned();
        self.with(move |connection| {
            let query = "SELECT integration, run, decided, by, kind, about, reason FROM decisions \
                 WHERE run = ?1 AND kind IN ('approve', 'discard') ORDER BY number DESC LIMIT 1";
            one(connection, query, &[&run], decision)
        })
        .await
    }

    /// The decisions in a scope, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decisions(&self, scope: &Scope, limit: u32) -> Result<Vec<Decision>, DbError> {
        let tenant = scope.tenant().map(str::to_owned);
        self.with(move |connection| {
            let query = "SELECT integration, run, decided, by, kind, about, reason FROM decisions \
                 WHERE ?1 IS NULL OR tenant = ?1 ORDER BY number DESC LIMIT ?2";
            all(connection, query, &[&tenant, &limit], decision)
        })
        .await
    }

    /// Forgets the details of runs that ended before this time (UTC, RFC 3339); gives how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_details(&self, before: &str) -> Result<usize, DbError> {
        let before = before.to_owned();
        self.with(move |connection| {
            let forget = "UPDATE runs SET detail = NULL WHERE detail IS NOT NULL AND ended < ?1";
            Ok(connection.prepare_cached(forget)?.execute([&before])?)
        })
        .await
    }

    /// Every sealed detail, by its run: to be sealed again, or to be searched for a person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn details(&self, scope: &Scope) -> Result<Vec<(String, Vec<u8>)>, DbError> {
        let tenant = scope.tenant().map(str::to_owned);
        self.with(move |connection| {
            let query = "SELECT id, detail FROM runs WHERE detail IS NOT NULL AND (?1 IS NULL OR tenant = ?1)";
            all(connection, query, &[&tenant], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .await
    }

    /// Every sealed detail of an integration, by its run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn details_of(&self, integration: &str) -> Result<Vec<(String, Vec<u8>)>, DbError> {
        let integration = integration.to_owned();
        self.with(move |connection| {
            let query = "SELECT id, detail FROM runs WHERE detail IS NOT NULL AND integration = ?1";
            all(connection, query, &[&integration], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .await
    }

    /// Replaces a run's sealed detail.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_detail(&self, run: &str, detail: Option<Vec<u8>>) -> Result<(), DbError> {
        let run = run.to_owned();
        self.with(move |connection| {
            execute(connection, "UPDATE runs SET detail = ?2 WHERE id = ?1", &[&run, &detail]).map(|_| ())
        })
        .await
    }
}

/// The run that waits or is at work in the integration already, or that had the slot.
fn known(connection: &Connection, new: &NewRun) -> Result<Option<String>, DbError> {
    let known = "SELECT id FROM runs WHERE integration = ?1 AND (state <> 'ended' OR slot = ?2) \
         ORDER BY state <> 'ended' DESC LIMIT 1";
    one(connection, known, &[&new.integration, &new.slot], |row| row.get(0))
}

fn add(connection: &Connection, new: &NewRun) -> Result<(), DbError> {
    let add = "INSERT INTO runs (id, tenant, integration, kind, cause, slot, plan_of, state, queued) \
         VALUES (:id, :tenant, :integration, :kind, :cause, :slot, :plan_of, 'queued', :queued)";
    connection.prepare_cached(add)?.execute(named_params! {
        ":id": new.id, ":tenant": new.tenant, ":integration": new.integration, ":kind": new.kind.as_str(),
        ":cause": new.cause.stored(), ":slot": new.slot, ":plan_of": new.plan_of,
        ":queued": Timestamp::now().to_string(),
    })?;
    Ok(())
}

fn put_decision(connection: &Connection, tenant: &str, decision: &Decision) -> Result<(), DbError> {
    let add = "INSERT INTO decisions (tenant, integration, run, decided, by, kind, about, reason) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let Decision { integration, run, decided, by, kind, about, reason } = decision;
    execute(connection, add, &[&tenant, integration, run, decided, by, kind, about, reason]).map(|_| ())
}

impl fmt::Display for RunKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;
    use crate::form::Form;

    const RUN: &str = "20261127T100000Z-00000a";

    fn new(id: &str, slot: Option<i64>, plan_of: Option<&str>) -> NewRun {
        NewRun {
            id: id.to_owned(),
            tenant: "acme".to_owned(),
            integration: "one".to_owned(),
            kind: RunKind::Sync,
            cause: Cause::Schedule,
            slot,
            plan_of: plan_of.map(str::to_owned),
        }
    }

    fn decision() -> Decision {
        Decision {
            integration: "one".to_owned(),
            run: Some(RUN.to_owned()),
            decided: "2026-11-27T10:00:00Z".to_owned(),
            by: "admin@acme.example".to_owned(),
            kind: "approve".to_owned(),
            about: String::new(),
            reason: String::new(),
        }
    }

    async fn db(folder: &tempfile::TempDir) -> Db {
        let db = Db::open(&folder.path().join("service.db")).unwrap();
        assert!(db.add_tenant("acme", "Acme").await.unwrap());
        let form = Form { name: "Personio".to_owned(), ..Form::default() };
        assert!(db.add_integration("one", "acme", &form, Vec::new(), None).await.unwrap());
        db
    }

    #[tokio::test]
    async fn names_are_taken_once_however_they_are_spelled() {
        let folder = tempfile::tempdir().unwrap();
        let db = db(&folder).await;
        assert!(!db.add_tenant("other", "ACME").await.unwrap());
        let form = Form { name: "personio".to_owned(), ..Form::default() };
        assert!(!db.add_integration("two", "acme", &form, Vec::new(), None).await.unwrap());
        assert!(db.add_tenant("other", "Nordwind").await.unwrap());
        assert!(db.add_integration("two", "other", &form, Vec::new(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_run_that_waits_is_ended_at_once_and_one_that_was_claimed_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let db = db(&folder).await;
        let stopped = || Ended { verdict: "stopped".to_owned(), counts: "{}".to_owned(), ..Ended::default() };
        assert!(db.queue_run(new(RUN, None, None)).await.unwrap().1);
        assert!(db.end_waiting_run(RUN, stopped()).await.unwrap());
        assert!(db.claim_run().await.unwrap().is_none());
        assert!(db.queue_run(new("b", Some(1), None)).await.unwrap().1);
        assert_eq!(db.claim_run().await.unwrap().map(|run| run.id), Some("b".to_owned()));
        assert!(!db.end_waiting_run("b", stopped()).await.unwrap());
        assert_eq!(db.queue_run(new("c", None, None)).await.unwrap(), ("b".to_owned(), false));
        assert!(db.end_run("b", stopped()).await.unwrap() && !db.end_run("b", stopped()).await.unwrap());
        assert_eq!(db.queue_run(new("c", Some(1), None)).await.unwrap(), ("b".to_owned(), false), "a slot is run once");
    }

    #[tokio::test]
    async fn an_approval_and_its_run_are_one_thing() {
        let folder = tempfile::tempdir().unwrap();
        let db = db(&folder).await;
        let all = Scope::All;
        let state = async |id: &str| db.run(&all, id).await.unwrap().and_then(|run| run.decided);
        assert!(db.queue_run(new(RUN, None, None)).await.unwrap().1);
        assert!(db.end_run(RUN, Ended { verdict: "planned".to_owned(), ..Ended::default() }).await.unwrap());
        assert!(db.queue_run(new("b", None, None)).await.unwrap().1);
        let approved = db.approve(new("c", None, Some(RUN)), decision()).await.unwrap();
        assert!(matches!(approved, Approval::Busy(id) if id == "b"));
        assert!(state(RUN).await.is_none() && db.decisions(&all, 9).await.unwrap().is_empty(), "nothing was noted");
        assert!(db.end_run("b", Ended::default()).await.unwrap());
        let approved = db.approve(new("c", None, Some(RUN)), decision()).await.unwrap();
        assert!(matches!(approved, Approval::By(id) if id == "c"));
        assert_eq!((state(RUN).await, db.decisions(&all, 9).await.unwrap().len()), (Some(Decided::Approved), 1));
        let again = db.approve(new("d", None, Some(RUN)), decision()).await.unwrap();
        assert!(matches!(again, Approval::NotWaiting));
        assert!(!db.decide(RUN, Decided::Discarded).await.unwrap());
    }
}
