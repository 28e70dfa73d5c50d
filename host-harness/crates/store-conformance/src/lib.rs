//! Checks that a store of accounts, runs and mails has the properties that the sync relies on.
//!
//! A platform implements [`Directory`] over its own accounts. Its signatures do not say that a transaction is all or
//! nothing, that a stale account is not written, or that a mail is queued once. But the sync relies on this. Each of
//! [`properties`] checks one of them on a new store, through the traits alone.
//!
//! To check them all as tests, implement [`Subject`] and write
//!
//! ```ignore
//! connector_store_conformance::tests!(MyStore);
//! ```
//!
//! [`check`] checks them all and returns a [`Report`] instead, for a platform that does not test with cargo.
//!
//! A store that is administered too ([`Store`]) has [`store_properties`] beside these; for it there are [`StoreSubject`],
//! [`store_tests!`] and [`check_store`].
//!
//! IDs and versions are the store's own: nothing here expects a certain one. What survives a kill or a power cut cannot be
//! checked through a trait; a store needs its own test for that.

#![forbid(unsafe_code)]

/// Makes a test of each of the [`properties`], for a [`Subject`].
#[macro_export]
macro_rules! tests {
    ($subject:ty) => {
        $crate::with_properties! { [$crate::make_tests] [$subject, properties] }
    };
}

/// Makes a test of each of the [`store_properties`], for a [`StoreSubject`].
#[macro_export]
macro_rules! store_tests {
    ($subject:ty) => {
        $crate::with_store_properties! { [$crate::make_tests] [$subject, store_properties] }
    };
}

/// Hands the list of the properties to a macro. There is no other list of them.
#[doc(hidden)]
#[macro_export]
macro_rules! with_properties {
    ([$($then:tt)+] $arguments:tt) => {
        $($then)+! { $arguments
            s13_every_operation_is_applied_and_lasts
            s13_outcomes_are_in_the_order_of_the_plan
            s20_a_plan_can_be_applied_in_parts
            s21_what_changed_since_planning_is_stale
            s21_the_same_plan_again_changes_nothing
            s10_two_people_swap_their_addresses
            s03_no_account_is_ever_deleted
            s04_nobody_takes_a_protected_account_over
            s16_an_invitation_is_for_the_account_as_it_stands
            a_transaction_that_is_dropped_leaves_nothing
            a_transaction_sees_what_it_wrote
            a_read_is_of_one_moment
            of_two_writers_one_wins
            s19_an_approval_counts_once
            s19_a_saved_plan_counts_where_it_was_issued_and_once
            s19_the_newest_saved_plans_are_remembered
            runs_are_oldest_first_with_their_outcomes
            a_run_is_found_by_its_id
            the_last_change_of_each_field_is_on_file
            mails_are_queued_in_order
            a_mail_is_queued_once
            a_mail_that_waits_is_replaced
            a_dead_letter_is_kept_from_the_queue
            a_store_keeps_its_identity_and_its_ids
        }
    };
}

