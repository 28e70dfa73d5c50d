//! Guests that compute for longer than a lease keep their runs: a worker's word to the queue never waits for a guest.

use serde_json::json;
use whole_system_tests::guest;
use whole_system_tests::postgres_server::PostgresServer;
use whole_system_tests::service_client::Customer;

use crate::system::{Setting, Stage};

/// Three times the lease.
const LIMITS: &str = r#"{"call-milliseconds": 6000}"#;

#[test]
fn a_guest_that_computes_never_delays_an_in_progress_ack() {
    // More of them than there are processors: they compete with the tasks that keep their leases.
    let setting = Setting { connectors: vec![guest("hostile")], customers: &["B", "C", "D", "E"], ..Setting::of(0) };
    let mut stage = Stage::start_on(PostgresServer::shared(), &setting);
    stage.sql.execute(&format!("UPDATE connector.tenants SET limits = '{LIMITS}'"));
    // One works, and the other would take a run at once whose lease is over.
    let _workers = [stage.worker(), stage.worker()];
    let spins = json!({ "name": "spin", "type": "hostile" });
    let begin = |customer: &Customer| customer.begin(&customer.integration_of(&spins), "sync");
    let runs: Vec<String> = stage.customers.iter().map(begin).collect();
    for (customer, run) in stage.customers.iter().zip(&runs) {
        let ended = customer.ended(run);
        assert_eq!(
            (&ended["verdict"], &ended["failures"][0]["code"]),
            (&json!("failed"), &json!("plugin-timed-out")),
            "{ended}"
        );
    }
    assert_eq!(
        stage.sql.column("SELECT DISTINCT deliveries FROM connector.runs"),
        ["1"],
        "nobody took one of them over"
    );
}
