//! Servers that go away, writers that meet, and workers that may no longer write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use connector_store_conformance::fill;
use connector_store_postgres::{Client, Directories, Guard, PostgresDirectory};
use connector_sync::directory::{Directory, DirectoryError, Result, Store as _};
use connector_sync::run::RunVerdict;
use whole_system_tests::postgres_server::PostgresServer;
use whole_system_tests::postgres_store::{directories, new_id, shared};
use whole_system_tests::postgres_wire::{Cut, Wire};

use super::samples;

async fn started(all: &Directories) -> PostgresDirectory {
    let mut directory = all.new_directory("acme", &new_id());
    fill(&mut directory, &samples::start(3)).await.unwrap();
    directory
}

async fn last_names(directory: &mut PostgresDirectory) -> Vec<String> {
    let mut transaction = directory.inspect().await.unwrap();
    let accounts = transaction.snapshot().await.unwrap().accounts;
    accounts.into_iter().map(|account| account.last_name).collect()
}

async fn has_run(directory: &mut PostgresDirectory, run: &str) -> bool {
    directory.inspect().await.unwrap().find_run(run).await.unwrap().is_some()
}

#[tokio::test]
async fn writers_of_two_directories_do_not_meet() {
    let all = directories(&shared().url, 4).await.unwrap();
    let (mut one, mut other) = (started(&all).await, started(&all).await);
    let first = one.begin().await.unwrap();
    let second = other.begin().await.unwrap();
    first.commit().await.unwrap();
    second.commit().await.unwrap();
}

#[tokio::test]
async fn a_writer_waits_for_another_one_of_its_directory_and_gives_up_after_a_while() {
    let (all, id) = (directories(&shared().url, 4).await.unwrap(), new_id());
    fill(&mut all.new_directory("acme", &id), &samples::start(3)).await.unwrap();
    let (mut first, second) = (all.directory("acme", &id), all.directory("acme", &id));
    let mut second = second.patience(Duration::from_millis(20));
    let transaction = first.begin().await.unwrap();
    let refused = second.begin().await.err().expect("two writers at once");
    assert!(matches!(refused, DirectoryError::Conflict(_)), "{refused:?}");
    assert_eq!(
        refused.to_string(),
        "another transaction was in the way: another run is writing to this directory; nothing was written; start again"
    );
    assert_eq!(last_names(&mut second).await.len(), 3, "reading goes on");
    let mut patient = all.directory("acme", &id).patience(Duration::from_mins(1));
    let waiting = tokio::spawn(async move { patient.begin().await.map(drop) });
    transaction.commit().await.unwrap();
    waiting.await.unwrap().unwrap();
}

/// Says no once it is told to.
struct Switch(AtomicBool);

#[async_trait]
impl Guard for Switch {
    async fn check(&self, client: &Client) -> Result<()> {
        // It is asked in the transaction, which knows its tenant.
        let tenant = client.query_one("SELECT current_setting('connector.tenant')", &[]).await;
        assert_eq!(tenant.unwrap().get::<_, String>(0), "acme");
        if self.0.load(Ordering::Relaxed) {
            return Err(DirectoryError::LeaseLost("its lease has number 7, and number 8 was given since".to_owned()));
        }
        Ok(())
    }
}

#[tokio::test]
async fn who_may_no_longer_write_is_told_so_and_writes_nothing() {
    let all = directories(&shared().url, 4).await.unwrap();
    let switch = Arc::new(Switch(AtomicBool::new(false)));
    let mut directory = started(&all).await.guarded(Arc::clone(&switch) as _);
    samples::applied(&mut directory, vec![samples::rename(0, "Byron")]).await.unwrap();
    switch.0.store(true, Ordering::Relaxed);
    let refused = samples::applied(&mut directory, vec![samples::rename(1, "King")]).await.err().expect("a refusal");
    assert!(matches!(refused, DirectoryError::LeaseLost(_)), "{refused:?}");
    assert_eq!(
        refused.to_string(),
        "the right to write to this directory has passed to another worker: its lease has number 7, and number 8 was given \
         since; nothing was written"
    );
    assert_eq!(last_names(&mut directory).await, ["Byron", "Müller", "Müller"]);
}

