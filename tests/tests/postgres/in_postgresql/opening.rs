//! Making the tables, and refusing what is not right.

use connector_database::Database;
use connector_store_postgres::Directories;
use connector_sync::directory::{Directory as _, DirectoryError};
use whole_system_tests::postgres_server::PostgresServer;
use whole_system_tests::postgres_store::{directories, new_id};

use super::samples;

#[tokio::test]
async fn processes_that_start_at_once_make_the_tables_once() {
    let database = PostgresServer::shared().database().unwrap();
    let open = || {
        let url = database.url.clone();
        tokio::spawn(async move { directories(&url, 2).await.map(drop) })
    };
    for opened in [open(), open(), open(), open(), open(), open()] {
        opened.await.unwrap().unwrap();
    }
    let all = directories(&database.url, 2).await.unwrap();
    all.new_directory("acme", &new_id()).begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let database = PostgresServer::shared().database().unwrap();
    directories(&database.url, 2).await.unwrap();
    database.execute("UPDATE connector.schema_versions SET version = 99 WHERE component = 'directory'").unwrap();
    let refused = directories(&database.url, 2).await.err().expect("a refusal").to_string();
    let steps = connector_store_postgres::COMPONENT.postgres.len();
    let expected = format!(
        "the database was written by a newer harness (schema 99 of directory, but this one supports up to {steps}); use the \
         newer harness"
    );
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn a_file_is_no_place_for_many_directories() {
    let folder = tempfile::tempdir().unwrap();
    let file = Database::sqlite(&folder.path().join("service.db"), 1).unwrap();
    let refused = Directories::open(&file).await.err().expect("a refusal").to_string();
    assert_eq!(refused, "directories of accounts are kept in files here, and not in a server");
}

/// What the server says, and what it calls for. A trigger says it here, in the middle of a transaction.
#[tokio::test]
async fn what_a_server_says_becomes_what_to_do() {
    let database = PostgresServer::shared().database().unwrap();
    let all = directories(&database.url, 2).await.unwrap();
    for (code, expected) in [
        ("40P01", DirectoryError::Conflict("both waited for each other".to_owned())),
        ("40001", DirectoryError::Conflict("both changed the same".to_owned())),
        ("55P03", DirectoryError::Conflict("another run is writing to this directory".to_owned())),
        ("57014", DirectoryError::Failed("a statement took longer than the database lets it".to_owned())),
        ("57P01", DirectoryError::Unreachable("no more".to_owned())),
        ("53300", DirectoryError::Unreachable("no more".to_owned())),
        ("53100", DirectoryError::Failed("the database's disk is full".to_owned())),
        ("22012", DirectoryError::Failed("no more (22012)".to_owned())),
    ] {
        let says = format!(
            "CREATE OR REPLACE FUNCTION connector.says() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}', MESSAGE = 'no more', DETAIL = 'ada@acme.example'; END $$; \
             CREATE OR REPLACE TRIGGER says BEFORE INSERT ON connector.directory_runs FOR EACH ROW \
             EXECUTE FUNCTION connector.says()"
        );
        database.execute(&says).unwrap();
        let mut directory = all.new_directory("acme", &new_id());
        let mut transaction = directory.begin().await.unwrap();
        let failed = transaction.record(&samples::done("run", Vec::new())).await.unwrap_err();
        assert_eq!(failed.to_string(), expected.to_string(), "{code}");
    }
}
