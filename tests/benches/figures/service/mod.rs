//! What the service costs whoever operates it, measured from outside: a process with a data folder, and readers who speak HTTP.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark without its figure is a failed one")]

mod idle;
mod pages;
mod readers;

use std::time::Duration;

use whole_system_tests::service_client::{Answer, Browser, Request};

use super::figure;

/// Measures what the command line asks for, each with a service of its own.
pub fn measure(harness: &'static str) {
    if figure::is_wanted("service-first-page") {
        pages::first_page(harness);
    }
    if figure::is_wanted("service-run-page") {
        pages::run_page(harness);
    }
    if figure::is_wanted("service-idle") {
        idle::measure(harness);
    }
    if figure::is_wanted("service-readers") {
        readers::measure(harness);
    }
}

/// Reads a page as a signed-in reader does. What tests look for in every answer is not looked for: it would be measured too.
fn read(reader: &Browser, path: &str) -> Answer {
    let request = reader.with_cookies(Request::new("GET", path));
    let answer = reader.wire.try_send(&request).expect("an answer");
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The middle of several measurements: one that something else on the machine disturbed does not count.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    *times.get(times.len() / 2).expect("at least one")
}
