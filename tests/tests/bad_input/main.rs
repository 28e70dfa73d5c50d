//! Bad input, and the message that its author gets: one table row for each case, through the `harness` command.
//!
//! Each message is written out whole. It has to say what failed, where, and what to do; a backtrace, a secret or a person's
//! data has no place in it, which is asserted for every row.
//!
//! Where the harness would wait between tries, the cassette answers well the second time (`source`) or the case goes through
//! the library with paused time (`patience`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

mod components;
mod directory;
mod outbox;
mod patience;
mod records;
mod settings;
mod source;

use whole_system_tests::desk::{Desk, Ran, SECRET};
use whole_system_tests::expected::mask;

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// Somebody's data in the fixture, which no error may repeat.
const PERSONAL: [&str; 3] = ["Böhm", "jonas.albrecht@", "Röstmeister"];

/// One case of a table: what is done to the fixture, what the command is, and what comes of it.
struct Case {
    name: &'static str,
    spoil: fn(&Desk),
    arguments: &'static [&'static str],
    code: i32,
    /// All of stderr, but for lines of progress.
    says: &'static str,
}

/// An acme that is ready to be synced.
fn desk() -> Desk {
    Desk::furnished(HARNESS, "acme")
}

/// Runs a table's rows.
fn check(cases: &[Case]) {
    for case in cases {
        let desk = desk();
        (case.spoil)(&desk);
        let ran = desk.replay("sync", case.arguments);
        civil(case.name, &ran);
        assert_eq!(errors(&ran), case.says, "{}", case.name);
        assert_eq!(ran.code, Some(case.code), "{}", case.name);
    }
}

/// What must never stand in any output of a run that failed.
fn civil(name: &str, ran: &Ran) {
    for output in [&ran.stdout, &ran.stderr] {
        for word in ["panicked at", "RUST_BACKTRACE", "stack backtrace", SECRET] {
            assert!(!output.contains(word), "{name}: {word} in {output}");
        }
    }
    for word in PERSONAL {
        assert!(!ran.stderr.contains(word), "{name}: {word} in {}", ran.stderr);
    }
}

/// Stderr without the lines that tell how far a run has come.
fn errors(ran: &Ran) -> String {
    let progress = |line: &&str| line.ends_with(" …") || line.starts_with("  page ") || line.ends_with(" in outbox");
    let lines: Vec<&str> = ran.stderr.lines().filter(|line| !progress(line)).collect();
    lines.join("\n")
}

/// The paragraph of a run's text that starts with this heading, without it.
fn paragraph(ran: &Ran, heading: &str) -> String {
    let text = mask(&ran.stdout);
    let all: Vec<&str> = text.split("\n\n").collect();
    let found = all.iter().find_map(|paragraph| paragraph.strip_prefix(heading)?.strip_prefix('\n'));
    found.unwrap_or_default().to_owned()
}
