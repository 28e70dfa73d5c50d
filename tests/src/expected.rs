//! Expected output as files beside a fixture: what a person can read, and what a change of words shows up in.

use std::fs;

use crate::fixture;

/// Compares with a file of a fixture's `expected` folder; with `UPDATE_EXPECTED=1` writes it instead.
///
/// # Panics
/// When they differ: at the first line that does.
#[allow(clippy::panic, clippy::expect_used, reason = "it is an assertion")]
pub fn expect(company: &str, name: &str, actual: &str) {
    let path = fixture(company).join("expected").join(name);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        return fs::write(&path, actual).expect("written");
    }
    let again = "UPDATE_EXPECTED=1 cargo test writes it again";
    let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}; {again}", path.display()));
    for (number, (expected, actual)) in expected.lines().zip(actual.lines()).enumerate() {
        assert_eq!(expected, actual, "{name}, line {}; {again}", number + 1);
    }
    assert_eq!(expected, actual, "{name}; {again}");
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

/// Replaces what is different in every run: its ID, its day and time in the mails, how long each phase took.
#[must_use]
pub fn mask(output: &str) -> String {
    let mut text = output.to_owned();
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
