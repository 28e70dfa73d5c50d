//! The suite against a store in memory, and against that store with one fault at a time: each property has a fault that
//! breaks it, so that none is empty.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use connector_host::contract::{self, Action, Field, Operation, Verdict};
use connector_host::names::{operation_name, status_named};
use connector_store_conformance::{Report, StoreSubject, Subject, check_store, properties};
use connector_sync::apply_check::{self, AccountIndex, Standing};
use connector_sync::changes::changes;
use connector_sync::directory::{
    Accounts, AccountsOf, Approvals, Directory, DirectoryError, ForeignEmployee, Import, ImportedAccount, Invitee,
    Issue, IssuedPlans, KEPT_PLANS, Link, Links, Outbox, OutboxCounts, OutboxStatus, Result, Retention, RunLog, Store,
    StoreTransaction, Transaction, Undeliverable,
};
use connector_sync::history::{PastAction, PastChange, PastDecision, PersonHistory};
use connector_sync::mail::Mail;
use connector_sync::plan_file::IssuedPlan;
use connector_sync::run::{Failure, Outcome, RunReport, RunVerdict, StoredRun};
use jiff::Timestamp;

/// What a store can do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Writes at once, without a transaction.
    Autocommits,
    /// Shows a transaction nothing of its own.
    HidesItsOwn,
    /// Reads whatever is there at the moment.
    ReadsTorn,
    /// The last commit wins.
    LastWriterWins,
    /// Knows no versions.
    IgnoresVersions,
    /// Changes leave the version as it was.
    KeepsVersions,
    /// Outcomes in an order of its own.
    SortsOutcomes,
    /// Applies action by action, so that nobody can swap.
    JudgesOneByOne,
    /// A created account has no employee.
    ForgetsTheEmployee,
    /// Writes nothing without a new account.
    WritesOnlyNewPeople,
    /// Knows an operation that does not exist.
    Deletes,
    /// Invitations go to the address before the transaction.
    InvitesTheOld,
    /// Every run uses up an approval.
    UsesEveryApproval,
    /// No run does.
    UsesNoApproval,
    /// Newest first.
    ReversesRuns,
    /// A field's first change stays.
    KeepsTheFirstChange,
    /// Newest first.
    ReversesMails,
    /// The same message ID twice.
    QueuesTwice,
    /// Replacing goes to the end.
    ReplacesAtTheEnd,
    /// Dead letters wait on.
    DeliversDeadLetters,
    /// A new identity each time.
    ForgetsItself,
    /// A created account has the ID of one that is there.
    GivesAnIdTwice,
    /// Administrators are like everybody.
    ProtectsNobody,
    /// Takes any saved plan for its own.
    IssuedEverything,
    /// A saved plan can be applied again and again.
    UsesNoSavedPlanUp,
    /// Remembers ten saved plans.
    ForgetsSavedPlans,
    /// Finds the first run, whichever is asked for.
    FindsAnyRun,
    /// A link has no earlier IDs.
    ForgetsEarlierIds,
    /// A link has no foreign employees.
    ForgetsForeignEmployees,
    /// An earlier ID that became foreign is nobody's.
    ForgetsWhoseEarlierIds,
    /// No employee has an account.
    FindsNoOwner,
    /// Decisions are not on file.
    FilesNoDecision,
    /// A new link leaves the version as it was.
    LinksQuietly,
    /// A created account is an administrator's.
    CreatesAdministrators,
    /// An import adds to the groups an account is in.
    ImportKeepsMemberships,
    /// Imports account by account, so that nobody can trade.
    ImportsOneByOne,
    /// Forgets that something was done, and not what it was before.
    ForgetsTheLog,
    /// A dead letter waits.
    CountsDeadLetters,
}

