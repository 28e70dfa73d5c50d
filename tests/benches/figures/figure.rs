//! What is measured once and not by criterion: one number in a file beside criterion's own, for the table.

#![allow(clippy::expect_used, reason = "a benchmark without its figure is a failed one")]

use std::fs;
use std::path::Path;

/// Writes a figure down, with what it was made from.
pub fn write(name: &str, value: f64, details: &serde_json::Value) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("criterion").join(name).join("figure.json");
    fs::create_dir_all(file.parent().expect("it has one")).expect("a folder");
    fs::write(file, serde_json::json!({ "value": value, "details": details }).to_string()).expect("written");
}

/// Whether the command line asks for this figure: by a part of its name, as criterion takes it, or for all.
pub fn is_wanted(name: &str) -> bool {
    std::env::args().skip(1).find(|argument| !argument.starts_with("--")).is_none_or(|part| name.contains(&part))
}

/// A line of `/proc/…/status` such as `VmHWM: 12345 kB`, in bytes; none on a system that does not tell.
pub fn memory(process: &str, line: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let value = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'))?;
    value.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
