//! The suite for queues against the one in a `SQLite` file.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_database::Database;
use connector_queue::{DatabaseQueue, Job, Queue};
use connector_queue_conformance::{Subject, Unready};
use tempfile::TempDir;

/// A database in a folder that is removed with it.
struct OnDisk {
    database: Database,
    hold: Duration,
    _folder: TempDir,
}

#[async_trait]
impl Subject for OnDisk {
    async fn create(hold: Duration) -> Result<Self, Unready> {
        let folder = tempfile::tempdir()?;
        let database = Database::sqlite(&folder.path().join("service.db"), 1)?;
        Ok(Self { database, hold, _folder: folder })
    }

    async fn open(&self) -> Result<Arc<dyn Queue>, Unready> {
        // A file has one process. What they share is the database, and nothing of the queue's.
        Ok(Arc::new(DatabaseQueue::open(self.database.clone(), self.hold).await?))
    }
}

connector_queue_conformance::tests!(OnDisk);

/// A service that was killed while its workers had jobs goes on with them at once.
#[tokio::test]
async fn what_a_process_held_when_it_ended_is_given_back() {
    let hour = Duration::from_hours(1);
    let subject = OnDisk::create(hour).await.unwrap();
    let job = |run: &str| Job { run: run.to_owned(), tenant: "t".to_owned(), integration: "i".to_owned() };
    let before = subject.open().await.unwrap();
    before.offer(&job("held"), Duration::ZERO).await.unwrap();
    before.offer(&job("later"), hour).await.unwrap();
    let held = before.take().await.unwrap();
    assert_eq!(held.job().run, "held");

    let after = DatabaseQueue::open(subject.database.clone(), hour).await.unwrap();
    assert_eq!(after.release_all().await.unwrap(), 1);
    let again = after.take().await.unwrap();
    assert_eq!((again.job().run.as_str(), again.attempt()), ("held", 2));
    assert!(held.done().await.is_err(), "whoever had it before has it no more");
    assert_eq!(after.depth().await.unwrap().waiting, 1, "what was offered for later still waits");
}
