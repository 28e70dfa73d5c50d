//! What the sync relies on: one function for each property, each with a store of its own.
//!
//! A name that starts with a number names the sync rule that needs the property.

use std::collections::BTreeSet;

use connector_host::contract::{AccountStatus, Field};
use connector_sync::directory::{Issue, KEPT_PLANS};
use connector_sync::plan_file::IssuedPlan;
use connector_sync::run::Outcome;
use jiff::Timestamp;

use crate::samples::{
    ADA, BEN, CLEO, change, create, delete, invite, join, link, mail, moved, readdress, rename, run, saved, start,
    supervise, update,
};
use crate::steps::{
    Post, Second, account, apply, apply_all, apply_meanwhile, ensure, filled, group, history, is_used, issue, issue_is,
    post, queue_is, record, runs, seen, snapshot,
};
use crate::{Answer, Subject};

/// Whatever an action does is there for the next to open the store, with a new version of the account.
///
/// # Errors
/// When it does not hold.
pub async fn s13_every_operation_is_applied_and_lasts<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let (ada, ben, sales) = (account(&before, ADA)?, account(&before, BEN)?, group(&before)?);
    let changes =
        vec![change(Field::Status, Some("absent")), change(Field::Team, None), change(Field::Position, Some("CTO"))];
    let plan = [
        create("3", CLEO),
        link("2", ben),
        update("1", ada, changes),
        supervise("1", ada, "3"),
        join("2", Some(ben), sales),
        join("3", None, sales),
        invite("3", None),
    ];
    apply_all(&subject, &plan).await?;
    let after = snapshot(&subject).await?;
    let (new_ada, new_ben, cleo) = (account(&after, ADA)?, account(&after, BEN)?, account(&after, CLEO)?);
    let is_updated = new_ada.status == AccountStatus::Absent
        && new_ada.team.is_none()
        && new_ada.position.as_deref() == Some("CTO")
        && new_ada.first_name == ada.first_name
        && !new_ada.protected;
    ensure(is_updated, || {
        "an update should write its fields, clear those without a value, and leave the others".into()
    })?;
    ensure(new_ada.supervisor.as_ref() == Some(&cleo.id), || {
        "the supervisor should be the account just created".into()
    })?;
    ensure(new_ben.employee.as_deref() == Some("2"), || "a link should link the account to the employee".into())?;
    let is_member = |groups: &[String]| groups == [sales.id.clone()];
    ensure(is_member(&new_ben.groups) && is_member(&cleo.groups), || "both should be in the group, once".into())?;
    let is_created = cleo.employee.as_deref() == Some("3")
        && cleo.status == AccountStatus::Preboarding
        && cleo.last_name == "Öztürk"
        && cleo.department.as_deref() == Some("Sales")
        && cleo.created_by_connector
        && !cleo.protected;
    ensure(is_created, || "a new account should have its fields, its employee and its origin".into())?;
    ensure(cleo.invited && !new_ada.invited, || {
        "those who were invited should be noted as invited, and nobody else".into()
    })?;
    let grew = new_ada.version > ada.version && new_ben.version > ben.version;
    ensure(grew, || "a change should raise the account's version".into())
}

/// Each action has its outcome at its own place, whatever becomes of the others.
///
/// # Errors
/// When it does not hold.
pub async fn s13_outcomes_are_in_the_order_of_the_plan<S: Subject>() -> Answer {
    for is_reversed in [false, true] {
        let (subject, before) = filled::<S>().await?;
        let (ada, ben) = (account(&before, ADA)?, account(&before, BEN)?);
        let mut stale = rename("1", ada, "Stale");
        stale.version = Some(ada.version + 1);
        // Fits, is stale, and cannot be: the address is taken by an account that keeps it.
        let mut plan = vec![link("2", ben), stale, create("3", ADA)];
        if is_reversed {
            plan.reverse();
        }
        let mut outcomes = apply(&subject, &plan).await?;
        if is_reversed {
            outcomes.reverse();
        }
        let fits = matches!(outcomes.as_slice(), [Outcome::Applied, Outcome::Stale, Outcome::Failed(_)]);
        ensure(fits, || format!("applied, stale and failed should be in the plan's order; they are {outcomes:?}"))?;
        let accounts = snapshot(&subject).await?.accounts.len();
        ensure(accounts == 2, || "an action that failed should write nothing".into())?;
    }
    Ok(())
}