#[derive(Clone, Default)]
struct State {
    id: String,
    revision: u64,
    directory: Option<contract::Directory>,
    runs: Vec<StoredRun>,
    histories: BTreeMap<String, PersonHistory>,
    /// What the platform was told, and on which day last.
    told: BTreeMap<(String, Option<String>), String>,
    used: HashSet<String>,
    /// Saved plans, oldest first, and whether each was applied.
    issued: Vec<(IssuedPlan, bool)>,
    mails: Vec<(Mail, Post)>,
    /// Why mails are dead, by message ID.
    reasons: Vec<(String, String)>,
    roles: BTreeMap<String, String>,
    /// Of a foreign employee of an account the ID that they were linked by.
    earlier_of: BTreeMap<(String, String), String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Post {
    Waits,
    Delivered,
    Dead,
}

impl State {
    fn directory(&mut self) -> &mut contract::Directory {
        self.directory.as_mut().expect("a store is made with one")
    }
}

type Shared = Arc<Mutex<State>>;

/// A store with the fault of this number.
struct Memory<const FAULT: usize>(Shared);

struct Handle {
    shared: Shared,
    fault: Fault,
}

struct Open<'a> {
    handle: &'a Handle,
    /// What the transaction began with.
    before: State,
    /// What it made of it.
    state: State,
    writes: bool,
}

const FAULTS: [(Fault, &str); 39] = [
    (Fault::None, ""),
    (Fault::Autocommits, "a_transaction_that_is_dropped_leaves_nothing"),
    (Fault::HidesItsOwn, "a_transaction_sees_what_it_wrote"),
    (Fault::ReadsTorn, "a_read_is_of_one_moment"),
    (Fault::LastWriterWins, "of_two_writers_one_wins"),
    (Fault::IgnoresVersions, "s21_what_changed_since_planning_is_stale"),
    (Fault::KeepsVersions, "s13_every_operation_is_applied_and_lasts"),
    (Fault::SortsOutcomes, "s13_outcomes_are_in_the_order_of_the_plan"),
    (Fault::JudgesOneByOne, "s10_two_people_swap_their_addresses"),
    (Fault::ForgetsTheEmployee, "s21_the_same_plan_again_changes_nothing"),
    (Fault::WritesOnlyNewPeople, "s20_a_plan_can_be_applied_in_parts"),
    (Fault::Deletes, "s03_no_account_is_ever_deleted"),
    (Fault::InvitesTheOld, "s16_an_invitation_is_for_the_account_as_it_stands"),
    (Fault::UsesEveryApproval, "s19_an_approval_counts_once"),
    (Fault::UsesNoApproval, "s19_an_approval_counts_once"),
    (Fault::ReversesRuns, "runs_are_oldest_first_with_their_outcomes"),
    (Fault::KeepsTheFirstChange, "the_last_change_of_each_field_is_on_file"),
    (Fault::ReversesMails, "mails_are_queued_in_order"),
    (Fault::QueuesTwice, "a_mail_is_queued_once"),
    (Fault::ReplacesAtTheEnd, "a_mail_that_waits_is_replaced"),
    (Fault::DeliversDeadLetters, "a_dead_letter_is_kept_from_the_queue"),
    (Fault::ForgetsItself, "a_store_keeps_its_identity_and_its_ids"),
    (Fault::GivesAnIdTwice, "a_store_keeps_its_identity_and_its_ids"),
    (Fault::ProtectsNobody, "s04_nobody_takes_a_protected_account_over"),
    (Fault::IssuedEverything, "s19_a_saved_plan_counts_where_it_was_issued_and_once"),
    (Fault::UsesNoSavedPlanUp, "s19_a_saved_plan_counts_where_it_was_issued_and_once"),
    (Fault::ForgetsSavedPlans, "s19_the_newest_saved_plans_are_remembered"),
    (Fault::FindsAnyRun, "a_run_is_found_by_its_id"),
    (Fault::ForgetsEarlierIds, "s12_the_same_person_with_a_new_id_keeps_their_account"),
    (Fault::ForgetsForeignEmployees, "s12_an_account_that_is_not_theirs_is_unlinked_and_linked_back"),
    (Fault::ForgetsWhoseEarlierIds, "s12_earlier_ids_go_and_come_with_the_person"),
    (Fault::FindsNoOwner, "s12_impossible_decisions_are_refused_with_the_reason"),
    (Fault::FilesNoDecision, "s12_decisions_are_on_file"),
    (Fault::LinksQuietly, "s21_a_decision_makes_earlier_plans_stale"),
    (Fault::CreatesAdministrators, "s04_a_new_account_has_a_role_that_no_connector_gave"),
    (Fault::ImportKeepsMemberships, "an_import_replaces_what_has_its_id_and_nothing_else"),
    (Fault::ImportsOneByOne, "two_imported_accounts_may_trade_their_employees"),
    (Fault::ForgetsTheLog, "the_changes_of_a_person_are_forgotten"),
    (Fault::CountsDeadLetters, "mails_are_counted_by_what_became_of_them"),
];

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

