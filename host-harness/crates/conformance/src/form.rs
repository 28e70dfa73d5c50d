//! Whether the connector checks its settings, and whether anything works without them.

use super::Seen;
use super::report::Report;
use super::testbed::{Running, Testbed, words};
use connector_host::contract::connector::{self, GroupAssignment, SettingValue, Value};
use connector_host::contract::manifest::{Setting, SettingKind};
use connector_host::contract::{Directory, Error, Problem, SourceRead, SourceRecord};
use connector_host::sandbox::CallError;

/// A change to settings that makes them bad.
type Spoil = Box<dyn Fn(&mut connector::Settings)>;

/// Bad settings: which, what is wrong with it, and how it comes to be. The common ones, and those that the connector
/// declares, by their kinds.
fn bad(declared: &[Setting]) -> Vec<(String, &'static str, Spoil)> {
    let mut bad: Vec<(String, &'static str, Spoil)> = vec![
        (
            "group-assignment".to_owned(),
            "is unknown",
            Box::new(|settings| settings.group_assignment = GroupAssignment::Other("by-moon-phase".to_owned())),
        ),
        (
            "filter-values".to_owned(),
            "has an empty value, which means everybody without a flag",
            Box::new(|settings| settings.filter.values = vec!["ja".to_owned(), String::new()]),
        ),
    ];
    for setting in declared {
        let key = setting.key.clone();
        let mut add = |what, value: fn() -> Value| {
            let of = key.clone();
            bad.push((key.clone(), what, Box::new(move |settings| put(settings, &of, value()))));
        };
        match setting.kind {
            SettingKind::Text if setting.required => {
                add("is empty", || Value::Text(String::new()));
                add("is blank", || Value::Text("  ".to_owned()));
            }
            SettingKind::Origin => add("is not an origin", || Value::Text("not an origin".to_owned())),
            SettingKind::Url => add("is not a URL", || Value::Text("not a URL".to_owned())),
            SettingKind::Choice(_) => add("is not one of the choices", || Value::Text("by-moon-phase".to_owned())),
            SettingKind::Number => add("is not a number", || Value::Text("many".to_owned())),
            SettingKind::Flag => add("is not true or false", || Value::Text("perhaps".to_owned())),
            SettingKind::Text | SettingKind::Secret | SettingKind::Other(_) => {}
        }
        if setting.required {
            let of = key.clone();
            let drop: Spoil = Box::new(move |settings| settings.values.retain(|value| value.key != of));
            bad.push((key, "is missing", drop));
        }
    }
    bad
}

/// Gives a setting another value.
pub(super) fn put(settings: &mut connector::Settings, key: &str, value: Value) {
    settings.values.retain(|other| other.key != key);
    settings.values.push(SettingValue { key: key.to_owned(), value });
}

/// Calls before `configure`.
pub(super) async fn unconfigured(testbed: &Testbed<'_>) -> Seen {
    let Running { mut tenant, .. } = testbed.start().await?;
    expect_not_configured("fetch-page", testbed, tenant.fetch_page(None).await)?;
    let source = SourceRead { records: Vec::new(), hidden: Vec::new(), total: None, ended: true };
    let target = Directory { accounts: Vec::new(), groups: Vec::new() };
    expect_not_configured("plan-actions", testbed, tenant.plan_actions(&source, &target).await)?;
    let alone = tenant.map_employee("{}").await.map(|record| vec![record]);
    let page = tenant.map_page(&["{}", "{}"]).await;
    for mapped in [alone, page] {
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
        Err(error) => Err(format!("it must report not-configured, but reports: {}", testbed.note_error(call, &error))),
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
    let Running { mut tenant, .. } = testbed.start().await?;
    match tenant.configure(&testbed.settings).await {
        Err(CallError::Guest(error @ Error::InvalidSettings(_))) => {
            Ok(Some(format!("needs valid settings, but these are refused: {}", words(&error))))
        }
        Err(CallError::Host(verdict)) => Err(verdict.to_string()),
        Ok(_) | Err(CallError::Guest(_)) => Ok(None),
    }
}

async fn refuses_bad_forms(testbed: &Testbed<'_>) -> Seen {
    let bad = bad(testbed.declared());
    for (setting, wrong, spoil) in &bad {
        let Running { mut tenant, .. } = testbed.start().await?;
        let said = |what: &str| format!("configure, when {setting} {wrong}: {what}");
        let problems = match tenant.configure_with(&testbed.settings, |settings| spoil(settings)).await {
            Err(CallError::Guest(Error::InvalidSettings(problems))) => problems,
            Ok(_) => return Err(said("it accepts the settings")),
            Err(error) => {
                let told = testbed.note_error("configure", &error);
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
    Ok(format!("{} wrong settings refused, each with the setting and a remedy", bad.len()))
}

/// What is missing in the problems for the person who has to correct the settings.
fn flaw(problems: &[Problem], setting: &str) -> Option<String> {
    let names = |problem: &Problem| {
        problem.subject.as_ref().is_some_and(|subject| subject.replace('_', "-").eq_ignore_ascii_case(setting))
    };
    let Some(problem) = problems.iter().find(|problem| names(problem)) else {
        return Some("no problem names this setting as its subject".to_owned());
    };
    let empty = [("code", &problem.code), ("message", &problem.message), ("remedy", &problem.remedy)]
        .into_iter()
        .find(|(_, text)| text.trim().is_empty());
    empty.map(|(what, _)| format!("its problem has an empty {what}"))
}
