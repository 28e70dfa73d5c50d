//! All mistakes in one input file, reported together.
//!
//! Used for settings and import files. Stopping at the first mistake was rejected: somebody who fills in settings wants to
//! see all of them at once. A message names the file, the line, the key and what to do, and never repeats a value that could
//! be a secret or a person's.

use std::fmt;
use std::path::Path;

use connector_host::one_line::one_line;

/// How many mistakes are shown; an export with a wrong column has one in every row.
const TOLD: usize = 20;

/// The longest message, in characters: it may repeat a value, and a value may be as long as the file.
const LONGEST: usize = 1_000;

/// The longest key, in bytes, that a known one is looked for to.
const LONGEST_KEY: usize = 100;

/// The mistakes of one file. `Display` is one line for each: `file:line: subject: message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics {
    file: String,
    /// Where each line feed stands, so that finding a line does not read the text again for every mistake.
    line_feeds: Vec<usize>,
    /// The first of the file, and for a while those behind them.
    found: Vec<Found>,
    /// How many were left out: a file may be nothing but mistakes.
    more: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    line: usize,
    subject: String,
    message: String,
}

impl Diagnostics {
    /// No mistakes yet, in this file with this text.
    #[must_use]
    pub fn new(file: &Path, text: &str) -> Self {
        let line_feeds = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
        Self { file: file.display().to_string(), line_feeds, found: Vec::new(), more: 0 }
    }

    /// The line, from 1, of the byte at `offset`.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        1 + self.line_feeds.partition_point(|&line_feed| line_feed < offset)
    }

    /// Adds one: the line (from 1), the key or record it is about, what is wrong and what to do. Each is shown on one line,
    /// without what a terminal obeys: keys and values come from the author of the file.
    pub fn add(&mut self, line: usize, subject: impl AsRef<str>, message: impl AsRef<str>) {
        if !self.shows(line) {
            self.more += 1;
            return;
        }
        self.found.push(Found { line, subject: shown(subject.as_ref()), message: shown(message.as_ref()) });
        if self.found.len() == 2 * TOLD {
            self.found.sort();
            self.found.truncate(TOLD);
            self.more += TOLD;
        }
    }

    /// True if a mistake on this line would be among those that are shown, as far as is known by now. What takes long to say need
    /// not be said of others.
    #[must_use]
    pub fn shows(&self, line: usize) -> bool {
        self.found.iter().filter(|found| found.line <= line).count() < TOLD
    }

    /// True while there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted: Vec<&Found> = self.found.iter().collect();
        sorted.sort();
        for (index, found) in sorted.iter().take(TOLD).enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            write!(f, "{gap}{}:{}: {}: {}", self.file, found.line, found.subject, found.message)?;
        }
        match sorted.len().saturating_sub(TOLD) + self.more {
            0 => Ok(()),
            more => write!(f, "\n{}: and {more} more", self.file),
        }
    }
}

fn shown(text: &str) -> String {
    let line = one_line(text);
    if line.chars().nth(LONGEST).is_none() {
        return line;
    }
    line.chars().take(LONGEST).chain(['…']).collect()
}

/// What to say about a key that is not known: the nearest known one, else all of them.
#[must_use]
pub fn unknown_key(key: &str, known: &[&str]) -> String {
    // A key as long as the file takes as long to compare, and is no slip of the pen.
    let known_here = || format!("this key is unknown; known here: {}", known.join(", "));
    if key.len() > LONGEST_KEY {
        return known_here();
    }
    let distance = |name: &&&str| strsim::damerau_levenshtein(key, name);
    match known.iter().min_by_key(distance).filter(|name| distance(name) <= 1 + key.chars().count() / 3) {
        Some(nearest) => format!("this key is unknown; did you mean `{nearest}`?"),
        None => known_here(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_reported_in_the_files_order_and_not_endlessly() {
        let mut problems = Diagnostics::new(Path::new("a.json"), "");
        assert!(problems.is_empty());
        for line in (1..=22).rev() {
            problems.add(line, "email", "missing");
        }
        let told = problems.to_string();
        assert!(told.starts_with("a.json:1: email: missing\na.json:2: "), "{told}");
        assert!(told.ends_with("a.json:20: email: missing\na.json: and 2 more"), "{told}");
    }

    /// A megabyte of mistakes is as quick to report as twenty.
    #[test]
    fn what_is_not_shown_is_counted_and_not_kept() {
        let mut problems = Diagnostics::new(Path::new("a.toml"), "");
        for line in 1..=100_000 {
            assert_eq!(problems.shows(line), line <= TOLD, "{line}");
            problems.add(line, "key", "unknown");
            assert!(problems.found.len() <= TOLD, "{line}");
        }
        // One that stands before them is shown.
        assert!(problems.shows(1) && problems.shows(0));
        problems.add(0, "name", "missing");
        let told = problems.to_string();
        assert!(told.starts_with("a.toml:0: name: missing\na.toml:1: key: unknown\n"), "{told}");
        assert!(told.ends_with("a.toml:19: key: unknown\na.toml: and 99981 more"), "{told}");
        // From the end to the beginning, each is shown for a while.
        let mut problems = Diagnostics::new(Path::new("a.toml"), "");
        for line in (1..=1_000).rev() {
            problems.add(line, "key", "unknown");
            assert!(problems.found.len() < 2 * TOLD, "{line}");
        }
        assert!(problems.to_string().ends_with("a.toml:20: key: unknown\na.toml: and 980 more"), "{problems}");
    }

    #[test]
    fn no_known_key_is_looked_for_to_one_as_long_as_the_file() {
        let told = unknown_key(&"name".repeat(250_000), &["client-id", "name"]);
        assert_eq!(told, "this key is unknown; known here: client-id, name");
    }

    /// Found by the fuzzer: a tenant's settings wrote to the operator's terminal.
    #[test]
    fn control_characters_in_a_file_never_reach_the_terminal() {
        let mut problems = Diagnostics::new(Path::new("a.toml"), "");
        problems.add(1, "name\u{1b}[2J", "`x\r\nb.toml:1: \u{202e}all is well\t` is not supported");
        problems.add(2, "name", "x".repeat(100_000));
        let told = problems.to_string();
        let (first, second) = told.split_once('\n').unwrap_or_default();
        assert_eq!(first, "a.toml:1: name [2J: `x b.toml:1: all is well ` is not supported");
        assert!(second.chars().count() < 1_100 && second.ends_with("x…"), "{}", second.len());
    }

    #[test]
    fn a_line_is_counted_from_one() {
        let problems = Diagnostics::new(Path::new("a.json"), "a\nb\n\nc");
        assert_eq!([0, 1, 2, 3, 4, 5, 99].map(|offset| problems.line_of(offset)), [1, 1, 2, 2, 3, 4, 4]);
    }

    #[test]
    fn a_far_fetched_guess_is_not_made() {
        assert_eq!(unknown_key("cleint-id", &["client-id", "name"]), "this key is unknown; did you mean `client-id`?");
        assert_eq!(unknown_key("zzzzz", &["client-id", "name"]), "this key is unknown; known here: client-id, name");
    }
}
