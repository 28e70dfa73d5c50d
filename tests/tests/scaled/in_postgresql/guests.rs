//! Guests that compute for longer than a lease keep their runs: a worker's word to the queue never waits for a guest.

use std::fs;

use serde_json::json;
use whole_system_tests::guest;
use whole_system_tests::postgres_server::PostgresServer;
use whole_system_tests::service_client::Customer;

use crate::system::{Process, READY, Setting, Stage};

/// Three times the lease.
const LIMITS: &str = "[limits]\ncall-milliseconds = 6000\n";

#[test]
fn a_guest_that_computes_never_delays_an_in_progress_ack() {
    // More of them than there are processors: they compete with the tasks that keep their leases.
    let setting = Setting { connectors: vec![guest("hostile")], customers: &["B", "C", "D", "E"], ..Setting::of(0) };
    let mut stage = Stage::start_on(PostgresServer::shared(), &setting);
    let (mut command, data) = stage.worker_command(&stage.database.url);
    let settings = fs::read_to_string(data.join("service.toml")).unwrap();
    fs::write(data.join("service.toml"), settings + LIMITS).unwrap();
    let _worker = Process::start(&mut command, READY);
    // Somebody who would take a run at once whose lease is over.
    let _other = stage.worker();
    let spins = json!({ "name": "spin", "type": "hostile" });
    let begin = |customer: &Customer| customer.begin(&customer.integration_of(&spins), "sync");
    let runs: Vec<String> = stage.customers.iter().map(begin).collect();
    for (customer, run) in stage.customers.iter().zip(&runs) {
        let ended = customer.ended(run);
        assert_eq!(
            (&ended["verdict"], &ended["failures"][0]["code"]),
            (&json!("failed"), &json!("limit-reached")),
            "{ended}"
        );
    }
    assert_eq!(
        stage.sql.column("SELECT DISTINCT deliveries FROM connector.runs"),
        ["1"],
        "nobody took one of them over"
    );
}
