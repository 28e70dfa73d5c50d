//! Runs: what waits, what is at work, what ended.

use connector_database::{Result, Row, Transaction};

use super::decisions::put_decision;
use super::leases::Lease;
use super::run_model::{Approval, Cause, Decided, Decision, Ended, NewRun, Run, RunFilter, RunKind, RunState};
use super::{Db, Scope, execute, of};

pub(super) const COLUMNS: &str = "id, tenant, integration, kind, cause, plan_of, state, verdict, plan_hash, queued, started, ended, \
     pages, employees, total, actions, applied, counts, failures, decided, progress, deliveries, postponed, not_before, \
     CASE WHEN detail IS NULL THEN 0 ELSE 1 END AS has_detail";

pub(super) fn run(row: &Row<'_>) -> Result<Run> {
    let text = |column: &str| row.named::<String>(column);
    let decided: Option<String> = row.named("decided")?;
    let progress: Option<String> = row.named("progress")?;
    Ok(Run {
        id: text("id")?,
        tenant: text("tenant")?,
        integration: text("integration")?,
        kind: RunKind::named(&text("kind")?),
        cause: Cause::read(text("cause")?),
        plan_of: row.named("plan_of")?,
        state: RunState::named(&text("state")?),
        verdict: row.named("verdict")?,
        plan_hash: row.named("plan_hash")?,
        queued: text("queued")?,
        started: row.named("started")?,
        ended: row.named("ended")?,
        pages: row.named("pages")?,
        employees: row.named("employees")?,
        total: row.named("total")?,
        actions: row.named("actions")?,
        applied: row.named("applied")?,
        counts: text("counts")?,
        // A list that this crate has written itself.
        failures: serde_json::from_str(&text("failures")?).unwrap_or_default(),
        decided: decided.map(|it| if it == "approved" { Decided::Approved } else { Decided::Discarded }),
        // What another version of this program has written may have another shape.
        progress: progress.and_then(|progress| serde_json::from_str(&progress).ok()),
        deliveries: row.named("deliveries")?,
        postponed: row.named("postponed")?,
        not_before: row.named("not_before")?,
        has_detail: row.named("has_detail")?,
    })
}

