//! A run as text, for the person at the terminal. In English, because its reader runs the harness; the admin gets the mail.

mod table;

pub(crate) use table::NOTHING;

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Effects};

use crate::catalogue::{self, number};
use connector_host::contract::{Counts, Notice};
use connector_host::names::field_name;
use connector_host::one_line::one_line;
use connector_settings::Language;
use connector_sync::codes;
use connector_sync::run::{Done, EXCLUDED, Failure, Outcome, RunReport, RunVerdict, figures};

/// How the text is set.
#[derive(Debug, Clone, Default)]
pub struct Style {
    /// Whether colours are used: only on a terminal.
    pub colour: bool,
    /// The terminal's width in columns; without one, lines are as long as they need to be.
    pub width: Option<u16>,
    /// The most actions to show; without one, all.
    pub max_actions: Option<usize>,
    /// The command line of this run, which approves the plan when `--approve HASH` is added.
    pub command: Option<String>,
}

/// The most names a line shows, as in the mail.
const MOST_NAMES: usize = 50;

pub(crate) const LANGUAGE: Language = Language::En;

pub(crate) const BOLD: anstyle::Style = anstyle::Style::new().effects(Effects::BOLD);
const GREEN: anstyle::Style = AnsiColor::Green.on_default().effects(Effects::BOLD);
const YELLOW: anstyle::Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);
const RED: anstyle::Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
pub(crate) const DIM: anstyle::Style = anstyle::Style::new().effects(Effects::DIMMED);

/// A run as text, ending in a line feed. Genders are shown as changed, never as values.
#[must_use]
pub fn text(report: &RunReport, style: &Style) -> String {
    let mut out = Out::new(style.colour);
    header(&mut out, report);
    if report.plan.as_ref().is_some_and(|plan| !plan.actions.is_empty()) {
        out.section("Actions");
        table::actions(&mut out, report, style);
    }
    if let Some(plan) = &report.plan {
        out.section("Totals");
        totals(&mut out, &plan.counts, report.done());
        if !plan.notices.is_empty() {
            out.section("Notices");
            plan.notices.iter().for_each(|each| notice(&mut out, report, each));
        }
    }
    steps(&mut out, report);
    guards(&mut out, report, style);
    failures(&mut out, "Failures", &report.problems());
    footer(&mut out, report);
    out.finish()
}

/// Text that may be painted.
pub(crate) struct Out {
    text: String,
    colour: bool,
}