/// Applying the first part and then the rest, planned again, is the same as applying the whole.
///
/// # Errors
/// When it does not hold.
pub async fn s20_a_plan_can_be_applied_in_parts<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    apply_all(&subject, &[]).await?;
    ensure(snapshot(&subject).await? == before, || "applying nothing should change nothing".into())?;
    apply_all(&subject, &[create("3", CLEO)]).await?;
    let created = snapshot(&subject).await?;
    let cleo = account(&created, CLEO)?;
    apply_all(&subject, &[join("3", Some(cleo), group(&created)?), invite("3", Some(cleo))]).await?;
    let after = snapshot(&subject).await?;
    let cleo = account(&after, CLEO)?;
    ensure(cleo.groups.len() == 1 && cleo.invited, || "the rest of a plan should find what its start created".into())
}

/// An account at another version than it was planned against is left alone, and the other actions go on.
///
/// # Errors
/// When it does not hold.
pub async fn s21_what_changed_since_planning_is_stale<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let (ada, ben) = (account(&before, ADA)?, account(&before, BEN)?);
    apply_all(&subject, &[rename("1", ada, "Somebody's change")]).await?;
    let mut unversioned = rename("1", ada, "Without a version");
    unversioned.version = None;
    let outcomes = apply(&subject, &[rename("1", ada, "Too late"), unversioned, link("2", ben)]).await?;
    let expected = [Outcome::Stale, Outcome::Stale, Outcome::Applied];
    ensure(outcomes == expected, || format!("the outcomes should be {expected:?}, and are {outcomes:?}"))?;
    let after = snapshot(&subject).await?;
    ensure(account(&after, ADA)?.last_name == "Somebody's change", || "a stale action should write nothing".into())
}

/// A plan that is applied again creates nobody twice and invites nobody twice.
///
/// # Errors
/// When it does not hold.
pub async fn s21_the_same_plan_again_changes_nothing<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let plan = [create("3", CLEO), link("2", account(&before, BEN)?), invite("3", None)];
    apply_all(&subject, &plan).await?;
    let once = snapshot(&subject).await?;
    let outcomes = apply(&subject, &plan).await?;
    let is_stale = outcomes.iter().all(|outcome| *outcome == Outcome::Stale);
    ensure(is_stale, || format!("a plan applied before should be stale, and became {outcomes:?}"))?;
    ensure(snapshot(&subject).await? == once, || "a plan applied again should change nothing".into())
}

/// Addresses are unique once the whole plan is written, and not between two of its actions.
///
/// # Errors
/// When it does not hold.
pub async fn s10_two_people_swap_their_addresses<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    apply_all(&subject, &[link("2", account(&before, BEN)?)]).await?;
    let linked = snapshot(&subject).await?;
    let (ada, ben) = (account(&linked, ADA)?, account(&linked, BEN)?);
    apply_all(&subject, &[readdress("1", ada, BEN), readdress("2", ben, ADA)]).await?;
    let after = snapshot(&subject).await?;
    let is_swapped = account(&after, BEN)?.id == ada.id && account(&after, ADA)?.id == ben.id;
    ensure(is_swapped, || "two people who swap their addresses should have each other's".into())
}

