//! A fleet's progress on stderr: a live table on a terminal, elsewhere one line for each tenant that ends. Neither names a
//! person.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use connector_fleet::report::line;
use connector_fleet::{TenantOutcome, Watcher};
use connector_host::one_line::one_line;
use connector_sync::progress::{Phase, Progress};

/// The watcher that fits this stderr.
pub fn watcher() -> Arc<dyn Watcher> {
    if std::io::stderr().is_terminal() {
        Arc::new(LiveTable::on(ProgressDrawTarget::stderr()))
    } else {
        Arc::new(Lines)
    }
}

/// A line for each tenant that ended, and for each wait.
struct Lines;

impl Watcher for Lines {
    fn begun(&self, tenant: &str) -> Box<dyn Progress> {
        Box::new(Waits(one_line(tenant)))
    }

    fn ended(&self, ended: &TenantOutcome) {
        eprintln!("{}", line(ended));
    }
}

/// Tells of waits alone: a fleet's phases are too many to read.
struct Waits(String);

impl Progress for Waits {
    fn phase(&self, _: Phase) {}

    fn page(&self, _: u64, _: u64, _: Option<u64>) {}

    fn waiting(&self, delay: Duration, attempt: u32, _: &str) {
        eprintln!("{}: attempt {attempt} failed; the next is in {:.1} s", self.0, delay.as_secs_f64());
    }
}

/// A row for each tenant that has begun, above them the ends.
struct LiveTable {
    table: MultiProgress,
}

impl LiveTable {
    fn on(target: ProgressDrawTarget) -> Self {
        Self { table: MultiProgress::with_draw_target(target) }
    }
}

impl Watcher for LiveTable {
    fn begun(&self, tenant: &str) -> Box<dyn Progress> {
        let row = self.table.add(ProgressBar::new_spinner());
        // The template is a constant; one that does not parse would show a plain row.
        let style = ProgressStyle::with_template("{spinner} {prefix:24!} {msg}");
        row.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        row.set_prefix(one_line(tenant));
        row.enable_steady_tick(Duration::from_millis(100));
        Box::new(Row(row))
    }

    fn ended(&self, ended: &TenantOutcome) {
        // A terminal that cannot be written to must not stop the sync.
        let _ = self.table.println(line(ended));
    }
}

struct Row(ProgressBar);

impl Progress for Row {
    fn phase(&self, phase: Phase) {
        self.0.set_message(phase.as_str());
    }

    fn page(&self, pages: u64, employees: u64, total: Option<u64>) {
        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
        self.0.set_message(format!("{}: page {pages}, {employees}{of} employees", Phase::Read.as_str()));
    }

    fn waiting(&self, delay: Duration, attempt: u32, _: &str) {
        self.0.set_message(format!("waits {:.1} s after attempt {attempt}", delay.as_secs_f64()));
    }
}

impl Drop for Row {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use indicatif::TermLike;

    use super::*;
    use connector_fleet::TenantVerdict;
    use connector_sync::run::RunVerdict;

    /// Remembers every line that was ever drawn.
    #[derive(Debug, Default, Clone)]
    struct Screen(Arc<Mutex<Vec<String>>>);

    impl Screen {
        fn showed(&self, text: &str) -> bool {
            self.0.lock().unwrap().iter().any(|line| line.contains(text))
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, line: &str) -> io::Result<()> {
            self.write_str(line)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push(text.to_owned());
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_row_shows_the_tenant_where_it_is_and_at_last_its_end() {
        let screen = Screen::default();
        // Everything is drawn, however fast it comes.
        let table = LiveTable::on(ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), u8::MAX));
        let row = table.begun("acme\u{1b}[2J");
        let steps: [(&dyn Fn(), &str); 4] = [
            (&|| row.phase(Phase::Configure), "configure"),
            (&|| row.page(2, 80, Some(120)), "read: page 2, 80 of 120 employees"),
            (&|| row.waiting(Duration::from_millis(1_500), 1, "somebody's words"), "waits 1.5 s after attempt 1"),
            (&|| row.phase(Phase::Apply), "apply"),
        ];
        for (step, words) in steps {
            // The table draws so many times a second and no more, so that a step may have to be told again.
            while !screen.showed(words) {
                step();
                std::thread::yield_now();
            }
            assert!(screen.showed("acme [2J"), "{screen:?}");
        }
        drop(row);
        let ended = TenantOutcome {
            tenant: "acme".to_owned(),
            verdict: TenantVerdict::Ran(RunVerdict::Done),
            run: None,
            failures: Vec::new(),
            milliseconds: 7,
        };
        table.ended(&ended);
        assert!(screen.showed("acme: done, 7 ms"), "{screen:?}");
        assert!(!screen.showed("\u{1b}[2J") && !screen.showed("somebody"), "{screen:?}");
    }
}
