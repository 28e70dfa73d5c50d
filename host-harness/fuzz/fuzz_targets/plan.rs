//! The check of a plan's actions: whatever they are, no administrator is taken over, no two accounts share an address, and
//! nothing is written to an account that has changed.
//!
//! An input is read byte by byte, each a choice among few, so that most plans are nearly right.

#![no_main]

use std::collections::{BTreeMap, HashSet};

use connector_host::contract::{
    AccountStatus, Action, Change, Field, GroupAddition, NewAccount, Operation, SupervisorChange,
};
use connector_sync::Outcome;
use connector_sync::apply_check::{AccountIndex, Standing, check};
use libfuzzer_sys::fuzz_target;

const TEXTS: [&str; 8] = ["", " ", "inactive", "a@x.example", "A@x.example", "b@x.example", "c@x.example", "\u{fffd}"];
const MOST: usize = 40;

/// The bytes of an input, one choice after the other.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn of<T: Clone>(&mut self, among: &[T]) -> T {
        let byte = usize::from(self.0.next().copied().unwrap_or_default());
        among[byte % among.len()].clone()
    }

    fn number(&mut self, most: u8) -> u8 {
        self.0.next().copied().unwrap_or_default() % most
    }

    fn text(&mut self) -> String {
        self.of(&TEXTS).to_owned()
    }

    fn maybe(&mut self) -> Option<String> {
        self.of(&[None, Some(())]).map(|()| self.text())
    }

    fn action(&mut self, number: usize) -> Action {
        let account = self.of(&[None, Some(0), Some(1), Some(2), Some(3), Some(9)]).map(|n| format!("a{n}"));
        Action {
            id: format!("{number}"),
            employee: self.number(6).to_string(),
            version: account.as_ref().map(|_| u64::from(self.number(2)) + 1),
            account,
            operation: self.operation(),
            reason: "fuzzed".to_owned(),
        }
    }

    fn operation(&mut self) -> Operation {
        match self.number(7) {
            0 => Operation::Create(NewAccount {
                email: self.text(),
                first_name: self.text(),
                last_name: self.text(),
                status: self.of(&[AccountStatus::Active, AccountStatus::Inactive]),
                gender: self.maybe(),
                position: None,
                department: None,
                location: None,
                team: None,
            }),
            1 => Operation::Link,
            2 | 3 => {
                let fields = [Field::Email, Field::Status, Field::FirstName, Field::Team, Field::Id];
                let changes = 1 + self.number(2);
                let change =
                    |choices: &mut Self| Change { field: choices.of(&fields), before: None, after: choices.maybe() };
                Operation::Update((0..changes).map(|_| change(self)).collect())
            }
            4 => Operation::SetSupervisor(SupervisorChange {
                before: None,
                after: self.of(&[None, Some("1".to_owned()), Some("2".to_owned())]),
            }),
            5 => Operation::AddToGroup(GroupAddition { group: self.of(&["g", "h"]).to_owned(), name: String::new() }),
            _ => Operation::Invite,
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let mut choices = Choices(data.iter());
    let accounts: Vec<Standing> = (0..4)
        .map(|n| Standing {
            id: format!("a{n}"),
            version: 1,
            employee: (choices.number(2) == 1).then(|| n.to_string()),
            email: format!("{}@x.example", ["a", "b", "d", "e"][n]),
            supervisor: None,
            invited: choices.number(2) == 1,
            protected: choices.number(2) == 1,
        })
        .collect();
    let actions: Vec<Action> = (0..MOST)
        .take_while(|_| !choices.0.as_slice().is_empty())
        .map(|n| n)
        .collect::<Vec<_>>()
        .into_iter()
        .map(|number| choices.action(number))
        .collect();
    let index = AccountIndex::new(accounts.clone(), HashSet::from(["g".to_owned()]));
    let outcomes = check(&actions, &index);
    assert_eq!(outcomes.len(), actions.len());
    assert_eq!(outcomes, check(&actions, &index), "the same plan, judged twice");

    let mut addresses: BTreeMap<String, String> =
        accounts.iter().map(|account| (account.id.clone(), account.email.clone())).collect();
    let mut invited = HashSet::new();
    for (action, _) in actions.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::Applied) {
        let account = action.account.as_ref().and_then(|id| accounts.iter().find(|account| account.id == *id));
        assert_eq!(account.is_some(), action.account.is_some(), "an account that is not there");
        if let Some(account) = account {
            assert_eq!(action.version, Some(account.version), "an account that has changed");
            let owner = account.employee.as_deref();
            assert!(owner.is_none_or(|owner| owner == action.employee), "another person's account");
        }
        let protected = account.is_some_and(|account| account.protected);
        match &action.operation {
            Operation::Create(new) => {
                assert!(new.email.contains('@') || !new.email.trim().is_empty());
                addresses.insert(format!("new {}", action.employee), new.email.clone());
            }
            Operation::Link => assert!(!protected, "an administrator is linked"),
            Operation::Update(changes) => {
                for change in changes {
                    let after = change.after.as_deref();
                    assert!(after != Some("") && after != Some(" "), "a blank value");
                    assert!(!protected || change.field != Field::Email, "an administrator's address");
                    assert!(!(protected && change.field == Field::Status && after == Some("inactive")), "locked out");
                    if let (Field::Email, Some(email), Some(account)) = (&change.field, after, account) {
                        addresses.insert(account.id.clone(), email.to_owned());
                    }
                }
            }
            Operation::Invite => {
                let whom = account.map_or_else(|| format!("new {}", action.employee), |account| account.id.clone());
                assert!(account.is_none_or(|account| !account.invited) && invited.insert(whom), "invited twice");
            }
            _ => {}
        }
    }
    let keys: HashSet<String> = addresses.values().map(|email| email.to_lowercase()).collect();
    assert_eq!(keys.len(), addresses.len(), "two accounts with one address: {addresses:?}");
});