/// A protected account is not linked by its address, its address is not changed, and it is not locked, whatever the plan says.
///
/// # Errors
/// When it does not hold.
pub async fn s04_nobody_takes_a_protected_account_over<S: Subject>() -> Answer {
    let mut directory = start();
    for account in &mut directory.accounts {
        account.protected = true;
    }
    let subject = S::create(&directory).await?;
    let before = snapshot(&subject).await?;
    let (ada, ben) = (account(&before, ADA)?, account(&before, BEN)?);
    let locks = update("1", ada, vec![change(Field::Status, Some("inactive"))]);
    let outcomes = apply(&subject, &[readdress("1", ada, CLEO), locks, link("2", ben)]).await?;
    let is_refused = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Failed(_)));
    ensure(is_refused, || format!("taking a protected account over should fail, and became {outcomes:?}"))?;
    ensure(snapshot(&subject).await? == before, || "a protected account should be as it was".into())
}

/// Nothing that can be asked of a store takes an account away.
///
/// # Errors
/// When it does not hold.
pub async fn s03_no_account_is_ever_deleted<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let ada = account(&before, ADA)?;
    let outcomes = apply(&subject, &[delete("1", ada)]).await?;
    let is_refused = matches!(outcomes.as_slice(), [Outcome::Failed(_)]);
    ensure(is_refused, || format!("an operation that does not exist should fail, and became {outcomes:?}"))?;
    apply_all(&subject, &[update("1", ada, vec![change(Field::Status, Some("inactive"))])]).await?;
    let after = snapshot(&subject).await?;
    ensure(after.accounts.len() == before.accounts.len(), || "an account is gone".into())?;
    ensure(account(&after, ADA)?.status == AccountStatus::Inactive, || {
        "an inactive account should still be there".into()
    })
}

/// An invitation written in the transaction that changes an address goes to the new one.
///
/// # Errors
/// When it does not hold.
pub async fn s16_an_invitation_is_for_the_account_as_it_stands<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let ada = account(&before, ADA)?;
    let mut directory = subject.open().await?;
    let mut transaction = directory.begin().await?;
    transaction.apply(&[readdress("1", ada, CLEO)]).await?;
    let invitee = transaction.invitee("1").await?;
    let fits = invitee.is_some_and(|invitee| {
        invitee.account == ada.id && invitee.email == CLEO && invitee.first_name == ada.first_name
    });
    ensure(fits, || "an invitation should go to the account's address as it is in the transaction".into())?;
    let nobody = transaction.invitee("nobody").await?;
    ensure(nobody.is_none(), || "somebody without an account cannot be invited".into())
}

/// Without a commit there are no accounts, no run, no approval and no mail.
///
/// # Errors
/// When it does not hold.
pub async fn a_transaction_that_is_dropped_leaves_nothing<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    {
        let mut directory = subject.open().await?;
        let mut transaction = directory.begin().await?;
        let plan = vec![create("3", CLEO), link("2", account(&before, BEN)?)];
        let outcomes = transaction.apply(&plan).await?;
        transaction.record(&run("run-1", "hash", true, plan.into_iter().zip(outcomes).collect())).await?;
        transaction.enqueue(&mail("a@store.example", ADA)).await?;
    }
    ensure(snapshot(&subject).await? == before, || "accounts of a dropped transaction are there".into())?;
    ensure(runs(&subject).await?.is_empty(), || "a run of a dropped transaction is on file".into())?;
    ensure(!is_used(&subject, "hash").await?, || "an approval was used up by a dropped transaction".into())?;
    queue_is(&subject, &[], "after a dropped transaction").await
}

/// The sync reads back in a transaction what it wrote there, and everybody else only after the commit.
///
/// # Errors
/// When it does not hold.
pub async fn a_transaction_sees_what_it_wrote<S: Subject>() -> Answer {
    let (subject, _) = filled::<S>().await?;
    let letter = mail("a@store.example", ADA);
    let mut directory = subject.open().await?;
    let mut transaction = directory.begin().await?;
    transaction.apply(&[create("3", CLEO)]).await?;
    transaction.record(&run("run-1", "hash", true, Vec::new())).await?;
    transaction.enqueue(&letter).await?;
    account(&seen(&mut *transaction).await?, CLEO)?;
    let sees = transaction.runs().await?.len() == 1 && transaction.approval_used("hash").await?;
    ensure(sees, || "a run and its approval should be seen in their own transaction".into())?;
    ensure(transaction.queued().await? == [letter.clone()], || "a mail should be seen in its own transaction".into())?;
    transaction.commit().await?;
    account(&snapshot(&subject).await?, CLEO)?;
    let lasts = runs(&subject).await?.len() == 1 && is_used(&subject, "hash").await?;
    ensure(lasts, || "a committed run and its approval should be on file".into())?;
    queue_is(&subject, &[&letter], "after the commit").await
}

