//! Runs: what waits, what is at work, what ended.

use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params};

use super::decisions::put_decision;
use super::run_model::{Approval, Cause, Decided, Decision, Ended, NewRun, Run, RunFilter, RunKind, RunState};
use super::{Db, DbError, Scope, all, execute, one};

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
