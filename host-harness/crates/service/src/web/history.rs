//! History: what ran, and who decided what.

use connector_console::history as history_html;
use connector_console::model::{
    DecisionKind, DecisionRow, HistoryPage, HistoryTab, Named, Pager, RunFilter, RunRow, Section,
};

use super::integrations::time;
use super::run_page::{duration, kind, named, state, trigger};
use super::{Ask, Oops, Reply};
use crate::db::{self, Run};

/// Rows on a page.
pub const ROWS: u32 = 50;

/// `GET /history`.
pub async fn list(ask: Ask) -> Result<Reply, Oops> {
    let scope = ask.own()?;
    let db = &ask.engine().db;
    let integrations: Vec<Named> = db.integrations(&scope).await?.iter().map(named).collect();
    let filter = RunFilter { integration: ask.query.text("integration"), verdict: ask.query.text("verdict") };
    let mut page = HistoryPage {
        tab: if ask.query.text("tab") == "decisions" { HistoryTab::Decisions } else { HistoryTab::Runs },
        kept_days: Some(u64::from(ask.engine().settings.detail_days)),
        ..HistoryPage::default()
    };
    let number = u32::try_from(ask.page()).unwrap_or(u32::MAX);
    let offset = number.saturating_sub(1).saturating_mul(ROWS);
    match page.tab {
        HistoryTab::Runs => {
            let (runs, total) = db.runs(&scope, wanted(&filter, offset)).await?;
            page.runs = runs.iter().map(|run| row(run, &integrations)).collect();
            page.pager = Pager { page: u64::from(number), size: u64::from(ROWS), total };
        }
        HistoryTab::Decisions => {
            let decisions = db.decisions(&scope, 10_000).await?;
            page.pager = Pager { page: u64::from(number), size: u64::from(ROWS), total: decisions.len() as u64 };
            let rows = decisions.iter().skip(offset as usize).take(ROWS as usize);
            page.decisions = rows.map(|decision| decision_row(decision, &integrations)).collect();
        }
    }
    page.filter = filter;
    page.integrations = integrations;
    Ok(Reply::Page(history_html(&ask.shell(Section::History), &page)))
}

/// What the database is asked for.
#[must_use]
pub fn wanted(filter: &RunFilter, offset: u32) -> db::RunFilter {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let verdict = match filter.verdict.as_str() {
        "cancelled" => "stopped",
        other => other,
    };
    db::RunFilter {
        integration: some(&filter.integration),
        verdict: some(verdict),
        limit: ROWS,
        offset,
        ..db::RunFilter::default()
    }
}

/// A run in a list.
#[must_use]
pub fn row(run: &Run, integrations: &[Named]) -> RunRow {
    let started = time(run.started.as_ref().unwrap_or(&run.queued));
    RunRow {
        id: run.id.clone(),
        tenant: None,
        integration: of(&run.integration, integrations),
        kind: kind(run.kind),
        state: state(run, false),
        trigger: trigger(run),
        started,
        duration_ms: duration(run, started),
        read: run.employees,
        applied: run.applied,
        not_applied: if run.verdict.as_deref() == Some("done") { run.actions.saturating_sub(run.applied) } else { 0 },
        failure: run.failures.first().map(|failure| failure.code.clone()),
        counts_only: run.state == db::RunState::Ended && !run.has_detail,
    }
}

fn of(id: &str, integrations: &[Named]) -> Named {
    let known = integrations.iter().find(|integration| integration.id == id);
    known.cloned().unwrap_or_else(|| Named { id: id.to_owned(), name: id.to_owned() })
}

fn decision_row(decision: &db::Decision, integrations: &[Named]) -> DecisionRow {
    DecisionRow {
        at: time(&decision.decided),
        by: decision.by.clone(),
        kind: match decision.kind.as_str() {
            "discard" => DecisionKind::Discarded,
            "relink" => DecisionKind::Relinked,
            "unlink" => DecisionKind::Unlinked,
            "choose" => DecisionKind::ChoseAccount,
            "keep" => DecisionKind::Kept,
            "cancel" => DecisionKind::Cancelled,
            "pause" => DecisionKind::Paused,
            "resume" => DecisionKind::Resumed,
            _ => DecisionKind::Approved,
        },
        integration: of(&decision.integration, integrations),
        run: decision.run.clone(),
        subject: Some(decision.about.rsplit(' ').next().unwrap_or_default().to_owned()).filter(|it| !it.is_empty()),
        reason: Some(decision.reason.clone()).filter(|reason| !reason.is_empty()),
    }
}
