//! Steps that several properties share.

use std::time::Duration;

use connector_host::contract::{self, Account, Action, Group};
use connector_sync::directory::{Directory, DirectoryError, Issue, Transaction};
use connector_sync::history::PersonHistory;
use connector_sync::mail::Mail;
use connector_sync::plan_file::IssuedPlan;
use connector_sync::run::{Outcome, RunReport, StoredRun};
use jiff::Timestamp;

use crate::{Answer, Subject, Violation, samples};

/// How long a writer may wait for another one before it counts as held back.
const PATIENCE: Duration = Duration::from_secs(10);

/// The answer "no" with its reason, unless the condition holds.
pub(crate) fn ensure(condition: bool, reason: impl FnOnce() -> String) -> Answer {
    if condition { Ok(()) } else { Err(Violation::Broken(reason())) }
}

/// A new store, and what is in it.
pub(crate) async fn filled<S: Subject>() -> Result<(S, contract::Directory), Violation> {
    let subject = S::create(&samples::start()).await?;
    let before = snapshot(&subject).await?;
    Ok((subject, before))
}

/// What the store holds for somebody who opens it now.
pub(crate) async fn snapshot(subject: &impl Subject) -> Result<contract::Directory, Violation> {
    let mut directory = subject.open().await?;
    let mut transaction = directory.read().await?;
    seen(&mut *transaction).await
}

/// What a transaction shows, in an order of its own: a store may give any.
pub(crate) async fn seen(transaction: &mut dyn Transaction) -> Result<contract::Directory, Violation> {
    let mut directory = transaction.snapshot().await?;
    directory.accounts.sort_by(|one, other| one.id.cmp(&other.id));
    directory.groups.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(directory)
}

pub(crate) fn account<'a>(directory: &'a contract::Directory, email: &str) -> Result<&'a Account, Violation> {
    let found = directory.accounts.iter().find(|account| account.email == email);
    found.ok_or_else(|| Violation::Broken(format!("there is no account with the address {email}")))
}

pub(crate) fn group(directory: &contract::Directory) -> Result<&Group, Violation> {
    let found = directory.groups.iter().find(|group| group.name == samples::SALES);
    found.ok_or_else(|| Violation::Broken("the group that the store was made with is missing".to_owned()))
}

/// Applies a plan in a transaction of its own.
pub(crate) async fn apply(subject: &impl Subject, plan: &[Action]) -> Result<Vec<Outcome>, Violation> {
    let mut directory = subject.open().await?;
    let mut transaction = directory.begin().await?;
    let outcomes = transaction.apply(plan).await?;
    transaction.commit().await?;
    Ok(outcomes)
}

/// The same, and everything has to be applied.
pub(crate) async fn apply_all(subject: &impl Subject, plan: &[Action]) -> Answer {
    let outcomes = apply(subject, plan).await?;
    let all = outcomes.len() == plan.len() && outcomes.iter().all(|outcome| *outcome == Outcome::Applied);
    ensure(all, || format!("{} actions that fit should all be applied, and became {outcomes:?}", plan.len()))
}

pub(crate) async fn record(subject: &impl Subject, run: &RunReport) -> Answer {
    let mut directory = subject.open().await?;
    let mut transaction = directory.begin().await?;
    transaction.record(run).await?;
    Ok(transaction.commit().await?)
}

pub(crate) async fn runs(subject: &impl Subject) -> Result<Vec<StoredRun>, Violation> {
    let mut directory = subject.open().await?;
    let mut transaction = directory.read().await?;
    Ok(transaction.runs().await?)
}

pub(crate) async fn history(subject: &impl Subject, employee: &str) -> Result<PersonHistory, Violation> {
    let mut directory = subject.open().await?;
    let mut transaction = directory.read().await?;
    Ok(transaction.history(employee).await?)
}

pub(crate) async fn is_used(subject: &impl Subject, hash: &str) -> Result<bool, Violation> {
    let mut directory = subject.open().await?;
    let mut transaction = directory.read().await?;
    Ok(transaction.approval_used(hash).await?)
}

/// Issues a plan in a transaction of its own.
pub(crate) async fn issue(subject: &impl Subject, plan: &IssuedPlan) -> Answer {
    let mut directory = subject.open().await?;
    let mut transaction = directory.begin().await?;
    transaction.issue(plan, Timestamp::UNIX_EPOCH).await?;
    Ok(transaction.commit().await?)
}

/// What the store knows of a saved plan has to be this.
pub(crate) async fn issue_is(subject: &impl Subject, plan: &IssuedPlan, expected: Issue, when: &str) -> Answer {
    let mut directory = subject.open().await?;
    let found = directory.read().await?.issued(plan).await?;
    ensure(found == expected, || format!("{when}, a saved plan should be {expected:?}, and is {found:?}"))
}

/// What is done with a mail in a transaction of its own.
pub(crate) enum Post<'a> {
    Enqueue(&'a Mail),
    Replace(&'a Mail),
    Delivered(&'a str),
    DeadLetter(&'a str),
}

pub(crate) async fn post(subject: &impl Subject, steps: &[Post<'_>]) -> Answer {
    let mut directory = subject.open().await?;
    let mut transaction = directory.begin().await?;
    for step in steps {
        match step {
            Post::Enqueue(mail) => transaction.enqueue(mail).await?,
            Post::Replace(mail) => transaction.replace(mail).await?,
            Post::Delivered(id) => transaction.delivered(id).await?,
            Post::DeadLetter(id) => transaction.dead_letter(id, "the server rejects the address").await?,
        }
    }
    Ok(transaction.commit().await?)
}

/// The mails that wait are these, in this order and whole.
pub(crate) async fn queue_is(subject: &impl Subject, expected: &[&Mail], when: &str) -> Answer {
    let mut directory = subject.open().await?;
    let mut transaction = directory.read().await?;
    let queued = transaction.queued().await?;
    let ids = |mails: &mut dyn Iterator<Item = &Mail>| mails.map(|mail| mail.message_id.clone()).collect::<Vec<_>>();
    let (found, wanted) = (ids(&mut queued.iter()), ids(&mut expected.iter().copied()));
    ensure(found == wanted, || format!("{when}, the mails {wanted:?} should wait, and there are {found:?}"))?;
    let whole = queued.iter().zip(expected).all(|(found, wanted)| found == *wanted);
    ensure(whole, || format!("{when}, a mail that waits is not as it was queued: {found:?}"))
}

/// Whether a second writer was let through.
pub(crate) enum Second {
    /// It ended, and its actions became this.
    Committed(Vec<Outcome>),
    /// It was refused, or would still be waiting.
    HeldBack,
}

/// Applies a plan while somebody else has a transaction open. A store may refuse it, or let it wait.
pub(crate) async fn apply_meanwhile(directory: &mut dyn Directory, plan: &[Action]) -> Second {
    let work = async {
        let mut transaction: Box<dyn Transaction + '_> = directory.begin().await?;
        let outcomes = transaction.apply(plan).await?;
        transaction.commit().await?;
        Ok::<_, DirectoryError>(outcomes)
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(outcomes)) => Second::Committed(outcomes),
        Ok(Err(_)) | Err(_) => Second::HeldBack,
    }
}
