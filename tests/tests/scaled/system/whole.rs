//! What has to hold whatever went wrong: every due sync happened, none was applied twice, every mail is out once, and the audit log's
//! chain is whole.

use std::collections::{BTreeMap, BTreeSet};

use connector_database::{Database, PoolOptions};
use connector_service::audit::Audit;
use whole_system_tests::postgres_server::TestDatabase;
use whole_system_tests::service_client::wait_for;

use super::{Post, Sql};

/// What is looked at.
pub struct Look<'a> {
    /// The database from outside.
    pub sql: &'a mut Sql,
    /// The database.
    pub database: &'a TestDatabase,
    /// Where mails went.
    pub post: &'a Post,
    /// The slots that were due, in every integration.
    pub slots: &'a [i64],
    /// How many mails may be out twice: those that were in flight when something went wrong.
    pub in_flight: usize,
}

impl Look<'_> {
    /// Waits until nothing is left to do, and looks at everything.
    pub fn check(&mut self) {
        self.settle();
        self.every_due_sync_happened();
        self.nothing_was_applied_twice();
        self.every_mail_is_out();
        self.the_audit_log_is_whole();
    }

    fn settle(&mut self) {
        let left = "SELECT (SELECT count(*) FROM connector.runs WHERE state <> 'ended') + (SELECT count(*) FROM \
             connector.integrations WHERE next_due <= extract(epoch FROM now())) + \
             (SELECT count(*) FROM connector.directory_outbox WHERE NOT delivered)";
        wait_for("end of everything that is to be done", || (self.sql.number(left) == 0).then_some(()));
    }

    /// A due slot has a run. It ended as it should, or another one was begun in its place that did.
    fn every_due_sync_happened(&mut self) {
        let runs = self.sql.rows(
            "SELECT integration, coalesce(slot, 0), verdict, id, failures, deliveries FROM connector.runs ORDER BY integration, id",
        );
        for integration in self.sql.column("SELECT id FROM connector.integrations") {
            let of = || runs.iter().filter(|run| run[0] == integration);
            for slot in self.slots {
                // A slot that comes while a run is at work is that run's.
                assert!(of().any(|run| run[1] <= slot.to_string()), "slot {slot} was not run: {runs:?}");
            }
            assert_eq!(of().next_back().map(|run| run[2].as_str()), Some("done"), "{runs:?}");
            for run in of() {
                assert!(["done", "interrupted"].contains(&run[2].as_str()), "{run:?}");
            }
        }
    }

    /// The run log has each run as it ended, and nobody was created, changed or invited more than once.
    fn nothing_was_applied_twice(&mut self) {
        let differs = "SELECT runs.id, runs.verdict, filed.verdict, runs.applied, filed.applied FROM connector.runs FULL JOIN \
             connector.directory_runs AS filed USING (id) WHERE coalesce(runs.verdict, '') <> 'interrupted' AND \
             (runs.verdict IS DISTINCT FROM filed.verdict OR runs.applied IS DISTINCT FROM filed.applied)";
        assert_eq!(self.sql.rows(differs), Vec::<Vec<String>>::new(), "history and run log differ");
        let stale = "SELECT * FROM connector.directory_run_actions WHERE outcome <> 'applied'";
        assert_eq!(self.sql.rows(stale), Vec::<Vec<String>>::new(), "somebody else had written meanwhile");
        // All integrations have the same people, and were due at the same times.
        let applied = "SELECT directory, employee, operation, count(*) FROM connector.directory_run_actions \
             GROUP BY directory, employee, operation";
        self.are_the_same("what was applied", applied);
        let standing = "SELECT account.directory, account.employee, account.email, account.position, account.version, \
             account.invited, coalesce(boss.employee, '') FROM connector.directory_accounts AS account LEFT JOIN \
             connector.directory_accounts AS boss ON boss.directory = account.directory AND boss.id = account.supervisor";
        self.are_the_same("accounts", standing);
        let linked = "SELECT count(*) - count(DISTINCT (directory, employee)) FROM connector.directory_accounts";
        assert_eq!(self.sql.number(linked), 0, "somebody has two accounts");
    }

    /// Whether the rows, whose first column is a directory, are the same in each directory.
    fn are_the_same(&mut self, what: &str, query: &str) {
        let mut directories = BTreeMap::<String, BTreeSet<Vec<String>>>::new();
        for row in self.sql.rows(query) {
            directories.entry(row[0].clone()).or_default().insert(row[1..].to_vec());
        }
        assert_eq!(
            i64::try_from(directories.len()).unwrap(),
            self.sql.number("SELECT count(*) FROM connector.integrations")
        );
        let first = directories.values().next().cloned().unwrap_or_default();
        for (directory, rows) in &directories {
            let differing: Vec<_> = rows.symmetric_difference(&first).collect();
            assert!(differing.is_empty(), "{what} in {directory} and in the first one differ: {differing:?}");
        }
    }

    /// A summary for each run in the log, an invitation for each who was invited, and each of them once.
    fn every_mail_is_out(&mut self) {
        let known: BTreeSet<String> =
            self.sql.column("SELECT message_id FROM connector.directory_outbox").into_iter().collect();
        let taken = self.post.taken();
        let out: BTreeSet<String> = taken.keys().cloned().collect();
        assert_eq!(known, out, "what is out is not what was queued");
        let runs = self.sql.number("SELECT count(*) FROM connector.directory_runs");
        let invited = self.sql.number("SELECT count(*) FROM connector.directory_accounts WHERE invited");
        assert_eq!(
            i64::try_from(known.len()).unwrap(),
            runs + invited,
            "a mail for each run, and for each who was invited"
        );
        let twice: Vec<_> = taken.iter().filter(|(_, times)| **times > 1).collect();
        let more: usize = twice.iter().map(|(_, times)| **times - 1).sum();
        assert!(more <= self.in_flight, "{} may be out twice, and {more} are: {twice:?}", self.in_flight);
    }

    fn the_audit_log_is_whole(&mut self) {
        let url = self.database.url.parse().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let broken = runtime.block_on(async {
            let database = Database::postgres(&url, PoolOptions { connections: 2 }).await.unwrap();
            Audit::in_database(database).read().await.unwrap().1
        });
        assert_eq!(broken, None, "the audit log");
    }
}