fn new_id() -> String {
    NEXT_ID.fetch_add(1, Ordering::Relaxed).to_string()
}

#[async_trait]
impl<const FAULT: usize> Subject for Memory<FAULT> {
    async fn create(start: &contract::Directory) -> Result<Self> {
        let roles = start.accounts.iter().map(|account| (account.id.clone(), "user".to_owned())).collect();
        let state = State { id: new_id(), directory: Some(start.clone()), roles, ..State::default() };
        Ok(Self(Arc::new(Mutex::new(state))))
    }

    async fn open(&self) -> Result<Box<dyn Directory>> {
        Ok(Box::new(Handle { shared: Arc::clone(&self.0), fault: FAULTS[FAULT].0 }))
    }
}

#[async_trait]
impl<const FAULT: usize> StoreSubject for Memory<FAULT> {
    async fn open_store(&self) -> Result<Box<dyn Store>> {
        Ok(Box::new(Handle { shared: Arc::clone(&self.0), fault: FAULTS[FAULT].0 }))
    }
}

impl Handle {
    fn open(&self, writes: bool) -> Box<Open<'_>> {
        let state = self.shared.lock().unwrap().clone();
        Box::new(Open { handle: self, before: state.clone(), state, writes })
    }
}

#[async_trait]
impl Directory for Handle {
    async fn id(&mut self) -> Result<Option<String>> {
        let id = self.shared.lock().unwrap().id.clone();
        Ok(Some(if self.fault == Fault::ForgetsItself { new_id() } else { id }))
    }

    async fn read(&mut self) -> Result<Box<dyn Transaction + '_>> {
        Ok(Handle::open(self, false))
    }

    async fn begin(&mut self) -> Result<Box<dyn Transaction + '_>> {
        Ok(Handle::open(self, true))
    }
}

#[async_trait]
impl Store for Handle {
    async fn inspect(&mut self) -> Result<Box<dyn StoreTransaction + '_>> {
        Ok(Handle::open(self, false))
    }

    async fn administer(&mut self) -> Result<Box<dyn StoreTransaction + '_>> {
        Ok(Handle::open(self, true))
    }
}

