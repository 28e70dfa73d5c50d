//! What happens across tenants: runs, and the audit log.

use connector_console::model::{
    AuditChain, AuditPage, AuditRow, Named, OperatorRunsPage, Pager, RunFilter, RunOrder, RunRow, Section,
};
use connector_console::{audit as audit_html, operator_runs as runs_html};

use super::super::history;
use super::super::integrations::time;
use super::super::run_page::named;
use super::super::{Ask, Oops, Reply};
use super::ROWS;
use crate::db::{Run, Scope};

/// `GET /operator/runs`.
pub async fn runs(ask: Ask) -> Result<Reply, Oops> {
    let db = &ask.engine().db;
    let filter = RunFilter { integration: String::new(), verdict: ask.query.text("verdict") };
    let order = match ask.query.text("order").as_str() {
        "slowest" => RunOrder::Slowest,
        "latest" => RunOrder::Latest,
        _ => RunOrder::Failing,
    };
    let number = u32::try_from(ask.page()).unwrap_or(u32::MAX);
    let mut wanted = history::wanted(&filter, number.saturating_sub(1).saturating_mul(history::ROWS));
    wanted.order = match order {
        RunOrder::Slowest => crate::db::RunOrder::Slowest,
        RunOrder::Latest => crate::db::RunOrder::Latest,
        RunOrder::Failing => crate::db::RunOrder::Failing,
    };
    let (runs, total) = db.runs(&Scope::All, wanted).await?;
    let page = OperatorRunsPage {
        rows: rows(&ask, &runs).await?,
        filter,
        order,
        pager: Pager { page: u64::from(number), size: u64::from(history::ROWS), total },
    };
    Ok(Reply::Page(runs_html(&ask.shell(Section::Runs), &page)))
}

/// Runs of any tenants, as rows that name them.
pub(super) async fn rows(ask: &Ask, runs: &[Run]) -> Result<Vec<RunRow>, Oops> {
    let db = &ask.engine().db;
    let integrations: Vec<Named> = db.integrations(&Scope::All).await?.iter().map(named).collect();
    let tenants = db.tenants().await?;
    let row = |run: &Run| {
        let tenant = tenants.iter().find(|tenant| tenant.id == run.tenant);
        let tenant = tenant.map(|tenant| Named { id: tenant.id.clone(), name: tenant.name.clone() });
        RunRow { tenant, ..history::row(run, &integrations) }
    };
    Ok(runs.iter().map(row).collect())
}

/// `GET /operator/audit`.
pub async fn audit(ask: Ask) -> Result<Reply, Oops> {
    let (entries, broken) = ask.engine().audit.read().await.map_err(|error| {
        tracing::error!("{error}");
        Oops::Internal
    })?;
    let q = ask.query.text("q");
    let fits = |entry: &&crate::audit::Entry| {
        q.is_empty()
            || [&entry.who, &entry.action, &entry.subject].into_iter().any(|text| text.contains(&q))
            || entry.tenant.as_deref() == Some(q.as_str())
    };
    let tenants = ask.engine().db.tenants().await?;
    let fitting: Vec<_> = entries.iter().rev().filter(fits).collect();
    let total = fitting.len() as u64;
    let page = ask.page().min(total.div_ceil(ROWS).max(1));
    let skip = usize::try_from((page - 1) * ROWS).unwrap_or(usize::MAX);
    let row = |entry: &crate::audit::Entry| AuditRow {
        number: entry.number,
        at: time(&entry.at),
        who: entry.who.clone(),
        tenant: entry.tenant.as_ref().map(|id| {
            tenants.iter().find(|tenant| tenant.id == *id).map_or_else(|| id.clone(), |tenant| tenant.name.clone())
        }),
        action: entry.action.clone(),
        subject: entry.subject.clone(),
        hash: entry.hash.chars().take(12).collect(),
    };
    let page = AuditPage {
        rows: fitting.into_iter().skip(skip).take(50).map(row).collect(),
        q,
        pager: Pager { page, size: ROWS, total },
        chain: broken.map_or(AuditChain::Whole, AuditChain::BrokenAt),
    };
    Ok(Reply::Page(audit_html(&ask.shell(Section::Audit), &page)))
}
