//! What who administers a store relies on: one function for each property, each with a store of its own.
//!
//! A name that starts with a number names the sync rule that needs the property.

use connector_host::contract::{Account, AccountStatus, Field, Group};
use connector_sync::decisions::{relink, unlink};
use connector_sync::directory::{ImportedAccount, OutboxCounts, StoreTransaction};
use connector_sync::history::PastDecision;
use connector_sync::run::Outcome;
use jiff::Timestamp;

use crate::samples::{ADA, BEN, CLEO, SALES, create, mail, moved, rename, run, update};
use crate::steps::{Post, account, apply, apply_all, ensure, filled, group, history, post, record, snapshot};
use crate::{Answer, StoreSubject};

const DAY: Timestamp = Timestamp::UNIX_EPOCH;

/// Whose account it is: the employee, their earlier IDs, and those to whom it is never linked by its address.
type Owners = (Option<String>, Vec<String>, Vec<String>);

fn owners(account: &Account) -> Owners {
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort();
        ids
    };
    (account.employee.clone(), sorted(&account.earlier_employees), sorted(&account.foreign_employees))
}

fn texts(of: &[&str]) -> Vec<String> {
    of.iter().map(|text| (*text).to_owned()).collect()
}

async fn owners_are(
    subject: &impl StoreSubject,
    email: &str,
    expected: (Option<&str>, &[&str], &[&str]),
    when: &str,
) -> Answer {
    let expected: Owners = (expected.0.map(str::to_owned), texts(expected.1), texts(expected.2));
    let found = owners(account(&snapshot(subject).await?, email)?);
    ensure(found == expected, || {
        format!("{when}, the account's employee, earlier and foreign IDs should be {expected:?}, and are {found:?}")
    })
}

/// A decision in a transaction of its own.
enum Decision<'a> {
    Relink(&'a str, &'a str),
    Unlink(&'a str),
}

async fn decide(subject: &impl StoreSubject, decision: Decision<'_>) -> Answer {
    let mut store = subject.open_store().await?;
    let mut transaction = store.administer().await?;
    match decision {
        Decision::Relink(account, employee) => {
            relink(&mut *transaction, account, employee, "a good reason", DAY).await?;
        }
        Decision::Unlink(account) => {
            unlink(&mut *transaction, account, "a good reason", DAY).await?;
        }
    }
    Ok(transaction.commit().await?)
}

/// The same person with a new ID keeps their account, and linking it back takes that back.
///
/// # Errors
/// When it does not hold.
pub async fn s12_the_same_person_with_a_new_id_keeps_their_account<S: StoreSubject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let ada = &account(&before, ADA)?.id;
    decide(&subject, Decision::Relink(ada, "9")).await?;
    owners_are(&subject, ADA, (Some("9"), &["1"], &[]), "after a link to a new ID").await?;
    decide(&subject, Decision::Relink(ada, "1")).await?;
    owners_are(&subject, ADA, (Some("1"), &[], &[]), "after a link back to the earlier ID").await
}

/// An account that is not this employee's is nobody's, and theirs again when a person says so.
///
/// # Errors
/// When it does not hold.
pub async fn s12_an_account_that_is_not_theirs_is_unlinked_and_linked_back<S: StoreSubject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let ada = &account(&before, ADA)?.id;
    decide(&subject, Decision::Unlink(ada)).await?;
    owners_are(&subject, ADA, (None, &[], &["1"]), "after an unlink").await?;
    decide(&subject, Decision::Relink(ada, "1")).await?;
    owners_are(&subject, ADA, (Some("1"), &[], &[]), "after a link back").await
}

/// Earlier IDs are the same person's: they go with the link, and come back with it, but to nobody else.
///
/// # Errors
/// When it does not hold.
pub async fn s12_earlier_ids_go_and_come_with_the_person<S: StoreSubject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let ada = &account(&before, ADA)?.id;
    decide(&subject, Decision::Relink(ada, "9")).await?;
    decide(&subject, Decision::Unlink(ada)).await?;
    owners_are(&subject, ADA, (None, &[], &["1", "9"]), "after an unlink").await?;
    decide(&subject, Decision::Relink(ada, "9")).await?;
    owners_are(&subject, ADA, (Some("9"), &["1"], &[]), "after a link back").await?;
    decide(&subject, Decision::Unlink(ada)).await?;
    decide(&subject, Decision::Relink(ada, "5")).await?;
    owners_are(&subject, ADA, (Some("5"), &[], &["1", "9"]), "after a link to somebody else").await
}

