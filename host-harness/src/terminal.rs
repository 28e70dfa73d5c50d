//! Progress on stderr: a bar on a terminal, plain lines elsewhere. Neither names a person.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use connector_sync::progress::{Phase, Progress, Silent};

/// The watcher that fits this stderr.
#[must_use]
pub fn watcher() -> Box<dyn Progress> {
    if std::io::stderr().is_terminal() { Box::new(Bar::new()) } else { Box::new(Lines) }
}

/// The watcher for commands whose output is all that matters.
#[must_use]
pub fn silent() -> Box<dyn Progress> {
    Box::new(Silent)
}

/// One line for each thing that happens.
struct Lines;

impl Progress for Lines {
    fn phase(&self, phase: Phase) {
        if phase != Phase::Done {
            eprintln!("{} …", phase.as_str());
        }
    }

    fn page(&self, pages: u64, employees: u64, total: Option<u64>) {
        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
        eprintln!("  page {pages}: {employees}{of} employees");
    }

    fn waiting(&self, delay: Duration, attempt: u32, why: &str) {
        eprintln!("  {why}\n  attempt {attempt} failed; the next is in {:.1} s", delay.as_secs_f64());
    }
}

/// A bar with pages, employees, rate and time left.
struct Bar {
    bar: ProgressBar,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar }
    }

    /// The templates are constants; one that does not parse would show a plain bar.
    fn style(template: &str) -> ProgressStyle {
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
    }
}

impl Progress for Bar {
    fn phase(&self, phase: Phase) {
        if phase == Phase::Done {
            self.bar.finish_and_clear();
        } else {
            self.bar.set_style(Self::style("{spinner} {prefix:10} {msg}"));
            self.bar.set_prefix(phase.as_str());
            self.bar.set_message("");
        }
    }

    fn page(&self, pages: u64, employees: u64, total: Option<u64>) {
        self.bar.set_style(Self::style(match total {
            Some(_) => "{spinner} {prefix:10} {bar:30} {pos}/{len} employees, {msg}, {per_sec}, {eta} left",
            None => "{spinner} {prefix:10} {pos} employees, {msg}, {per_sec}",
        }));
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        self.bar.set_position(employees);
        self.bar.set_message(format!("page {pages}"));
    }

    fn waiting(&self, delay: Duration, attempt: u32, why: &str) {
        self.bar.println(format!("{why} Attempt {attempt} failed; the next is in {:.1} s.", delay.as_secs_f64()));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
