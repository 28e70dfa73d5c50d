//! Row-level security: a connection of one tenant, and every table's rows of another. The tables are those of the catalogue, so
//! that a new one cannot be forgotten.

use std::collections::BTreeMap;

use connector_store_conformance::fill;
use connector_store_postgres::Directories;
use connector_sync::directory::{Directory as _, Store as _};
use connector_sync::plan_file::IssuedPlan;
use connector_sync::run::Failure;
use connector_sync::decisions;
use jiff::Timestamp;
use tokio_postgres::{Client, NoTls};
use whole_system_tests::postgres_server::PostgresServer;
use whole_system_tests::postgres_store::{directories, new_id};

use super::samples;

const OURS: &str = "SELECT c.oid::regclass::text, c.relrowsecurity AND c.relforcerowsecurity FROM pg_class AS c \
     WHERE c.relnamespace = 'connector'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname LIKE 'director%' ORDER BY 1";

/// A directory with something in every table.
pub async fn filled(all: &Directories, tenant: &str, id: &str) {
    let mut directory = all.new_directory(tenant, id);
    fill(&mut directory, &samples::start(4)).await.unwrap();
    let mut transaction = directory.administer().await.unwrap();
    let at = Timestamp::UNIX_EPOCH;
    decisions::relink(&mut *transaction, "account-1", "e9", "the same person", at).await.unwrap();
    decisions::unlink(&mut *transaction, "account-2", "not theirs", at).await.unwrap();
    let plan = IssuedPlan { hash: "hash".to_owned(), seal: "seal".to_owned(), tenant: "Acme".to_owned() };
    transaction.issue(&plan, at).await.unwrap();
    let notice =
        Failure { code: "source-retired".to_owned(), subject: None, message: String::new(), remedy: String::new() };
    transaction.note_for_platform(&notice, "2026-11-26").await.unwrap();
    let mut run = samples::done("run", vec![samples::rename(0, "Byron")]);
    run.plan.as_mut().unwrap().verdict = connector_host::contract::Verdict::NeedsApproval(Vec::new());
    transaction.record(&run).await.unwrap();
    transaction.commit().await.unwrap();
    let mut group = samples::action(
        "e3",
        Some("account-3"),
        connector_host::contract::Operation::AddToGroup(connector_host::contract::GroupAddition {
            group: "sales".to_owned(),
            name: "Sales".to_owned(),
        }),
    );
    group.version = Some(1);
    samples::applied(&mut directory, vec![group]).await.unwrap();
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("SET search_path = connector").await.unwrap();
    client
}

/// The tables, with whether row-level security is on, for their owner too.
async fn tables(client: &Client) -> BTreeMap<String, bool> {
    client.query(OURS, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// How many rows a tenant has in each table, for somebody who sees everything.
pub async fn rows(superuser: &str, tenant: &str) -> BTreeMap<String, i64> {
    let client = connect(superuser).await;
    let mut rows = BTreeMap::new();
    for table in tables(&client).await.into_keys() {
        let query = format!("SELECT count(*) FROM {table} WHERE tenant = $1");
        rows.insert(table, client.query_one(&query, &[&tenant]).await.unwrap().get(0));
    }
    rows
}

async fn count(client: &Client, table: &str, of: &str) -> i64 {
    client.query_one(&format!("SELECT count(*) FROM {table} WHERE {of}"), &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_tenants_connection_sees_and_changes_nothing_of_another_in_any_table() {
    let database = PostgresServer::shared().database().unwrap();
    let all = directories(&database.url, 2).await.unwrap();
    for tenant in ["acme", "other"] {
        filled(&all, tenant, &new_id()).await;
    }
    let before = rows(&database.superuser_url, "other").await;
    assert!(before.values().all(|rows| *rows > 0), "a table that is empty proves nothing: {before:?}");
    let client = connect(&database.url).await;
    let tables = tables(&client).await;
    assert_eq!(tables.len(), 14, "{tables:?}");
    for (table, is_secured) in &tables {
        assert!(is_secured, "{table} has no row-level security for its owner");
        assert_eq!(count(&client, table, "true").await, 0, "{table}: without a tenant there are no rows");
        client.batch_execute("SET connector.tenant = ''").await.unwrap();
        assert_eq!(count(&client, table, "true").await, 0, "{table}: no tenant is nobody");
        client.batch_execute("SET connector.tenant = 'acme'").await.unwrap();
        assert!(count(&client, table, "true").await > 0, "{table}: one's own are there");
        assert_eq!(count(&client, table, "tenant <> 'acme'").await, 0, "{table}: and nobody else's");
        for statement in [
            format!("UPDATE {table} SET tenant = tenant WHERE tenant = 'other'"),
            format!("DELETE FROM {table} WHERE tenant = 'other'"),
        ] {
            assert_eq!(client.execute(&statement, &[]).await.unwrap(), 0, "{statement}");
        }
        for statement in [
            format!("UPDATE {table} SET tenant = 'other'"),
            format!("CREATE TEMP TABLE taken ON COMMIT DROP AS SELECT * FROM {table}; UPDATE taken SET tenant = 'other'; \
                     INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM taken"),
        ] {
            let refused = client.batch_execute(&format!("BEGIN; {statement}; COMMIT")).await.unwrap_err();
            let told = refused.as_db_error().map(|error| error.message().to_owned()).unwrap_or_default();
            assert!(told.starts_with("new row violates row-level security policy"), "{statement}: {told}");
            client.batch_execute("ROLLBACK").await.unwrap();
        }
        client.batch_execute("RESET connector.tenant").await.unwrap();
    }
    assert_eq!(rows(&database.superuser_url, "other").await, before);
}

#[tokio::test]
async fn the_service_and_its_operator_see_everybodys_rows_only_where_they_say_so() {
    let database = PostgresServer::shared().database().unwrap();
    let all = directories(&database.url, 2).await.unwrap();
    for tenant in ["acme", "other"] {
        filled(&all, tenant, &new_id()).await;
    }
    let client = connect(&database.url).await;
    client.batch_execute("SET connector.tenant = '*'").await.unwrap();
    for table in tables(&client).await.into_keys() {
        let seen = (count(&client, &table, "tenant = 'acme'").await, count(&client, &table, "tenant = 'other'").await);
        assert!(seen.0 > 0 && seen.1 > 0, "{table}: {seen:?}");
    }
}

/// What a transaction says of its tenant ends with it: the next one on the same connection is somebody else's.
#[tokio::test]
async fn a_connection_that_goes_back_to_the_pool_has_no_tenant() {
    let database = PostgresServer::shared().database().unwrap();
    let all = directories(&database.url, 2).await.unwrap();
    let (one, other) = (new_id(), new_id());
    for (tenant, id) in [("acme", &one), ("other", &other)] {
        fill(&mut all.new_directory(tenant, id), &samples::start(1)).await.unwrap();
    }
    for _ in 0..10 {
        for (tenant, id, theirs) in [("acme", &one, true), ("other", &other, true), ("acme", &other, false)] {
            let mut directory = all.directory(tenant, id);
            assert_eq!(directory.id().await.unwrap().is_some(), theirs);
            assert_eq!(directory.inspect().await.is_ok(), theirs);
        }
    }
}
