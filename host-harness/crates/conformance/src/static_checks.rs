//! What can be checked from outside, before the component runs for a tenant.

use std::path::Path;

use super::Seen;
use super::report::{Imports, Report};
use connector_host::contract::manifest::{Setting, SettingKind};
use connector_host::sandbox::{CONTRACT_VERSION, Connector, Description, GuestError, Host, Inspection, Mismatch};

/// Looks at imports, exports and the manifest; gives the connector if it can be run.
pub(super) async fn look(host: &Host, component: &Path, report: &mut Report) -> Option<Connector> {
    let inspection = match host.inspect(component) {
        Ok(inspection) => inspection,
        Err(verdict) => {
            report.add("contract", Err(verdict.to_string()));
            return None;
        }
    };
    report.imports = imports(&inspection);
    report.add("contract", contract(&inspection));
    report.add("imports", judge(&report.imports));
    if inspection.check().is_err() {
        return None;
    }
    let connector = match host.load(component).await {
        Ok(connector) => connector,
        Err(verdict) => {
            report.add("manifest", Err(not_loaded(&verdict)));
            return None;
        }
    };
    let description = connector.description();
    report.connector = Some((description.name.clone(), description.version.clone()));
    report.add("manifest", manifest(description));
    Some(connector)
}

/// Why the component does not load; and where a limit is raised, should it be one.
fn not_loaded(verdict: &GuestError) -> String {
    match verdict.limit() {
        Some(limit) => {
            format!("{verdict}\nif the connector needs more, write {limit} into a file and name the file with --limits")
        }
        None => verdict.to_string(),
    }
}

fn contract(inspection: &Inspection) -> Seen {
    if let Err(GuestError::ContractMismatch(mismatch @ Mismatch::Version { .. })) = inspection.check() {
        return Err(mismatch.to_string());
    }
    let missing = inspection.missing_exports();
    if missing.is_empty() {
        return Ok(format!("speaks version {CONTRACT_VERSION} and exports all of it"));
    }
    Err(Mismatch::Exports(missing).to_string())
}

fn imports(inspection: &Inspection) -> Imports {
    Imports {
        contract: inspection.contract_imports().map(ToString::to_string).collect(),
        stubbed: inspection.stubbed_imports().map(ToString::to_string).collect(),
        foreign: inspection.foreign_imports().map(ToString::to_string).collect(),
    }
}

/// Every import by its full name: the contract's, and what else the component asks for.
fn judge(imports: &Imports) -> Seen {
    let Imports { contract, stubbed, foreign } = imports;
    let lines = [(contract, "of the contract"), (stubbed, "of WASI, linked with nothing granted")];
    let lines = lines.iter().filter(|(names, _)| !names.is_empty());
    let lines: Vec<_> = lines.map(|(names, what)| format!("{} {what}: {}", names.len(), names.join(", "))).collect();
    if foreign.is_empty() {
        return Ok(if lines.is_empty() { "imports nothing".to_owned() } else { lines.join("\n") });
    }
    let refused = Mismatch::Imports(foreign.clone()).to_string();
    Err([vec![refused], lines].concat().join("\n"))
}

/// The host has checked the form of it; here is what a platform has to tell its customers.
fn manifest(description: &Description) -> Seen {
    if let Some(plain) = description.origins.iter().find(|origin| !origin.is_https()) {
        return Err(format!("it needs {plain}, which is not encrypted"));
    }
    let sources: Vec<_> = description.attributes.iter().map(|attribute| attribute.source.trim()).collect();
    if sources.iter().any(|source| source.is_empty()) {
        return Err("it names an attribute without the source's name for it".to_owned());
    }
    if !description.attributes.iter().any(|attribute| attribute.required) {
        return Err("it requires no attribute; an ID and an address are needed at least".to_owned());
    }
    let origins: Vec<_> = description.origins.iter().map(ToString::to_string).collect();
    let names_origins = |setting: &Setting| matches!(setting.kind, SettingKind::Origin | SettingKind::Url);
    let origins = match (origins.is_empty(), description.settings.iter().any(names_origins)) {
        (false, _) => origins.join(", "),
        (true, true) => "the origins that the settings name".to_owned(),
        (true, false) => "no origin".to_owned(),
    };
    Ok(format!("{} attributes, from {origins}", sources.len()))
}
