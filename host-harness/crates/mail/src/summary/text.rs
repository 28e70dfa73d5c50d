//! Sets a summary as plain text: headings underlined, lines short enough to be quoted.

use std::fmt::Write as _;

use super::model::{Body, Item, List, Rank, Row, Summary};
use super::words::{Thing, counted, words};
use crate::wrap::paragraph;
use connector_settings::Language;

/// The plain text part.
pub(super) fn render(summary: &Summary) -> String {
    let mut out = String::new();
    paragraph(&mut out, "", &summary.label);
    paragraph(&mut out, "", &summary.headline);
    if let Some((label, url)) = &summary.link {
        // On a line of its own, however long: a broken link is none.
        let _ = writeln!(out, "\n{label}:\n{url}");
    }
    for section in &summary.sections {
        heading(&mut out, &section.title);
        match &section.body {
            Body::Items(items) => items.iter().for_each(|item| point(&mut out, item, summary.language)),
            Body::Counts(rows) => figures(&mut out, rows),
        }
    }
    out.push_str("\n-- \n");
    for (name, value) in &summary.facts {
        paragraph(&mut out, "", &format!("{name}: {value}"));
    }
    out
}

fn heading(out: &mut String, title: &str) {
    out.push('\n');
    out.push_str(title);
    out.push('\n');
    out.extend(title.chars().map(|_| '-'));
    out.push('\n');
}

fn point(out: &mut String, item: &Item, language: Language) {
    let words = words(language);
    for statement in &item.statements.shown {
        paragraph(out, "* ", statement);
    }
    if item.statements.more > 0 {
        paragraph(out, "  ", &more(&item.statements, language));
    }
    if let Some(note) = &item.note {
        paragraph(out, "  ", note);
    }
    if !item.people.is_empty() {
        paragraph(out, "  ", &format!("{} {}", words.people, names(&item.people, language)));
    }
    if let Some(remedy) = &item.remedy {
        paragraph(out, "  ", &format!("{} {remedy}", words.remedy));
    }
    if let Some(command) = &item.command {
        out.push_str("\n    ");
        out.push_str(command);
        out.push('\n');
    }
}

fn figures(out: &mut String, rows: &[Row]) {
    let indented = |row: &Row| {
        let indent = match row.rank {
            Rank::Main => "",
            Rank::Part => "  ",
            Rank::Detail => "    ",
        };
        format!("{indent}{}", row.label)
    };
    let width = |text: &str| text.chars().count();
    let labels = rows.iter().map(|row| width(&indented(row))).max().unwrap_or(0);
    let values = rows.iter().map(|row| width(&row.value)).max().unwrap_or(0);
    for row in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:labels$}  {:>values$}", indented(row), row.value);
    }
}

fn names(list: &List, language: Language) -> String {
    let names = list.shown.join("; ");
    if list.more > 0 { format!("{names} {}", more(list, language)) } else { names }
}

fn more(list: &List, language: Language) -> String {
    counted(Thing::More, list.more as u64, language)
}
