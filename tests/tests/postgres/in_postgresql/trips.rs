//! What a sync costs in round trips: a network makes each of them a millisecond, and a thousand of them a second.

use std::cell::Cell;
use std::sync::Once;

use connector_store_conformance::fill;
use connector_sync::directory::{Directory as _, Store as _};
use connector_sync::run::{Outcome, RunVerdict};
use tracing::subscriber::set_global_default;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::Registry;
use whole_system_tests::postgres_server::PostgresServer;
use whole_system_tests::postgres_store::{directories, new_id, shared};
use whole_system_tests::postgres_wire::Wire;

use super::samples;

/// Counts what the store says of its trips: on the wire, an answer may come before the next statement or after it, by chance.
struct Trips;

thread_local! {
    /// Those of this thread, which is that of a test and its runtime.
    static TRIPS: Cell<u64> = const { Cell::new(0) };
}

impl<S: Subscriber> Layer<S> for Trips {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "connector_store_postgres::session" {
            TRIPS.set(TRIPS.get() + 1);
        }
    }
}

/// For the whole program: one for a thread is not heard where another thread was the first to say something.
fn count_trips() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_global_default(Registry::default().with(Trips)).unwrap());
}

/// What it costs to look at a plan and then to apply it, with its run and its mails: trips, and statements on the wire. The
/// connection knows the statements.
async fn applying(people: usize) -> (u64, u64) {
    let wire = Wire::to(PostgresServer::shared().port()).unwrap();
    let all = directories(&shared().through(wire.port()), 2).await.unwrap();
    let mut costs = (0, 0);
    // The first runs teach both connections their statements.
    for _ in 0..4 {
        let mut directory = all.new_directory("trips", &new_id());
        fill(&mut directory, &samples::start(people)).await.unwrap();
        directory.id().await.unwrap();
        TRIPS.set(0);
        let _ = wire.take_statements();
        let report = samples::applied(&mut directory, samples::plan(people)).await.unwrap();
        costs = (TRIPS.get(), wire.take_statements());
        assert_eq!(report.verdict, RunVerdict::Done);
        assert_eq!(report.outcomes, vec![Outcome::Applied; 5 * people]);
        let mut transaction = directory.inspect().await.unwrap();
        assert_eq!(transaction.snapshot().await.unwrap().accounts.len(), 2 * people);
        assert_eq!(transaction.queued().await.unwrap().len(), people + 1, "an invitation each, and the summary");
    }
    costs
}

#[tokio::test]
async fn a_plan_takes_as_many_trips_for_two_thousand_actions_as_for_two_hundred() {
    count_trips();
    let (few, many) = (applying(40).await, applying(400).await);
    assert_eq!(few, many, "200 and 2,000 actions");
    // Looking at the plan: the transaction with its directory, the accounts, the end. Applying it: the transaction with the
    // directory's lock, the accounts, whether it is approved, how the accounts stand, the actions, the run, who is invited,
    // the mails, the end.
    assert_eq!(few, (12, 29));
}