impl Open<'_> {
    fn has(&self, fault: Fault) -> bool {
        self.handle.fault == fault
    }

    /// What a read shows.
    fn shown(&self) -> State {
        match self.handle.fault {
            Fault::HidesItsOwn => self.before.clone(),
            Fault::ReadsTorn if !self.writes => self.handle.shared.lock().unwrap().clone(),
            _ => self.state.clone(),
        }
    }

    fn wrote(&self) {
        if self.has(Fault::Autocommits) {
            *self.handle.shared.lock().unwrap() = self.state.clone();
        }
    }

    fn judge(&mut self, actions: &[Action]) -> Vec<Outcome> {
        let ignores_versions = self.has(Fault::IgnoresVersions);
        let protects = !self.has(Fault::ProtectsNobody);
        let directory = self.state.directory();
        let standing = |account: &contract::Account| Standing {
            id: account.id.clone(),
            version: account.version,
            employee: account.employee.clone(),
            email: account.email.clone(),
            supervisor: account.supervisor.clone(),
            invited: account.invited,
            protected: account.protected && protects,
        };
        let accounts: Vec<Standing> = directory.accounts.iter().map(standing).collect();
        let versions: Vec<(String, u64)> =
            accounts.iter().map(|account| (account.id.clone(), account.version)).collect();
        let groups = directory.groups.iter().map(|group| group.id.clone()).collect();
        let mut actions = actions.to_vec();
        if ignores_versions {
            for action in &mut actions {
                let known = versions.iter().find(|(id, _)| Some(id) == action.account.as_ref());
                action.version = known.map(|(_, version)| *version).or(action.version);
            }
        }
        apply_check::check(&actions, &AccountIndex::new(accounts, groups))
    }

    fn write(&mut self, action: &Action) {
        let fault = self.handle.fault;
        let directory = self.state.directory();
        if let Operation::Create(new) = &action.operation {
            let next = if fault == Fault::GivesAnIdTwice { 1 } else { directory.accounts.len() };
            let mut account = directory.accounts[0].clone();
            account.id = format!("new-{next}");
            account.version = 1;
            account.employee = (fault != Fault::ForgetsTheEmployee).then(|| action.employee.clone());
            account.email.clone_from(&new.email);
            account.first_name.clone_from(&new.first_name);
            account.last_name.clone_from(&new.last_name);
            account.status = new.status.clone();
            account.department.clone_from(&new.department);
            (account.team, account.position, account.supervisor) = (None, None, None);
            (account.protected, account.created_by_connector, account.invited) = (false, true, false);
            account.groups.clear();
            let role = if fault == Fault::CreatesAdministrators { "admin" } else { "user" };
            let id = account.id.clone();
            directory.accounts.push(account);
            self.state.roles.insert(id, role.to_owned());
            return;
        }
        let of = |employee: &str| {
            directory.accounts.iter().position(|account| account.employee.as_deref() == Some(employee))
        };
        let supervisor = match &action.operation {
            Operation::SetSupervisor(change) => {
                change.after.as_deref().and_then(of).map(|at| directory.accounts[at].id.clone())
            }
            _ => None,
        };
        let named = directory.accounts.iter().position(|account| Some(&account.id) == action.account.as_ref());
        let created = of(&action.employee);
        let Some(account) = named.or(created).and_then(|at| directory.accounts.get_mut(at)) else { return };
        if fault != Fault::KeepsVersions {
            account.version += 1;
        }
        match &action.operation {
            Operation::Link => account.employee = Some(action.employee.clone()),
            Operation::SetSupervisor(_) => account.supervisor = supervisor,
            Operation::AddToGroup(addition) => account.groups.push(addition.group.clone()),
            Operation::Invite => account.invited = true,
            Operation::Update(changes) => {
                for change in changes {
                    let after = change.after.clone();
                    match change.field {
                        Field::Email => account.email = after.unwrap(),
                        Field::LastName => account.last_name = after.unwrap(),
                        Field::Status => account.status = status_named(&after.unwrap()).unwrap(),
                        Field::Team => account.team = after,
                        Field::Position => account.position = after,
                        _ => panic!("the suite changes no such field"),
                    }
                }
            }
            Operation::Create(_) | Operation::Other(_) => {}
        }
    }
}

#[async_trait]
impl Transaction for Open<'_> {
    async fn commit(mut self: Box<Self>) -> Result<()> {
        let mut shared = self.handle.shared.lock().unwrap();
        if shared.revision != self.before.revision && !self.has(Fault::LastWriterWins) {
            return Err(DirectoryError::Failed("somebody else has written meanwhile".to_owned()));
        }
        self.state.revision += 1;
        *shared = self.state.clone();
        Ok(())
    }
}

