//! A run's mails, queued in its transaction: the summary (rule S26) and the invitations (rule S16).

use crate::codes;
use crate::contract::{Action, Field, Operation};
use crate::directory::{Changes, DirectoryError};
use crate::mail::{Mail, invitation, summary};
use crate::run::{Outcome, RunReport};
use crate::settings::{MailSettings, Settings};

/// Nobody is invited by a tenant without mail settings.
const MAIL_MISSING: Outcome = Outcome::Failed(codes::MAIL_MISSING);

/// Applies a plan's actions. Without mail settings nobody is noted as invited: they could never be again (rule S16). Such a
/// plan is one that was saved before the settings changed.
pub(super) fn apply(
    changes: &mut dyn Changes,
    actions: &[Action],
    settings: &Settings,
) -> Result<Vec<Outcome>, DirectoryError> {
    let is_possible = |action: &Action| settings.mail.is_some() || action.operation != Operation::Invite;
    if actions.iter().all(is_possible) {
        return changes.apply(actions);
    }
    let possible: Vec<Action> = actions.iter().filter(|action| is_possible(action)).cloned().collect();
    let mut outcomes = changes.apply(&possible)?.into_iter();
    let outcome = |action| if is_possible(action) { outcomes.next().unwrap_or(Outcome::Stale) } else { MAIL_MISSING };
    Ok(actions.iter().map(outcome).collect())
}

/// Queues the summary, an invitation for each that was applied, and mends those that wait for an address that changed.
pub(super) fn queue(
    changes: &mut dyn Changes,
    report: &RunReport,
    settings: &Settings,
    directory: Option<&str>,
) -> Result<(), DirectoryError> {
    let Some(mail) = &settings.mail else { return Ok(()) };
    changes.enqueue(&summary::summary(report, mail))?;
    let applied = report.actions().filter(|(_, outcome)| **outcome == Outcome::Applied);
    for (action, _) in applied {
        let invitation = |changes: &dyn Changes| invitation(changes, action, report, mail, directory);
        if action.operation == Operation::Invite {
            invitation(changes)?.map_or(Ok(()), |mail| changes.enqueue(&mail))?;
        } else if is_new_address(action) {
            invitation(changes)?.map_or(Ok(()), |mail| changes.replace(&mail))?;
        }
    }
    Ok(())
}

/// The invitation of the person an action is about, as their account stands now.
fn invitation(
    changes: &dyn Changes,
    action: &Action,
    report: &RunReport,
    mail: &MailSettings,
    directory: Option<&str>,
) -> Result<Option<Mail>, DirectoryError> {
    let invitee = changes.invitee(&action.employee)?;
    Ok(invitee.map(|invitee| {
        let account = invitation::Account { directory, tenant: &report.tenant, invitee: &invitee };
        invitation::invitation(&account, mail, report.started)
    }))
}

fn is_new_address(action: &Action) -> bool {
    matches!(&action.operation, Operation::Update(changes) if changes.iter().any(|change| change.field == Field::Email))
}

#[cfg(test)]
mod tests;
