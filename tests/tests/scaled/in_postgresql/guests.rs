//! Guests that compute for longer than a lease keep their runs: a worker's word to the queue never waits for a guest.

use std::fs;

use serde_json::json;
use whole_system_tests::guest;
use whole_system_tests::postgres_server::PostgresServer;

use crate::system::{Process, READY, Setting, Stage};

/// Three times the lease.
const LIMITS: &str = "[limits]\ncall-milliseconds = 6000\n";

#[test]
fn a_guest_that_computes_never_delays_an_in_progress_ack() {
    let setting = Setting { connectors: vec![guest("hostile")], ..Setting::of(0, 12) };
    let mut stage = Stage::start(PostgresServer::shared(), setting);
    // More of them than there are processors: they compete with the tasks that keep their leases.
    let customers = ["B", "C", "D", "E"].map(|name| stage.console.customer(name));
    let spins = json!({ "name": "spin", "type": "hostile" });
    let mut command = stage.worker_command();
    let data = command.get_args().nth(2).unwrap().to_owned();
    let settings = fs::read_to_string(std::path::Path::new(&data).join("service.toml")).unwrap();
    fs::write(std::path::Path::new(&data).join("service.toml"), settings + LIMITS).unwrap();
    command.args(["--parallel", "8"]);
    let _worker = Process::start(&mut command, READY);
    // Somebody who would take a run at once whose lease is over.
    let _other = stage.worker();
    let runs = customers.each_ref().map(|customer| customer.begin(&customer.integration_of(&spins), "sync"));
    for (customer, run) in customers.iter().zip(&runs) {
        let ended = customer.ended(run);
        assert_eq!((&ended["verdict"], &ended["failures"][0]["code"]), (&json!("failed"), &json!("limit-reached")), "{ended}");
    }
    assert_eq!(stage.sql.column("SELECT DISTINCT deliveries FROM connector.runs"), ["1"], "nobody took one of them over");
}