/// What cannot be decided is refused with the reason, and nothing is written.
///
/// # Errors
/// When it does not hold.
pub async fn s12_impossible_decisions_are_refused_with_the_reason<S: StoreSubject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let (ada, ben) = (&account(&before, ADA)?.id, &account(&before, BEN)?.id);
    decide(&subject, Decision::Relink(ben, "2")).await?;
    decide(&subject, Decision::Relink(ben, "8")).await?;
    let before = snapshot(&subject).await?;
    for (account, employee, reason, words) in [
        (
            ada.as_str(),
            "8",
            "x",
            format!("employee 8 already has account {ben}; unlink that one first if account {ada} is theirs"),
        ),
        (
            ada,
            "2",
            "x",
            format!("employee 2 is an earlier ID of account {ben}; link that account back to it, or name another"),
        ),
        (ada, "1", "x", format!("account {ada} is already linked to employee 1; there is nothing to do")),
        ("nobody's", "9", "x", "there is no account nobody's; `harness directory show` lists the accounts".to_owned()),
        (ada, " ", "x", "an employee's ID is needed; write the one that the HR system shows".to_owned()),
        (ada, "9", " ", "a reason of 1 to 500 characters is needed; it is kept in the log".to_owned()),
    ] {
        let mut store = subject.open_store().await?;
        let mut transaction = store.administer().await?;
        let refused = relink(&mut *transaction, account, employee, reason, DAY).await.err();
        let told = refused.map(|error| error.to_string()).unwrap_or_default();
        ensure(told == words, || {
            format!("a decision should be refused with \"{words}\", and the answer is \"{told}\"")
        })?;
        drop(transaction);
    }
    decide(&subject, Decision::Unlink(ada)).await?;
    let mut store = subject.open_store().await?;
    let mut transaction = store.administer().await?;
    let refused = unlink(&mut *transaction, ada, "x", DAY).await.err().map(|error| error.to_string());
    let words = format!("account {ada} is not linked to anybody; there is nothing to do");
    ensure(refused.as_ref() == Some(&words), || format!("a second unlink should be refused, and is {refused:?}"))?;
    drop(transaction);
    drop(store);
    let after = snapshot(&subject).await?;
    ensure(owners(account(&after, BEN)?) == owners(account(&before, BEN)?), || {
        "a decision that was refused should write nothing".into()
    })
}

/// A decision is on file under both employees that it names, oldest first, with its reason.
///
/// # Errors
/// When it does not hold.
pub async fn s12_decisions_are_on_file<S: StoreSubject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let ada = &account(&before, ADA)?.id;
    decide(&subject, Decision::Relink(ada, "9")).await?;
    decide(&subject, Decision::Unlink(ada)).await?;
    let past = |kind: &str, employee: Option<&str>, earlier: &str| PastDecision {
        decided: DAY.to_string(),
        kind: kind.to_owned(),
        account: ada.clone(),
        employee: employee.map(str::to_owned),
        earlier: Some(earlier.to_owned()),
        reason: "a good reason".to_owned(),
    };
    let (first, second) = (past("relink", Some("9"), "1"), past("unlink", None, "9"));
    for (employee, expected) in [("9", vec![first.clone(), second]), ("1", vec![first]), ("2", Vec::new())] {
        let found = history(&subject, employee).await?.decisions;
        ensure(found == expected, || {
            format!("of employee {employee}, {} decisions should be on file, and there are {found:?}", expected.len())
        })?;
    }
    Ok(())
}

/// A plan from before a decision does not undo it (rule S21).
///
/// # Errors
/// When it does not hold.
pub async fn s21_a_decision_makes_earlier_plans_stale<S: StoreSubject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let ada = account(&before, ADA)?;
    decide(&subject, Decision::Relink(&ada.id, "9")).await?;
    decide(&subject, Decision::Relink(&ada.id, "1")).await?;
    let outcomes = apply(&subject, &[rename("1", ada, "Byron")]).await?;
    ensure(outcomes == [Outcome::Stale], || {
        format!("an action planned before a decision should be stale, and became {outcomes:?}")
    })
}

