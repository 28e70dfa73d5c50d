#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::{assert_same, mail};
use crate::deliver::{Delivery as _, EmlFolder, MailError};

#[tokio::test]
async fn s26_a_mail_read_back_is_the_mail_that_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = EmlFolder::new(folder.path().join("new/outbox"));
    let mail = mail();
    outbox.deliver(&mail).await.unwrap();
    assert_same(&std::fs::read(outbox.path(&mail.message_id).unwrap()).unwrap(), &mail);
}

#[tokio::test]
async fn delivering_twice_leaves_one_file_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = EmlFolder::new(folder.path());
    let mail = mail();
    let path = outbox.path(&mail.message_id).unwrap();
    outbox.deliver(&mail).await.unwrap();
    let first = std::fs::read(&path).unwrap();
    outbox.deliver(&mail).await.unwrap();
    assert_eq!(first, std::fs::read(&path).unwrap());
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files, [path]);
}

#[tokio::test]
async fn an_outbox_that_cannot_be_written_is_named_with_a_remedy() {
    // A file in the folder's place: even root cannot write into that.
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("outbox");
    std::fs::write(&taken, "").unwrap();
    let error = EmlFolder::new(&taken).deliver(&mail()).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("the outbox folder {} cannot be written (", taken.display())), "{error}");
    assert!(error.ends_with("make it writable or name another with --outbox"), "{error}");
}

#[tokio::test]
async fn a_message_id_cannot_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = EmlFolder::new(folder.path());
    for id in ["../x@y", "", ".hidden@y", "a/b@c", "a\0b@c"] {
        assert!(matches!(outbox.path(id), Err(MailError::Invalid(_))), "{id:?}");
    }
}

#[tokio::test]
async fn a_wrong_address_is_an_error_that_does_not_repeat_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut mail = mail();
    mail.to = vec!["anna.schmidt\r\nBcc: eve@evil.example".into()];
    let error = EmlFolder::new(folder.path()).deliver(&mail).await.unwrap_err().to_string();
    assert!(error.starts_with("a mail cannot be sent: the recipient is not a mail address ("), "{error}");
    assert!(!error.contains("anna") && !error.contains("evil"), "{error}");
}
