//! `cargo xtask bench`: measures, then prints one table.
//!
//! The figures are read from what criterion leaves on disk, so that the table can be shown again and a single benchmark
//! can be measured anew without the others.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;

use crate::shell;
use crate::tasks::build;
use crate::workspace::Workspace;

/// One line of the table.
struct Row {
    what: &'static str,
    figure: Figure,
    at_most: f64,
}

/// Where a line's figure comes from: names of benchmarks, as criterion has them.
enum Figure {
    /// The time through the component over the native time.
    Ratio(&'static str),
    /// A mean time, in microseconds.
    Microseconds(&'static str),
    /// A mean time, in milliseconds.
    Milliseconds(&'static str),
    /// Megabytes, from a file with a number of bytes in it.
    Megabytes(&'static str),
}

const ROWS: [Row; 5] = [
    Row { what: "map 10,000 employees, component ÷ native", figure: Figure::Ratio("map"), at_most: 1.5 },
    Row { what: "plan 10,000 employees, component ÷ native", figure: Figure::Ratio("plan"), at_most: 1.5 },
    Row {
        what: "start a tenant from a prepared component",
        figure: Figure::Microseconds("start/tenant"),
        at_most: 10.0,
    },
    Row {
        what: "start the harness with a warm cache, to the first call",
        figure: Figure::Milliseconds("start/harness"),
        at_most: 15.0,
    },
    Row {
        what: "peak memory of a sync of 10,000 employees",
        figure: Figure::Megabytes("memory/harness.json"),
        at_most: 150.0,
    },
];

/// Measures the built component against the same code compiled natively.
///
/// # Errors
/// When something does not build or a benchmark fails.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    build::run_with_guests(workspace)?;
    shell::step("Measuring", || {
        shell::run(workspace.cargo().args(["bench", "--package", "whole-system-tests"]).args(arguments))
    })?;
    print!("\n{}", table(&Measured::in_folder(&workspace.target)));
    Ok(())
}

/// What was measured, on disk.
struct Measured {
    folder: PathBuf,
}

impl Measured {
    fn in_folder(target: &Path) -> Self {
        Self { folder: target.join("criterion") }
    }

    fn number(&self, file: &str, pointer: &str) -> Option<f64> {
        let text = fs::read_to_string(self.folder.join(file)).ok()?;
        serde_json::from_str::<Value>(&text).ok()?.pointer(pointer)?.as_f64()
    }

    /// A benchmark's mean in nanoseconds.
    fn mean(&self, name: &str) -> Option<f64> {
        self.number(&format!("{name}/new/estimates.json"), "/mean/point_estimate")
    }

    /// A line's figure, its text, and the times behind a ratio.
    fn figure(&self, figure: &Figure) -> Option<(f64, String)> {
        Some(match figure {
            Figure::Ratio(name) => {
                let (native, component) =
                    (self.mean(&format!("{name}/native"))?, self.mean(&format!("{name}/component"))?);
                let (native, component, ratio) = (native / 1e6, component / 1e6, component / native);
                (ratio, format!("{ratio:.2} ({component:.1} ms ÷ {native:.1} ms)"))
            }
            Figure::Microseconds(name) => {
                let time = self.mean(name)? / 1e3;
                (time, format!("{time:.1} µs"))
            }
            Figure::Milliseconds(name) => {
                let time = self.mean(name)? / 1e6;
                (time, format!("{time:.1} ms"))
            }
            Figure::Megabytes(file) => {
                let size = self.number(file, "/peak_bytes")? / 1e6;
                (size, format!("{size:.0} MB"))
            }
        })
    }
}

/// The table, ready for a README.
fn table(measured: &Measured) -> String {
    let mut text = String::from("| what | measured | at most | |\n|---|---|---|---|\n");
    for Row { what, figure, at_most } in ROWS {
        let unit = match figure {
            Figure::Ratio(_) => "",
            Figure::Microseconds(_) => " µs",
            Figure::Milliseconds(_) => " ms",
            Figure::Megabytes(_) => " MB",
        };
        let (shown, verdict) = match measured.figure(&figure) {
            Some((value, shown)) => (shown, if value <= at_most { "reached" } else { "missed" }),
            None => ("–".to_owned(), "not measured"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {what} | {shown} | {at_most}{unit} | {verdict} |");
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_and_judged_and_gaps_are_shown() {
        let target = tempfile::tempdir().expect("a folder");
        let write = |file: &str, json: &str| {
            let file = target.path().join("criterion").join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, json).expect("written");
        };
        let mean = |nanoseconds: f64| format!(r#"{{"mean":{{"point_estimate":{nanoseconds}}}}}"#);
        write("map/native/new/estimates.json", &mean(2e7));
        write("map/component/new/estimates.json", &mean(2.5e7));
        write("start/tenant/new/estimates.json", &mean(12_000.0));
        write("memory/harness.json", r#"{"peak_bytes":120000000}"#);
        let table = table(&Measured::in_folder(target.path()));
        let lines: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "| map 10,000 employees, component ÷ native | 1.25 (25.0 ms ÷ 20.0 ms) | 1.5 | reached |",
                "| plan 10,000 employees, component ÷ native | – | 1.5 | not measured |",
                "| start a tenant from a prepared component | 12.0 µs | 10 µs | missed |",
                "| start the harness with a warm cache, to the first call | – | 15 ms | not measured |",
                "| peak memory of a sync of 10,000 employees | 120 MB | 150 MB | reached |",
            ]
        );
    }
}