/// An account that is imported replaces the one with its ID, memberships and role included; everything else stays.
///
/// # Errors
/// When it does not hold.
pub async fn an_import_replaces_what_has_its_id_and_nothing_else<S: StoreSubject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let (ada, ben, sales) = (account(&before, ADA)?, account(&before, BEN)?, group(&before)?);
    let mut new_ada = ada.clone();
    new_ada.team = None;
    new_ada.status = AccountStatus::Inactive;
    new_ada.supervisor = Some("dan".to_owned());
    new_ada.groups = vec!["support".to_owned()];
    let mut dan = ben.clone();
    "dan".clone_into(&mut dan.id);
    "dan@store.example".clone_into(&mut dan.email);
    dan.gender = Some("male".to_owned());
    dan.protected = true;
    dan.groups = vec!["support".to_owned(), sales.id.clone()];
    dan.groups.sort();
    let mut store = subject.open_store().await?;
    let mut transaction = store.administer().await?;
    let groups = [
        Group { id: "support".to_owned(), name: "Support".to_owned() },
        Group { id: sales.id.clone(), name: "Verkauf".to_owned() },
    ];
    transaction.put_groups(&groups).await?;
    let imported = |account: &Account, role: &str| ImportedAccount { account: account.clone(), role: role.to_owned() };
    transaction.put_accounts(&[imported(&new_ada, "editor"), imported(&dan, "admin")]).await?;
    transaction.commit().await?;
    let after = snapshot(&subject).await?;
    let (found_ada, found_dan) = (account(&after, ADA)?, account(&after, "dan@store.example")?);
    let at_version = |account: &Account, version: u64| Account { version, ..account.clone() };
    ensure(found_ada.version > ada.version && *found_ada == at_version(&new_ada, found_ada.version), || {
        format!("an account that was there should be the one of the import, with a new version, and is {found_ada:?}")
    })?;
    ensure(*found_dan == at_version(&dan, found_dan.version), || {
        format!("a new account should be as it was imported, and is {found_dan:?}")
    })?;
    ensure(account(&after, BEN)? == ben, || "an account that was not imported should stay as it is".into())?;
    let names: Vec<&str> = after.groups.iter().map(|group| group.name.as_str()).collect();
    ensure(names == ["Verkauf", "Support"], || format!("there should be both groups, one renamed, and are {names:?}"))?;
    let roles = subject.open_store().await?.inspect().await?.roles().await?;
    let role = |id: &str| roles.get(id).map(String::as_str);
    let told = (role(&ada.id), role("dan"), roles.len());
    ensure(told == (Some("editor"), Some("admin"), 3), || format!("every account should have its role: {roles:?}"))
}

/// Two accounts that are imported together may trade their employees.
///
/// # Errors
/// When it does not hold.
pub async fn two_imported_accounts_may_trade_their_employees<S: StoreSubject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let (mut ada, mut ben) = (account(&before, ADA)?.clone(), account(&before, BEN)?.clone());
    std::mem::swap(&mut ada.employee, &mut ben.employee);
    let mut store = subject.open_store().await?;
    let mut transaction = store.administer().await?;
    let imported = |account: Account| ImportedAccount { account, role: "user".to_owned() };
    transaction.put_accounts(&[imported(ben), imported(ada)]).await?;
    transaction.commit().await?;
    let after = snapshot(&subject).await?;
    let traded = (account(&after, ADA)?.employee.as_deref(), account(&after, BEN)?.employee.as_deref());
    ensure(traded == (None, Some("1")), || format!("the accounts should have traded employees, and have {traded:?}"))
}

