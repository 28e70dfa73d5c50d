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
    bound: Bound,
}

/// What a figure has to be.
enum Bound {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
    /// Shown for comparison alone.
    None,
}

use Bound::{AtLeast, AtMost, None as Unbound};

/// Where a line's figure comes from: names of benchmarks, as criterion has them, or of files with one number.
enum Figure {
    /// The first one's time over the second one's.
    Ratio(&'static str, &'static str),
    /// A mean time, in microseconds.
    Microseconds(&'static str),
    /// A mean time, in milliseconds.
    Milliseconds(&'static str),
    /// A number of bytes from a file, in megabytes.
    Megabytes(&'static str),
    /// Likewise, in kilobytes.
    Kilobytes(&'static str),
    /// A ratio from a file.
    Times(&'static str),
    /// A time from a file, in milliseconds.
    MillisecondsOnce(&'static str),
    /// A share from a file, in percent.
    Percent(&'static str),
}

impl Figure {
    /// What stands behind the number.
    const fn unit(&self) -> &'static str {
        match self {
            Self::Ratio(..) | Self::Times(_) => "",
            Self::Microseconds(_) => " µs",
            Self::Milliseconds(_) | Self::MillisecondsOnce(_) => " ms",
            Self::Megabytes(_) => " MB",
            Self::Kilobytes(_) => " KB",
            Self::Percent(_) => " %",
        }
    }
}

const ROWS: [Row; 17] = [
    Row {
        what: "page bytes → people, component ÷ the native reader of 0.1.0",
        figure: Figure::Ratio("pages/in-one-call", "pages/reference"),
        bound: AtMost(1.2),
    },
    Row {
        what: "record by record ÷ a page in one call",
        figure: Figure::Ratio("pages/record-by-record", "pages/in-one-call"),
        bound: AtLeast(3.0),
    },
    Row {
        what: "the same, keys in another order in every tenth record",
        figure: Figure::Ratio("turned/record-by-record", "turned/in-one-call"),
        bound: AtLeast(1.6),
    },
    Row {
        what: "map 10,000 employees record by record, component ÷ native",
        figure: Figure::Ratio("map/component", "map/native"),
        bound: Unbound,
    },
    Row {
        what: "plan 10,000 employees, component ÷ native",
        figure: Figure::Ratio("plan/component", "plan/native"),
        bound: AtMost(1.2),
    },
    Row {
        what: "start a tenant from a prepared component",
        figure: Figure::Microseconds("start/tenant"),
        bound: AtMost(5.5),
    },
    Row {
        what: "start the harness with a warm cache, to the first call",
        figure: Figure::Milliseconds("start/harness"),
        bound: AtMost(10.0),
    },
    Row {
        what: "peak memory of a sync of 10,000 employees",
        figure: Figure::Megabytes("memory"),
        bound: AtMost(100.0),
    },
    Row {
        what: "memory of each waiting tenant above the first",
        figure: Figure::Kilobytes("waiting"),
        bound: AtMost(300.0),
    },
    Row { what: "cost of one of 1,000 tenants ÷ of one of 100", figure: Figure::Times("crowd"), bound: AtMost(1.2) },
    Row {
        what: "sixteen tenants beside two hostile ones ÷ alone",
        figure: Figure::Ratio("neighbours/hostile", "neighbours/alone"),
        bound: AtMost(1.3),
    },
    Row {
        what: "the service: from its start to its first page, with a warm cache",
        figure: Figure::MillisecondsOnce("service-first-page"),
        bound: AtMost(300.0),
    },
    Row {
        what: "the service: the page of a run with 5,000 actions",
        figure: Figure::MillisecondsOnce("service-run-page"),
        bound: AtMost(50.0),
    },
    Row {
        what: "the service: the bytes of that page",
        figure: Figure::Kilobytes("service-run-page-bytes"),
        bound: AtMost(300.0),
    },
    Row {
        what: "the service: sixteen syncs beside 200 readers ÷ alone",
        figure: Figure::Times("service-readers"),
        bound: AtMost(1.2),
    },
    Row {
        what: "the service: memory while nothing happens",
        figure: Figure::Megabytes("service-idle-memory"),
        bound: AtMost(60.0),
    },
    Row {
        what: "the service: a processor's time with 1,000 schedules and nothing due",
        figure: Figure::Percent("service-idle-processor"),
        bound: AtMost(1.0),
    },
];

impl Bound {
    /// The target in words, and whether a value reaches it; none where there is no target, or no value.
    fn judge(&self, value: Option<f64>, unit: &str) -> (String, Option<bool>) {
        match self {
            Self::AtMost(most) => (format!("at most {most}{unit}"), value.map(|value| value <= *most)),
            Self::AtLeast(least) => (format!("at least {least}{unit}"), value.map(|value| value >= *least)),
            Self::None => ("–".to_owned(), None),
        }
    }
}

/// Measures the built component against the same code compiled natively.
///
/// # Errors
/// When something does not build or a benchmark fails.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    build::run_with_guests(workspace)?;
    shell::step("Measuring", || {
        shell::run(
            workspace.cargo("bench").args(["--package", "whole-system-tests", "--bench", "figures"]).args(arguments),
        )
    })?;
    print!("\n{}", table(&Measured::in_folder(&workspace.target)));
    Ok(())
}

/// Many integrations due at once, with real processes and servers: prints its own table.
///
/// # Errors
/// When something does not build, or a server cannot be had.
pub fn load(workspace: &Workspace) -> Result<()> {
    build::run(workspace)?;
    shell::step("Measuring many syncs at once, which takes a while", || {
        shell::run(workspace.cargo("bench").args(["--package", "whole-system-tests", "--bench", "load"]))
    })
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

    /// A number that was measured once.
    fn once(&self, name: &str) -> Option<f64> {
        self.number(&format!("{name}/figure.json"), "/value")
    }

    /// A line's figure, and its text with the times behind a ratio.
    fn figure(&self, figure: &Figure) -> Option<(f64, String)> {
        let unit = figure.unit();
        let whole = |value: f64| (value, format!("{value:.0}{unit}"));
        let tenth = |value: f64| (value, format!("{value:.1}{unit}"));
        Some(match figure {
            Figure::Ratio(over, under) => {
                let (over, under) = (self.mean(over)? / 1e6, self.mean(under)? / 1e6);
                let ratio = over / under;
                (ratio, format!("{ratio:.2} ({over:.1} ms ÷ {under:.1} ms)"))
            }
            Figure::Microseconds(name) => tenth(self.mean(name)? / 1e3),
            Figure::Milliseconds(name) => tenth(self.mean(name)? / 1e6),
            Figure::Megabytes(name) => whole(self.once(name)? / 1e6),
            Figure::Kilobytes(name) => whole(self.once(name)? / 1e3),
            Figure::MillisecondsOnce(name) => tenth(self.once(name)?),
            Figure::Percent(name) => {
                let share = self.once(name)?;
                (share, format!("{share:.2}{unit}"))
            }
            Figure::Times(name) => {
                let ratio = self.once(name)?;
                (ratio, format!("{ratio:.2}"))
            }
        })
    }
}

/// The table, ready for docs/figures.md.
fn table(measured: &Measured) -> String {
    let mut text = String::from("| what | measured | target | |\n|---|---|---|---|\n");
    for Row { what, figure, bound } in ROWS {
        let measured = measured.figure(&figure);
        let (target, is_reached) = bound.judge(measured.as_ref().map(|(value, _)| *value), figure.unit());
        let verdict = match is_reached {
            Some(true) => "reached",
            Some(false) => "missed",
            None if measured.is_none() => "not measured",
            None => "",
        };
        let shown = measured.map_or_else(|| "–".to_owned(), |(_, shown)| shown);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {what} | {shown} | {target} | {verdict} |");
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
        write("pages/reference/new/estimates.json", &mean(2e7));
        write("pages/in-one-call/new/estimates.json", &mean(2.5e7));
        write("pages/record-by-record/new/estimates.json", &mean(8e7));
        write("map/native/new/estimates.json", &mean(2e7));
        write("map/component/new/estimates.json", &mean(2.5e7));
        write("start/tenant/new/estimates.json", &mean(5_000.0));
        write("memory/figure.json", r#"{"value":120000000}"#);
        write("waiting/figure.json", r#"{"value":250400}"#);
        write("crowd/figure.json", r#"{"value":1.25}"#);
        write("service-first-page/figure.json", r#"{"value":120.04}"#);
        write("service-idle-processor/figure.json", r#"{"value":1.234}"#);
        let table = table(&Measured::in_folder(target.path()));
        let lines: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "| page bytes → people, component ÷ the native reader of 0.1.0 | 1.25 (25.0 ms ÷ 20.0 ms) | at most 1.2 | missed |",
                "| record by record ÷ a page in one call | 3.20 (80.0 ms ÷ 25.0 ms) | at least 3 | reached |",
                "| the same, keys in another order in every tenth record | – | at least 1.6 | not measured |",
                "| map 10,000 employees record by record, component ÷ native | 1.25 (25.0 ms ÷ 20.0 ms) | – |  |",
                "| plan 10,000 employees, component ÷ native | – | at most 1.2 | not measured |",
                "| start a tenant from a prepared component | 5.0 µs | at most 5.5 µs | reached |",
                "| start the harness with a warm cache, to the first call | – | at most 10 ms | not measured |",
                "| peak memory of a sync of 10,000 employees | 120 MB | at most 100 MB | missed |",
                "| memory of each waiting tenant above the first | 250 KB | at most 300 KB | reached |",
                "| cost of one of 1,000 tenants ÷ of one of 100 | 1.25 | at most 1.2 | missed |",
                "| sixteen tenants beside two hostile ones ÷ alone | – | at most 1.3 | not measured |",
                "| the service: from its start to its first page, with a warm cache | 120.0 ms | at most 300 ms | reached |",
                "| the service: the page of a run with 5,000 actions | – | at most 50 ms | not measured |",
                "| the service: the bytes of that page | – | at most 300 KB | not measured |",
                "| the service: sixteen syncs beside 200 readers ÷ alone | – | at most 1.2 | not measured |",
                "| the service: memory while nothing happens | – | at most 60 MB | not measured |",
                "| the service: a processor's time with 1,000 schedules and nothing due | 1.23 % | at most 1 % | missed |",
            ]
        );
    }
}