impl Out {
    pub(crate) const fn new(colour: bool) -> Self {
        Self { text: String::new(), colour }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    pub(crate) fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    pub(crate) fn painted(&self, style: anstyle::Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(crate) fn section(&mut self, title: &str) {
        let title = self.painted(BOLD, title);
        self.line("");
        self.line(&title);
    }
}

fn header(out: &mut Out, report: &RunReport) {
    let (style, sentence) = match report.verdict {
        RunVerdict::Done if is_empty(report) => (GREEN, "there is nothing left to do."),
        RunVerdict::Done => (GREEN, "the plan was applied."),
        RunVerdict::Planned => (GREEN, "a dry run, nothing was written."),
        RunVerdict::NeedsApproval if report.guards().is_empty() => {
            (YELLOW, "the approval does not fit, nothing was written.")
        }
        RunVerdict::NeedsApproval => (YELLOW, "nothing was written until a person approves."),
        RunVerdict::Blocked => (RED, "the plan may not be applied, nothing was written."),
        RunVerdict::Failed => (RED, "nothing was written."),
    };
    let verdict = out.painted(style, report.verdict.as_str());
    out.line(&format!("{} (run {}): {verdict}, {sentence}", one_line(&report.tenant), report.run));
}

fn is_empty(report: &RunReport) -> bool {
    report.plan.as_ref().is_none_or(|plan| plan.actions.is_empty())
}

/// For [`figures`].
const LABELS: [&str; 11] = [
    "read",
    "  created",
    "  linked",
    "  updated",
    "  unchanged",
    "  excluded",
    "  rejected",
    "  conflicts",
    "supervisors",
    "group additions",
    "invitations",
];

fn totals(out: &mut Out, counts: &Counts, done: Option<Done>) {
    let exclusions: Vec<String> =
        counts.exclusions.iter().map(|part| format!("{} {}", number(part.count, LANGUAGE), part.code)).collect();
    let why = if exclusions.is_empty() { String::new() } else { format!("  ({})", exclusions.join(", ")) };
    for (index, (label, (planned, done))) in LABELS.into_iter().zip(figures(counts, done)).enumerate() {
        let done = done.filter(|done| *done != planned);
        let done = done.map_or_else(String::new, |done| format!("  (planned; {} done)", number(done, LANGUAGE)));
        let why = if index == EXCLUDED { why.as_str() } else { "" };
        out.line(&format!("  {label:<15} {:>9}{done}{why}", number(planned, LANGUAGE)));
    }
}

fn notice(out: &mut Out, report: &RunReport, notice: &Notice) {
    let detail = notice.detail.as_deref().map(|detail| one_line(&named(report, &notice.code, detail)));
    let (sentence, remedy) = match catalogue::entry(&notice.code, LANGUAGE) {
        Some(entry) => {
            (entry.sentence(notice.count, detail.as_deref()), Some(entry.remedy(notice.count, detail.as_deref())))
        }
        None => (format!("{} ({}) {}", notice.code, notice.count, detail.unwrap_or_default()), None),
    };
    point(out, &notice.code, &sentence, remedy.as_deref(), &names(report, &notice.employees));
}

/// The actions that were not carried out, by why.
fn steps(out: &mut Out, report: &RunReport) {
    let mut steps: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (action, outcome) in report.actions() {
        match outcome {
            Outcome::Failed(code) => steps.entry(code).or_default().push(action.employee.clone()),
            Outcome::Stale => steps.entry(codes::STALE).or_default().push(action.employee.clone()),
            Outcome::Planned | Outcome::Applied => {}
        }
    }
    if !steps.is_empty() {
        out.section("Not carried out");
    }
    for (code, employees) in steps {
        let count = employees.len() as u64;
        let entry = catalogue::entry(code, LANGUAGE);
        let sentence = entry.map_or_else(|| code.to_owned(), |entry| entry.sentence(count, None));
        let remedy = entry.map(|entry| entry.remedy(count, None));
        point(out, code, &sentence, remedy.as_deref(), &names(report, &employees));
    }
}

/// Which guards hold the plan back, and what approves exactly this plan (rule S19).
fn guards(out: &mut Out, report: &RunReport, style: &Style) {
    if report.guards().is_empty() {
        return;
    }
    out.section("Needs approval");
    for hit in report.guards() {
        let entry = catalogue::entry(&hit.guard, LANGUAGE);
        let field = hit.field.as_ref().map(field_name);
        let sentence = entry.map_or_else(String::new, |entry| entry.sentence(hit.actual, field));
        let sentence = format!("{sentence} Limit {}, actual {}.", hit.limit, hit.actual);
        let remedy = entry.map(|entry| entry.remedy(hit.actual, field));
        point(out, &hit.guard, &sentence, remedy.as_deref(), &names(report, &hit.employees));
    }
    if let Some(hash) = &report.plan_hash {
        let command = style.command.as_deref().unwrap_or("harness sync …");
        let command = out.painted(BOLD, &format!("{command} --approve {hash}"));
        out.line("  To approve exactly this plan, once:");
        out.line(&format!("    {command}"));
    }
}

pub(crate) fn failures(out: &mut Out, title: &str, failures: &[Failure]) {
    if failures.is_empty() {
        return;
    }
    out.section(title);
    for failure in failures {
        let message = match &failure.subject {
            Some(subject) => format!("{}: {}", one_line(subject), failure.message),
            None => failure.message.clone(),
        };
        point(out, &failure.code, &message, Some(&failure.remedy), "");
    }
}

fn footer(out: &mut Out, report: &RunReport) {
    let read = &report.read;
    let total = read.total.map_or_else(String::new, |total| format!(" of {}", number(total, LANGUAGE)));
    let complete = if read.complete { "complete" } else { "not complete" };
    let employees = number(read.employees, LANGUAGE);
    failures(out, "The read ended early", read.stopped.as_slice());
    out.line("");
    let pages = if read.pages == 1 { "page" } else { "pages" };
    let line = format!("Read {employees}{total} records on {} {pages}, {complete}.", number(read.pages, LANGUAGE));
    let line = out.painted(DIM, &line);
    out.line(&line);
    let line = out.painted(DIM, &timings(report));
    out.line(&line);
    if let Some(hash) = &report.plan_hash {
        let line = out.painted(DIM, &format!("Plan {hash}"));
        out.line(&line);
    }
}

/// The phases in the order of a run, then any other.
fn timings(report: &RunReport) -> String {
    let mut phases: Vec<_> = report.timings_ms.iter().collect();
    phases.sort_by_key(|(phase, _)| PHASES.iter().position(|known| known == *phase).unwrap_or(PHASES.len()));
    let phases: Vec<String> =
        phases.iter().map(|(phase, ms)| format!("{phase} {} ms", number(**ms, LANGUAGE))).collect();
    format!("Time: {}.", phases.join(", "))
}

const PHASES: [&str; 4] = ["configure", "read", "plan", "apply"];

/// One point: what, whom, what to do.
pub(crate) fn point(out: &mut Out, code: &str, sentence: &str, remedy: Option<&str>, people: &str) {
    let code = out.painted(YELLOW, code);
    out.line(&format!("  {code}: {sentence}"));
    if !people.is_empty() {
        out.line(&format!("    Who: {people}"));
    }
    if let Some(remedy) = remedy {
        out.line(&format!("    What to do: {remedy}"));
    }
}

/// People by name, at most [`MOST_NAMES`].
fn names(report: &RunReport, employees: &[String]) -> String {
    let shown: Vec<String> =
        employees.iter().take(MOST_NAMES).map(|employee| one_line(&report.display_name(employee))).collect();
    let more = employees.len().saturating_sub(MOST_NAMES);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// A notice's detail; with the name if it is an employee's ID.
fn named(report: &RunReport, code: &str, detail: &str) -> String {
    if catalogue::names_a_person(code) { report.display_name(detail) } else { detail.to_owned() }
}

#[cfg(test)]
mod tests;
