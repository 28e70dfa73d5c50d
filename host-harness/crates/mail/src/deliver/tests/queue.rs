#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

use super::mail;
use crate::deliver::{Delivery, MailError, flush};
use connector_store::SqliteDirectory;
use connector_sync::directory::Directory as _;
use connector_sync::mail::Mail;

/// Takes every mail but those named in `refuses`, and notes the order.
struct Postman {
    refuses: &'static [&'static str],
    why: fn(String) -> MailError,
    seen: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Delivery for Postman {
    async fn deliver(&self, mail: &Mail) -> Result<(), MailError> {
        self.seen.lock().unwrap().push(mail.message_id.clone());
        if self.refuses.contains(&mail.message_id.as_str()) { Err((self.why)("it says no".into())) } else { Ok(()) }
    }
}

async fn run(
    refuses: &'static [&'static str],
    why: fn(String) -> MailError,
) -> (Result<usize, MailError>, Vec<String>, Vec<String>) {
    run_aged(refuses, why, SignedDuration::ZERO).await
}

/// The same with mails of runs that are so long past.
async fn run_aged(
    refuses: &'static [&'static str],
    why: fn(String) -> MailError,
    age: SignedDuration,
) -> (Result<usize, MailError>, Vec<String>, Vec<String>) {
    let date = (Timestamp::now() - age).as_second();
    let mails = ["a@x", "b@x", "c@x"].map(|id| Mail { message_id: id.into(), date, ..mail() });
    let folder = tempfile::tempdir().unwrap();
    let mut queue = SqliteDirectory::open(&folder.path().join("queue.db")).unwrap();
    let mut transaction = queue.begin().await.unwrap();
    for mail in &mails {
        transaction.enqueue(mail).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let postman = Postman { refuses, why, seen: Mutex::new(vec![]) };
    let result = flush(&mut queue, &postman).await;
    (
        result,
        postman.seen.into_inner().unwrap(),
        queue.queued().unwrap().into_iter().map(|mail| mail.message_id).collect(),
    )
}

#[tokio::test]
async fn every_queued_mail_is_delivered_in_order_and_noted() {
    let (result, seen, left) = run(&[], MailError::Refused).await;
    assert_eq!(result.unwrap(), 3);
    assert_eq!(seen, ["a@x", "b@x", "c@x"]);
    assert!(left.is_empty());
}

#[tokio::test]
async fn a_mail_that_fails_stays_queued_and_holds_back_no_other() {
    let (result, seen, left) = run(&["a@x"], MailError::Refused).await;
    assert_eq!(
        result.unwrap_err().to_string(),
        "1 of 3 mails stay queued, and the next run tries them again; what the run wrote is kept. The first failed \
         because it says no"
    );
    assert_eq!(seen.len(), 3);
    assert_eq!(left, ["a@x"]);
}

#[tokio::test]
async fn a_server_out_of_reach_is_not_asked_again_for_each_mail() {
    let (result, seen, left) = run(&["b@x"], MailError::Unreachable).await;
    assert!(matches!(result, Err(MailError::Undelivered(left)) if (left.queued, left.total) == (2, 3)));
    assert_eq!(seen, ["a@x", "b@x"]);
    assert_eq!(left, ["b@x", "c@x"]);
}

#[tokio::test]
async fn a_mail_that_can_never_be_delivered_is_dead_lettered_and_reported_once() {
    for why in [MailError::Invalid, MailError::Undeliverable] {
        let (result, seen, left) = run(&["b@x"], why).await;
        let told = result.unwrap_err().to_string();
        assert!(told.starts_with("1 of 3 mails cannot be delivered and are not tried again; "), "{told}");
        assert_eq!(seen.len(), 3);
        assert!(left.is_empty(), "it stays queued");
    }
}

#[tokio::test]
async fn a_mail_that_is_refused_is_given_up_after_five_days() {
    const PATIENCE: SignedDuration = SignedDuration::from_hours(5 * 24);
    const HOUR: SignedDuration = SignedDuration::from_hours(1);
    let (_, _, left) = run_aged(&["b@x"], MailError::Refused, PATIENCE - HOUR).await;
    assert_eq!(left, ["b@x"]);
    let (_, _, left) = run_aged(&["b@x"], MailError::Refused, PATIENCE + HOUR).await;
    assert!(left.is_empty());
    let (_, _, left) = run_aged(&["a@x"], MailError::Unreachable, PATIENCE + HOUR).await;
    assert_eq!(left.len(), 3, "a server out of reach says nothing about a mail");
}
