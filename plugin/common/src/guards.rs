//! The guards (rule S19): they count the risky changes in a plan, such as deactivations, which would do harm if the source
//! were wrong.
//!
//! Pure functions over what both sides know of an account and of an action, so that the host can count the very same: the
//! connector when it plans, the host when it takes the plan, and again inside the transaction that applies it.
//! [`contract_guards!`](crate::contract_guards) makes the bridge from the contract's types; code that keeps accounts in
//! another form, such as rows of a table, fills in a [`Census`] and gives [`judge`] the [`Effect`]s.
//!
//! | guard | counts | lets through |
//! |---|---|---|
//! | `guard-deactivations` | statuses set to inactive | 3 or 10 % |
//! | `guard-email-changes` | addresses changed | 3 or 10 % |
//! | `guard-clears` | fields cleared, one by one | 3 or 10 % |
//! | `guard-field-emptied` | a field cleared for everybody who had it | one person |
//! | `guard-new-domains` | people created or invited at a domain that no account has | 3 or 10 % |

use std::borrow::Cow;
use std::collections::HashSet;

use crate::codes;
use crate::fields::Clearable;
use crate::keys::domain_key;
use crate::sorting::{by_id, sort};

/// Let through in any company, however small.
const FEW: usize = 3;

/// The most that a plan may have of something unasked, for this many linked accounts: 3 or 10 %, whichever is more.
#[must_use]
pub const fn limit(linked: usize) -> usize {
    // "Above 10 %" of whole people is above the whole part of it.
    let tenth = linked / 10;
    if tenth > FEW { tenth } else { FEW }
}

/// What of an account the guards look at, before the plan.
#[derive(Debug, Clone, Copy)]
pub struct AccountFacts<'a> {
    /// True if it is linked to an employee.
    pub is_linked: bool,
    /// Its address.
    pub email: &'a str,
    /// Which fields it has a value of, in the order of [`Clearable::ALL`].
    pub holds: [bool; Clearable::ALL.len()],
}

/// A directory before the plan, in figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census<'a> {
    /// How many accounts there are.
    pub accounts: usize,
    /// How many of them are linked.
    pub linked: usize,
    /// How many linked accounts have a value of each field, in the order of [`Clearable::ALL`].
    pub holders: [usize; Clearable::ALL.len()],
    /// The keys of all accounts' domains, linked or not ([`domain_key`]).
    pub domains: HashSet<Cow<'a, str>>,
}

impl<'a> Census<'a> {
    /// Counts accounts.
    #[must_use]
    pub fn of(accounts: impl IntoIterator<Item = AccountFacts<'a>>) -> Self {
        let mut census = Self::default();
        // Neighbours in a directory mostly share a domain.
        let mut last = "";
        for account in accounts {
            census.accounts += 1;
            if account.is_linked {
                census.linked += 1;
                for (holders, holds) in census.holders.iter_mut().zip(account.holds) {
                    *holders += usize::from(holds);
                }
            }
            let domain = account.email.rsplit_once('@').map_or("", |(_, domain)| domain);
            if domain != last {
                census.domains.extend(domain_key(account.email));
                last = domain;
            }
        }
        census
    }

    /// The same figures, for callers that take the accounts apart.
    #[must_use]
    pub fn into_owned(self) -> Census<'static> {
        let domains = self.domains.into_iter().map(|domain| Cow::Owned(domain.into_owned())).collect();
        Census { domains, accounts: self.accounts, linked: self.linked, holders: self.holders }
    }

    /// True if no account has an address at this one's domain.
    fn is_new_domain(&self, address: &str) -> bool {
        domain_key(address).is_some_and(|domain| !self.domains.contains(&domain))
    }
}

/// What an action does that a guard looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect<'a> {
    /// Sets the status to inactive.
    Deactivates,
    /// Changes the address to this one.
    ChangesAddress(&'a str),
    /// Clears a field.
    Clears(Clearable),
    /// Creates an account with this address.
    Creates(&'a str),
    /// Invites the account's owner.
    Invites,
}

/// A guard that a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit<'a> {
    /// Its code.
    pub guard: &'static str,
    /// The field it is about, of a guard that looks at one.
    pub field: Option<Clearable>,
    /// How many are let through without asking.
    pub limit: usize,
    /// How many the plan has.
    pub actual: usize,
    /// Whom they are about: each once, shorter IDs first, so that 9 stands before 10.
    pub employees: Vec<&'a str>,
}

