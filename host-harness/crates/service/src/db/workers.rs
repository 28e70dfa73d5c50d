//! The processes that work, as they last said.

use connector_database::Result;

use super::Db;

/// For how many seconds a process counts as there after it last said so.
const THERE: u32 = 40;

/// A process that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// What tells it from the others.
    pub id: String,
    /// The program's version.
    pub version: String,
    /// How many runs it has at work.
    pub at_work: u64,
    /// How many may work at once.
    pub room: u64,
    /// How many seconds ago it said so.
    pub seen: u64,
}

impl Db {
    /// Notes that a process is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_worker(&self, worker: &Worker) -> Result<()> {
        let put = "INSERT INTO workers (id, version, started, seen, at_work, room) \
             VALUES (?1, ?2, now_utc(), now_seconds(), ?3, ?4) ON CONFLICT (id) DO UPDATE SET \
             seen = excluded.seen, at_work = excluded.at_work, room = excluded.room";
        let Worker { id, version, at_work, room, .. } = worker;
        self.execute(put, &[id, version, at_work, room]).await?;
        // One that ended without a word is forgotten after a day.
        self.execute("DELETE FROM workers WHERE seen < now_seconds() - 86400", &[]).await.map(|_| ())
    }

    /// Notes that a process is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_worker(&self, id: &str) -> Result<()> {
        self.execute("DELETE FROM workers WHERE id = ?1", &[&id]).await.map(|_| ())
    }

    /// The processes that are there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn workers(&self) -> Result<Vec<Worker>> {
        let query = "SELECT id, version, at_work, room, now_seconds() - seen FROM workers \
             WHERE seen > now_seconds() - ?1 ORDER BY started, id";
        self.all(query, &[&THERE], |row| {
            Ok(Worker {
                id: row.get(0)?,
                version: row.get(1)?,
                at_work: row.get(2)?,
                room: row.get(3)?,
                seen: row.get(4)?,
            })
        })
        .await
    }
}
