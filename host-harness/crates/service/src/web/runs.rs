//! A run's page, and what can be done there.

use connector_console::model::{FieldError, Section, Tone};
use connector_console::run as run_html;
use jiff::Timestamp;

use super::ask::flash;
use super::run_page::RunView;
use super::{Ask, Oops, Reply};
use crate::db::{Approval, Decided, Decision};

/// `GET /runs/{run}`.
pub async fn show(ask: Ask) -> Result<Reply, Oops> {
    let view = RunView::read(&ask).await?;
    Ok(Reply::Page(run_html(&ask.shell(Section::Integrations), &view.page(&ask, None))))
}

/// `POST /runs/{run}/cancel`.
pub async fn cancel(ask: Ask) -> Result<Reply, Oops> {
    let run = ask.run().await?;
    ask.audit_as(&ask.user()?.email, Some(&run.tenant), "run.cancel", &run.id).await?;
    let is_stopping = ask.engine().stop_run(&run).await?;
    let flash = is_stopping.then(|| flash(Tone::Neutral, "cancelling", None));
    Ok(Reply::Go(format!("/runs/{}", run.id), flash))
}

/// What came of a wish to approve.
pub enum Approved {
    /// This run applies the plan.
    By(String),
    /// What was typed is not the number of actions.
    WrongConfirmation,
    /// The plan does not wait for anybody: it was decided about, or is no longer kept.
    NotWaiting,
    /// The directory has changed since.
    Drifted,
    /// Another run of the integration is at work; its ID.
    Busy(String),
}

/// Approves a run's plan. The pages and the API both come through here.
pub async fn approve_plan(ask: &Ask, view: &RunView, confirmed: Option<u64>) -> Result<Approved, Oops> {
    let run = &view.run;
    if !view.waits() {
        return Ok(Approved::NotWaiting);
    }
    if !view.drift.is_empty() {
        return Ok(Approved::Drifted);
    }
    if confirmed != Some(run.actions) {
        return Ok(Approved::WrongConfirmation);
    }
    let engine = ask.engine();
    let by = ask.user()?.email.clone();
    ask.audit_as(&by, Some(&run.tenant), "run.approve", &run.id).await?;
    // Of two who approve at once, one does.
    let decision = decision(ask, view, "approve")?;
    Ok(match engine.approve(&view.integration, run, by, decision).await? {
        Approval::By(id) => Approved::By(id),
        Approval::Busy(id) => Approved::Busy(id),
        Approval::NotWaiting => Approved::NotWaiting,
    })
}

/// Discards a run's plan; false if it does not wait for anybody.
pub async fn discard_plan(ask: &Ask, view: &RunView) -> Result<bool, Oops> {
    if !view.waits() {
        return Ok(false);
    }
    ask.audit_as(&ask.user()?.email, Some(&view.run.tenant), "run.discard", &view.run.id).await?;
    if !ask.engine().db.decide(&view.run.id, Decided::Discarded).await? {
        return Ok(false);
    }
    ask.engine().db.add_decision(&view.run.tenant, &decision(ask, view, "discard")?).await?;
    ask.engine().announce(&view.run.tenant, &view.run.id);
    Ok(true)
}

fn decision(ask: &Ask, view: &RunView, kind: &str) -> Result<Decision, Oops> {
    Ok(Decision {
        integration: view.integration.id.clone(),
        run: Some(view.run.id.clone()),
        decided: Timestamp::now().to_string(),
        by: ask.user()?.email.clone(),
        kind: kind.to_owned(),
        about: String::new(),
        reason: String::new(),
    })
}