/// The same for the properties of a store that is administered.
#[doc(hidden)]
#[macro_export]
macro_rules! with_store_properties {
    ([$($then:tt)+] $arguments:tt) => {
        $($then)+! { $arguments
            s12_the_same_person_with_a_new_id_keeps_their_account
            s12_an_account_that_is_not_theirs_is_unlinked_and_linked_back
            s12_earlier_ids_go_and_come_with_the_person
            s12_impossible_decisions_are_refused_with_the_reason
            s12_decisions_are_on_file
            s21_a_decision_makes_earlier_plans_stale
            s04_a_new_account_has_a_role_that_no_connector_gave
            an_import_replaces_what_has_its_id_and_nothing_else
            two_imported_accounts_may_trade_their_employees
            an_administration_that_is_dropped_leaves_nothing
            the_changes_of_a_person_are_forgotten
            mails_are_counted_by_what_became_of_them
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! make_tests {
    ([$subject:ty, $module:ident] $($property:ident)+) => {
        $(#[test]
        fn $property() {
            $crate::hold($crate::$module::$property::<$subject>());
        })+
    };
}

pub mod properties;
mod samples;
mod steps;
pub mod store_properties;

use async_trait::async_trait;
use connector_host::contract;
use connector_sync::directory::{Directory, DirectoryError, ImportedAccount, Result, Store};

/// A store to be held against the properties: how a new one is made, and opened.
#[async_trait]
pub trait Subject: Sized + Send + Sync {
    /// Makes a new store with these accounts and groups, and nothing else. It may give them IDs and versions of its own, as
    /// long as accounts and groups refer to each other as they do here.
    ///
    /// # Errors
    /// When it cannot be made.
    async fn create(start: &contract::Directory) -> Result<Self>;

    /// Opens it once more, as another process would. A store that refuses a second writer should do so soon: some
    /// properties wait for that.
    ///
    /// # Errors
    /// When it cannot be opened.
    async fn open(&self) -> Result<Box<dyn Directory>>;
}

/// A store that is administered too.
#[async_trait]
pub trait StoreSubject: Subject {
    /// As [`Subject::open`].
    ///
    /// # Errors
    /// When it cannot be opened.
    async fn open_store(&self) -> Result<Box<dyn Store>>;
}

/// Puts accounts and groups into a new store, for [`Subject::create`].
///
/// # Errors
/// When the store fails.
pub async fn fill(store: &mut dyn Store, start: &contract::Directory) -> Result<()> {
    let imported = |account: &contract::Account| ImportedAccount { account: account.clone(), role: "user".to_owned() };
    let accounts: Vec<ImportedAccount> = start.accounts.iter().map(imported).collect();
    let mut transaction = store.administer().await?;
    transaction.put_groups(&start.groups).await?;
    transaction.put_accounts(&accounts).await?;
    transaction.commit().await
}

/// What a store does that the sync does not expect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// A property does not hold: what was expected, and what is the case.
    #[error("{0}")]
    Broken(String),
    /// The store failed where it should not.
    #[error("the store failed: {0}")]
    Failed(#[from] DirectoryError),
}

/// The answer of a property.
pub type Answer = std::result::Result<(), Violation>;

/// How each property was answered.
#[derive(Debug, Default)]
pub struct Report {
    answers: Vec<(&'static str, Answer)>,
}

impl Report {
    /// True if every property holds.
    #[must_use]
    pub fn is_conformant(&self) -> bool {
        self.violations().next().is_none()
    }

    /// Every property by its name, with its answer, in the order of [`properties`].
    pub fn answers(&self) -> impl Iterator<Item = (&'static str, &Answer)> {
        self.answers.iter().map(|(name, answer)| (*name, answer))
    }

    /// The properties that do not hold, and why.
    pub fn violations(&self) -> impl Iterator<Item = (&'static str, &Violation)> {
        self.answers().filter_map(|(name, answer)| answer.as_ref().err().map(|violation| (name, violation)))
    }
}

/// Asks every property of a new store each.
pub async fn check<S: Subject>() -> Report {
    let mut report = Report::default();
    macro_rules! ask {
        ([] $($property:ident)+) => {
            $(report.answers.push((stringify!($property), properties::$property::<S>().await));)+
        };
    }
    with_properties! { [ask] [] }
    report
}

/// Asks every property of a new store each, those of one that is administered among them.
pub async fn check_store<S: StoreSubject>() -> Report {
    let mut report = check::<S>().await;
    macro_rules! ask {
        ([] $($property:ident)+) => {
            $(report.answers.push((stringify!($property), store_properties::$property::<S>().await));)+
        };
    }
    with_store_properties! { [ask] [] }
    report
}

/// Asks one property, and panics with what is violated: the body of each test of [`tests!`].
///
/// # Panics
/// When the property does not hold.
#[doc(hidden)]
#[allow(clippy::panic, reason = "it is an assertion")]
pub fn hold(property: impl Future<Output = Answer>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let answer = match runtime {
        Ok(runtime) => runtime.block_on(property),
        Err(error) => panic!("no runtime: {error}"),
    };
    if let Err(violation) = answer {
        panic!("{violation}");
    }
}
