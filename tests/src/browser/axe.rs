//! What keeps people out, as far as a program can find it: axe-core, run in the page.

use std::fmt;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::Browser;

/// Kept with its licence, and as it is.
const AXE: &str = include_str!("../../axe/axe.min.js");

/// The success criteria of WCAG 2.2 up to AA, and what axe's makers recommend beyond them.
const RUN: &str = r"
    const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const node = ({ target, html, failureSummary }) => ({ target: target.flat(), html, summary: failureSummary || '' });
    const violation = ({ id, impact, help, nodes }) => ({ id, impact: impact || '', help, nodes: nodes.map(node) });
    axe.run(document, { runOnly: tags, resultTypes: ['violations'] }).then(
        results => done({ version: axe.version, violations: results.violations.map(violation) }),
        error => done({ error: String(error) }),
    );
";

/// A rule that a page breaks.
#[derive(Debug, Clone, Deserialize)]
pub struct Violation {
    /// The rule, such as `color-contrast`.
    pub id: String,
    /// How much it keeps people out, such as `serious`.
    pub impact: String,
    /// What the rule asks for.
    pub help: String,
    /// Where it is broken.
    pub nodes: Vec<Node>,
}

/// A place where a rule is broken.
#[derive(Debug, Clone, Deserialize)]
pub struct Node {
    /// A selector.
    pub target: Vec<String>,
    /// How it is written.
    pub html: String,
    /// What to do about it.
    pub summary: String,
}

#[derive(Debug, Deserialize)]
struct Findings {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    violations: Vec<Violation>,
}

impl Browser {
    /// Every rule that the page breaks.
    ///
    /// # Errors
    /// When they cannot be looked for.
    pub async fn axe(&self) -> Result<Vec<Violation>> {
        self.client.execute(AXE, Vec::new()).await.context("axe cannot be put into the page")?;
        let findings: Findings = serde_json::from_value(self.client.execute_async(RUN, Vec::new()).await?)?;
        ensure!(findings.error.is_none(), "axe failed: {}", findings.error.unwrap_or_default());
        Ok(findings.violations)
    }

    /// Makes sure that the page breaks no rule.
    ///
    /// # Errors
    /// When it does, with all that is needed to mend it.
    pub async fn ensure_accessible(&self) -> Result<()> {
        let violations = self.axe().await?;
        let text: Vec<String> = violations.iter().map(ToString::to_string).collect();
        ensure!(text.is_empty(), "{} keeps people out:\n{}", self.url().await?, text.join("\n"));
        Ok(())
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}): {}", self.id, self.impact, self.help)?;
        for Node { target, html, summary } in &self.nodes {
            writeln!(f, "  {}\n    {html}", target.join(" "))?;
            summary.lines().try_for_each(|line| writeln!(f, "    {}", line.trim()))?;
        }
        Ok(())
    }
}