/// Every guard that these effects break, in the order of the table above; `effects` are all of a plan's, each with the
/// employee it is about, in any order.
#[must_use]
pub fn judge<'a>(census: &Census<'_>, effects: &[(&'a str, Effect<'a>)]) -> Vec<Hit<'a>> {
    let limit = limit(census.linked);
    let count = |guard, limit, of_interest: &dyn Fn(&Effect<'a>) -> bool| {
        let hit = effects.iter().filter(|(_, effect)| of_interest(effect)).map(|(employee, _)| *employee);
        hit_of(guard, None, limit, hit.collect())
    };
    let mut hits = vec![
        count(codes::GUARD_DEACTIVATIONS, limit, &|effect| *effect == Effect::Deactivates),
        count(codes::GUARD_EMAIL_CHANGES, limit, &|effect| matches!(effect, Effect::ChangesAddress(_))),
        count(codes::GUARD_CLEARS, limit, &|effect| matches!(effect, Effect::Clears(_))),
    ];
    for (field, holders) in Clearable::ALL.into_iter().zip(census.holders) {
        let cleared = count(codes::GUARD_FIELD_EMPTIED, 1, &|effect| *effect == Effect::Clears(field));
        hits.push(cleared.filter(|hit| hit.actual >= holders).map(|hit| Hit { field: Some(field), ..hit }));
    }
    hits.push(new_domains(census, effects, limit));
    hits.into_iter().flatten().collect()
}

/// People who are created, or invited, at a domain that the directory does not know. The first sync of an empty directory
/// brings nothing but such people.
fn new_domains<'a>(census: &Census<'_>, effects: &[(&'a str, Effect<'a>)], limit: usize) -> Option<Hit<'a>> {
    if census.accounts == 0 {
        return None;
    }
    let mut people = Vec::new();
    let mut moved = HashSet::new();
    for (employee, effect) in effects {
        match effect {
            Effect::Creates(address) if census.is_new_domain(address) => people.push(*employee),
            Effect::ChangesAddress(address) if census.is_new_domain(address) => drop(moved.insert(*employee)),
            _ => {}
        }
    }
    let invited = effects.iter().filter(|(employee, effect)| *effect == Effect::Invites && moved.contains(employee));
    people.extend(invited.map(|(employee, _)| *employee));
    hit_of(codes::GUARD_NEW_DOMAINS, None, limit, people)
}

fn hit_of<'a>(
    guard: &'static str,
    field: Option<Clearable>,
    limit: usize,
    mut employees: Vec<&'a str>,
) -> Option<Hit<'a>> {
    let actual = employees.len();
    if actual <= limit {
        return None;
    }
    sort(&mut employees, |left, right| by_id(left, right));
    employees.dedup();
    Some(Hit { guard, field, limit, actual, employees })
}

