//! How much memory a tenant costs that waits for its source: it has logged in, and its instance stays.
//!
//! Measured in a process of its own, for what other benchmarks have freed would be used first and not counted.

#![allow(clippy::expect_used, reason = "a benchmark without its figure is a failed one")]

use std::process::Command;

use serde_json::{Value, json};
use whole_system_tests::company::Company;
use whole_system_tests::page_source::KeyOrder;

use super::figure;
use super::sandbox::Sandbox;

/// Asks this program to be the probe.
pub const PROBE: &str = "--probe-waiting-tenants";
/// How many wait beside the first.
const TENANTS: u64 = 150;

/// Measures, and writes the figure down.
pub fn measure() {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).arg(PROBE).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let probed: Value = serde_json::from_slice(&output.stdout).expect("the probe's own words");
    let Some(waiting) = probed.pointer("/after_login").and_then(Value::as_f64) else {
        return println!("waiting: this system does not tell a process' memory");
    };
    println!("waiting: {probed} bytes a tenant");
    figure::write("waiting", waiting, &probed);
}

/// The probe: what each tenant adds, after its log-in and in the middle of its read.
pub async fn probe() {
    let sandbox = Sandbox::open(&Company::generate("nordwind", 300, 7), KeyOrder::Same).await;
    let resident = || figure::memory("self", "VmRSS");
    // The first brings what all share.
    let mut tenants = vec![sandbox.configured().await];
    let before = resident();
    for _ in 0..TENANTS {
        tenants.push(sandbox.configured().await);
    }
    let after_login = resident();
    for tenant in tenants.iter_mut().skip(1) {
        let page = tenant.fetch_page(None).await.expect("a page");
        tenant.map_page(&page.employees).await.expect("mapped");
    }
    let in_mid_read = resident();
    let each = |then: Option<u64>| Some(then?.saturating_sub(before?) / TENANTS);
    println!("{}", json!({ "after_login": each(after_login), "in_mid_read": each(in_mid_read), "tenants": TENANTS }));
}
