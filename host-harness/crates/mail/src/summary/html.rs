//! Sets a summary as HTML, in the frame all mails share. Everything from outside is escaped here.

use super::model::{Body, Item, List, Rank, Row, Section, Summary};
use super::words::{Thing, counted, words};
use crate::page::{self, FONT, Page, Tone, escape};
use connector_settings::Language;

/// The HTML part.
pub(super) fn render(summary: &Summary) -> String {
    let mut body = summary.link.as_ref().map(|(label, url)| button(label, url)).unwrap_or_default();
    for (index, part) in summary.sections.iter().enumerate() {
        // The first part is what to do: it has the verdict's colour.
        let edge = (index == 0).then_some(summary.tone);
        body += &section(part, edge, summary.language);
    }
    let facts: Vec<String> =
        summary.facts.iter().map(|(name, value)| format!("{}: {}", escape(name), breakable(value))).collect();
    page::page(&Page {
        language: summary.language,
        title: &summary.subject,
        preview: preview(summary),
        tone: summary.tone,
        label: &summary.label,
        headline: &summary.headline,
        body: &body,
        footer: &facts.join("<br>"),
    })
}

/// The first thing to do: what a mail program shows beside the subject.
fn preview(summary: &Summary) -> &str {
    match summary.sections.first().map(|section| &section.body) {
        Some(Body::Items(items)) => items.first().and_then(|item| item.statements.shown.first()),
        _ => None,
    }
    .map_or(&summary.headline, String::as_str)
}

/// A link that looks like a button in every mail program.
fn button(label: &str, url: &str) -> String {
    format!(
        r#"<tr><td class="pad" style="{FONT}padding:20px 36px 0;font-size:15px;line-height:22px;"><a href="{}" style="display:inline-block;background:#1b4f8f;color:#ffffff;font-weight:600;text-decoration:none;padding:10px 20px;border-radius:8px;">{}</a></td></tr>
"#,
        escape(url),
        escape(label)
    )
}

fn section(section: &Section, edge: Option<Tone>, language: Language) -> String {
    let content = match &section.body {
        Body::Items(items) => points(items, edge, language),
        Body::Counts(rows) => figures(rows),
    };
    format!(
        r#"<tr><td class="pad ink" style="{FONT}padding:26px 36px 0;font-size:15px;line-height:23px;color:#26313f;">
<h2 style="margin:0 0 10px;font-size:17px;line-height:24px;font-weight:700;color:#16202e;">{}</h2>
{content}</td></tr>
"#,
        escape(&section.title)
    )
}

fn points(items: &[Item], edge: Option<Tone>, language: Language) -> String {
    let content: Vec<String> = items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let rule = if index == 0 { "" } else { "border-top:1px solid #dce1e8;" };
            let point = point(item, language);
            format!("<div class=\"line\" style=\"{rule}padding:11px 0;\">\n{point}</div>\n")
        })
        .collect();
    let (class, edge) = edge.map_or_else(
        || (String::new(), String::new()),
        |tone| (format!(" {}-edge", tone.class()), format!("border-left:4px solid {};", tone.colours().0)),
    );
    format!(
        "<div class=\"box{class}\" style=\"background:#f4f6f9;border-radius:10px;{edge}padding:2px 18px;\">\n{}</div>\n",
        content.concat()
    )
}

fn point(item: &Item, language: Language) -> String {
    let words = words(language);
    let mut lines: Vec<String> = item.statements.shown.iter().map(|statement| line("", &escape(statement))).collect();
    if item.statements.more > 0 {
        lines.push(line(SOFT, &more(&item.statements, language)));
    }
    if let Some(note) = &item.note {
        lines.push(line(SOFT, &escape(note)));
    }
    if !item.people.is_empty() {
        lines.push(line(SOFT, &format!("{} {}", words.people, names(&item.people, language))));
    }
    if let Some(remedy) = &item.remedy {
        lines.push(line("", &format!("<strong>{}</strong> {}", words.remedy, escape(remedy))));
    }
    if let Some(command) = &item.command {
        lines.push(code(command));
    }
    lines.concat()
}

const SOFT: &str = r#" class="soft""#;

/// One line of a point. `class` is empty or [`SOFT`]; `content` is HTML.
fn line(class: &str, content: &str) -> String {
    let colour = if class.is_empty() { "" } else { "font-size:14px;line-height:21px;color:#5b6675;" };
    format!("<div{class} style=\"margin:4px 0;overflow-wrap:anywhere;{colour}\">{content}</div>\n")
}

fn code(command: &str) -> String {
    format!(
        r#"<div class="code" style="margin:10px 0 4px;background:#ffffff;border:1px solid #dce1e8;border-radius:8px;padding:10px 14px;font-family:Menlo,Consolas,'Courier New',monospace;font-size:13px;line-height:20px;color:#16202e;overflow-wrap:anywhere;word-break:break-all;">{}</div>
"#,
        escape(command)
    )
}

fn figures(rows: &[Row]) -> String {
    let rows: String = rows.iter().map(figure).collect();
    format!(
        r#"<table class="ink" width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;">
{rows}</table>
"#
    )
}

fn figure(row: &Row) -> String {
    let (class, indent, style) = match row.rank {
        Rank::Main => ("line", 0, "font-weight:600;color:#16202e;"),
        Rank::Part => ("line", 16, "color:#26313f;"),
        Rank::Detail => ("line soft", 32, "font-size:14px;color:#5b6675;"),
    };
    let cell = format!("{FONT}font-size:15px;line-height:22px;border-bottom:1px solid #e6eaf0;{style}");
    format!(
        "<tr><td class=\"{class}\" style=\"{cell}padding:6px 8px 6px {indent}px;\">{}</td>\
         <td class=\"{class}\" align=\"right\" style=\"{cell}padding:6px 0;white-space:nowrap;\">{}</td></tr>\n",
        escape(&row.label),
        escape(&row.value)
    )
}

fn names(list: &List, language: Language) -> String {
    let names: Vec<String> = list.shown.iter().map(|name| escape(name)).collect();
    let names = names.join("; ");
    if list.more > 0 { format!("{names} <strong>{}</strong>", more(list, language)) } else { names }
}

fn more(list: &List, language: Language) -> String {
    counted(Thing::More, list.more as u64, language)
}

/// A value that may be one long word, such as a hash.
fn breakable(value: &str) -> String {
    format!(r#"<span style="overflow-wrap:anywhere;word-break:break-word;">{}</span>"#, escape(value))
}
