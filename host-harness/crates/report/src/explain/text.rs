//! An explanation for the person at the terminal. English, as all of the command line.

use comfy_table::{Table, presets};
use connector_host::one_line::one_line;
use connector_sync::changes::GENDER;
use connector_sync::explain::{
    AccountFacts, Attribute, Decision, Explanation, Obstacle, ObstacleKind, Past, PlanFinding, PlannedChange, RunRef,
    State, Status,
};
use jiff::Timestamp;

use crate::catalogue;
use crate::text::{BOLD, DIM, LANGUAGE, NOTHING, Out, Style, failures, point};

/// The most actions of earlier runs that are shown: JSON has them all.
const MOST_ACTIONS: usize = 20;

/// An explanation as text, ending in a line feed. Genders are shown as there or not, never as values.
#[must_use]
pub fn text(explanation: &Explanation, style: &Style) -> String {
    let mut out = Out::new(style.colour);
    header(&mut out, explanation);
    failures(&mut out, "Failures", &explanation.failures);
    if explanation.status != Status::NeverSeen {
        findings(&mut out, explanation);
    }
    footer(&mut out, explanation);
    out.finish()
}

/// What was found; of somebody whom nothing knows, each part would say so once more.
fn findings(out: &mut Out, explanation: &Explanation) {
    filter(out, explanation);
    account(out, explanation);
    attributes(out, explanation);
    if let Some(plan) = &explanation.plan {
        next_sync(out, plan, explanation.values);
    }
    held_back(out, explanation);
    if let Some(past) = &explanation.history {
        history(out, past, explanation.values);
    }
}

fn header(out: &mut Out, explanation: &Explanation) {
    let name = explanation.name.as_deref().map(|name| format!(" ({})", one_line(name))).unwrap_or_default();
    let title = format!("Employee {}{name}", one_line(&explanation.employee));
    let title = out.painted(BOLD, &title);
    out.line(&title);
    coded(out, explanation.status.code(), None);
}

/// A code with its sentence and remedy. A value that is left out is shown as one that is.
fn coded(out: &mut Out, code: &str, detail: Option<&str>) {
    let detail = detail.map(one_line);
    let Some(entry) = catalogue::entry(code, LANGUAGE) else {
        return point(out, code, detail.as_deref().unwrap_or("(no words for this code)"), None, "");
    };
    let detail = detail.or_else(|| entry.has_place_for_detail().then(|| "…".to_owned()));
    let (sentence, remedy) = (entry.sentence(1, detail.as_deref()), entry.remedy(1, detail.as_deref()));
    point(out, code, &sentence, Some(&remedy), "");
}

fn filter(out: &mut Out, explanation: &Explanation) {
    let Some(source) = &explanation.source else { return };
    let Some(filter) = &source.filter else { return };
    out.section("Filter");
    match (filter.decision, &filter.code) {
        (_, Some(code)) => coded(out, code, filter.value.as_deref()),
        (Decision::Selected, None) => out.line("  The filter attribute selects the person for syncing."),
        (_, None) => out.line("  The filter leaves the person out."),
    }
}

fn account(out: &mut Out, explanation: &Explanation) {
    let Some(finding) = &explanation.account else { return };
    out.section("Account");
    let code = finding.found.code();
    let sentence = catalogue::entry(code, LANGUAGE).map_or_else(String::new, |entry| entry.sentence(1, None));
    point(out, code, &sentence, None, "");
    for facts in &finding.accounts {
        out.line(&format!("    {}", about(facts)));
    }
    for account in &finding.not_theirs {
        out.line(&format!("    {}: somebody decided that it is not this person's", one_line(account)));
    }
}

/// An account in one line.
fn about(facts: &AccountFacts) -> String {
    let mut about = vec![match &facts.linked_to {
        Some(employee) => format!("linked to employee {}", one_line(employee)),
        None => "not linked".to_owned(),
    }];
    if !facts.earlier_employees.is_empty() {
        about.push(format!("earlier IDs {}", one_line(&facts.earlier_employees.join(", "))));
    }
    let flags = [
        (facts.protected, "protected (an administrator's)"),
        (facts.created_by_connector, "created by a sync"),
        (facts.invited, "invited"),
    ];
    about.extend(flags.into_iter().filter(|(is, _)| *is).map(|(_, flag)| flag.to_owned()));
    format!("{}: {}", one_line(&facts.account), about.join(", "))
}

