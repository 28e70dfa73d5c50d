//! The contract's calls: well-behaved, unless told otherwise.

use crate::bad::{amplified, gigabyte, invalid};
use crate::elearnio::connector::log::{self, Level};
use crate::elearnio::connector::types::*;
use crate::exports::elearnio::connector::{connector, manifest};
use crate::net::SECRET;
use crate::{Zoo, misbehave, number};

impl manifest::Guest for Zoo {
    fn describe() -> manifest::Description {
        manifest::Description {
            name: "zoo".to_owned(),
            version: "0.1.0".to_owned(),
            origins: vec!["https://api.example.com".to_owned(), "https://second.example.com".to_owned()],
            attributes: Vec::new(),
        }
    }
}

impl connector::Guest for Zoo {
    /// The settings' name is the behaviour; what came of it is the error's message.
    fn configure(settings: connector::Settings) -> Result<connector::Connection, connector::Error> {
        std::panic::set_hook(Box::new(|info| log::write(Level::Error, &info.to_string())));
        SECRET.set(Some(settings.client_secret));
        match misbehave(&settings.name) {
            None => Ok(connector::Connection { hidden: Vec::new() }),
            Some(message) => Err(connector::Error::Other(problem(message))),
        }
    }

    /// The cursor is the behaviour.
    fn fetch_page(cursor: Option<String>) -> Result<connector::Page, connector::Error> {
        let cursor = cursor.unwrap_or_default();
        if let Some(message) = misbehave(&cursor) {
            return Err(connector::Error::Other(problem(message)));
        }
        let (employees, next) = match cursor.as_str() {
            "same-cursor" => (Vec::new(), Some(cursor)),
            "long-cursor" => (Vec::new(), Some("x".repeat(1 << 20))),
            "gigabyte-text" => (vec![gigabyte()], None),
            "amplify" => (amplified(), None),
            "invalid" => (vec![invalid()], None),
            "crowd" => (vec![String::new(); 100_000], None),
            // Every page has the next, and none comes twice.
            _ if cursor.starts_with("endless") => (Vec::new(), Some(format!("endless {}", number(&cursor) + 1))),
            // So many employees on each of so many pages.
            _ if cursor.starts_with("read ") => pages(&cursor),
            // One page, and an empty one behind a cursor of so many bytes.
            _ if cursor.starts_with("cursor ") => (Vec::new(), Some("x".repeat(number(&cursor)))),
            _ if cursor.starts_with('x') => (Vec::new(), None),
            _ => (vec!["1".to_owned(), "2".to_owned()], None),
        };
        Ok(connector::Page { employees, next, total: None })
    }

    /// The record is the behaviour.
    fn map_employee(employee: String) -> Result<Mapping, Rejected> {
        match misbehave(&employee) {
            Some(message) => Err(Rejected { employee: None, problem: problem(message) }),
            None if employee == "no-id" => Ok(excluded(String::new())),
            None => Ok(excluded(employee)),
        }
    }

    /// The first group's name is the behaviour.
    fn plan_actions(_: SourceRead, target: Directory) -> Result<Plan, connector::Error> {
        let what = target.groups.first().map(|group| group.name.clone()).unwrap_or_default();
        if let Some(message) = misbehave(&what) {
            return Err(connector::Error::Other(problem(message)));
        }
        let mut plan = empty_plan();
        match what.as_str() {
            "foreign-account" => {
                let account = Some("secret-account".to_owned());
                plan.actions.extend(invitation(&target, 0).map(|action| Action { account, ..action }));
            }
            "foreign-person" => plan.actions.push(invite("secret-account", 1)),
            "twice" => plan.actions.extend([invitation(&target, 0), invitation(&target, 0)].into_iter().flatten()),
            "false-counts" => plan.counts.created = u64::MAX,
            _ => {
                if let Some(count) = what.strip_prefix("actions ") {
                    plan.actions = vec![invite("secret-account", 1); number(count)];
                }
                if let Some(count) = what.strip_prefix("invitations ") {
                    plan.actions = (0..number(count)).filter_map(|at| invitation(&target, at)).collect();
                }
                if let Some(count) = what.strip_prefix("notices ") {
                    plan.notices = vec![notice(); number(count)];
                }
            }
        }
        Ok(plan)
    }
}

/// `read EMPLOYEES PAGES`: this page, and the cursor to the rest of them.
fn pages(cursor: &str) -> (Vec<String>, Option<String>) {
    let left = number(cursor);
    let rows = cursor.split(' ').nth(1).map_or(0, number);
    (vec!["1".to_owned(); rows], (left > 1).then(|| format!("read {rows} {}", left - 1)))
}

/// An action that may be: about the first account.
fn invitation(target: &Directory, at: usize) -> Option<Action> {
    let account = target.accounts.first()?;
    let employee = account.employee.clone()?;
    Some(Action { id: at.to_string(), employee, ..invite(&account.id, account.version) })
}

fn notice() -> Notice {
    Notice { code: "flag-lost".to_owned(), count: 1, employees: Vec::new(), detail: None }
}

fn excluded(employee: String) -> Mapping {
    Mapping::Excluded(Excluded { employee, reason: Exclusion::NotFlagged })
}

fn problem(message: String) -> Problem {
    Problem { code: "zoo".to_owned(), subject: None, message, remedy: "None.".to_owned() }
}

fn invite(account: &str, version: u64) -> Action {
    Action {
        id: "a".to_owned(),
        employee: "1".to_owned(),
        account: Some(account.to_owned()),
        version: Some(version),
        operation: Operation::Invite,
        reason: "created-not-invited".to_owned(),
    }
}

fn empty_plan() -> Plan {
    Plan {
        verdict: Verdict::Ready,
        actions: Vec::new(),
        notices: Vec::new(),
        counts: Counts {
            read: 0,
            created: 0,
            linked: 0,
            updated: 0,
            unchanged: 0,
            excluded: 0,
            rejected: 0,
            conflicts: 0,
            supervisors: 0,
            group_additions: 0,
            invitations: 0,
            exclusions: Vec::new(),
        },
        complete: true,
    }
}