impl Db {
    /// Queues a run. If one of the integration waits or is at work already, or its slot was run before, that one's ID is given
    /// instead, and false: nothing is started twice.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_run(&self, new: NewRun) -> Result<(String, bool)> {
        let mut transaction = self.0.write(&of(&new.tenant)).await?;
        if let Some(id) = known(&mut transaction, &new).await? {
            return Ok((id, false));
        }
        add(&mut transaction, &new).await?;
        transaction.commit().await?;
        Ok((new.id, true))
    }

    /// Approves the plan of a run and queues the run that applies it: both, or neither.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approve(&self, new: NewRun, decision: &Decision) -> Result<Approval> {
        let mut transaction = self.0.write(&of(&new.tenant)).await?;
        // Decided first: whoever comes second learns that, and not that a run is at work.
        let waits = "SELECT 1 FROM runs WHERE id = ?1 AND decided IS NULL";
        if transaction.one(waits, &[&new.plan_of], |_| Ok(())).await?.is_none() {
            return Ok(Approval::NotWaiting);
        }
        if let Some(id) = known(&mut transaction, &new).await? {
            return Ok(Approval::Busy(id));
        }
        execute(&mut transaction, "UPDATE runs SET decided = 'approved' WHERE id = ?1", &[&new.plan_of]).await?;
        put_decision(&mut transaction, &new.tenant, decision).await?;
        add(&mut transaction, &new).await?;
        transaction.commit().await?;
        Ok(Approval::By(new.id))
    }

    /// Ends a run. One that ended before stays as it is; so does one whose lease is another's by now, if it is ended under a lease.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_run(&self, run: &Run, ended: &Ended, lease: Option<&Lease>) -> Result<bool> {
        let mut transaction = self.0.write(&of(&run.tenant)).await?;
        if let Some(lease) = lease
            && !lease.is_held(&mut transaction).await?
        {
            return Ok(false);
        }
        let is_ended = end(&mut transaction, &run.id, ended, "state <> 'ended'").await?;
        if let Some(lease) = lease {
            lease.give_back(&mut transaction).await?;
        }
        transaction.commit().await?;
        Ok(is_ended)
    }

    /// Ends a run that nobody has claimed yet; false if it is at work, or over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_waiting_run(&self, run: &Run, ended: &Ended) -> Result<bool> {
        let mut transaction = self.0.write(&of(&run.tenant)).await?;
        let is_ended = end(&mut transaction, &run.id, ended, "state = 'queued'").await?;
        transaction.commit().await?;
        Ok(is_ended)
    }

    /// The last runs that were given up: nobody who began them brought them to an end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn given_up_runs(&self, limit: u32) -> Result<Vec<Run>> {
        let query = format!(
            "SELECT {COLUMNS} FROM runs WHERE verdict = 'failed' AND failures LIKE ?1 ORDER BY queued DESC, id DESC LIMIT ?2"
        );
        let code = format!("%\"{}\"%", crate::codes::RUN_GIVEN_UP);
        self.all(&query, &[&code, &limit], run).await
    }

    /// Runs that are at work, or were when their process ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn runs_at_work(&self) -> Result<Vec<Run>> {
        self.all(&format!("SELECT {COLUMNS} FROM runs WHERE state = 'running'"), &[], run).await
    }

    /// One run in a scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(&self, scope: &Scope, id: &str) -> Result<Option<Run>> {
        let query = format!("SELECT {COLUMNS} FROM runs WHERE id = ?2 AND (tenant = ?1 OR ?1 IS NULL)");
        self.0.one(scope, &query, &[&scope.tenant(), &id], run).await
    }

    /// The newest run that applies, or applied, the plan of this one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_of_plan(&self, id: &str) -> Result<Option<Run>> {
        let query = format!("SELECT {COLUMNS} FROM runs WHERE plan_of = ?1 ORDER BY queued DESC, id DESC LIMIT 1");
        self.one(&query, &[&id], run).await
    }

    /// The runs in a scope, newest first, and how many there are without the limit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn runs(&self, scope: &Scope, filter: RunFilter) -> Result<(Vec<Run>, u64)> {
        let which = "(tenant = ?1 OR ?1 IS NULL) AND (integration = ?2 OR ?2 IS NULL) \
             AND (coalesce(verdict, state) = ?3 OR ?3 IS NULL)";
        let RunFilter { integration, verdict, limit, offset, order } = filter;
        let by = order.by();
        let tenant = scope.tenant();
        let mut transaction = self.0.read(scope).await?;
        let query = format!("SELECT {COLUMNS} FROM runs WHERE {which} ORDER BY {by} LIMIT ?4 OFFSET ?5");
        let runs = transaction.all(&query, &[&tenant, &integration, &verdict, &limit, &offset], run).await?;
        let count = format!("SELECT count(*) FROM runs WHERE {which}");
        let count = transaction.one(&count, &[&tenant, &integration, &verdict], |row| row.get(0)).await?;
        transaction.commit().await?;
        Ok((runs, count.unwrap_or_default()))
    }

    /// The newest run of each integration in a scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_runs(&self, scope: &Scope) -> Result<Vec<Run>> {
        let query = format!(
            "SELECT {COLUMNS} FROM runs AS newest WHERE (tenant = ?1 OR ?1 IS NULL) AND id = \
             (SELECT id FROM runs WHERE integration = newest.integration ORDER BY queued DESC, id DESC LIMIT 1)"
        );
        self.0.all(scope, &query, &[&scope.tenant()], run).await
    }

    /// Notes where a run is, for readers on other machines, and says so to them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_progress(&self, run: &Run, progress: &str) -> Result<()> {
        let note = "UPDATE runs SET progress = ?2 WHERE id = ?1 AND state = 'running'";
        self.0.execute(&of(&run.tenant), note, &[&run.id, &progress]).await.map(|_| ())
    }

    /// How many runs are in this state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_runs(&self, state: RunState) -> Result<u64> {
        let count =
            self.one("SELECT count(*) FROM runs WHERE state = ?1", &[&state.as_str()], |row| row.get(0)).await?;
        Ok(count.unwrap_or_default())
    }

    /// How many runs wait, and since when the first of them does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_depth(&self) -> Result<(u64, Option<String>)> {
        let query = "SELECT count(*), min(queued) FROM runs WHERE state = 'queued'";
        let depth = self.one(query, &[], |row| Ok((row.get(0)?, row.get(1)?))).await?;
        Ok(depth.unwrap_or_default())
    }
}

