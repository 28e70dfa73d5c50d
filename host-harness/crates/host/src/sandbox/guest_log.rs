//! A guest's log lines, on their way into the platform's.
//!
//! A guest writes what it likes, so every line is scrubbed of secrets, cut to length and escaped, and their sum is
//! capped: what comes after is dropped with one notice, and a guest that goes on far beyond that is stopped. Nothing is
//! sampled or grouped: that is the platform's subscriber's to do.

use std::fmt::Write as _;

use crate::contract::log::Level;
use crate::one_line::turns_direction;

use super::limiter::Refusal;
use super::limits::{KIB, Limits};

/// A line's longest text, in bytes, before it is escaped.
const LINE_BYTES: usize = 4 * 1024;

/// What a line costs beside its text, so that empty lines are not free.
const LINE_COST: u64 = 32;

/// How many times the limit a guest may write before it is stopped.
const PATIENCE: u64 = 16;

/// What became of a line.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// It goes out.
    Written,
    /// It is the first beyond the limit: it goes nowhere, and the log says that it and others will not.
    LastNotice,
    /// It goes nowhere.
    Dropped,
    /// The guest is to be stopped.
    Flood,
}

/// One tenant's log.
#[derive(Debug)]
pub(super) struct Journal {
    connector: String,
    limit_kib: u64,
    spent: u64,
    last_error: Option<String>,
}

impl Journal {
    /// A log with nothing in it yet.
    pub fn new(connector: &str, limits: &Limits) -> Self {
        Self { connector: connector.to_owned(), limit_kib: limits.log_kib, spent: 0, last_error: None }
    }

    /// How many bytes the guest has written, dropped ones included.
    pub const fn bytes(&self) -> u64 {
        self.spent
    }

    /// Forgets the last call's error.
    pub fn start_call(&mut self) {
        self.last_error = None;
    }

    /// This call's last line of level error: a panic's text, if the call then trapped.
    pub fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When the guest has written far more than its limit.
    pub fn write(&mut self, level: Level, message: &str, scrub: impl Fn(&str) -> String) -> Result<(), Refusal> {
        let fate = self.spend(message.len() as u64);
        if fate == Fate::Written || (level == Level::Error && fate != Fate::Flood) {
            // Scrubbed first: the beginning of a secret that is cut off would not be found.
            let line = printable(head(&scrub(message)));
            if fate == Fate::Written {
                emit(&self.connector, level, &line);
            }
            if level == Level::Error {
                self.last_error = Some(line);
            }
        }
        match fate {
            Fate::LastNotice => {
                tracing::warn!(
                    target: "connector",
                    connector = self.connector,
                    "wrote more than log-kib = {} allows; its further messages are dropped",
                    self.limit_kib
                );
                Ok(())
            }
            Fate::Flood => Err(Refusal {
                limit: "log-kib",
                set_to: self.limit_kib,
                what: format!("the connector wrote {} KiB of log messages", self.spent / KIB),
            }),
            Fate::Written | Fate::Dropped => Ok(()),
        }
    }

    fn spend(&mut self, text: u64) -> Fate {
        let limit = self.limit_kib.saturating_mul(KIB);
        let before = self.spent;
        self.spent = before.saturating_add(text).saturating_add(LINE_COST);
        if self.spent <= limit {
            Fate::Written
        } else if before <= limit {
            Fate::LastNotice
        } else if self.spent <= limit.saturating_mul(PATIENCE) {
            Fate::Dropped
        } else {
            Fate::Flood
        }
    }
}

/// The beginning of a text, cut at a character: what people are shown of it.
pub(super) fn head(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LINE_BYTES)).unwrap_or_default()
}

/// Escapes what could fool a terminal or a reader: control characters, line breaks, and those that turn the direction of
/// writing.
pub(super) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if misleads(c) {
            // Writing to a string cannot fail.
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// True for a text that [`printable`] leaves as it is.
pub(super) fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.contains(misleads)
}

fn misleads(c: char) -> bool {
    // The two that end a line and are not control characters.
    c.is_control() || turns_direction(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// `tracing` wants its levels as constants.
fn emit(connector: &str, level: Level, line: &str) {
    match level {
        Level::Trace => tracing::trace!(target: "connector", connector, "{line}"),
        Level::Debug => tracing::debug!(target: "connector", connector, "{line}"),
        Level::Info => tracing::info!(target: "connector", connector, "{line}"),
        Level::Warn => tracing::warn!(target: "connector", connector, "{line}"),
        Level::Error => tracing::error!(target: "connector", connector, "{line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Journal {
        Journal::new("test", &Limits::default().log_kib(1))
    }

    #[test]
    fn the_line_at_the_limit_is_written_and_the_next_gives_one_notice() {
        let mut journal = journal();
        assert_eq!(journal.spend(1024 - LINE_COST), Fate::Written);
        assert_eq!(journal.spend(0), Fate::LastNotice);
        assert_eq!(journal.spend(0), Fate::Dropped);
    }

    #[test]
    fn a_flood_of_empty_lines_ends() {
        let mut journal = journal();
        let lines = (0..u64::MAX).take_while(|_| journal.write(Level::Info, "", str::to_owned).is_ok()).count();
        assert_eq!(lines as u64, 16 * 1024 / LINE_COST);
    }

    #[test]
    fn a_line_cannot_forge_another_or_turn_the_terminal() {
        assert_eq!(printable("a\nb\u{1b}[31mc\u{202e}d\u{61c}e ä"), r"a\nb\u{1b}[31mc\u{202e}d\u{61c}e ä");
    }

    #[test]
    fn an_error_line_is_kept_scrubbed_and_short_even_when_the_log_is_full() {
        let mut journal = journal();
        let _ = journal.write(Level::Info, &"x".repeat(2000), str::to_owned);
        let long = format!("hunter2 {}", "ä".repeat(4000));
        let _ = journal.write(Level::Error, &long, |text| text.replace("hunter2", "*"));
        let kept = journal.last_error().unwrap_or_default();
        assert!(kept.starts_with("* ä") && kept.len() <= LINE_BYTES, "{}", kept.len());
    }

    #[test]
    fn a_secret_where_a_line_is_cut_does_not_leave_its_beginning() {
        let mut journal = Journal::new("test", &Limits::default());
        let line = format!("{}hunter2", "~".repeat(LINE_BYTES - 3));
        let _ = journal.write(Level::Error, &line, |text| text.replace("hunter2", "*"));
        assert_eq!(journal.last_error(), Some(format!("{}*", "~".repeat(LINE_BYTES - 3)).as_str()));
    }
}