/// The answer to a commit is lost with the connection, after or before it came to the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_without_an_answer_says_that_nobody_knows_and_the_run_log_does() {
    for (cut, is_filed) in [(Cut::After("COMMIT"), true), (Cut::Before("COMMIT"), false)] {
        let wire = Wire::to(PostgresServer::shared().port()).unwrap();
        let all = directories(&shared().through(wire.port()), 2).await.unwrap();
        let mut directory = started(&all).await;
        let mut transaction = directory.begin().await.unwrap();
        transaction.apply(&[samples::rename(0, "Byron")]).await.unwrap();
        let run = samples::done("run", vec![samples::rename(0, "Byron")]);
        transaction.record(&run).await.unwrap();
        wire.cut(cut);
        let lost = transaction.commit().await.unwrap_err();
        assert!(matches!(lost, DirectoryError::CommitUnknown(_)), "{lost:?}");
        assert!(lost.to_string().ends_with("whether they are is on file in the run log"), "{lost}");
        assert_eq!(has_run(&mut directory, "run").await, is_filed, "{cut:?}");
        let expected = if is_filed { "Byron" } else { "Müller" };
        assert_eq!(last_names(&mut directory).await[0], expected, "{cut:?}");
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_in_mid_transaction_leaves_nothing_and_the_next_one_works() {
    let database = PostgresServer::shared().database().unwrap();
    let all = directories(&database.url, 4).await.unwrap();
    let mut directory = started(&all).await;
    for _ in 0..3 {
        let mut transaction = directory.begin().await.unwrap();
        transaction.apply(&[samples::rename(0, "Byron")]).await.unwrap();
        database.cut_connections().unwrap();
        let failed = transaction.record(&samples::done("run", Vec::new())).await.unwrap_err();
        assert!(matches!(failed, DirectoryError::Unreachable(_)), "{failed:?}");
        assert!(transaction.commit().await.is_err());
        assert_eq!(last_names(&mut directory).await[0], "Müller");
        assert!(!has_run(&mut directory, "run").await);
    }
    // All that wait in the pool are cut off; who comes next need not know.
    database.cut_connections().unwrap();
    directory.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn a_transaction_in_which_a_statement_failed_cannot_be_committed() {
    let all = directories(&shared().url, 2).await.unwrap();
    let mut directory = started(&all).await;
    let mut transaction = directory.begin().await.unwrap();
    let run = samples::done("run", Vec::new());
    transaction.record(&run).await.unwrap();
    let failed = transaction.record(&run).await.unwrap_err();
    let told = failed.to_string();
    assert!(matches!(failed, DirectoryError::Failed(_)) && told.contains("(23505)"), "{told}");
    assert!(!told.contains("acme"), "values stay out of messages: {told}");
    assert!(transaction.commit().await.is_err(), "the server would say yes, and mean no");
    assert!(!has_run(&mut directory, "run").await);
}

#[tokio::test]
async fn work_that_is_given_up_frees_the_directory() {
    let all = directories(&shared().url, 2).await.unwrap();
    let mut directory = started(&all).await;
    for polls in 1..40 {
        let work = async {
            let mut transaction = directory.begin().await.unwrap();
            transaction.apply(&samples::plan(3)).await.unwrap();
            // It is never committed.
            std::future::pending::<()>().await;
        };
        given_up_after(polls, work).await;
        assert_eq!(last_names(&mut directory).await, ["Müller"; 3], "given up after {polls} looks");
    }
    directory.begin().await.unwrap().commit().await.unwrap();
}

/// Polls work so many times, and drops it.
async fn given_up_after(polls: usize, work: impl Future<Output = ()>) {
    let mut work = std::pin::pin!(work);
    let mut left = polls;
    std::future::poll_fn(|context| {
        left -= 1;
        if work.as_mut().poll(context).is_ready() || left == 0 {
            return std::task::Poll::Ready(());
        }
        // It may be that nothing more happens.
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_away_is_waited_for_and_has_lost_nothing() {
    let mut server = PostgresServer::start().unwrap();
    let database = server.database().unwrap();
    let all = directories(&database.url, 4).await.unwrap();
    let mut directory = started(&all).await;
    let mut version = "Müller".to_owned();
    for (number, is_killed) in [false, true].into_iter().enumerate() {
        let mut transaction = directory.begin().await.unwrap();
        transaction.apply(&[samples::rename(0, "Byron")]).await.unwrap();
        if is_killed { server.kill() } else { server.stop() }.unwrap();
        let lost = transaction.commit().await.unwrap_err();
        assert!(matches!(lost, DirectoryError::CommitUnknown(_)), "{lost:?}");
        let away = directory.begin().await.err().expect("nobody answers");
        assert!(matches!(away, DirectoryError::Unreachable(_)), "{away:?}");
        assert!(away.to_string().starts_with("the database cannot be reached: "), "{away}");
        server.start_again().unwrap();
        assert_eq!(last_names(&mut directory).await[0], version, "what was not committed is gone");
        let name = format!("Byron {number}");
        let mut rename = samples::rename(0, &name);
        rename.version = Some(number as u64 + 1);
        let report = samples::applied(&mut directory, vec![rename]).await.unwrap();
        assert_eq!(report.verdict, RunVerdict::Done);
        assert_eq!(last_names(&mut directory).await[0], name);
        version = name;
    }
}
