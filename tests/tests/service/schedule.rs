//! What starts by itself.

use serde_json::json;
use whole_system_tests::service_client::{Console, Customer, Options, Source, wait_for};

use super::HARNESS;

fn total(customer: &Customer, integration: &str) -> u64 {
    customer.api.get(&format!("/api/v1/runs?integration={integration}")).json()["total"].as_u64().unwrap()
}

#[test]
fn a_due_slot_is_run_once_whatever_the_clock_does_and_what_is_paused_is_not() {
    let source = Source::of(12);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let mut customer = console.customer("Acme");
    let schedules = [
        json!({ "every": "hourly" }),
        json!({ "every": "daily", "at": "06:30", "zone": "Europe/Berlin" }),
        json!({ "every": "hourly" }),
        json!({ "every": "off" }),
        json!({ "every": "hourly" }),
    ];
    let integrations: Vec<String> = schedules
        .iter()
        .enumerate()
        .map(|(number, schedule)| {
            let mut form = whole_system_tests::service_client::form(&format!("Number {number}"), &source.origin());
            form["schedule"] = schedule.clone();
            customer.integration_of(&form)
        })
        .collect();
    let [hourly, daily, paused, off, last] = &integrations[..] else { unreachable!() };
    assert_eq!(customer.admin.post(&format!("/integrations/{paused}/pause"), &[]).status, 303);
    let due = |console: &Console, at: i64, which: &str| {
        let set = "UPDATE integrations SET next_due = ?1 WHERE next_due IS NOT NULL AND id LIKE ?2";
        console.service.database().execute(set, rusqlite::params![at, which]).unwrap();
    };
    // Twice for one slot, as by a clock that was set back or a process that ended before it had noted the next one; then another.
    for (slot, expected) in [(1_700_000_000, 1), (1_700_000_000, 1), (1_700_003_600, 2)] {
        let before = total(&customer, last);
        console.service.stop();
        due(&console, slot, "%");
        // One that is due later in the same round, and for another slot each time: when it is started, the others were looked at.
        due(&console, 1_750_000_000 + i64::try_from(before).unwrap(), last);
        console.service.start_again();
        wait_for("the last one's run", || (total(&customer, last) == before + 1).then_some(()));
        for (integration, runs) in [(hourly, expected), (daily, expected), (paused, 0), (off, 0)] {
            assert_eq!(total(&customer, integration), runs, "slot {slot}");
        }
        for run in customer.api.get("/api/v1/runs").json()["runs"].as_array().unwrap() {
            assert_ne!(customer.ended(run["id"].as_str().unwrap())["verdict"], json!("failed"));
        }
        for integration in [hourly, daily] {
            let next = customer.api.get(&format!("/api/v1/integrations/{integration}")).json()["next_due"].clone();
            assert!(next.as_str().unwrap() > "2026", "{next}");
        }
    }
    let cause = "SELECT DISTINCT cause FROM runs";
    assert_eq!(console.service.database().query_row(cause, [], |row| row.get::<_, String>(0)).unwrap(), "schedule");
    // The clock was set back while nobody ran: what lies too far ahead is made anew.
    let before = total(&customer, last);
    console.service.stop();
    due(&console, 4_000_000_000, hourly);
    due(&console, 1, last);
    console.service.start_again();
    wait_for("the last one's run", || (total(&customer, last) == before + 1).then_some(()));
    let next = customer.api.get(&format!("/api/v1/integrations/{hourly}")).json()["next_due"].clone();
    assert!(next.as_str().unwrap() < "2096", "{next}");
}
