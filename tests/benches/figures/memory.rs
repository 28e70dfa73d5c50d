//! How much memory the harness holds at most, for a whole sync of a large company from a cassette.

#![allow(clippy::expect_used, reason = "a benchmark without its figure is a failed one")]

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use whole_system_tests::company::wire::LIMIT;
use whole_system_tests::company::{Company, cassette};
use whole_system_tests::{component, fixture, nordwind};

use super::figure;

/// Syncs `size` people into an empty directory and writes down the peak, for the table.
pub fn measure(harness: &str, size: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let company = Company::generate("nordwind", size, 7);
    cassette::write(&company, &nordwind::account(), LIMIT, &folder.path().join("exchanges")).expect("a recording");
    let mut command = Command::new(harness);
    command.current_dir(folder.path()).arg("sync").arg("--settings").arg(fixture("nordwind").join("settings.toml"));
    command.args(["--replay", "exchanges", "--directory", "accounts.db", "--component"]).arg(component());
    command.env("NORDWIND_CLIENT_SECRET", "any").stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().expect("the harness starts");
    let Some(peak) = peak(&mut child) else { return println!("memory: this system does not tell a process' peak") };
    let time = start.elapsed();
    assert!(child.wait().expect("it ended").success(), "the sync failed");
    println!("memory: {} MB at most, for {size} people in {time:.1?}", peak / 1_000_000);
    let details = serde_json::json!({ "people": size, "seconds": time.as_secs_f64() });
    #[allow(clippy::cast_precision_loss, reason = "no process holds that much")]
    figure::write("memory", peak as f64, &details);
}

/// The most memory the process ever held at once, in bytes, asked again and again until it ends: the kernel keeps the
/// mark, so that only what happens in the last millisecond can be missed.
fn peak(child: &mut Child) -> Option<u64> {
    let process = child.id().to_string();
    let mut peak = None;
    while child.try_wait().expect("our child").is_none() {
        peak = figure::memory(&process, "VmHWM").or(peak);
        thread::sleep(Duration::from_millis(1));
    }
    peak
}
