//! Who is invited (rule S16): once ever, and only to accounts that a connector made.
//!
//! An invitation opens an account to everybody who reads the mailbox. So nobody is invited whose address is in dispute or no
//! longer shown by the source, for it may be another person's; nor anybody who has left, whatever keeps the account active.
//! They wait for a later sync.

use super::changes;
use super::matching::Accounts;
use super::people::{Address, Person, Standing};
use crate::bindings::elearnio::connector::types::{AccountStatus, Action, Operation, StatusReading};
use crate::codes;
use crate::settings::PlanOptions;

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
    let reachable =
        matches!(person.address, Address::Keep | Address::Change) && changes::address(person.learner).is_some();
    let has_left = person.learner.status == StatusReading::Known(AccountStatus::Inactive);
    let has_access = matches!(person.status, Some(AccountStatus::Preboarding | AccountStatus::Active));
    made_by_us && reachable && has_access && !has_left
}
