//! How long a reader waits: for the first page after a start, and for the page of a large run.

use std::time::Instant;

use serde_json::json;
use whole_system_tests::service_client::{Console, Options, Source};

use super::{figure, median, millis, read};

/// How often each page is asked for.
const TIMES: usize = 20;
/// The people of the large run: most of them are new, and get supervisors and groups, which are actions too.
const PEOPLE: usize = 2_100;
/// How many actions that has to come to.
const ACTIONS: u64 = 5_000;

/// From the start of the process to the end of the first page, with a customer's data and a connector that was compiled before.
pub fn first_page(harness: &'static str) {
    let source = Source::of(20);
    let mut console = Console::start(Options::new(harness, &source.origin()));
    let customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let _ = customer.done(&integration, "sync");
    let (mut from_start, mut once_up) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        console.service.kill();
        let start = Instant::now();
        console.service.start_again();
        let up = Instant::now();
        read(&customer.admin, "/integrations");
        from_start.push(millis(start.elapsed()));
        once_up.push(millis(up.elapsed()));
    }
    let (from_start, once_up) = (median(from_start), median(once_up));
    println!("service-first-page: {from_start:.1} ms from the start, {once_up:.1} ms of them once it is up");
    figure::write("service-first-page", from_start, &json!({ "milliseconds_once_up": once_up }));
}

/// The page of a run with many actions, as a reader waits for it, and its bytes.
pub fn run_page(harness: &'static str) {
    let source = Source::of(PEOPLE);
    let console = Console::start(Options::new(harness, &source.origin()));
    let customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let run = customer.done(&integration, "preview");
    let actions = run["actions"].as_u64().expect("a number");
    assert!(actions >= ACTIONS, "{run}");
    let path = format!("/runs/{}", run["id"].as_str().expect("an ID"));
    let mut bytes = 0;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let start = Instant::now();
        let answer = read(&customer.admin, &path);
        times.push(millis(start.elapsed()));
        let headers: usize = answer.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        bytes = answer.body.len() + headers;
    }
    let time = median(times);
    println!("service-run-page: {time:.1} ms and {bytes} bytes for {actions} actions");
    let details = json!({ "actions": actions });
    figure::write("service-run-page", time, &details);
    #[allow(clippy::cast_precision_loss, reason = "no page is that long")]
    figure::write("service-run-page-bytes", bytes as f64, &details);
}