/// Writes the bridge from the contract's types to the guards, for the caller's bindings module `types`, beside
/// `contract_names!` of the same types:
///
/// - `account_facts(&Account) -> AccountFacts<'_>` and `census(&[Account]) -> Census<'_>`
/// - `effects(&[Action]) -> Vec<(&str, Effect<'_>)>`
/// - `guard_hits(&Census<'_>, &[Action]) -> Vec<GuardHit>`
#[macro_export]
macro_rules! contract_guards {
    ($($types:tt)+) => {
        use $($types)+ as guarded_types;

        /// What of an account the guards look at.
        #[must_use]
        pub fn account_facts(account: &guarded_types::Account) -> $crate::guards::AccountFacts<'_> {
            $crate::guards::AccountFacts {
                is_linked: account.employee.is_some(),
                email: &account.email,
                holds: [
                    account.gender.is_some(),
                    account.position.is_some(),
                    account.department.is_some(),
                    account.location.is_some(),
                    account.team.is_some(),
                    account.supervisor.is_some(),
                ],
            }
        }

        /// What actions do that a guard looks at, each with the employee it is about.
        #[must_use]
        pub fn effects(actions: &[guarded_types::Action]) -> Vec<(&str, $crate::guards::Effect<'_>)> {
            let mut effects = Vec::new();
            for action in actions {
                let employee = action.employee.as_str();
                match &action.operation {
                    guarded_types::Operation::Create(account) => {
                        effects.push((employee, $crate::guards::Effect::Creates(&account.email)));
                    }
                    guarded_types::Operation::Update(changes) => {
                        effects.extend(changes.iter().filter_map(|change| Some((employee, change_effect(change)?))));
                    }
                    guarded_types::Operation::SetSupervisor(change) if change.after.is_none() => {
                        let supervisor = $crate::fields::Clearable::Supervisor;
                        effects.push((employee, $crate::guards::Effect::Clears(supervisor)));
                    }
                    guarded_types::Operation::Invite => effects.push((employee, $crate::guards::Effect::Invites)),
                    guarded_types::Operation::Link
                    | guarded_types::Operation::SetSupervisor(_)
                    | guarded_types::Operation::AddToGroup(_)
                    | guarded_types::Operation::Other(_) => {}
                }
            }
            effects
        }

        fn change_effect(change: &guarded_types::Change) -> Option<$crate::guards::Effect<'_>> {
            match (&change.field, change.after.as_deref()) {
                (guarded_types::Field::Status, Some(status)) => (status == status_name(&guarded_types::AccountStatus::Inactive))
                    .then_some($crate::guards::Effect::Deactivates),
                (guarded_types::Field::Email, address) => {
                    Some($crate::guards::Effect::ChangesAddress(address.unwrap_or_default()))
                }
                (field, None) => {
                    $crate::fields::Clearable::named(field_name(field)).map($crate::guards::Effect::Clears)
                }
                (_, Some(_)) => None,
            }
        }

        /// A directory's figures, before a plan.
        #[must_use]
        pub fn census(accounts: &[guarded_types::Account]) -> $crate::guards::Census<'_> {
            $crate::guards::Census::of(accounts.iter().map(account_facts))
        }

        /// The guards that these actions break in a directory of these figures.
        #[must_use]
        pub fn guard_hits(
            census: &$crate::guards::Census<'_>,
            actions: &[guarded_types::Action],
        ) -> Vec<guarded_types::GuardHit> {
            let hits = $crate::guards::judge(census, &effects(actions)).into_iter();
            hits.map(|hit| guarded_types::GuardHit {
                guard: hit.guard.to_owned(),
                field: hit.field.and_then(|field| field_named(field.name())),
                limit: hit.limit as u64,
                actual: hit.actual as u64,
                employees: hit.employees.into_iter().map(str::to_owned).collect(),
            })
            .collect()
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account<'a>(email: &'a str, holds: &[Clearable]) -> AccountFacts<'a> {
        AccountFacts { is_linked: true, email, holds: Clearable::ALL.map(|field| holds.contains(&field)) }
    }

    fn people(count: usize, effect: Effect<'static>) -> Vec<(&'static str, Effect<'static>)> {
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"].into_iter().take(count).map(|one| (one, effect)).collect()
    }

    fn guards(census: &Census<'_>, effects: &[(&str, Effect<'_>)]) -> Vec<(&'static str, usize, usize)> {
        judge(census, effects).iter().map(|hit| (hit.guard, hit.limit, hit.actual)).collect()
    }

    #[test]
    fn s19_three_or_a_tenth_whichever_is_more() {
        assert_eq!([0, 30, 39, 40, 99, 100].map(limit), [3, 3, 3, 4, 9, 10]);
    }

    #[test]
    fn s19_each_guard_holds_above_its_limit_and_not_at_it() {
        let census = Census { linked: 20, accounts: 20, holders: [20; 6], domains: HashSet::new() };
        for (effect, guard) in [
            (Effect::Deactivates, codes::GUARD_DEACTIVATIONS),
            (Effect::ChangesAddress("a@b.example"), codes::GUARD_EMAIL_CHANGES),
            (Effect::Clears(Clearable::Team), codes::GUARD_CLEARS),
            (Effect::Creates("a@b.example"), codes::GUARD_NEW_DOMAINS),
        ] {
            assert_eq!(guards(&census, &people(3, effect)), [], "{guard}");
            assert_eq!(guards(&census, &people(4, effect)), [(guard, 3, 4)]);
        }
        assert_eq!(guards(&census, &people(10, Effect::Invites)), []);
    }

    #[test]
    fn s19_a_field_that_everybody_loses_waits_however_few_they_are() {
        for (holders, cleared, asks) in [(1, 1, false), (2, 2, true), (3, 2, false), (3, 3, true), (0, 0, false)] {
            for field in Clearable::ALL {
                let accounts = (0..5)
                    .map(|at| account("a@b.example", if at < holders { std::slice::from_ref(&field) } else { &[] }));
                let hits = judge_owned(&Census::of(accounts), cleared, field);
                let expected = asks.then_some((codes::GUARD_FIELD_EMPTIED, Some(field), 1, cleared));
                assert_eq!(hits, expected, "{cleared} of {holders}");
            }
        }
    }

    fn judge_owned(
        census: &Census<'_>,
        cleared: usize,
        field: Clearable,
    ) -> Option<(&'static str, Option<Clearable>, usize, usize)> {
        let effects = people(cleared, Effect::Clears(field));
        judge(census, &effects).first().map(|hit| (hit.guard, hit.field, hit.limit, hit.actual))
    }

    #[test]
    fn s19_an_unlinked_account_does_not_hide_that_a_field_is_emptied() {
        let stranger = AccountFacts { is_linked: false, ..account("a@b.example", &Clearable::ALL) };
        let census =
            Census::of([account("a@b.example", &Clearable::ALL), account("a@b.example", &Clearable::ALL), stranger]);
        assert_eq!(guards(&census, &people(2, Effect::Clears(Clearable::Team))), [(codes::GUARD_FIELD_EMPTIED, 1, 2)]);
    }

    #[test]
    fn s19_a_domain_is_known_in_any_spelling_and_an_empty_directory_knows_all() {
        let census = Census::of([account("x@MÜLLER.example", &[]), account("y@acme.example", &[])]);
        for known in ["a@xn--mller-kva.example", "a@müller.example", "a@ACME.example", "nobody"] {
            assert_eq!(guards(&census, &people(9, Effect::Creates(known))), [], "{known}");
        }
        for new in ["a@muller.example", "a@sub.acme.example", "a@acme.example.org"] {
            assert_eq!(guards(&census, &people(4, Effect::Creates(new))), [(codes::GUARD_NEW_DOMAINS, 3, 4)], "{new}");
        }
        assert_eq!(guards(&Census::default(), &people(9, Effect::Creates("a@new.example"))), []);
    }

    #[test]
    fn s19_who_is_created_and_invited_counts_once_and_who_moves_and_is_invited_counts() {
        let census = Census::of([account("x@acme.example", &[])]);
        let both = |count, effect| [people(count, effect), people(count, Effect::Invites)].concat();
        assert_eq!(guards(&census, &both(3, Effect::Creates("a@new.example"))), []);
        assert_eq!(guards(&census, &both(4, Effect::Creates("a@new.example"))), [(codes::GUARD_NEW_DOMAINS, 3, 4)]);
        let moved = both(4, Effect::ChangesAddress("a@new.example"));
        assert_eq!(guards(&census, &moved), [(codes::GUARD_EMAIL_CHANGES, 3, 4), (codes::GUARD_NEW_DOMAINS, 3, 4)]);
    }

    #[test]
    fn s19_people_are_named_once_in_the_order_of_their_ids() {
        let effects = ["10", "9", "9", "100", "2"].map(|one| (one, Effect::Clears(Clearable::Team)));
        let hits = judge(&Census { holders: [9; 6], ..Census::default() }, &effects);
        assert_eq!(hits.first().map(|hit| hit.employees.clone()), Some(vec!["2", "9", "10", "100"]));
    }
}