/// `POST /runs/{run}/approve`.
pub async fn approve(ask: Ask) -> Result<Reply, Oops> {
    let view = RunView::read(&ask).await?;
    // Digits alone count: `1.234` and `1,234` are the same number.
    let typed: String = ask.form.text("confirm").chars().filter(char::is_ascii_digit).collect();
    let show = |view: &RunView, status, error| {
        let html = run_html(&ask.shell(Section::Integrations), &view.page(&ask, error));
        Ok(Reply::PageWith(status, html))
    };
    match approve_plan(&ask, &view, typed.parse().ok()).await? {
        Approved::By(run) => Ok(Reply::Go(format!("/runs/{run}"), None)),
        Approved::WrongConfirmation => show(&view, 422, Some(FieldError::WrongConfirmation)),
        Approved::Drifted => show(&view, 409, None),
        Approved::NotWaiting => {
            // Somebody was faster; their run is what the reader wants to see.
            let view = RunView::read(&ask).await?;
            let flash = flash(Tone::Attention, "already-decided", None);
            let to = view.follower.as_ref().map_or(&view.run.id, |run| &run.id);
            Ok(Reply::Go(format!("/runs/{to}"), Some(flash)))
        }
        Approved::Busy(run) => {
            Ok(Reply::Go(format!("/runs/{run}"), Some(flash(Tone::Neutral, "already-running", None))))
        }
    }
}

/// `POST /runs/{run}/discard`.
pub async fn discard(ask: Ask) -> Result<Reply, Oops> {
    let view = RunView::read(&ask).await?;
    let flash = if discard_plan(&ask, &view).await? {
        flash(Tone::Neutral, "discarded", None)
    } else {
        flash(Tone::Attention, "already-decided", None)
    };
    Ok(Reply::Go(format!("/runs/{}", view.run.id), Some(flash)))
}

/// `GET /runs/{run}/mail`.
pub async fn mail(ask: Ask) -> Result<Reply, Oops> {
    let view = RunView::read(&ask).await?;
    view.detail.and_then(|detail| detail.mail).map(|mail| Reply::Mail(mail.html)).ok_or(Oops::NotFound)
}

/// `GET /runs/{run}/download.json`.
pub async fn download_json(ask: Ask) -> Result<Reply, Oops> {
    let view = RunView::read(&ask).await?;
    let json = view.detail.and_then(|detail| detail.json.read()).ok_or(Oops::NotFound)?;
    let name = format!("{}.json", view.run.id);
    Ok(Reply::Download { name, media_type: "application/json", bytes: (json + "\n").into_bytes() })
}

/// `GET /runs/{run}/download.csv`: a row for each changed field.
pub async fn download_csv(ask: Ask) -> Result<Reply, Oops> {
    let view = RunView::read(&ask).await?;
    let detail = view.detail.as_ref().ok_or(Oops::NotFound)?;
    let plan = view.plan().ok_or(Oops::NotFound)?;
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let head = ["action", "employee", "name", "operation", "reason", "outcome", "failure", "field", "before", "after"];
    csv.write_record(head).map_err(|_| Oops::Internal)?;
    for (action, outcome) in plan.actions.iter().zip(&detail.outcomes) {
        let row = view.row(action, outcome);
        let name = row.person.name.unwrap_or_default();
        let failure = row.failure.unwrap_or_default();
        let fixed = [&row.id, &row.person.employee, &name, &row.operation, &row.reason, &row.outcome, &failure];
        let fixed: Vec<String> = fixed.into_iter().map(|text| cell(text)).collect();
        let changes: Vec<[String; 3]> = if row.changes.is_empty() {
            vec![[String::new(), String::new(), String::new()]]
        } else {
            let is_shown = |field: &str| field != connector_sync::changes::GENDER;
            let text = |value: Option<String>| cell(&value.unwrap_or_default());
            row.changes
                .into_iter()
                .map(|change| {
                    let shown = is_shown(&change.field);
                    [change.field, text(change.before.filter(|_| shown)), text(change.after.filter(|_| shown))]
                })
                .collect()
        };
        for change in changes {
            csv.write_record(fixed.iter().chain(&change)).map_err(|_| Oops::Internal)?;
        }
    }
    let bytes = csv.into_inner().map_err(|_| Oops::Internal)?;
    // Spreadsheets take a file without a byte order mark for another encoding.
    let bytes = ["\u{feff}".as_bytes(), &bytes].concat();
    Ok(Reply::Download { name: format!("{}.csv", view.run.id), media_type: "text/csv; charset=utf-8", bytes })
}

/// A cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        for text in ["", "1", "a=1", "'=1", "Ä"] {
            assert_eq!(cell(text), text);
        }
    }
}
