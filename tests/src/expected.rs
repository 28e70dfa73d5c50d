//! Expected output as files beside a fixture: what a person can read, and what a change of words shows up in.

use crate::fixture;

/// Compares with a file of a fixture's `expected` folder; with `UPDATE_EXPECT=1` writes it instead.
///
/// # Panics
/// When they differ.
pub fn expect(company: &str, name: &str, actual: &str) {
    expect_test::expect_file![fixture(company).join("expected").join(name)].assert_eq(actual);
}

/// A run's ID in its output: `20261123T183329Z-205e86`.
#[must_use]
pub fn run_id(output: &str) -> Option<&str> {
    const SHAPE: &str = "ddddddddTddddddZ-xxxxxx";
    let fits = |candidate: &str| {
        candidate.chars().zip(SHAPE.chars()).all(|(c, shape)| match shape {
            'd' => c.is_ascii_digit(),
            'x' => c.is_ascii_hexdigit(),
            other => c == other,
        })
    };
    (0..output.len()).filter_map(|start| output.get(start..start + SHAPE.len())).find(|candidate| fits(candidate))
}

/// What stands for a plan's hash, which is another for each directory.
pub const HASH: &str = "HASH";

/// Replaces what is different in every run: its ID, its plan's hash, its day and time in the mails, how long each phase took.
#[must_use]
pub fn mask(output: &str) -> String {
    let mut text = without_hashes(output);
    if let Some(run) = run_id(output).map(str::to_owned)
        && let (Some(year), Some(month), Some(day), Some(hour), Some(minute)) =
            (run.get(..4), run.get(4..6), run.get(6..8), run.get(9..11), run.get(11..13))
    {
        text = text.replace(&format!("{day}.{month}.{year}"), "TT.MM.JJJJ");
        text = text.replace(&format!("{hour}:{minute} UTC"), "HH:MM UTC").replace(&run, "RUN");
    }
    let lines = text.lines().map(|line| match line.split_once("Time: ") {
        Some((before, _)) => format!("{before}Time: MASKED\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// A text with [`HASH`] for each word of 64 hexadecimal digits.
fn without_hashes(text: &str) -> String {
    let is_hex = |c: char| c.is_ascii_hexdigit();
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_hex) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_hex(c)).unwrap_or(from.len()));
        masked.push_str(before);
        masked.push_str(if word.len() == 64 { HASH } else { word });
        rest = after;
    }
    masked + rest
}