async fn end(transaction: &mut Transaction, id: &str, ended: &Ended, which: &str) -> Result<bool> {
    let end = format!(
        "UPDATE runs SET state = 'ended', ended = now_utc(), progress = NULL, verdict = ?2, plan_hash = ?3, pages = ?4, \
         employees = ?5, total = ?6, actions = ?7, applied = ?8, counts = ?9, failures = ?10, detail = ?11 \
         WHERE id = ?1 AND {which}"
    );
    let Ended { verdict, plan_hash, pages, employees, total, actions, applied, counts, failures, detail } = ended;
    // Plain data: this cannot fail.
    let failures = serde_json::to_string(failures).unwrap_or_default();
    let values: [&dyn connector_database::ToValue; 11] =
        [&id, verdict, plan_hash, pages, employees, total, actions, applied, counts, &failures, detail];
    execute(transaction, &end, &values).await
}

/// The run that waits or is at work in the integration already, or that had the slot.
async fn known(transaction: &mut Transaction, new: &NewRun) -> Result<Option<String>> {
    let known = "SELECT id FROM runs WHERE integration = ?1 AND (state <> 'ended' OR slot = ?2) \
         ORDER BY state <> 'ended' DESC LIMIT 1";
    transaction.one(known, &[&new.integration, &new.slot], |row| row.get(0)).await
}