/// What the source says and what the account holds, side by side.
fn attributes(out: &mut Out, explanation: &Explanation) {
    let none: &[Attribute] = &[];
    let source = explanation.source.as_ref().map_or(none, |source| &source.attributes);
    let own = explanation.account.as_ref().and_then(|finding| finding.accounts.iter().find(|it| !it.fields.is_empty()));
    let held = own.map_or(none, |account| &account.fields);
    if source.is_empty() && held.is_empty() {
        return;
    }
    out.section("Attributes");
    let sides: Vec<(&str, &[Attribute])> =
        [("HR system", source), ("account", held)].into_iter().filter(|(_, side)| !side.is_empty()).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(std::iter::once("attribute").chain(sides.iter().map(|(title, _)| *title)));
    let mut names: Vec<&str> = Vec::new();
    for attribute in source.iter().chain(held) {
        if !names.contains(&attribute.attribute.as_str()) {
            names.push(&attribute.attribute);
        }
    }
    for name in names {
        let cell = |(_, side): &(&str, &[Attribute])| {
            side.iter().find(|attribute| attribute.attribute == name).map_or_else(String::new, cell)
        };
        table.add_row(std::iter::once(one_line(name)).chain(sides.iter().map(cell)));
    }
    for line in table.lines() {
        out.line(&format!(" {}", line.trim_end()));
    }
}

/// A state, or the value in its place, so that no value can be taken for a state.
fn cell(attribute: &Attribute) -> String {
    let shown = match (&attribute.value, attribute.state) {
        (Some(value), State::Value) if attribute.attribute != GENDER => catalogue::quote(&one_line(value), LANGUAGE),
        (_, state) => state.as_str().to_owned(),
    };
    attribute.code.as_deref().map_or_else(|| shown.clone(), |code| format!("{shown} ({code})"))
}

fn next_sync(out: &mut Out, plan: &PlanFinding, values: bool) {
    out.section("The next sync");
    if plan.actions.is_empty() {
        out.line("  does nothing for this person.");
    }
    for action in &plan.actions {
        let reason = catalogue::entry(&action.reason, LANGUAGE);
        let reason = reason.map_or_else(|| action.reason.clone(), |entry| entry.sentence(1, None));
        out.line(&format!("  {}: {reason}", action.operation));
        for change in &action.changes {
            out.line(&format!("    {}", changed(change, values)));
        }
    }
}

/// A field and its change; with its values, if they are shown and it is not a gender.
fn changed(change: &PlannedChange, values: bool) -> String {
    let field = one_line(&change.field);
    if !values || change.field == GENDER {
        return format!("{field}: {}", change.change.as_str());
    }
    let text = |value: &Option<String>| value.as_deref().map_or_else(|| NOTHING.to_owned(), one_line);
    format!("{field}: {} → {}", text(&change.before), text(&change.after))
}

/// What the filter decided is shown there, with the value that decided it.
fn held_back(out: &mut Out, explanation: &Explanation) {
    let filter = explanation.source.as_ref().and_then(|source| source.filter.as_ref()?.code.as_deref());
    let obstacles: Vec<&Obstacle> =
        explanation.held_by.iter().filter(|obstacle| Some(obstacle.code.as_str()) != filter).collect();
    if !obstacles.is_empty() {
        out.section("Held back by");
    }
    for obstacle in obstacles {
        held_by(out, obstacle);
    }
}

