//! Moments of a run at which a test can hold it up: in its own transactions, by the database itself.
//!
//! A trigger asks for a lock that the test has. So a worker stands in the very statement that is named, for as long as the test wants, and
//! nothing of it is in the program under test. Sleeping until the moment may have come was rejected: on a busy machine it has not.

use whole_system_tests::service_client::wait_for;

use super::Sql;

/// Where a worker can be held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A due run is being queued.
    Queueing,
    /// It is queued, and its slot is being noted as done.
    Scheduled,
    /// A run is taken, and the transaction that takes it is open.
    Claiming,
    /// Everything is read and planned, and the first transaction that writes begins: in a new directory.
    Planned,
    /// The accounts are written, and the run is being filed in the same transaction.
    Applying,
    /// Everything is written, and the commit has begun.
    Committing,
    /// The applying transaction is over, the mails are out, and the run's end is being written.
    Ending,
}

impl Moment {
    const ALL: [Self; 7] = [
        Self::Queueing,
        Self::Scheduled,
        Self::Claiming,
        Self::Planned,
        Self::Applying,
        Self::Committing,
        Self::Ending,
    ];

    const fn trigger(self) -> &'static str {
        match self {
            Self::Queueing => "TRIGGER gate_6 BEFORE INSERT ON connector.runs FOR EACH ROW",
            Self::Scheduled => {
                "TRIGGER gate_7 BEFORE UPDATE ON connector.integrations FOR EACH ROW WHEN (NEW.next_due > OLD.next_due)"
            }
            Self::Claiming => {
                "TRIGGER gate_1 BEFORE UPDATE ON connector.runs FOR EACH ROW WHEN (NEW.state = 'running' AND \
                 OLD.deliveries < NEW.deliveries)"
            }
            Self::Planned => "TRIGGER gate_2 BEFORE INSERT ON connector.directories FOR EACH ROW",
            Self::Applying => "TRIGGER gate_3 BEFORE INSERT ON connector.directory_runs FOR EACH ROW",
            Self::Committing => {
                "CONSTRAINT TRIGGER gate_4 AFTER INSERT ON connector.directory_runs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
            }
            Self::Ending => {
                "TRIGGER gate_5 BEFORE UPDATE ON connector.runs FOR EACH ROW WHEN (NEW.state = 'ended' AND OLD.state <> 'ended')"
            }
        }
    }

    const fn number(self) -> i64 {
        match self {
            Self::Queueing => 6,
            Self::Scheduled => 7,
            Self::Claiming => 1,
            Self::Planned => 2,
            Self::Applying => 3,
            Self::Committing => 4,
            Self::Ending => 5,
        }
    }
}

/// Puts the gates up, all of them open.
pub fn build(sql: &mut Sql) {
    sql.execute(
        "CREATE FUNCTION connector.gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         PERFORM pg_advisory_xact_lock_shared(tg_argv[0]::bigint); RETURN NEW; END $$",
    );
    for moment in Moment::ALL {
        let (trigger, number) = (moment.trigger(), moment.number());
        sql.execute(&format!("CREATE {trigger} EXECUTE FUNCTION connector.gate('{number}')"));
    }
}

/// A gate that is closed while this is there.
pub struct Gate {
    sql: Sql,
    moment: Moment,
}

impl Gate {
    /// Closes it.
    pub fn close(url: &str, moment: Moment) -> Self {
        let mut sql = Sql::open(url);
        sql.execute(&format!("SELECT pg_advisory_lock({})", moment.number()));
        Self { sql, moment }
    }

    /// Waits until somebody stands before it.
    pub fn wait(&mut self) {
        let (moment, number) = (self.moment, self.moment.number());
        let waiting = format!(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database WHERE locktype = 'advisory' \
             AND datname = current_database() AND classid = 0 AND objid = {number} AND objsubid = 1 AND NOT granted"
        );
        wait_for(&format!("worker at {moment:?}"), || (self.sql.number(&waiting) > 0).then_some(()));
    }

    /// Opens it.
    pub fn open(mut self) {
        self.sql.execute(&format!("SELECT pg_advisory_unlock({})", self.moment.number()));
    }
}
