#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

use super::mail;
use crate::contract;
use crate::directory::{Changes, Directory, DirectoryError};
use crate::mail::Mail;
use crate::mail::deliver::{Delivery, MailError, flush};

/// A queue and nothing else.
struct Queue(Vec<Mail>);

impl Directory for Queue {
    fn id(&self) -> Result<Option<String>, DirectoryError> {
        Ok(None)
    }

    fn snapshot(&self) -> Result<contract::Directory, DirectoryError> {
        Err(DirectoryError::Unusable("only a queue".into()))
    }

    fn begin(&mut self) -> Result<Box<dyn Changes + '_>, DirectoryError> {
        Err(DirectoryError::Unusable("only a queue".into()))
    }

    fn approval_used(&self, _: &str) -> Result<bool, DirectoryError> {
        Ok(false)
    }

    fn queued(&self) -> Result<Vec<Mail>, DirectoryError> {
        Ok(self.0.clone())
    }

    fn delivered(&mut self, message_id: &str) -> Result<(), DirectoryError> {
        self.0.retain(|mail| mail.message_id != message_id);
        Ok(())
    }

    fn set_aside(&mut self, message_id: &str, _: &str) -> Result<(), DirectoryError> {
        self.delivered(message_id)
    }
}

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
    let mut queue = Queue(mails.to_vec());
    let postman = Postman { refuses, why, seen: Mutex::new(vec![]) };
    let result = flush(&mut queue, &postman).await;
    (result, postman.seen.into_inner().unwrap(), queue.0.into_iter().map(|mail| mail.message_id).collect())
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
    assert!(matches!(result, Err(MailError::Left(left)) if (left.queued, left.total) == (2, 3)));
    assert_eq!(seen, ["a@x", "b@x"]);
    assert_eq!(left, ["b@x", "c@x"]);
}

#[tokio::test]
async fn a_mail_that_can_never_be_delivered_is_set_aside_and_told_of_once() {
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