fn held_by(out: &mut Out, obstacle: &Obstacle) {
    match (obstacle.kind, &obstacle.guard, &obstacle.problem) {
        (ObstacleKind::Guard, Some(guard), _) => {
            let entry = catalogue::entry(&obstacle.code, LANGUAGE);
            let detail = obstacle.detail.as_deref();
            let sentence = entry.map_or_else(String::new, |entry| entry.sentence(guard.actual, detail));
            let whom = if guard.is_hit { "This person is one of them" } else { "This person is not one of them" };
            let sentence = format!(
                "{sentence} Limit {}, actual {}. {whom}; nothing is written for anybody until a person approves.",
                guard.limit, guard.actual
            );
            let remedy = entry.map(|entry| entry.remedy(guard.actual, detail)).unwrap_or_default();
            let remedy = format!("{remedy} `harness plan` shows the whole plan and the command that approves it.");
            point(out, &obstacle.code, &sentence, Some(remedy.trim_start()), "");
        }
        (_, _, Some(problem)) if catalogue::entry(&obstacle.code, LANGUAGE).is_none() => {
            point(out, &obstacle.code, &one_line(&problem.message), Some(&one_line(&problem.remedy)), "");
        }
        // What a plan is blocked by has a field as its subject, and a sentence that may not have room for it.
        (ObstacleKind::Blocked, ..) => {
            let has_place =
                catalogue::entry(&obstacle.code, LANGUAGE).is_some_and(|entry| entry.has_place_for_detail());
            coded(out, &obstacle.code, obstacle.detail.as_deref().filter(|_| has_place));
        }
        _ => coded(out, &obstacle.code, obstacle.detail.as_deref()),
    }
}

fn history(out: &mut Out, past: &Past, values: bool) {
    out.section("History");
    if past.actions.is_empty() && past.changes.is_empty() && past.decisions.is_empty() {
        return out.line("  No run has changed anything for this person, and there are no decisions by hand.");
    }
    if let Some(created) = &past.created {
        out.line(&format!("  The account was created {}.", when(created)));
    }
    if !past.changes.is_empty() {
        out.line("  Last changes of its fields by a sync:");
    }
    for last in &past.changes {
        out.line(&format!("    {}, {}", changed(&last.change, values), when(&last.by)));
    }
    for decision in &past.decisions {
        let reason = decision.reason.as_deref().map(|reason| format!(": {}", one_line(reason))).unwrap_or_default();
        let employee = |id: &Option<String>| id.as_deref().map_or_else(|| "nobody".to_owned(), one_line);
        out.line(&format!(
            "  Decided {}: {} account {} from employee {} to {}{reason}",
            at(&decision.decided),
            one_line(&decision.decision),
            one_line(&decision.account),
            employee(&decision.earlier),
            employee(&decision.employee),
        ));
    }
    if !past.actions.is_empty() {
        out.line("  Actions of runs:");
    }
    let earlier = past.actions.len().saturating_sub(MOST_ACTIONS);
    if earlier > 0 {
        out.line(&format!("    … {earlier} earlier ones; --format json shows all"));
    }
    for action in past.actions.iter().skip(earlier) {
        let failure = action.failure.as_deref().map(|code| format!(" ({})", one_line(code))).unwrap_or_default();
        out.line(&format!(
            "    {} {}{failure}, {}",
            one_line(&action.operation),
            one_line(&action.status),
            when(&action.by)
        ));
    }
}

fn when(run: &RunRef) -> String {
    format!("{} by run {}", at(&run.started), one_line(&run.run))
}

/// A time for people, to the minute; what is no time, as it is on file.
fn at(time: &str) -> String {
    match time.parse::<Timestamp>() {
        Ok(time) => format!("on {}", time.strftime("%Y-%m-%d at %H:%M UTC")),
        Err(_) => one_line(time),
    }
}

/// What was left out, and what would tell more.
fn footer(out: &mut Out, explanation: &Explanation) {
    let mut lines = Vec::new();
    if explanation.source.is_none() && explanation.failures.is_empty() {
        lines.push("The HR system was not checked: give --settings FILE with --replay DIR or --live.");
    }
    if explanation.account.is_none() {
        lines.push("The accounts were not checked: give --directory FILE.");
    }
    if !explanation.values {
        lines.push("Values are hidden; --values shows them.");
    }
    if lines.is_empty() {
        return;
    }
    out.line("");
    for line in lines {
        let line = out.painted(DIM, line);
        out.line(&line);
    }
}