#[async_trait]
impl Accounts for Open<'_> {
    async fn snapshot(&mut self) -> Result<contract::Directory> {
        Ok(self.shown().directory().clone())
    }

    async fn apply(&mut self, actions: &[Action]) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        let has_new = actions.iter().any(|action| matches!(action.operation, Operation::Create(_)));
        let writes = has_new || !self.has(Fault::WritesOnlyNewPeople);
        let at_once = if self.has(Fault::JudgesOneByOne) { 1 } else { actions.len().max(1) };
        for actions in actions.chunks(at_once) {
            let mut judged = self.judge(actions);
            for (action, outcome) in actions.iter().zip(&mut judged) {
                if self.has(Fault::Deletes) && matches!(action.operation, Operation::Other(_)) {
                    self.state.directory().accounts.retain(|account| Some(&account.id) != action.account.as_ref());
                    *outcome = Outcome::Applied;
                } else if *outcome == Outcome::Applied && writes {
                    self.write(action);
                }
            }
            outcomes.extend(judged);
        }
        if self.has(Fault::SortsOutcomes) {
            outcomes.sort_by_key(Outcome::as_str);
        }
        self.wrote();
        Ok(outcomes)
    }

    async fn invitee(&mut self, employee: &str) -> Result<Option<Invitee>> {
        let mut state = if self.has(Fault::InvitesTheOld) { self.before.clone() } else { self.state.clone() };
        let accounts = &state.directory().accounts;
        let account = accounts.iter().find(|account| account.employee.as_deref() == Some(employee));
        Ok(account.map(|account| Invitee {
            account: account.id.clone(),
            email: account.email.clone(),
            first_name: account.first_name.clone(),
        }))
    }
}

#[async_trait]
impl Approvals for Open<'_> {
    async fn approval_used(&mut self, plan_hash: &str) -> Result<bool> {
        Ok(self.shown().used.contains(plan_hash))
    }
}

#[async_trait]
impl IssuedPlans for Open<'_> {
    async fn issue(&mut self, plan: &IssuedPlan, _: Timestamp) -> Result<()> {
        if self.state.issued.iter().all(|(known, _)| known.seal != plan.seal) {
            self.state.issued.push((plan.clone(), false));
        }
        let kept = if self.has(Fault::ForgetsSavedPlans) { 10 } else { KEPT_PLANS as usize };
        let old = self.state.issued.len().saturating_sub(kept);
        self.state.issued.drain(..old);
        self.wrote();
        Ok(())
    }

    async fn issued(&mut self, plan: &IssuedPlan) -> Result<Issue> {
        let known = self.shown().issued.into_iter().find(|(known, _)| known == plan);
        Ok(match known {
            Some((_, true)) => Issue::Applied,
            Some((_, false)) => Issue::Open,
            None if self.has(Fault::IssuedEverything) => Issue::Open,
            None => Issue::Unknown,
        })
    }

    async fn use_up(&mut self, plan: &IssuedPlan) -> Result<()> {
        if !self.has(Fault::UsesNoSavedPlanUp) {
            self.state.issued.iter_mut().filter(|(known, _)| known == plan).for_each(|(_, applied)| *applied = true);
        }
        self.wrote();
        Ok(())
    }
}

