//! What a service costs that has nothing to do: memory, and time of a processor with a thousand schedules of which none is due.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use whole_system_tests::service_client::{Console, Customer, Options, Source, form};

use super::{figure, read};

const INTEGRATIONS: usize = 1_000;
/// How long nothing happens before memory is looked at.
const REST: Duration = Duration::from_secs(5);
/// How long the processor's time is counted: longer than the scheduler sleeps.
const WATCHED: Duration = Duration::from_secs(65);

/// Measures both.
pub fn measure(harness: &'static str) {
    let source = Source::of(1_000);
    let mut console = Console::start(Options::new(harness, &source.origin()));
    let customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let _ = customer.done(&integration, "sync");
    let after_a_sync = rested(&console);
    console.service.kill();
    console.service.start_again();
    read(&customer.admin, "/integrations");
    let (Some(memory), Some(after_a_sync)) = (rested(&console), after_a_sync) else {
        return println!("service-idle: this system does not tell a process' memory");
    };
    println!("service-idle: {} MB, {} MB after a sync of 1,000 people", memory / 1_000_000, after_a_sync / 1_000_000);
    #[allow(clippy::cast_precision_loss, reason = "no process holds that much")]
    figure::write("service-idle-memory", memory as f64, &json!({ "bytes_after_a_sync": after_a_sync }));
    schedule(&customer, &source.origin());
    thread::sleep(REST);
    let (before, start) = (busy(&console).expect("as above"), Instant::now());
    thread::sleep(WATCHED);
    let spent = busy(&console).expect("as above").saturating_sub(before);
    let share = spent.as_secs_f64() / start.elapsed().as_secs_f64();
    println!("service-idle: {:.2} % of a processor with {INTEGRATIONS} schedules", share * 100.0);
    figure::write("service-idle-processor", share * 100.0, &json!({ "integrations": INTEGRATIONS }));
}

/// Resident memory once nothing has happened for a while.
fn rested(console: &Console) -> Option<u64> {
    thread::sleep(REST);
    figure::memory(&console.service.id().to_string(), "VmRSS")
}

/// Integrations that are due half a day from now.
fn schedule(customer: &Customer, origin: &str) {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let at = format!("{:02}:00", (now.hour() + 12) % 24);
    for number in 0..INTEGRATIONS {
        let mut form = form(&format!("Personio {number}"), origin);
        form["schedule"] = json!({ "every": "daily", "at": at, "zone": "Etc/UTC" });
        let _ = customer.integration_of(&form);
    }
}

/// How long processors were busy with the process.
fn busy(console: &Console) -> Option<Duration> {
    /// In these the system counts for every program, whatever its own clock.
    const TICK: Duration = Duration::from_millis(10);
    let stat = fs::read_to_string(format!("/proc/{}/stat", console.service.id())).ok()?;
    // The name, in parentheses, may have blanks.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u32>().ok();
    Some(TICK * (ticks(11)? + ticks(12)?))
}
