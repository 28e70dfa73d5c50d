//! Which accounts have a part in a conflict: what a person needs to decide it (rules S2, S10, S11 and S12).
//!
//! A plan's notice names the people and not the accounts; whose address is in dispute is known only while the source's records
//! are at hand.

use std::collections::BTreeMap;

use connector_common::codes;
use connector_common::keys::key;
use connector_host::contract::{Directory, Plan, Reading, SourceRead, SourceRecord};

/// The codes of conflicts about one person's account.
pub const CODES: [&str; 7] = [
    codes::EMAIL_DUPLICATE_IN_SOURCE,
    codes::EMAIL_MATCHES_SEVERAL_ACCOUNTS,
    codes::EMAIL_BELONGS_TO_LINKED_ACCOUNT,
    codes::EMAIL_BELONGS_TO_PROTECTED_ACCOUNT,
    codes::EMAIL_BELONGS_TO_UNLINKED_ACCOUNT,
    codes::EMPLOYEE_LINKED_TWICE,
    codes::EMAIL_CHANGE_CONFLICT,
];

/// By employee, the IDs of the accounts that are linked to them or have their address.
pub(crate) fn accounts(plan: &Plan, source: &SourceRead, target: &Directory) -> BTreeMap<String, Vec<String>> {
    let notices = plan.notices.iter().filter(|notice| CODES.contains(&notice.code.as_str()));
    let mut accounts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for employee in notices.flat_map(|notice| &notice.employees) {
        let address = address(employee, source).map(key);
        let has_part = |account: &&connector_host::contract::Account| {
            account.employee.as_ref() == Some(employee) || address.as_ref().is_some_and(|it| key(&account.email) == *it)
        };
        let ids = target.accounts.iter().filter(has_part).map(|account| account.id.clone());
        accounts.insert(employee.clone(), ids.collect());
    }
    accounts
}

fn address<'a>(employee: &str, source: &'a SourceRead) -> Option<&'a str> {
    source.records.iter().rev().find_map(|record| match record {
        SourceRecord::Learner(learner) if learner.employee == *employee => match &learner.email {
            Reading::Value(address) => Some(address.as_str()),
            Reading::Hidden | Reading::Empty | Reading::Unusable(_) => None,
        },
        _ => None,
    })
}
