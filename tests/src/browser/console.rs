//! What the browser's console holds: errors of scripts, what could not be loaded, and what the Content-Security-Policy
//! refused. A user never sees it, so a test has to.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::devtools::Devtools;

/// One line of the console.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// Such as `SEVERE`.
    pub level: String,
    /// Such as `javascript`, `network` or `security`.
    #[serde(default)]
    pub source: String,
    /// What happened and where.
    pub message: String,
}

/// Which entries a test expects.
#[derive(Debug, Default)]
pub struct Console {
    expected: Mutex<Vec<String>>,
}

impl Entry {
    /// True for what no page of ours may cause. A page may say other things on purpose.
    fn is_problem(&self) -> bool {
        self.level == "SEVERE" || (self.level == "WARNING" && self.source != "console-api")
    }
}

impl Console {
    pub(super) fn expect(&self, part: &str) {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).push(part.to_owned());
    }

    pub(super) async fn take(&self, devtools: &Devtools<'_>) -> Result<Vec<Entry>> {
        let entries = devtools.log().await.context("the browser does not show its console")?;
        let entries: Vec<Entry> = serde_json::from_value(entries)?;
        let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        let is_expected = |entry: &Entry| expected.iter().any(|part| entry.message.contains(part));
        Ok(entries.into_iter().filter(|entry| entry.is_problem() && !is_expected(entry)).collect())
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.level, self.source, self.message)
    }
}
