//! Row-level security: a connection of one tenant, and every table's rows of another. The tables are those of the catalogue, so
//! that a new one cannot be forgotten.

use std::collections::BTreeMap;
use std::time::Duration;

use connector_database::{Database, PoolOptions};
use connector_queue::DatabaseQueue;
use connector_service::db::Db;
use connector_store_conformance::fill;
use connector_store_postgres::Directories;
use connector_sync::decisions;
use connector_sync::directory::{Directory as _, Store as _};
use connector_sync::plan_file::IssuedPlan;
use connector_sync::run::Failure;
use jiff::Timestamp;
use tokio_postgres::{Client, NoTls};
use whole_system_tests::postgres_server::PostgresServer;
use whole_system_tests::postgres_store::{directories, new_id};

use super::samples;

/// The platform's own, in which nothing is a tenant's.
const WITHOUT_TENANT: [&str; 4] = ["components", "connectors", "schema_versions", "workers"];

/// What a column may hold that may not hold everything.
const CHOSEN: &str = "CASE table_name || '.' || column_name WHEN 'runs.kind' THEN 'sync' WHEN 'runs.state' THEN 'ended' \
     WHEN 'directory_accounts.status' THEN 'active' WHEN 'directory_decisions.kind' THEN 'relink' WHEN 'tenants.id' THEN $1 END";

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
            format!(
                "CREATE TEMP TABLE taken ON COMMIT DROP AS SELECT * FROM {table}; UPDATE taken SET tenant = 'other'; \
                     INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM taken"
            ),
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

/// A row of a tenant in each table of the service, made from the catalogue: whatever is no number is the tenant's name with something
/// behind it, so that what refers to each other fits together.
async fn seed(superuser: &Client, tenant: &str) {
    let columns = format!(
        "SELECT table_name::text, column_name::text, data_type::text, (is_nullable = 'YES' OR column_default IS NOT NULL) AND column_name <> 'tenant', {CHOSEN} \
         FROM information_schema.columns WHERE table_schema = 'connector' ORDER BY 1, ordinal_position"
    );
    let mut rows: BTreeMap<String, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for column in superuser.query(&columns, &[&tenant]).await.unwrap() {
        let (table, name, kind, is_free): (String, String, String, bool) =
            (column.get(0), column.get(1), column.get(2), column.get(3));
        let value = match (column.get::<_, Option<String>>(4), kind.as_str()) {
            (Some(chosen), _) => format!("'{chosen}'"),
            _ if is_free => continue,
            (None, "text") if name == "tenant" => format!("'{tenant}'"),
            (None, "text") => format!("'{tenant}-x'"),
            // Each has numbers of its own, where they are keys.
            (None, "bigint" | "integer") => tenant.len().to_string(),
            (None, "boolean") => "false".to_owned(),
            (None, "bytea" | "ARRAY") => "'{}'".to_owned(),
            (None, other) => panic!("{table}.{name} is {other}: say here what it may hold"),
        };
        let (names, values) = rows.entry(table).or_default();
        names.push(format!("\"{name}\""));
        values.push(value);
    }
    // What a trigger or a foreign key would say is not what is asked here.
    superuser.batch_execute("SET session_replication_role = replica").await.unwrap();
    for (table, (names, values)) in rows.iter().filter(|(table, _)| !WITHOUT_TENANT.contains(&table.as_str())) {
        let (names, values) = (names.join(", "), values.join(", "));
        let insert = format!("INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({values})");
        superuser.batch_execute(&insert).await.unwrap_or_else(|error| panic!("{insert}: {error:?}"));
    }
}

/// All tables of a service with its directories and its queue: those of today and those that are still to come.
#[tokio::test]
async fn a_table_is_a_tenants_and_held_to_it_or_known_to_be_nobodys() {
    let database = PostgresServer::shared().database().unwrap();
    let connected = Database::postgres(&database.url.parse().unwrap(), PoolOptions { connections: 2 }).await.unwrap();
    Db::in_database(connected.clone()).await.unwrap();
    Directories::open(&connected).await.unwrap();
    DatabaseQueue::open(connected.clone(), Duration::from_mins(1)).await.unwrap();
    let (superuser, client) = (connect(&database.superuser_url).await, connect(&database.url).await);
    for tenant in ["acme", "other!"] {
        seed(&superuser, tenant).await;
    }
    let all = client.query(&OURS.replace("AND c.relname LIKE 'director%'", ""), &[]).await.unwrap();
    let all: BTreeMap<String, bool> = all.iter().map(|row| (row.get(0), row.get(1))).collect();
    let open: Vec<&str> = all.iter().filter(|(_, secured)| !**secured).map(|(table, _)| table.as_str()).collect();
    assert_eq!(open, WITHOUT_TENANT, "a table without row-level security has nothing of a tenant's in it");
    let theirs = "t::text LIKE '%other!%'";
    for table in all.keys().filter(|table| !WITHOUT_TENANT.contains(&table.as_str())) {
        let seen = async |of: &str| -> i64 {
            client.query_one(&format!("SELECT count(*) FROM {table} AS t WHERE {of}"), &[]).await.unwrap().get(0)
        };
        assert_eq!(seen("true").await, 0, "{table}: without a tenant there are no rows");
        client.batch_execute("SET connector.tenant = 'acme'").await.unwrap();
        assert_eq!((seen("true").await, seen(theirs).await), (1, 0), "{table}: one's own, and nobody else's");
        let delete = format!("DELETE FROM {table} AS t WHERE {theirs}");
        assert_eq!(client.execute(&delete, &[]).await.unwrap(), 0, "{delete}");
        client.batch_execute("SET connector.tenant = '*'").await.unwrap();
        assert_eq!(seen("true").await, 2, "{table}: everybody's, where that is asked for");
        // What was theirs, put down once more by somebody else.
        let copy = format!("CREATE TEMP TABLE taken_{table} AS SELECT * FROM {table} AS t WHERE {theirs}");
        client.batch_execute(&format!("{copy}; SET connector.tenant = 'acme'")).await.unwrap();
        let put = format!("INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM taken_{table}");
        let refused = client.batch_execute(&put).await.unwrap_err();
        let told = refused.as_db_error().map(|error| error.message().to_owned()).unwrap_or_default();
        assert!(told.starts_with("new row violates row-level security policy"), "{put}: {told}");
        client.batch_execute("RESET connector.tenant").await.unwrap();
    }
}
