//! Whether the form is checked, and whether anything works without it.

use super::Seen;
use super::report::Report;
use super::testbed::{Running, Testbed, words};
use connector_host::contract::connector::{self, Error, GroupAssignment};
use connector_host::contract::{Directory, Problem, SourceRead, SourceRecord};
use connector_host::sandbox::CallError;

/// A change to a form that makes it bad.
type Spoil = fn(&mut connector::Settings);

/// Bad forms: the setting, what is wrong with it, and how it comes to be.
const BAD: [(&str, &str, Spoil); 5] = [
    ("client-id", "is empty", |form| form.client_id.clear()),
    ("client-id", "is blank", |form| "  ".clone_into(&mut form.client_id)),
    ("group-assignment", "is unknown", |form| {
        form.group_assignment = GroupAssignment::Other("by-moon-phase".to_owned());
    }),
    ("endpoint", "is no origin", |form| form.endpoint = Some("not an origin".to_owned())),
    ("filter-values", "has an empty value, which would match everybody without a flag", |form| {
        form.filter_values = vec!["ja".to_owned(), String::new()];
    }),
];

/// Calls before `configure`.
pub(super) async fn unconfigured(testbed: &Testbed<'_>) -> Seen {
    let Running { mut tenant, .. } = testbed.start().await?;
    expect_not_configured("fetch-page", testbed, tenant.fetch_page(None).await)?;
    let source = SourceRead { records: Vec::new(), hidden: Vec::new(), total: None, ended: true };
    let target = Directory { accounts: Vec::new(), groups: Vec::new() };
    expect_not_configured("plan-actions", testbed, tenant.plan_actions(&source, &target).await)?;
    let alone = tenant.map_employee("{}").await.map(|record| vec![record]);
    let batch = tenant.map_page(&["{}", "{}"]).await;
    for mapped in [alone, batch] {
        let mapped = mapped.map_err(|verdict| verdict.to_string())?;
        if !mapped.iter().all(|record| matches!(record, SourceRecord::Rejected(_))) {
            return Err("map-employee: it maps a record before `configure`".to_owned());
        }
    }
    match tenant.usage().http_requests {
        0 => Ok("no call works before `configure`".to_owned()),
        requests => Err(format!("it made {requests} requests before `configure`")),
    }
}

fn expect_not_configured<T>(call: &str, testbed: &Testbed<'_>, answer: Result<T, CallError>) -> Result<(), String> {
    match answer {
        Err(CallError::Guest(Error::NotConfigured)) => Ok(()),
        Ok(_) => Err(format!("{call}: it works before `configure`, but must report not-configured")),
        Err(error) => Err(format!("it must report not-configured, but reports: {}", testbed.told(call, &error))),
    }
}

/// Bad forms are refused, each by name, before anything is sent.
pub(super) async fn settings(testbed: &Testbed<'_>, report: &mut Report) {
    match good_form(testbed).await {
        Ok(None) => report.add("settings", refuses_bad_forms(testbed).await),
        Ok(Some(why)) => report.skip("settings", &why),
        Err(why) => report.add("settings", Err(why)),
    }
}

/// The form that is spoiled below has to be good, or nothing is learnt. Without a fixture it is a guess.
async fn good_form(testbed: &Testbed<'_>) -> Result<Option<String>, String> {
    let Running { mut tenant, secret, .. } = testbed.start().await?;
    match tenant.configure(&testbed.settings, secret).await {
        Err(CallError::Guest(error @ Error::InvalidSettings(_))) => {
            Ok(Some(format!("needs valid settings, but these are refused: {}", words(&error))))
        }
        Err(CallError::Host(verdict)) => Err(verdict.to_string()),
        Ok(_) | Err(CallError::Guest(_)) => Ok(None),
    }
}

async fn refuses_bad_forms(testbed: &Testbed<'_>) -> Seen {
    for (setting, wrong, spoil) in BAD {
        let Running { mut tenant, secret, .. } = testbed.start().await?;
        let said = |what: &str| format!("configure, when {setting} {wrong}: {what}");
        let problems = match tenant.configure_with(&testbed.settings, secret, spoil).await {
            Err(CallError::Guest(Error::InvalidSettings(problems))) => problems,
            Ok(_) => return Err(said("it accepts the settings")),
            Err(error) => {
                let told = testbed.told("configure", &error);
                return Err(said(&format!("it must report invalid-settings, but reports: {told}")));
            }
        };
        if let Some(flaw) = flaw(&problems, setting) {
            return Err(said(&flaw));
        }
        if tenant.usage().http_requests > 0 {
            return Err(said("it sends a request before it checks the settings"));
        }
    }
    Ok(format!("{} wrong settings refused, each with the setting and a remedy", BAD.len()))
}

/// What is missing in the problems for the person who has to mend the form.
fn flaw(problems: &[Problem], setting: &str) -> Option<String> {
    let names = |problem: &Problem| {
        problem.subject.as_ref().is_some_and(|subject| subject.replace('_', "-").eq_ignore_ascii_case(setting))
    };
    let Some(problem) = problems.iter().find(|problem| names(problem)) else {
        return Some("no problem has this setting as its subject".to_owned());
    };
    let empty = [("code", &problem.code), ("message", &problem.message), ("remedy", &problem.remedy)]
        .into_iter()
        .find(|(_, text)| text.trim().is_empty());
    empty.map(|(what, _)| format!("its problem has an empty {what}"))
}
