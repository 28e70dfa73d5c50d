//! A run's mails (rules S16 and S26): what is queued in its transaction, and who composes it.
//!
//! The driver knows when a mail is due and to whom; what it says is a [`Composer`]'s business. So the driver needs neither
//! wording nor HTML, and a platform can send mails of its own.

use connector_host::contract::{Action, Field, Operation};

use crate::codes;
use crate::directory::{DirectoryError, Invitee, Transaction};
use crate::run::{Outcome, RunReport};

/// A mail, ready to be stored and delivered. No `Debug`: it names people.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// RFC 5322 message ID without angle brackets; the same mail always has the same.
    pub message_id: String,
    /// Who it is from.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// The subject line.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Seconds since 1970, for the `Date` header: when the run started.
    pub date: i64,
}

/// Writes a run's mails.
pub trait Composer: Send + Sync {
    /// The summary of a run, whatever its verdict (rule S26); none if nobody gets one.
    fn summary(&self, run: &RunReport) -> Option<Mail>;

    /// The invitation of one account's owner (rule S16); none if nobody can be invited. The same account always has the
    /// same message ID. `directory` tells two directories of one tenant name apart.
    fn invitation(&self, run: &RunReport, directory: Option<&str>, invitee: &Invitee) -> Option<Mail>;

    /// Whether anybody can be invited.
    fn can_invite(&self) -> bool;
}

/// A tenant without mail settings: no summary, and nobody can be invited.
pub struct NoMails;

impl Composer for NoMails {
    fn summary(&self, _: &RunReport) -> Option<Mail> {
        None
    }

    fn invitation(&self, _: &RunReport, _: Option<&str>, _: &Invitee) -> Option<Mail> {
        None
    }

    fn can_invite(&self) -> bool {
        false
    }
}

/// Nobody is invited by a tenant without mail settings.
const MAIL_MISSING: Outcome = Outcome::Failed(codes::MAIL_MISSING);

/// Applies a plan's actions. Where nobody can be invited, nobody is noted as invited: they could never be again (rule S16).
/// Such a plan was saved before the settings changed.
pub(crate) async fn apply(
    transaction: &mut dyn Transaction,
    actions: &[Action],
    composer: &dyn Composer,
) -> Result<Vec<Outcome>, DirectoryError> {
    let is_possible = |action: &Action| composer.can_invite() || action.operation != Operation::Invite;
    if actions.iter().all(is_possible) {
        return transaction.apply(actions).await;
    }
    let possible: Vec<Action> = actions.iter().filter(|action| is_possible(action)).cloned().collect();
    let mut outcomes = transaction.apply(&possible).await?.into_iter();
    let outcome = |action| if is_possible(action) { outcomes.next().unwrap_or(Outcome::Stale) } else { MAIL_MISSING };
    Ok(actions.iter().map(outcome).collect())
}

/// Queues the summary, an invitation for each that was applied, and corrects those that wait for an address that changed.
pub(crate) async fn queue(
    transaction: &mut dyn Transaction,
    report: &RunReport,
    composer: &dyn Composer,
    directory: Option<&str>,
) -> Result<(), DirectoryError> {
    let mut new: Vec<Mail> = composer.summary(report).into_iter().collect();
    let mut corrected = Vec::new();
    if composer.can_invite() {
        let has_mail = |action: &&Action| action.operation == Operation::Invite || is_new_address(action);
        let applied = report.actions().filter(|(_, outcome)| **outcome == Outcome::Applied);
        let actions: Vec<&Action> = applied.map(|(action, _)| action).filter(has_mail).collect();
        let employees: Vec<String> = actions.iter().map(|action| action.employee.clone()).collect();
        let invitees = if employees.is_empty() { Vec::new() } else { transaction.invitees(&employees).await? };
        for (action, invitee) in actions.into_iter().zip(invitees) {
            let mail = invitee.and_then(|invitee| composer.invitation(report, directory, &invitee));
            let mails = if action.operation == Operation::Invite { &mut new } else { &mut corrected };
            mails.extend(mail);
        }
    }
    // An invitation says where the account stands after the whole plan, so those that are new need no correction.
    if !corrected.is_empty() {
        transaction.replace_all(&corrected).await?;
    }
    if new.is_empty() { Ok(()) } else { transaction.enqueue_all(&new).await }
}

fn is_new_address(action: &Action) -> bool {
    matches!(&action.operation, Operation::Update(changes) if changes.iter().any(|change| change.field == Field::Email))
}
