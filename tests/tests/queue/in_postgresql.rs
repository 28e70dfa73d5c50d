//! The queue in the service's database, with a real server.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_database::{Database, PoolOptions, Scope};
use connector_queue::{DatabaseQueue, Job, Queue, QueueError};
use connector_queue_conformance::{Subject, Unready};
use whole_system_tests::postgres_server::{PostgresServer, TestDatabase};

/// How long anything may take that has to happen.
const PATIENCE: Duration = Duration::from_mins(2);

/// A hold time that is never over in a test.
const LONG: Duration = Duration::from_hours(1);

/// A database of its own on the server of these tests.
struct OnServer {
    database: TestDatabase,
    hold: Duration,
}

async fn connect(url: &str) -> connector_database::Result<Database> {
    Database::postgres(&url.parse()?, PoolOptions { connections: 6 }).await
}

#[async_trait]
impl Subject for OnServer {
    async fn create(hold: Duration) -> Result<Self, Unready> {
        Ok(Self { database: PostgresServer::shared().database()?, hold })
    }

    async fn open(&self) -> Result<Arc<dyn Queue>, Unready> {
        let database = connect(&self.database.url).await?;
        Ok(Arc::new(DatabaseQueue::open(database, self.hold).await?))
    }
}

connector_queue_conformance::tests!(OnServer);

fn job(run: &str, tenant: &str) -> Job {
    Job { run: run.to_owned(), tenant: tenant.to_owned(), integration: "personio".to_owned() }
}

/// The server is stopped, or killed, and started again: nothing is lost, and everybody waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_started_again_has_everything() {
    for kill in [false, true] {
        let mut server = PostgresServer::start().unwrap();
        let database = server.database().unwrap();
        let queue = DatabaseQueue::open(connect(&database.url).await.unwrap(), LONG).await.unwrap();
        for run in ["a", "b"] {
            queue.offer(&job(run, "acme"), Duration::ZERO).await.unwrap();
        }
        let held = queue.take().await.unwrap();
        if kill {
            server.kill().unwrap();
        } else {
            server.stop().unwrap();
        }

        assert!(matches!(queue.offer(&job("c", "acme"), Duration::ZERO).await, Err(QueueError::Unavailable(_))));
        assert!(matches!(held.done().await, Err(QueueError::Unavailable(_))));
        let mut waiting = queue.take();
        assert!(tokio::time::timeout(Duration::from_millis(300), &mut waiting).await.is_err(), "taking waits");
        assert!(!queue.is_available());
        server.start_again().unwrap();
        let next = tokio::time::timeout(PATIENCE, waiting).await.expect("a job").unwrap();
        assert_eq!(next.job().run, "b");
        assert!(queue.is_available());
        held.done().await.unwrap();
        assert_eq!(queue.depth().await.unwrap().at_work, 1);
    }
}

/// Connections that are cut cost nobody a job.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_connections_are_cut_goes_on_waiting() {
    let database = PostgresServer::shared().database().unwrap();
    let queue = Arc::new(DatabaseQueue::open(connect(&database.url).await.unwrap(), LONG).await.unwrap());
    let worker = Arc::clone(&queue);
    let waiting = tokio::spawn(async move { worker.take().await.map(|delivery| delivery.job().clone()) });
    tokio::time::sleep(Duration::from_millis(200)).await;
    database.cut_connections().unwrap();
    let offering = async {
        while queue.offer(&job("a", "acme"), Duration::ZERO).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, offering).await.expect("an offer that is taken");
    let taken = tokio::time::timeout(PATIENCE, waiting).await.expect("a job").unwrap().unwrap();
    assert_eq!(taken.run, "a");
}

/// Row-level security: whoever is held to a tenant sees and changes no other tenant's jobs.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_sees_no_other_tenants_jobs() {
    let test = PostgresServer::shared().database().unwrap();
    let database = connect(&test.url).await.unwrap();
    let queue = DatabaseQueue::open(database.clone(), LONG).await.unwrap();
    for (run, tenant) in [("a", "acme"), ("n", "nordwind")] {
        queue.offer(&job(run, tenant), Duration::ZERO).await.unwrap();
    }
    let runs = async |scope: Scope| -> Vec<String> {
        database.all(&scope, "SELECT run FROM jobs ORDER BY run", &[], |row| row.get(0)).await.unwrap()
    };
    let acme = || Scope::Tenant("acme".to_owned());
    assert_eq!(runs(Scope::All).await, ["a", "n"]);
    assert_eq!(runs(acme()).await, ["a"]);
    assert_eq!(database.execute(&acme(), "DELETE FROM jobs", &[]).await.unwrap(), 1);
    let foreign = "INSERT INTO jobs (run, tenant, integration, due, attempts) VALUES ('x', 'nordwind', 'i', 0, 0)";
    assert!(database.execute(&acme(), foreign, &[]).await.is_err(), "a row of another tenant was written");
    assert_eq!(runs(Scope::All).await, ["n"]);
}

/// Taking and looking read the index, however many jobs wait for later.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_found_without_looking_at_the_others() {
    let test = PostgresServer::shared().database().unwrap();
    let database = connect(&test.url).await.unwrap();
    let queue = DatabaseQueue::open(database.clone(), LONG).await.unwrap();
    let many = "INSERT INTO connector.jobs (run, tenant, integration, due, attempts)
                SELECT 'later-' || n, 't', 'i', 4000000000000 + n, 0 FROM generate_series(1, 20000) AS n";
    test.execute(many).unwrap();
    test.execute("ANALYZE connector.jobs").unwrap();
    queue.offer(&job("now", "t"), Duration::ZERO).await.unwrap();
    let delivery = queue.take().await.unwrap();
    assert_eq!(delivery.job().run, "now");
    delivery.done().await.unwrap();
    // Nothing is due: this is what a worker does that waits.
    for _ in 0..20 {
        assert!(tokio::time::timeout(Duration::from_millis(20), queue.take()).await.is_err());
    }
    // A connection tells its figures when it ends, at the latest.
    drop((queue, delivery, database));
    let (scans, read) = tokio::time::timeout(PATIENCE, figures(&test)).await.expect("figures");
    assert!(scans > 0, "the figures are of something else");
    assert!(read < 20_000, "{scans} looks read {read} rows");
}

/// How often the table was looked into, by an index or without, and how many rows were read: when everybody else has left.
async fn figures(test: &TestDatabase) -> (i64, i64) {
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND application_name = 'harness'";
    let query = "SELECT CAST(seq_scan + idx_scan AS BIGINT), CAST(seq_tup_read + idx_tup_fetch AS BIGINT)
                 FROM pg_stat_user_tables WHERE relname = 'jobs'";
    loop {
        let database = connect(&test.url).await.unwrap();
        // One of them listens for signals, and is of this one.
        let others: Option<i64> = database.one(&Scope::All, others, &[], |row| row.get(0)).await.unwrap();
        if others.is_some_and(|others| others <= 1) {
            let figures = database.one(&Scope::All, query, &[], |row| Ok((row.get(0)?, row.get(1)?))).await;
            return figures.unwrap().unwrap();
        }
        drop(database);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