/// Accounts and groups that are read in one transaction belong together, whatever others write meanwhile.
///
/// # Errors
/// When it does not hold.
pub async fn a_read_is_of_one_moment<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let (mut reader, mut writer) = (subject.open().await?, subject.open().await?);
    {
        let mut reading = reader.read().await?;
        ensure(seen(&mut *reading).await? == before, || "two openings of the store should show the same".into())?;
        // The writer may be held back until the reader is done; it may not be seen.
        let _ = apply_meanwhile(&mut *writer, &[create("3", CLEO)]).await;
        let is_one_moment = seen(&mut *reading).await? == before;
        ensure(is_one_moment, || "a transaction that reads should not see what others write meanwhile".into())?;
    }
    let outcomes = apply(&subject, &[create("3", CLEO)]).await?;
    ensure(outcomes.len() == 1, || "a store should be writable once its reader is done".into())
}

/// Of two who write the same account, one finds it changed, is refused, or waits.
///
/// # Errors
/// When it does not hold.
pub async fn of_two_writers_one_wins<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let ada = account(&before, ADA)?;
    let (mut one, mut other) = (subject.open().await?, subject.open().await?);
    let mut transaction = one.begin().await?;
    let first = transaction.apply(&[rename("1", ada, "First")]).await?;
    let second = apply_meanwhile(&mut *other, &[rename("1", ada, "Second")]).await;
    let first_wins = transaction.commit().await.is_ok() && first == [Outcome::Applied];
    let second_wins = matches!(&second, Second::Committed(outcomes) if *outcomes == [Outcome::Applied]);
    ensure(first_wins != second_wins, || {
        let winners = if first_wins { "both" } else { "none" };
        format!("of two who write one account at one version, {winners} succeeded; it should be one")
    })?;
    drop(other);
    let after = snapshot(&subject).await?;
    let expected = if first_wins { "First" } else { "Second" };
    ensure(account(&after, ADA)?.last_name == expected, || {
        "the one who succeeded should have written the account".into()
    })
}

/// A run that applied a guarded plan uses up the plan's approval; no other run does.
///
/// # Errors
/// When it does not hold.
pub async fn s19_an_approval_counts_once<S: Subject>() -> Answer {
    let (subject, _) = filled::<S>().await?;
    record(&subject, &run("run-1", "ready", false, Vec::new())).await?;
    let mut waits = run("run-2", "guarded", true, Vec::new());
    waits.verdict = connector_sync::run::RunVerdict::NeedsApproval;
    record(&subject, &waits).await?;
    for hash in ["ready", "guarded", "another"] {
        ensure(!is_used(&subject, hash).await?, || format!("nobody has used an approval of `{hash}`"))?;
    }
    record(&subject, &run("run-3", "guarded", true, Vec::new())).await?;
    ensure(is_used(&subject, "guarded").await?, || "the approval of an applied plan should be used up".into())?;
    ensure(!is_used(&subject, "ready").await?, || "the approval of another plan should not be used up".into())
}