async fn add(transaction: &mut Transaction, new: &NewRun) -> Result<bool> {
    let add = "INSERT INTO runs (id, tenant, integration, kind, cause, slot, plan_of, state, queued) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'queued', now_utc())";
    let NewRun { id, tenant, integration, kind, cause, slot, plan_of } = new;
    execute(transaction, add, &[id, tenant, integration, &kind.as_str(), &cause.stored(), slot, plan_of]).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
mod tests {
    use super::super::{Claim, Extended};
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
        let db = Db::open(&folder.path().join("service.db")).await.unwrap();
        assert!(db.add_tenant("acme", "Acme").await.unwrap());
        let form = Form { name: "Personio".to_owned(), ..Form::default() };
        assert!(db.add_integration("one", "acme", &form, Vec::new(), None).await.unwrap());
        db
    }

    async fn run_of(db: &Db, id: &str) -> Run {
        db.run(&Scope::All, id).await.unwrap().unwrap()
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
        assert!(db.end_waiting_run(&run_of(&db, RUN).await, &stopped()).await.unwrap());
        assert!(matches!(db.claim_run("acme", RUN, "w", 60).await.unwrap(), Claim::Over));
        assert!(db.queue_run(new("b", Some(1), None)).await.unwrap().1);
        let Claim::Mine { run, lease, was_begun: false } = db.claim_run("acme", "b", "w", 60).await.unwrap() else {
            panic!("nobody has it");
        };
        assert!(matches!(db.claim_run("acme", "b", "other", 60).await.unwrap(), Claim::Held(1..=60)));
        assert!(!db.end_waiting_run(&run, &stopped()).await.unwrap());
        assert_eq!(db.queue_run(new("c", None, None)).await.unwrap(), ("b".to_owned(), false));
        assert!(db.end_run(&run, &stopped(), Some(&lease)).await.unwrap());
        assert!(
            !db.end_run(&run, &stopped(), Some(&lease)).await.unwrap()
                && !db.end_run(&run, &stopped(), None).await.unwrap()
        );
        assert_eq!(db.queue_run(new("c", Some(1), None)).await.unwrap(), ("b".to_owned(), false), "a slot is run once");
    }

    #[tokio::test]
    async fn whoever_lost_a_lease_writes_nothing_and_a_run_that_was_given_back_is_taken_anew() {
        let folder = tempfile::tempdir().unwrap();
        let db = db(&folder).await;
        assert!(db.queue_run(new(RUN, None, None)).await.unwrap().1);
        // A lease of no seconds is over at once, as one of a worker that was stopped for long.
        let Claim::Mine { run, lease: slow, .. } = db.claim_run("acme", RUN, "slow", 0).await.unwrap() else {
            panic!("nobody has it");
        };
        let Claim::Mine { lease: fast, was_begun: true, .. } = db.claim_run("acme", RUN, "fast", 60).await.unwrap()
        else {
            panic!("its lease is over");
        };
        assert!(fast.fence > slow.fence);
        assert!(!db.end_run(&run, &Ended::default(), Some(&slow)).await.unwrap());
        assert!(!db.give_back(&slow, RUN, None).await.unwrap());
        assert_eq!(db.extend_lease(&slow, 60).await.unwrap(), Extended::Lost);
        assert_eq!(db.extend_lease(&fast, 60).await.unwrap(), Extended::Held);
        assert!(db.waiting_runs().await.unwrap().is_empty(), "somebody works on it");
        assert!(db.ask_to_stop(&run).await.unwrap());
        assert_eq!(db.extend_lease(&fast, 60).await.unwrap(), Extended::Stopping);
        assert!(db.give_back(&fast, RUN, Some(30)).await.unwrap());
        let waiting = db.waiting_runs().await.unwrap();
        assert!(matches!(waiting.as_slice(), [one] if one.run == RUN && (1..=30).contains(&one.delay)));
        let Claim::Mine { run, lease, .. } = db.claim_run("acme", RUN, "fast", 60).await.unwrap() else {
            panic!("it was given back");
        };
        assert_eq!((run.deliveries, run.postponed), (2, 1), "one was given back");
        assert!(lease.fence > fast.fence);
    }

    #[tokio::test]
    async fn an_approval_and_its_run_are_one_thing() {
        let folder = tempfile::tempdir().unwrap();
        let db = db(&folder).await;
        let all = Scope::All;
        let state = async |id: &str| db.run(&all, id).await.unwrap().and_then(|run| run.decided);
        assert!(db.queue_run(new(RUN, None, None)).await.unwrap().1);
        let planned = Ended { verdict: "planned".to_owned(), ..Ended::default() };
        assert!(db.end_run(&run_of(&db, RUN).await, &planned, None).await.unwrap());
        assert!(db.queue_run(new("b", None, None)).await.unwrap().1);
        let approved = db.approve(new("c", None, Some(RUN)), &decision()).await.unwrap();
        assert!(matches!(approved, Approval::Busy(id) if id == "b"));
        assert!(state(RUN).await.is_none() && db.decisions(&all, 9).await.unwrap().is_empty(), "nothing was noted");
        assert!(db.end_run(&run_of(&db, "b").await, &Ended::default(), None).await.unwrap());
        let approved = db.approve(new("c", None, Some(RUN)), &decision()).await.unwrap();
        assert!(matches!(approved, Approval::By(id) if id == "c"));
        assert_eq!((state(RUN).await, db.decisions(&all, 9).await.unwrap().len()), (Some(Decided::Approved), 1));
        let again = db.approve(new("d", None, Some(RUN)), &decision()).await.unwrap();
        assert!(matches!(again, Approval::NotWaiting));
        assert!(!db.decide(RUN, Decided::Discarded).await.unwrap());
    }
}
