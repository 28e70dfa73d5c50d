//! Who is invited (rule S16): once ever, and only to accounts that a connector made.

use super::matching::Accounts;
use super::people::{Person, Standing};
use crate::bindings::elearnio::connector::types::{AccountStatus, Action, Operation};
use crate::codes;
use crate::form::PlanOptions;

/// Plans the invitations.
pub fn plan(people: &[Person<'_>], accounts: &Accounts<'_>, options: PlanOptions, actions: &mut Vec<Action>) {
    if options.send_invitations {
        let invite =
            |person: &Person<'_>| person.action("invite", accounts, Operation::Invite, codes::CREATED_NOT_INVITED);
        actions.extend(people.iter().filter(|person| is_waiting(person, accounts)).map(invite));
    }
}

fn is_waiting(person: &Person<'_>, accounts: &Accounts<'_>) -> bool {
    let made_by_us = match person.account(accounts) {
        Some(account) => account.created_by_connector && !account.invited,
        None => person.standing == Standing::New,
    };
    made_by_us && matches!(person.status, Some(AccountStatus::Preboarding | AccountStatus::Active))
}