/// A saved plan can be applied only by the store that issued it, for its tenant, as it was, and once.
///
/// # Errors
/// When it does not hold.
pub async fn s19_a_saved_plan_counts_where_it_was_issued_and_once<S: Subject>() -> Answer {
    let (subject, _) = filled::<S>().await?;
    let other = S::create(&start()).await?;
    let plan = saved("hash", "seal");
    {
        let mut directory = subject.open().await?;
        directory.begin().await?.issue(&plan, Timestamp::UNIX_EPOCH).await?;
    }
    issue_is(&subject, &plan, Issue::Unknown, "before it was issued").await?;
    issue(&subject, &plan).await?;
    issue_is(&subject, &plan, Issue::Open, "once it was issued").await?;
    issue_is(&other, &plan, Issue::Unknown, "in another store").await?;
    let another_tenant = IssuedPlan { tenant: "Other".to_owned(), ..plan.clone() };
    for forged in [saved("other", "seal"), saved("hash", "other"), another_tenant] {
        issue_is(&subject, &forged, Issue::Unknown, "with another hash, seal or tenant").await?;
    }
    {
        let mut directory = subject.open().await?;
        let mut transaction = directory.begin().await?;
        transaction.use_up(&plan).await?;
        let sees = transaction.issued(&plan).await? == Issue::Applied;
        ensure(sees, || "a plan that is used up should be seen in its own transaction".into())?;
    }
    issue_is(&subject, &plan, Issue::Open, "after a dropped transaction").await?;
    {
        let mut directory = subject.open().await?;
        let mut transaction = directory.begin().await?;
        transaction.use_up(&plan).await?;
        transaction.commit().await?;
    }
    issue_is(&subject, &plan, Issue::Applied, "once it was applied").await?;
    issue(&subject, &plan).await?;
    issue_is(&subject, &plan, Issue::Applied, "when it is issued again").await
}

/// A plan that was saved can be applied, however many were saved since, up to the number that is promised.
///
/// # Errors
/// When it does not hold.
pub async fn s19_the_newest_saved_plans_are_remembered<S: Subject>() -> Answer {
    let (subject, _) = filled::<S>().await?;
    let mut directory = subject.open().await?;
    let mut transaction = directory.begin().await?;
    for number in 0..=KEPT_PLANS {
        transaction.issue(&saved("hash", &number.to_string()), Timestamp::UNIX_EPOCH).await?;
    }
    transaction.commit().await?;
    drop(directory);
    let oldest = saved("hash", "1");
    issue_is(&subject, &oldest, Issue::Open, &format!("of {KEPT_PLANS} plans, the oldest")).await
}

/// The run log keeps every run, whatever its verdict, with its figures.
///
/// # Errors
/// When it does not hold.
pub async fn runs_are_oldest_first_with_their_outcomes<S: Subject>() -> Answer {
    let (subject, _) = filled::<S>().await?;
    let outcomes = [
        Outcome::Applied,
        Outcome::Applied,
        Outcome::Applied,
        Outcome::Stale,
        Outcome::Stale,
        Outcome::Failed("group-gone"),
    ];
    let actions =
        outcomes.into_iter().zip(3..).map(|(outcome, employee)| (create(&employee.to_string(), CLEO), outcome));
    record(&subject, &run("20260101T000000Z-000001", "one", false, actions.collect())).await?;
    let mut failed = run("20260102T000000Z-000000", "two", false, Vec::new());
    failed.verdict = connector_sync::run::RunVerdict::Failed;
    record(&subject, &failed).await?;
    let runs = runs(&subject).await?;
    let told: Vec<_> = runs
        .iter()
        .map(|run| (run.id.as_str(), run.tenant.as_str(), run.verdict.as_str(), run.applied, run.stale, run.failed))
        .collect();
    let expected = [
        ("20260101T000000Z-000001", "Store", "done", 3, 2, 1),
        ("20260102T000000Z-000000", "Store", "failed", 0, 0, 0),
    ];
    ensure(told == expected, || format!("the runs should be {expected:?}, and are {told:?}"))?;
    let hashes: Vec<_> = runs.iter().map(|run| run.plan_hash.as_deref()).collect();
    ensure(hashes == [Some("one"), Some("two")], || format!("the runs' plans should be kept; they are {hashes:?}"))
}

