//! What a person decides about an account's link (rule S12): judged here, once for every store.
//!
//! A decision is kept with its reason and is undone by the opposite one. Planning respects it: an earlier ID of somebody is
//! never taken for a newcomer, and an account is not linked by its address to somebody for whom a person decided that it is
//! not theirs. A store offers the primitives ([`Links`]), and the caller's transaction makes them one.

use jiff::Timestamp;

use crate::directory::{DirectoryError, ForeignEmployee, Link, Links, Result};
use crate::history::PastDecision;

/// The longest reason, in characters.
pub const REASON: usize = 500;

/// Links an account to this employee: it is the same person with a new ID, or the account of somebody who has none.
///
/// The employee it was linked to before is kept as an earlier ID of the same person. Linking it back to an earlier ID takes
/// that decision back.
///
/// # Errors
/// When there is no such account, the employee has another account, or the directory cannot be written.
pub async fn relink(
    links: &mut dyn Links,
    account: &str,
    employee: &str,
    reason: &str,
    decided: Timestamp,
) -> Result<()> {
    let (employee, reason) = (employee.trim(), checked(reason)?);
    if employee.is_empty() {
        return refuse("an employee's ID is needed; write the one that the HR system shows".to_owned());
    }
    let mut link = link_of(links, account).await?;
    let before = link.employee.clone();
    if before.as_deref() == Some(employee) {
        return refuse(format!("account {account} is already linked to employee {employee}; there is nothing to do"));
    }
    let known = links.accounts_of(employee).await?;
    if let Some(owner) = known.linked {
        return refuse(format!(
            "employee {employee} already has account {owner}; unlink that one first if account {account} is theirs"
        ));
    }
    if let Some(owner) = known.earlier.filter(|owner| owner != account) {
        return refuse(format!(
            "employee {employee} is an earlier ID of account {owner}; link that account back to it, or name another"
        ));
    }
    let undoes = link.earlier.iter().any(|earlier| earlier == employee);
    link.earlier.retain(|earlier| earlier != employee);
    link.foreign.retain(|foreign| foreign.employee != employee);
    take_back(links, account, employee, &mut link).await?;
    link.employee = Some(employee.to_owned());
    if let Some(before) = before.clone().filter(|_| !undoes) {
        link.earlier.push(before);
    }
    links.set_link(account, &link).await?;
    let decision = decision("relink", account, Some(employee), before, reason, decided);
    links.file_decision(&decision).await
}

/// Takes an account's link away: it is not this person's, and is never linked to them by its address again, under any of
/// their IDs. Gives the employee it was linked to. Linking it to them by hand takes the decision back, for their earlier IDs
/// too.
///
/// # Errors
/// When there is no such account, it is not linked, or the directory cannot be written.
pub async fn unlink(links: &mut dyn Links, account: &str, reason: &str, decided: Timestamp) -> Result<String> {
    let reason = checked(reason)?;
    let mut link = link_of(links, account).await?;
    let Some(before) = link.employee.take() else {
        return refuse(format!("account {account} is not linked to anybody; there is nothing to do"));
    };
    // Earlier IDs are the same person's: an account that is not theirs is theirs under none of their IDs.
    let earlier = std::mem::take(&mut link.earlier).into_iter().map(|employee| (employee, Some(before.clone())));
    let foreign: Vec<_> = earlier.chain([(before.clone(), None)]).collect();
    for (employee, earlier_of) in foreign {
        if link.foreign.iter().all(|known| known.employee != employee) {
            link.foreign.push(ForeignEmployee { employee, earlier_of });
        }
    }
    links.set_link(account, &link).await?;
    let decision = decision("unlink", account, None, Some(before.clone()), reason, decided);
    links.file_decision(&decision).await?;
    Ok(before)
}

/// A person who gets an account back has their earlier IDs again, unless another account's owner has one meanwhile.
async fn take_back(links: &mut dyn Links, account: &str, employee: &str, link: &mut Link) -> Result<()> {
    let (theirs, others) = std::mem::take(&mut link.foreign)
        .into_iter()
        .partition::<Vec<_>, _>(|foreign| foreign.earlier_of.as_deref() == Some(employee));
    link.foreign = others;
    for ForeignEmployee { employee, .. } in theirs {
        let owner = links.accounts_of(&employee).await?.earlier;
        if owner.is_none_or(|owner| owner == account) && !link.earlier.contains(&employee) {
            link.earlier.push(employee);
        }
    }
    Ok(())
}

fn decision(
    kind: &str,
    account: &str,
    employee: Option<&str>,
    earlier: Option<String>,
    reason: &str,
    decided: Timestamp,
) -> PastDecision {
    PastDecision {
        decided: decided.to_string(),
        kind: kind.to_owned(),
        account: account.to_owned(),
        employee: employee.map(str::to_owned),
        earlier,
        reason: reason.to_owned(),
    }
}

fn refuse<T>(message: String) -> Result<T> {
    Err(DirectoryError::Unusable(message))
}

/// Somebody who reads the log later has to understand it.
fn checked(reason: &str) -> Result<&str> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON {
        return refuse(format!("a reason of 1 to {REASON} characters is needed; it is kept in the log"));
    }
    Ok(reason)
}

async fn link_of(links: &mut dyn Links, account: &str) -> Result<Link> {
    match links.link(account).await? {
        Some(link) => Ok(link),
        None => refuse(format!("there is no account {account}; `harness directory show` lists the accounts")),
    }
}
