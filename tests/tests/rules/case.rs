//! The format of a `case.json`, explained for authors in `tests/rules/README.md`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A compact person or account: its keys are checked where it is written out.
pub type Compact = Map<String, Value>;

/// One case: a history of runs on one directory.
pub struct Case {
    pub directory: Directory,
    /// At least one. What a step does not say is as in the step before.
    pub steps: Vec<Step>,
}

/// The directory before the first run.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    #[serde(default)]
    pub groups: Vec<Value>,
    #[serde(default)]
    pub accounts: Vec<Compact>,
}

/// One run and what is expected of it.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    pub settings: Option<Form>,
    pub employees: Option<Vec<Compact>>,
    pub pages: Option<Vec<Value>>,
    #[serde(default, deserialize_with = "present")]
    pub total: Option<Value>,
    pub hidden: Option<Vec<String>>,
    pub unshown: Option<Vec<String>>,
    pub flag_labels: Option<Vec<String>>,
    /// The key the filter attribute has; `dynamic_1` if not said.
    pub flag_key: Option<String>,
    pub logins: Option<Vec<Value>>,
    pub attributes: Option<Vec<Value>>,
    /// Accounts somebody else changes before the run.
    #[serde(default)]
    pub edit: Vec<Compact>,
    /// Accounts somebody else changes between planning and applying.
    #[serde(default)]
    pub meanwhile: Vec<Compact>,
    /// `this`, `first`, or a hash.
    pub approve: Option<String>,
    #[serde(default)]
    pub dry_run: bool,
    /// Applies the plan of the step before once more, as it was saved.
    #[serde(default)]
    pub saved_plan: bool,
    pub expect: Expect,
}

/// What differs from the usual form.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Form {
    pub client_id: Option<String>,
    pub send_invitations: bool,
    pub group_assignment: Option<String>,
    pub filter_label: Option<String>,
    pub filter_values: Vec<String>,
    pub statuses: BTreeMap<String, String>,
    pub language: Option<String>,
}

/// What a run must come to. What is left out of `actions`, `notices`, `guards`, `failures` and `invited` must not be.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Expect {
    pub verdict: Option<String>,
    pub failures: Vec<String>,
    pub guards: Vec<String>,
    pub actions: Vec<String>,
    pub outcomes: BTreeMap<String, String>,
    pub notices: Vec<String>,
    pub counts: BTreeMap<String, u64>,
    pub complete: Option<bool>,
    pub stopped: Option<String>,
    pub accounts: Option<usize>,
    pub after: BTreeMap<String, Map<String, Value>>,
    pub invited: Vec<String>,
    pub mail: MailExpect,
    pub waits: Option<Vec<[u64; 2]>>,
    pub requests: BTreeMap<String, usize>,
    pub again: Vec<String>,
}

/// What the summary must say, and what it must not.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
pub struct MailExpect {
    pub subject: Option<String>,
    pub has: Vec<String>,
    pub html: Vec<String>,
    pub lacks: Vec<String>,
}

/// Reads a case. The error names the file and the key.
pub fn read(file: &Path) -> Result<Case> {
    parse(file).with_context(|| file.display().to_string())
}

fn parse(file: &Path) -> Result<Case> {
    let mut whole: Map<String, Value> = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    whole.remove("about").filter(Value::is_string).ok_or_else(|| anyhow!("`about` says what the rule demands here"))?;
    let directory = whole.remove("directory").map(serde_json::from_value).transpose().context("directory")?;
    let then = whole.remove("then").unwrap_or(Value::Array(Vec::new()));
    let mut steps: Vec<Step> = vec![serde_json::from_value(Value::Object(whole))?];
    let later: Vec<Step> = serde_json::from_value(then).context("then")?;
    for step in later {
        let before = steps.last().cloned();
        steps.extend(before.map(|before| step.after(before)));
    }
    Ok(Case { directory: directory.unwrap_or_default(), steps })
}

impl Step {
    /// A source is replaced as a whole, a form as a whole.
    fn after(mut self, before: Self) -> Self {
        if self.employees.is_none() && self.pages.is_none() {
            self.employees = before.employees;
            self.pages = before.pages;
            self.total = self.total.or(before.total);
        }
        self.settings = self.settings.or(before.settings);
        self.hidden = self.hidden.or(before.hidden);
        self.unshown = self.unshown.or(before.unshown);
        self.flag_labels = self.flag_labels.or(before.flag_labels);
        self.flag_key = self.flag_key.or(before.flag_key);
        self
    }
}

/// A key that is there counts, also if it is `null`.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}