/// A run is found by its ID, as the log of all runs has it; one that is not on file is not.
///
/// # Errors
/// When it does not hold.
pub async fn a_run_is_found_by_its_id<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let ada = account(&before, ADA)?;
    for name in ["first", "second"] {
        record(&subject, &run(name, "hash", false, vec![(rename("1", ada, "Byron"), Outcome::Stale)])).await?;
    }
    let mut directory = subject.open().await?;
    let mut transaction = directory.read().await?;
    let all = transaction.runs().await?;
    let found = transaction.find_run("second").await?;
    ensure(found.is_some() && found == all.into_iter().find(|run| run.id == "second"), || {
        format!("the run with this ID should be found as the log has it, and is {found:?}")
    })?;
    let absent = transaction.find_run("third").await?;
    ensure(absent.is_none(), || format!("a run that is not on file should not be found, and is {absent:?}"))
}

/// Of each field of a person the last change that was applied is kept with its values, and of their actions all.
///
/// # Errors
/// When it does not hold.
pub async fn the_last_change_of_each_field_is_on_file<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let ada = account(&before, ADA)?;
    let team = |from: Option<&str>, to: Option<&str>| vec![moved(Field::Team, from, to)];
    let first = update(
        "1",
        ada,
        [team(Some("North"), Some("South")), vec![moved(Field::Position, None, Some("CTO"))]].concat(),
    );
    let second = update("1", ada, team(Some("South"), None));
    let stale = update("1", ada, team(None, Some("West")));
    let failed = update("1", ada, vec![moved(Field::Email, Some(ADA), Some(BEN))]);
    let of_ben = update("2", account(&before, BEN)?, team(None, Some("East")));
    record(&subject, &run("run-1", "one", false, vec![(first, Outcome::Applied), (of_ben, Outcome::Applied)])).await?;
    let later = vec![(second, Outcome::Applied), (supervise("1", ada, "2"), Outcome::Applied), (stale, Outcome::Stale)];
    record(&subject, &run("run-2", "two", false, later)).await?;
    record(&subject, &run("run-3", "three", false, vec![(failed, Outcome::Failed("address-taken"))])).await?;
    let told = history(&subject, "1").await?;
    let mut changes: Vec<_> = told
        .changes
        .iter()
        .map(|change| (change.field.as_str(), change.run.as_str(), change.before.as_deref(), change.after.as_deref()))
        .collect();
    changes.sort_unstable();
    let expected = [
        ("position", "run-1", None, Some("CTO")),
        ("supervisor", "run-2", None, Some("2")),
        ("team", "run-2", Some("South"), None),
    ];
    ensure(changes == expected, || format!("the last changes should be {expected:?}, and are {changes:?}"))?;
    let actions: Vec<_> = told
        .actions
        .iter()
        .map(|action| (action.run.as_str(), action.operation.as_str(), action.outcome.as_str()))
        .collect();
    let expected = [
        ("run-1", "update", "applied"),
        ("run-2", "update", "applied"),
        ("run-2", "set-supervisor", "applied"),
        ("run-2", "update", "stale"),
        ("run-3", "update", "failed"),
    ];
    ensure(actions == expected, || format!("the actions should be {expected:?}, and are {actions:?}"))?;
    let nobody = history(&subject, "nobody").await?;
    ensure(nobody.is_empty(), || format!("nothing should be on file about nobody, and there is {nobody:?}"))
}

/// Mails go out in the order in which they were queued, as they were written.
///
/// # Errors
/// When it does not hold.
pub async fn mails_are_queued_in_order<S: Subject>() -> Answer {
    let (subject, _) = filled::<S>().await?;
    let [b, a, c] = ["b@store.example", "a@store.example", "c@store.example"].map(|id| mail(id, ADA));
    post(&subject, &[Post::Enqueue(&b), Post::Enqueue(&a)]).await?;
    post(&subject, &[Post::Enqueue(&c)]).await?;
    queue_is(&subject, &[&b, &a, &c], "after three mails were queued").await?;
    post(&subject, &[Post::Delivered(&a.message_id)]).await?;
    queue_is(&subject, &[&b, &c], "after the second was delivered").await
}

