//! Whether a thousand tenants cost ten times as much as a hundred: `harness fleet` on folders, replayed, planned and
//! applied.

#![allow(clippy::expect_used, reason = "a benchmark without its figure is a failed one")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use whole_system_tests::company::wire::LIMIT;
use whole_system_tests::company::{Company, cassette};
use whole_system_tests::{component, nordwind};

use super::figure;

/// How many people each tenant has.
const PEOPLE: usize = 200;
const FEW: u32 = 100;
const MANY: u32 = 1_000;

/// Measures both crowds, and writes the ratio of the costs of one tenant down.
pub fn measure(harness: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let exchanges = folder.path().join("exchanges");
    cassette::write(&Company::generate("nordwind", PEOPLE, 7), &nordwind::account(), LIMIT, &exchanges)
        .expect("a recording");
    let each = |tenants: u32| {
        let time = sync(harness, folder.path(), tenants) / tenants;
        println!("crowd: {time:.1?} a tenant of {PEOPLE} people, {tenants} tenants");
        time
    };
    // The smaller one runs twice, and counts the second time: the first fills the caches for both.
    each(FEW);
    let (few, many) = (each(FEW), each(MANY));
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    let details =
        json!({ "people": PEOPLE, "milliseconds_each_of_100": millis(few), "milliseconds_each_of_1000": millis(many) });
    figure::write("crowd", ratio, &details);
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Syncs so many new tenants, all with the same recording.
fn sync(harness: &str, folder: &Path, tenants: u32) -> Duration {
    let fleet = tempfile::tempdir_in(folder).expect("a folder");
    for number in 0..tenants {
        let tenant = fleet.path().join(format!("tenant-{number:04}"));
        fs::create_dir(&tenant).expect("a folder");
        fs::write(tenant.join("settings.toml"), settings(number)).expect("settings");
        fs::write(tenant.join("secret.txt"), "any").expect("a secret");
        share(&folder.join("exchanges"), &tenant.join("exchanges")).expect("shared");
    }
    let mut command = Command::new(harness);
    command.arg("fleet").arg(fleet.path()).args(["--replay", "--format", "json", "--component"]).arg(component());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().expect("the harness starts");
    let time = start.elapsed();
    assert!(status.success(), "the fleet failed");
    time
}

fn settings(number: u32) -> String {
    let client_id = nordwind::account().client_id;
    format!(
        "name = \"Tenant {number}\"\ntype = \"personio\"\nclient-id = \"{client_id}\"\n\
         client-secret = {{ file = \"secret.txt\" }}\ngroup-assignment = \"none\"\n"
    )
}

/// One cassette for all: a thousand copies would measure the disk.
fn share(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir(to)?;
    fs::read_dir(from)?.try_for_each(|entry| {
        let entry = entry?;
        fs::hard_link(entry.path(), to.join(entry.file_name()))
    })
}
