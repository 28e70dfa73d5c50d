//! What is kept where: directories that are made, found and erased, and texts that no server likes.

use connector_store::import;
use connector_store_conformance::fill;
use connector_sync::decisions;
use connector_sync::directory::{Directory as _, Store as _};
use jiff::Timestamp;
use whole_system_tests::postgres_store::{directories, new_id, shared};

use super::samples;

#[tokio::test]
async fn a_directory_that_is_not_there_is_named_with_its_tenant() {
    let all = directories(&shared().url, 2).await.unwrap();
    let mut absent = all.directory("acme", "nowhere");
    let expected = "the tenant acme has no directory of accounts nowhere; it was erased, or never made";
    for refused in [absent.read().await.err(), absent.begin().await.err()] {
        assert_eq!(refused.expect("a refusal").to_string(), expected);
    }
    assert_eq!(absent.id().await.unwrap(), None);
    assert!(!all.has("acme", "nowhere").await.unwrap());
}

#[tokio::test]
async fn a_new_directory_is_there_from_the_commit_on_with_all_that_was_imported_or_not_at_all() {
    let (all, id) = (directories(&shared().url, 2).await.unwrap(), new_id());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("accounts.json");
    let account = |status: &str| {
        format!(
            r#"{{"accounts": [{{"id": "a", "email": "a@x.example", "first_name": "A", "last_name": "A", "status": "{status}"}}]}}"#
        )
    };
    std::fs::write(&file, account("asleep")).unwrap();
    let mut directory = all.new_directory("acme", &id);
    assert!(import(&mut directory, &file).await.unwrap_err().to_string().contains("`asleep` is not a status"));
    assert!(!all.has("acme", &id).await.unwrap(), "a directory without accounts would give everybody a second one");
    std::fs::write(&file, account("active")).unwrap();
    import(&mut directory, &file).await.unwrap();
    assert!(all.has("acme", &id).await.unwrap());
    let mut found = all.directory("acme", &id);
    assert_eq!(found.read().await.unwrap().snapshot().await.unwrap().accounts.len(), 1);
    assert_eq!(found.id().await.unwrap(), all.new_directory("acme", &id).id().await.unwrap());
}

#[tokio::test]
async fn a_directory_of_another_tenant_is_one_that_is_not_there() {
    let (all, id) = (directories(&shared().url, 2).await.unwrap(), new_id());
    fill(&mut all.new_directory("acme", &id), &samples::start(2)).await.unwrap();
    for mut other in [all.directory("other", &id), all.new_directory("other", &id)] {
        let refused = other.begin().await.err().expect("a refusal").to_string();
        assert_eq!(
            refused,
            format!("the tenant other has no directory of accounts {id}; it was erased, or never made")
        );
        assert_eq!(other.id().await.unwrap(), None);
    }
    assert!(!all.has("other", &id).await.unwrap());
    all.erase("other", &id).await.unwrap();
    assert!(all.has("acme", &id).await.unwrap());
}

#[tokio::test]
async fn what_is_erased_leaves_nothing_and_takes_nobody_along() {
    // A database of its own: its tables are empty afterwards.
    let database = whole_system_tests::postgres_server::PostgresServer::shared().database().unwrap();
    let all = directories(&database.url, 2).await.unwrap();
    let (one, other) = (new_id(), new_id());
    for (tenant, id) in [("acme", &one), ("other", &other)] {
        super::row_security::filled(&all, tenant, id).await;
    }
    let rows = async |tenant: &str| super::row_security::rows(&database.superuser_url, tenant).await;
    let before = rows("other").await;
    assert!(before.values().all(|rows| *rows > 0) && rows("acme").await.values().all(|rows| *rows > 0));
    all.erase_tenant("acme").await.unwrap();
    let left = rows("acme").await;
    assert!(left.values().all(|rows| *rows == 0), "{left:?}");
    assert_eq!(rows("other").await, before);
    assert!(!all.has("acme", &one).await.unwrap() && all.has("other", &other).await.unwrap());
    all.erase("acme", &one).await.unwrap();
}

#[tokio::test]
async fn s03_the_database_itself_refuses_to_delete_an_account() {
    let all = directories(&shared().url, 2).await.unwrap();
    fill(&mut all.new_directory("acme", &new_id()), &samples::start(1)).await.unwrap();
    let refused = shared().execute("DELETE FROM connector.directory_accounts").unwrap_err();
    assert!(format!("{refused:?}").contains("an account is never deleted (rule S3)"), "{refused:?}");
}

#[tokio::test]
async fn directories_with_mail_are_found_without_looking_into_each() {
    let database = whole_system_tests::postgres_server::PostgresServer::shared().database().unwrap();
    let all = directories(&database.url, 2).await.unwrap();
    for (tenant, id, mails) in [("b", "2", &["m"][..]), ("a", "1", &["m", "n"]), ("a", "3", &[])] {
        let mut directory = all.new_directory(tenant, id);
        let mut transaction = directory.begin().await.unwrap();
        let mails: Vec<_> = mails.iter().map(|id| samples::mail(id)).collect();
        transaction.enqueue_all(&mails).await.unwrap();
        transaction.commit().await.unwrap();
    }
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(tenant, id)| ((*tenant).to_owned(), (*id).to_owned())).collect()
    };
    assert_eq!(all.with_mail().await.unwrap(), pairs(&[("a", "1"), ("b", "2")]));
    for (id, why) in [("m", None), ("n", Some("nobody there"))] {
        let mut directory = all.directory("a", "1");
        let mut transaction = directory.begin().await.unwrap();
        match why {
            None => transaction.delivered(id).await.unwrap(),
            Some(why) => transaction.dead_letter(id, why).await.unwrap(),
        }
        transaction.commit().await.unwrap();
    }
    assert_eq!(all.with_mail().await.unwrap(), pairs(&[("b", "2")]));
}

/// A server keeps any character but one.
#[tokio::test]
async fn texts_with_a_character_that_no_server_keeps_come_back_as_they_were() {
    let all = directories(&shared().url, 2).await.unwrap();
    let mut directory = all.new_directory("acme", &new_id());
    let mut start = samples::start(2);
    start.accounts[1].last_name = "Mül\0ler".to_owned();
    start.groups[0].name = "\0".to_owned();
    fill(&mut directory, &start).await.unwrap();
    let mut transaction = directory.administer().await.unwrap();
    let mut mail = samples::mail("m");
    mail.to = vec!["a\0@x.example".to_owned(), String::new()];
    mail.text = "a\0".to_owned();
    transaction.enqueue(&mail).await.unwrap();
    transaction.apply(&[samples::rename(0, "By\0ron")]).await.unwrap();
    decisions::unlink(&mut *transaction, "account-1", "why\0", Timestamp::UNIX_EPOCH).await.unwrap();
    transaction.commit().await.unwrap();
    let mut transaction = directory.inspect().await.unwrap();
    let found = transaction.snapshot().await.unwrap();
    let names: Vec<&str> = found.accounts.iter().map(|account| account.last_name.as_str()).collect();
    assert_eq!((names, found.groups[0].name.as_str()), (vec!["By\0ron", "Mül\0ler"], "\0"));
    assert!(transaction.queued().await.unwrap() == [mail]);
    assert_eq!(transaction.history("e1").await.unwrap().decisions[0].reason, "why\0");
}