#[async_trait]
impl RunLog for Open<'_> {
    async fn record(&mut self, run: &RunReport) -> Result<()> {
        let count = |word: &str| run.outcomes.iter().filter(|outcome| outcome.as_str() == word).count();
        let count = |word: &str| i64::try_from(count(word)).unwrap_or(i64::MAX);
        let stored = StoredRun {
            id: run.run.clone(),
            tenant: run.tenant.clone(),
            started: run.started.to_string(),
            verdict: run.verdict.as_str().to_owned(),
            plan_hash: run.plan_hash.clone(),
            pages: 0,
            employees: 0,
            total: None,
            complete: run.read.complete,
            applied: count("applied"),
            stale: count("stale"),
            failed: count("failed"),
        };
        self.remember(run);
        let at = if self.has(Fault::ReversesRuns) { 0 } else { self.state.runs.len() };
        self.state.runs.insert(at, stored);
        let is_guarded = run.plan.as_ref().is_some_and(|plan| matches!(plan.verdict, Verdict::NeedsApproval(_)));
        let is_used = is_guarded && run.verdict == RunVerdict::Done && !self.has(Fault::UsesNoApproval);
        if is_used || self.has(Fault::UsesEveryApproval) {
            self.state.used.extend(run.plan_hash.clone());
        }
        self.wrote();
        Ok(())
    }

    async fn note_for_platform(&mut self, notice: &Failure, day: &str) -> Result<bool> {
        let last = self.state.told.insert((notice.code.clone(), notice.subject.clone()), day.to_owned());
        self.wrote();
        Ok(last.as_deref() != Some(day))
    }

    async fn runs(&mut self) -> Result<Vec<StoredRun>> {
        Ok(self.shown().runs)
    }

    async fn find_run(&mut self, id: &str) -> Result<Option<StoredRun>> {
        let any = self.has(Fault::FindsAnyRun);
        Ok(self.shown().runs.into_iter().find(|run| any || run.id == id))
    }

    async fn history(&mut self, employee: &str) -> Result<PersonHistory> {
        Ok(self.shown().histories.remove(employee).unwrap_or_default())
    }
}

#[async_trait]
impl Outbox for Open<'_> {
    async fn enqueue(&mut self, mail: &Mail) -> Result<()> {
        let is_known = self.state.mails.iter().any(|(known, _)| known.message_id == mail.message_id);
        if !is_known || self.has(Fault::QueuesTwice) {
            let at = if self.has(Fault::ReversesMails) { 0 } else { self.state.mails.len() };
            self.state.mails.insert(at, (mail.clone(), Post::Waits));
        }
        self.wrote();
        Ok(())
    }

    async fn replace(&mut self, mail: &Mail) -> Result<()> {
        let fits = |(known, post): &(Mail, Post)| known.message_id == mail.message_id && *post != Post::Delivered;
        if let Some(at) = self.state.mails.iter().position(fits) {
            self.state.mails.remove(at);
            let at = if self.has(Fault::ReplacesAtTheEnd) { self.state.mails.len() } else { at };
            self.state.mails.insert(at, (mail.clone(), Post::Waits));
        }
        Ok(())
    }

    async fn queued(&mut self) -> Result<Vec<Mail>> {
        let waits = |post: Post| post == Post::Waits || post == Post::Dead && self.has(Fault::DeliversDeadLetters);
        Ok(self.shown().mails.into_iter().filter(|(_, post)| waits(*post)).map(|(mail, _)| mail).collect())
    }

    async fn delivered(&mut self, message_id: &str) -> Result<()> {
        self.note(message_id, Post::Delivered);
        Ok(())
    }

    async fn dead_letter(&mut self, message_id: &str, why: &str) -> Result<()> {
        self.note(message_id, Post::Dead);
        self.state.reasons.push((message_id.to_owned(), why.to_owned()));
        Ok(())
    }
}

impl Open<'_> {
    fn remember(&mut self, run: &RunReport) {
        let keeps_the_first = self.has(Fault::KeepsTheFirstChange);
        for (action, outcome) in run.actions() {
            let history = self.state.histories.entry(action.employee.clone()).or_default();
            let (id, started) = (run.run.clone(), run.started.to_string());
            history.actions.push(PastAction {
                run: id.clone(),
                started: started.clone(),
                operation: operation_name(&action.operation).to_owned(),
                reason: action.reason.clone(),
                outcome: outcome.as_str().to_owned(),
                failure: None,
            });
            let is_new = matches!(action.operation, Operation::Create(_) | Operation::AddToGroup(_));
            for change in changes(&action.operation).iter().filter(|_| *outcome == Outcome::Applied && !is_new) {
                let known = history.changes.iter().position(|known| known.field == change.field);
                match known {
                    Some(_) if keeps_the_first => continue,
                    Some(at) => drop(history.changes.remove(at)),
                    None => {}
                }
                let text = |value: Option<&str>| value.map(str::to_owned);
                history.changes.push(PastChange {
                    field: change.field.to_owned(),
                    run: id.clone(),
                    started: started.clone(),
                    before: text(change.before),
                    after: text(change.after),
                });
            }
        }
    }

    fn note(&mut self, message_id: &str, becomes: Post) {
        for (mail, post) in &mut self.state.mails {
            if mail.message_id == message_id && *post != Post::Delivered {
                *post = becomes;
            }
        }
    }
}

