#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::{Style, text};
use connector_sync::samples;
use expect_test::expect_file;

#[test]
fn runs_read_well_at_a_terminal() {
    let style = Style { width: Some(100), ..Style::default() };
    for (name, report) in samples::all() {
        expect_file![format!("../golden/{name}.txt")].assert_eq(&text(&report, &style));
    }
}

#[test]
fn s19_a_guard_shows_limit_actual_whom_and_the_command() {
    let style = Style { command: Some("harness sync --settings acme.toml".into()), ..Style::default() };
    let text = text(&samples::needs_approval(), &style);
    for line in [
        "  guard-deactivations: 4 accounts would become inactive at once. Limit 3, actual 4.\n",
        "    Who: Anna Schmidt (4711), Ömer Yıldız (4712), Zoë Groß (4713), Jürgen Müller-Lüdenscheidt (4714)\n",
        &format!("    harness sync --settings acme.toml --approve {}\n", samples::HASH),
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
}

#[test]
fn genders_are_never_shown() {
    for (name, report) in samples::all() {
        assert!(!text(&report, &Style::default()).contains(samples::GENDER), "{name}");
    }
}

#[test]
fn colours_come_only_when_asked_for_and_change_no_word() {
    for (name, report) in samples::all() {
        let plain = text(&report, &Style::default());
        let coloured = text(&report, &Style { colour: true, ..Style::default() });
        assert!(!plain.contains('\u{1b}'), "{name}");
        assert!(coloured.contains('\u{1b}'), "{name}");
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain, "{name}");
    }
}

#[test]
fn the_table_keeps_to_the_width() {
    let text = text(&samples::all_well(), &Style { width: Some(80), ..Style::default() });
    let table = text.split("Totals").next().unwrap();
    assert!(table.lines().skip(2).all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.contains("department: Einkauf → Vertrieb"), "{table}");
}

#[test]
fn a_long_table_is_cut_and_says_so() {
    let text = text(&samples::many_names(), &Style { max_actions: Some(10), ..Style::default() });
    assert_eq!(text.lines().filter(|line| line.starts_with("  invite ")).count(), 10);
    assert!(text.contains("  … and 53 more; --format json shows all\n"));
    assert!(text.contains(", and 13 more\n"));
}

#[test]
fn a_name_cannot_paint_or_move_the_cursor() {
    let mut report = samples::all_well();
    report.names.insert("4711".into(), "Anna\u{1b}[2J\r\nfake line".into());
    let text = text(&report, &Style::default());
    assert!(!text.contains('\u{1b}') && !text.contains("\nfake line"));
}