/// A message ID is queued once, also when its mail was delivered before.
///
/// # Errors
/// When it does not hold.
pub async fn a_mail_is_queued_once<S: Subject>() -> Answer {
    let (subject, _) = filled::<S>().await?;
    let (first, again) = (mail("a@store.example", ADA), mail("a@store.example", BEN));
    post(&subject, &[Post::Enqueue(&first), Post::Enqueue(&again)]).await?;
    queue_is(&subject, &[&first], "after a message ID was queued twice").await?;
    post(&subject, &[Post::Delivered(&first.message_id)]).await?;
    post(&subject, &[Post::Enqueue(&again)]).await?;
    queue_is(&subject, &[], "after a delivered mail was queued again").await
}

/// A mail that waits is replaced at its place; one that was delivered, or never queued, is not.
///
/// # Errors
/// When it does not hold.
pub async fn a_mail_that_waits_is_replaced<S: Subject>() -> Answer {
    let (subject, _) = filled::<S>().await?;
    let (old, new, last) = (mail("a@store.example", ADA), mail("a@store.example", BEN), mail("b@store.example", ADA));
    post(&subject, &[Post::Replace(&old)]).await?;
    queue_is(&subject, &[], "after a mail was replaced that never was").await?;
    post(&subject, &[Post::Enqueue(&old), Post::Enqueue(&last), Post::Replace(&new)]).await?;
    queue_is(&subject, &[&new, &last], "after the first was replaced").await?;
    post(&subject, &[Post::Delivered(&new.message_id), Post::Replace(&old)]).await?;
    queue_is(&subject, &[&last], "after a delivered mail was replaced").await
}

/// A mail that can never be delivered no longer waits, and comes back with a new address.
///
/// # Errors
/// When it does not hold.
pub async fn a_dead_letter_is_kept_from_the_queue<S: Subject>() -> Answer {
    let (subject, _) = filled::<S>().await?;
    let (old, new) = (mail("a@store.example", ADA), mail("a@store.example", BEN));
    post(&subject, &[Post::Enqueue(&old), Post::DeadLetter(&old.message_id)]).await?;
    queue_is(&subject, &[], "after the mail was dead-lettered").await?;
    post(&subject, &[Post::Enqueue(&old)]).await?;
    queue_is(&subject, &[], "after a dead letter was queued again").await?;
    post(&subject, &[Post::Replace(&new)]).await?;
    queue_is(&subject, &[&new], "after a dead letter was replaced").await?;
    post(&subject, &[Post::Delivered(&new.message_id), Post::DeadLetter(&new.message_id), Post::Replace(&old)]).await?;
    queue_is(&subject, &[], "after a delivered mail was dead-lettered and replaced").await
}

/// A store is the same one whenever it is opened, and no other; an account keeps its ID, and shares it with nobody.
///
/// # Errors
/// When it does not hold.
pub async fn a_store_keeps_its_identity_and_its_ids<S: Subject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let identity = subject.open().await?.id().await?;
    ensure(identity.is_some(), || "a store that lasts should have an identity".into())?;
    apply_all(&subject, &[create("3", CLEO), create("4", "dan@store.example")]).await?;
    ensure(subject.open().await?.id().await? == identity, || "a store's identity should not change".into())?;
    let other = S::create(&start()).await?;
    ensure(other.open().await?.id().await? != identity, || "two stores should not have one identity".into())?;
    let after = snapshot(&subject).await?;
    for kept in &before.accounts {
        ensure(account(&after, &kept.email)?.id == kept.id, || "an account's ID should not change".into())?;
    }
    let ids: BTreeSet<&str> = after.accounts.iter().map(|account| account.id.as_str()).collect();
    ensure(ids.len() == 4, || "two accounts have one ID".into())
}
