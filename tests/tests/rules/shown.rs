//! Plans as lines of text, the way a case writes them, and lists of numbered people.

use anyhow::{Context as _, Result};
use connector_host::contract::{Action, GuardHit, Notice, Operation, Plan, Verdict};
use connector_host::names::field_name;

use super::people::range;

/// `update:1 department: Einkauf → Vertrieb, team: Süd → –`.
pub fn action(action: &Action) -> String {
    let none = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    let what = match &action.operation {
        Operation::Update(changes) => {
            let change = |change: &connector_host::contract::Change| {
                format!("{}: {} → {}", field_name(&change.field), none(&change.before), none(&change.after))
            };
            changes.iter().map(change).collect::<Vec<_>>().join(", ")
        }
        Operation::SetSupervisor(change) => format!("{} → {}", none(&change.before), none(&change.after)),
        Operation::AddToGroup(addition) => addition.name.clone(),
        Operation::Create(_) | Operation::Link | Operation::Invite | Operation::Other(_) => String::new(),
    };
    format!("{} {what}", action.id).trim_end().to_owned()
}

/// All actions, in their order.
pub fn actions(plan: &Plan) -> Vec<String> {
    plan.actions.iter().map(action).collect()
}

/// `status-unknown = Sabbatical: 2, 5`; with how often where that is not how many are named.
pub fn notice(notice: &Notice) -> String {
    let mut text = notice.code.clone();
    if let Some(detail) = &notice.detail {
        text = format!("{text} = {detail}");
    }
    if !notice.employees.is_empty() {
        text = format!("{text}: {}", people(&notice.employees));
    }
    if notice.count != notice.employees.len() as u64 && (notice.count, notice.employees.len()) != (1, 0) {
        text = format!("{text} ({})", notice.count);
    }
    text
}

/// `guard-clears 4 > 3: 1-4`, and of a guard that looks at one field, `guard-field-emptied = team 2 > 1: 1, 2`.
pub fn guards(verdict: &Verdict) -> Vec<String> {
    let show = |hit: &GuardHit| {
        let field = hit.field.as_ref().map_or_else(String::new, |field| format!(" = {}", field_name(field)));
        format!("{}{field} {} > {}: {}", hit.guard, hit.actual, hit.limit, people(&hit.employees))
    };
    match verdict {
        Verdict::NeedsApproval(hits) => hits.iter().map(show).collect(),
        Verdict::Ready | Verdict::Blocked(_) => Vec::new(),
    }
}

/// Three and more in a row are `1-3`.
fn people(employees: &[String]) -> String {
    let mut runs: Vec<Vec<&String>> = Vec::new();
    for employee in employees {
        let follows = |run: &Vec<&String>| {
            let before = run.last().and_then(|last| last.parse::<u64>().ok());
            before.is_some_and(|before| employee.parse() == Ok(before + 1))
        };
        match runs.last_mut().filter(|run| follows(run)) {
            Some(run) => run.push(employee),
            None => runs.push(vec![employee]),
        }
    }
    let show = |run: Vec<&String>| match run.as_slice() {
        [first, _, .., last] => format!("{first}-{last}"),
        few => few.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", "),
    };
    runs.into_iter().map(show).collect::<Vec<_>>().join(", ")
}

/// `create:1-3` is three lines; `{id}` in the rest is each one's ID.
pub fn expand(lines: &[String]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for line in lines {
        let (head, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (operation, who) = head.split_once(':').with_context(|| format!("`{line}` is no action"))?;
        let Some((first, last)) = range(who) else {
            all.push(line.clone());
            continue;
        };
        for id in first..=last {
            let rest = rest.replace("{id}", &id.to_string());
            all.push(format!("{operation}:{id} {rest}").trim_end().to_owned());
        }
    }
    Ok(all)
}