/// What is administered in a transaction is there within it, and gone when it is dropped.
///
/// # Errors
/// When it does not hold.
pub async fn an_administration_that_is_dropped_leaves_nothing<S: StoreSubject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let ben = account(&before, BEN)?;
    let mut store = subject.open_store().await?;
    let mut transaction: Box<dyn StoreTransaction + '_> = store.administer().await?;
    relink(&mut *transaction, &ben.id, "2", "a good reason", DAY).await?;
    transaction.put_groups(&[Group { id: "new".to_owned(), name: "New".to_owned() }]).await?;
    let link = transaction.link(&ben.id).await?;
    let found = transaction.accounts_of("2").await?.linked;
    ensure(link.is_some_and(|link| link.employee.as_deref() == Some("2")) && found.as_ref() == Some(&ben.id), || {
        "a transaction should see the link that it has written".into()
    })?;
    drop(transaction);
    ensure(snapshot(&subject).await? == before, || "a transaction that was dropped has written accounts".into())?;
    let filed = history(&subject, "2").await?.decisions;
    ensure(filed.is_empty(), || format!("a transaction that was dropped has filed {filed:?}"))
}

/// What somebody's fields were before is forgotten on request; that they were changed stays, and so does everybody else's.
///
/// # Errors
/// When it does not hold.
pub async fn the_changes_of_a_person_are_forgotten<S: StoreSubject>() -> Answer {
    let (subject, before) = filled::<S>().await?;
    let (ada, ben) = (account(&before, ADA)?, account(&before, BEN)?);
    let change = |after: &str| vec![moved(Field::LastName, Some("Müller"), Some(after))];
    let applied = vec![
        (update("1", ada, change("Byron")), Outcome::Applied),
        (update("2", ben, change("King")), Outcome::Applied),
    ];
    record(&subject, &run("first", "hash", false, applied)).await?;
    let mut store = subject.open_store().await?;
    let mut transaction = store.administer().await?;
    transaction.forget_changes("1").await?;
    transaction.commit().await?;
    let (of_ada, of_ben) = (history(&subject, "1").await?, history(&subject, "2").await?);
    ensure(of_ada.changes.is_empty(), || format!("nothing should be left of {:?}", of_ada.changes))?;
    ensure(of_ada.actions.len() == 1, || "that something was done should stay on file".into())?;
    ensure(of_ben.changes.len() == 1, || "what is on file about others should stay".into())
}

/// Mails are counted by what became of them, and those that can never be delivered are named with the reason.
///
/// # Errors
/// When it does not hold.
pub async fn mails_are_counted_by_what_became_of_them<S: StoreSubject>() -> Answer {
    let (subject, _) = filled::<S>().await?;
    let mails = ["a@x", "b@x", "c@x", "d@x"].map(|id| mail(id, "first@store.example"));
    let [a, b, c, d] = &mails;
    let steps = [Post::Enqueue(a), Post::Enqueue(b), Post::Enqueue(c), Post::Enqueue(d)];
    post(&subject, &steps).await?;
    post(&subject, &[Post::Delivered("a@x"), Post::DeadLetter("c@x"), Post::DeadLetter("b@x")]).await?;
    let mut store = subject.open_store().await?;
    let mut transaction = store.inspect().await?;
    let counts = transaction.outbox_counts().await?;
    ensure(counts == OutboxCounts { queued: 1, delivered: 1 }, || {
        format!("one mail should wait and one be delivered, and there are {counts:?}")
    })?;
    let dead = transaction.undeliverable().await?;
    let told: Vec<_> = dead.iter().map(|mail| (mail.message_id.as_str(), mail.reason.as_str())).collect();
    let reason = "the server rejects the address";
    ensure(told == [("b@x", reason), ("c@x", reason)], || format!("two mails should be named, and are {told:?}"))?;
    ensure(dead.iter().all(|mail| mail.recipients == d.to), || "a mail should be named with whom it was for".into())
}

/// An account that a sync creates has a role of its own, and no import's.
///
/// # Errors
/// When it does not hold.
pub async fn s04_a_new_account_has_a_role_that_no_connector_gave<S: StoreSubject>() -> Answer {
    let (subject, _) = filled::<S>().await?;
    apply_all(&subject, &[create("3", CLEO)]).await?;
    let id = account(&snapshot(&subject).await?, CLEO)?.id.clone();
    let roles = subject.open_store().await?.inspect().await?.roles().await?;
    let role = roles.get(&id);
    ensure(role.is_some_and(|role| role != "admin"), || {
        format!("a new account in {SALES} should have an ordinary role, and has {role:?}")
    })
}