#[async_trait]
impl Links for Open<'_> {
    async fn link(&mut self, account: &str) -> Result<Option<Link>> {
        let mut state = self.shown();
        let earlier_of = state.earlier_of.clone();
        let found = state.directory().accounts.iter().find(|found| found.id == account);
        Ok(found.map(|found| Link {
            employee: found.employee.clone(),
            earlier: found.earlier_employees.clone(),
            foreign: found
                .foreign_employees
                .iter()
                .map(|employee| ForeignEmployee {
                    employee: employee.clone(),
                    earlier_of: earlier_of.get(&(account.to_owned(), employee.clone())).cloned(),
                })
                .collect(),
        }))
    }

    async fn accounts_of(&mut self, employee: &str) -> Result<AccountsOf> {
        if self.has(Fault::FindsNoOwner) {
            return Ok(AccountsOf::default());
        }
        let mut state = self.shown();
        let accounts = &state.directory().accounts;
        let id = |has: &dyn Fn(&contract::Account) -> bool| {
            accounts.iter().find(|account| has(account)).map(|account| account.id.clone())
        };
        Ok(AccountsOf {
            linked: id(&|account| account.employee.as_deref() == Some(employee)),
            earlier: id(&|account| account.earlier_employees.iter().any(|earlier| earlier == employee)),
        })
    }

    async fn set_link(&mut self, account: &str, link: &Link) -> Result<()> {
        let fault = self.handle.fault;
        let found = self.state.directory().accounts.iter_mut().find(|found| found.id == account);
        let Some(found) = found else { return Ok(()) };
        found.employee.clone_from(&link.employee);
        found.version += u64::from(fault != Fault::LinksQuietly);
        found.earlier_employees.clone_from(&link.earlier);
        found.foreign_employees = link.foreign.iter().map(|foreign| foreign.employee.clone()).collect();
        match fault {
            Fault::ForgetsEarlierIds => found.earlier_employees.clear(),
            Fault::ForgetsForeignEmployees => found.foreign_employees.clear(),
            _ => {}
        }
        self.state.earlier_of.retain(|(of, _), _| of != account);
        for foreign in link.foreign.iter().filter(|_| fault != Fault::ForgetsWhoseEarlierIds) {
            if let Some(earlier_of) = &foreign.earlier_of {
                let key = (account.to_owned(), foreign.employee.clone());
                self.state.earlier_of.insert(key, earlier_of.clone());
            }
        }
        self.wrote();
        Ok(())
    }

    async fn file_decision(&mut self, decision: &PastDecision) -> Result<()> {
        if !self.has(Fault::FilesNoDecision) {
            for employee in decision.employee.iter().chain(&decision.earlier) {
                let history = self.state.histories.entry(employee.clone()).or_default();
                history.decisions.push(decision.clone());
            }
        }
        self.wrote();
        Ok(())
    }
}

