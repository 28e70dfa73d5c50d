//! The results of the checks: for people, and for programs.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

/// Every check, in the order in which they are reported.
pub(super) const CHECKS: [&str; 12] = [
    "contract",
    "imports",
    "manifest",
    "unconfigured",
    "settings",
    "pages",
    "origins",
    "mapping",
    "planning",
    "convergence",
    "junk",
    "secrets",
];

/// The last one: it is about all that went before.
pub(super) const RESOURCES: &str = "resources";

/// The JSON's version; grows with every change that is not an addition. 2: a check without recorded traffic is `incomplete`.
const FORMAT_VERSION: u32 = 2;

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is as the contract says.
    Passed,
    /// It is not.
    Failed,
    /// It could not be asked.
    Skipped,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Skipped => "skipped",
        }
    }
}

/// What the checks say of the component together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// Every check was made, and passed.
    Passed,
    /// A check failed.
    Failed,
    /// No check failed, and some could not be made: nobody knows whether they would.
    Incomplete,
}

impl Judgement {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Incomplete => "incomplete",
        }
    }
}

/// The component's imports, by what the host has for them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imports {
    /// Those of the contract.
    pub contract: Vec<String>,
    /// Those of WASI that are linked with nothing granted.
    pub stubbed: Vec<String>,
    /// Those that the host does not offer.
    pub foreign: Vec<String>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's name.
    pub check: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen, why it failed, or why it was skipped.
    pub reason: String,
}

/// What reading and planning the fixture once took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// The most linear memory at once.
    pub peak_memory_bytes: u64,
    /// Calls into the component; the records of a page count as one.
    pub calls: u64,
    /// Requests it made.
    pub http_requests: u64,
    /// Employees read.
    pub employees: u64,
    /// From `configure` to the plan.
    pub milliseconds: u64,
}

/// All checks of one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The component's file.
    pub component: String,
    /// Its name and version, if it said them.
    pub connector: Option<(String, String)>,
    /// What it imports; nothing if it cannot be looked at.
    pub imports: Imports,
    /// What came of each check, in the order of the table.
    pub findings: Vec<Finding>,
    /// None if the source was not read.
    pub figures: Option<Figures>,
}

#[derive(Serialize)]
struct Json<'a> {
    format_version: u32,
    component: &'a str,
    connector: Option<&'a str>,
    version: Option<&'a str>,
    verdict: Judgement,
    /// The checks that could not be made.
    not_checked: Vec<&'static str>,
    imports: &'a Imports,
    checks: &'a [Finding],
    figures: Option<Figures>,
}

impl Report {
    pub(super) fn new(component: &Path) -> Self {
        Self {
            component: component.display().to_string(),
            connector: None,
            imports: Imports::default(),
            findings: Vec::new(),
            figures: None,
        }
    }

    pub(super) fn add(&mut self, check: &'static str, seen: super::Seen) {
        let (outcome, reason) = match seen {
            Ok(seen) => (Outcome::Passed, seen),
            Err(why) => (Outcome::Failed, why),
        };
        self.push(check, outcome, reason);
    }

    pub(super) fn skip(&mut self, check: &'static str, reason: &str) {
        self.push(check, Outcome::Skipped, reason.to_owned());
    }

    /// Skips every check that has not been asked.
    pub(super) fn skip_rest(&mut self, reason: &str) {
        for check in CHECKS.into_iter().chain([RESOURCES]) {
            if !self.findings.iter().any(|finding| finding.check == check) {
                self.skip(check, reason);
            }
        }
    }

    fn push(&mut self, check: &'static str, outcome: Outcome, reason: String) {
        self.findings.push(Finding { check, outcome, reason });
        let place = |finding: &Finding| CHECKS.iter().position(|name| *name == finding.check).unwrap_or(CHECKS.len());
        self.findings.sort_by_key(place);
    }

    /// What all of it comes to.
    #[must_use]
    pub fn judgement(&self) -> Judgement {
        let any = |outcome| self.findings.iter().any(|finding| finding.outcome == outcome);
        match (any(Outcome::Failed), any(Outcome::Skipped)) {
            (true, _) => Judgement::Failed,
            (false, true) => Judgement::Incomplete,
            (false, false) => Judgement::Passed,
        }
    }

    /// The checks that could not be made.
    #[must_use]
    pub fn not_checked(&self) -> Vec<&'static str> {
        let skipped = self.findings.iter().filter(|finding| finding.outcome == Outcome::Skipped);
        skipped.map(|finding| finding.check).collect()
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = match &self.connector {
            Some((name, version)) => format!("{name} {version} ({})\n\n", self.component),
            None => format!("{}\n\n", self.component),
        };
        for Finding { check, outcome, reason } in &self.findings {
            let indented = reason.replace('\n', "\n                         ");
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {:<8} {check:<13} {indented}", outcome.as_str());
        }
        let count = |outcome| self.findings.iter().filter(|finding| finding.outcome == outcome).count();
        let (passed, failed, skipped) = (count(Outcome::Passed), count(Outcome::Failed), count(Outcome::Skipped));
        let judgement = self.judgement();
        let _ = write!(text, "\n{}: {passed} passed, {failed} failed, {skipped} skipped", judgement.as_str());
        if judgement == Judgement::Incomplete {
            let _ = write!(text, "\nnot checked, so not passed: {}", self.not_checked().join(", "));
        }
        text
    }

    /// For programs.
    ///
    /// # Errors
    /// Never: all of it is text and numbers.
    pub fn json(&self) -> serde_json::Result<String> {
        let connector = self.connector.as_ref();
        serde_json::to_string_pretty(&Json {
            format_version: FORMAT_VERSION,
            component: &self.component,
            connector: connector.map(|(name, _)| name.as_str()),
            version: connector.map(|(_, version)| version.as_str()),
            verdict: self.judgement(),
            not_checked: self.not_checked(),
            imports: &self.imports,
            checks: &self.findings,
            figures: self.figures,
        })
    }
}