#[async_trait]
impl Import for Open<'_> {
    async fn roles(&mut self) -> Result<BTreeMap<String, String>> {
        Ok(self.shown().roles)
    }

    async fn put_groups(&mut self, groups: &[contract::Group]) -> Result<()> {
        let known = &mut self.state.directory().groups;
        for group in groups {
            match known.iter_mut().find(|known| known.id == group.id) {
                Some(known) => known.clone_from(group),
                None => known.push(group.clone()),
            }
        }
        self.wrote();
        Ok(())
    }

    async fn put_accounts(&mut self, accounts: &[ImportedAccount]) -> Result<()> {
        let (one_by_one, keeps) = (self.has(Fault::ImportsOneByOne), self.has(Fault::ImportKeepsMemberships));
        for ImportedAccount { account, role } in accounts {
            let known = &mut self.state.directory().accounts;
            let takes = account.employee.is_some()
                && known.iter().any(|known| known.id != account.id && known.employee == account.employee);
            if one_by_one && takes {
                return Err(DirectoryError::Failed("two accounts of one employee".to_owned()));
            }
            match known.iter_mut().find(|known| known.id == account.id) {
                Some(known) => {
                    let before = known.clone();
                    known.clone_from(account);
                    known.version = before.version + 1;
                    known.earlier_employees = before.earlier_employees;
                    known.foreign_employees = before.foreign_employees;
                    if keeps {
                        known.groups.extend(before.groups.into_iter().chain(["sales".to_owned()]));
                    }
                }
                None => known.push(contract::Account { version: 1, ..account.clone() }),
            }
            self.state.roles.insert(account.id.clone(), role.clone());
        }
        self.wrote();
        Ok(())
    }
}

#[async_trait]
impl Retention for Open<'_> {
    async fn forget_changes(&mut self, employee: &str) -> Result<()> {
        let forgets_the_log = self.has(Fault::ForgetsTheLog);
        if let Some(history) = self.state.histories.get_mut(employee) {
            if forgets_the_log {
                history.actions.clear();
            } else {
                history.changes.clear();
            }
        }
        self.wrote();
        Ok(())
    }
}

#[async_trait]
impl OutboxStatus for Open<'_> {
    async fn outbox_counts(&mut self) -> Result<OutboxCounts> {
        let counts_dead = self.has(Fault::CountsDeadLetters);
        let mails = self.shown().mails;
        let count = |fits: &dyn Fn(Post) -> bool| mails.iter().filter(|(_, post)| fits(*post)).count() as u64;
        Ok(OutboxCounts {
            queued: count(&|post| post == Post::Waits || post == Post::Dead && counts_dead),
            delivered: count(&|post| post == Post::Delivered),
        })
    }

    async fn undeliverable(&mut self) -> Result<Vec<Undeliverable>> {
        let state = self.shown();
        let why = |id: &str| state.reasons.iter().rev().find(|(of, _)| of == id).map(|(_, why)| why.clone());
        let dead = state.mails.iter().filter(|(_, post)| *post == Post::Dead);
        Ok(dead
            .map(|(mail, _)| Undeliverable {
                message_id: mail.message_id.clone(),
                recipients: mail.to.clone(),
                reason: why(&mail.message_id).unwrap_or_default(),
            })
            .collect())
    }
}

connector_store_conformance::tests!(Memory<0>);
connector_store_conformance::store_tests!(Memory<0>);

#[tokio::test]
async fn each_property_is_broken_by_a_fault_of_its_own() {
    macro_rules! broken_by {
        ($($fault:literal)+) => {
            [$(($fault, check_store::<Memory<$fault>>().await)),+]
        };
    }
    let reports = broken_by!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38);
    for (fault, report) in &reports {
        let (fault, expected) = FAULTS[*fault];
        let violated: Vec<&str> = report.violations().map(|(name, _)| name).collect();
        let fits = if expected.is_empty() { violated.is_empty() } else { violated.contains(&expected) };
        assert!(fits, "{fault:?}: {violated:?}");
    }
    for (property, _) in reports[0].1.answers() {
        let breaks = |(_, report): &(usize, Report)| report.violations().any(|(name, _)| name == property);
        assert!(reports.iter().any(breaks), "no fault breaks {property}");
    }
}

/// A violation says what was expected, and what is the case.
#[tokio::test]
async fn a_violation_explains_itself() {
    let told = properties::s19_an_approval_counts_once::<Memory<14>>().await.unwrap_err().to_string();
    assert_eq!(told, "the approval of an applied plan should be used up");
}
