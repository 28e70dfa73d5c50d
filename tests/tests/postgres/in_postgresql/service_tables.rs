//! The service's own tables: row-level security for each that has anything of a tenant, and the same rules as in a file.

use std::collections::BTreeSet;

use connector_database::{Database, PoolOptions};
use connector_queue::{DatabaseQueue, Job, Queue as _};
use connector_service::audit::Audit;
use connector_service::db::{Cause, Claim, Db, Decision, NewRun, RunKind, StoredSecret};
use connector_service::form::Form;
use tokio_postgres::{Client, NoTls};
use whole_system_tests::postgres_server::{PostgresServer, TestDatabase};

/// What is everybody's, and names no tenant's rows: connectors, who works, how new the tables are.
const EVERYBODYS: [&str; 4] = ["components", "connectors", "schema_versions", "workers"];

const TABLES: &str = "SELECT relname::text, relrowsecurity AND relforcerowsecurity FROM pg_class \
     WHERE relnamespace = 'connector'::regnamespace AND relkind IN ('r', 'p') AND relname NOT LIKE 'director%' ORDER BY 1";

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("SET search_path = connector").await.unwrap();
    client
}

async fn open(database: &TestDatabase) -> Db {
    let url = database.url.parse().unwrap();
    let database = Database::postgres(&url, PoolOptions { connections: 4 }).await.unwrap();
    Db::in_database(database).await.unwrap()
}

/// A tenant with something in every table.
async fn fill(db: &Db, tenant: &str) {
    assert!(db.add_tenant(tenant, tenant).await.unwrap());
    let (user, integration, run) = (format!("u-{tenant}"), format!("i-{tenant}"), format!("r-{tenant}"));
    assert!(db.add_user(&user, Some(tenant), &format!("admin@{tenant}.example"), "de").await.unwrap());
    db.add_link(&format!("link-{tenant}"), &user, i64::MAX).await.unwrap();
    db.add_session(&format!("session-{tenant}"), &user, i64::MAX).await.unwrap();
    db.add_token(&format!("t-{tenant}"), &format!("token-{tenant}"), &user, "a script").await.unwrap();
    let secret = StoredSecret { key: "client-secret".to_owned(), sealed: vec![1], set_on: "2026".to_owned() };
    let form = Form { name: "Personio".to_owned(), ..Form::default() };
    assert!(db.add_integration(&integration, tenant, &form, vec![secret], Some(1)).await.unwrap());
    db.put_first_accounts(tenant, "{}").await.unwrap();
    let new = NewRun {
        id: run.clone(),
        tenant: tenant.to_owned(),
        integration: integration.clone(),
        kind: RunKind::Sync,
        cause: Cause::Schedule,
        slot: Some(1),
        plan_of: None,
    };
    assert!(db.queue_run(new).await.unwrap().1);
    assert!(matches!(db.claim_run(tenant, &run, "worker", 60).await.unwrap(), Claim::Mine { .. }));
    let decision = Decision {
        integration: integration.clone(),
        run: Some(run.clone()),
        decided: "2026-11-27T10:00:00Z".to_owned(),
        by: format!("admin@{tenant}.example"),
        kind: "discard".to_owned(),
        about: String::new(),
        reason: String::new(),
    };
    db.add_decision(tenant, &decision).await.unwrap();
    Audit::in_database(db.database().clone()).add("service", Some(tenant), "run.sync", &run).await.unwrap();
    let queue = DatabaseQueue::open(db.database().clone(), connector_queue::DEFAULT_HOLD).await.unwrap();
    let job = Job { run, tenant: tenant.to_owned(), integration };
    queue.offer(&job, std::time::Duration::ZERO).await.unwrap();
}

async fn count(client: &Client, table: &str) -> i64 {
    client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_tenants_connection_sees_and_changes_its_own_rows_alone_in_the_services_tables_too() {
    let database = PostgresServer::shared().database().unwrap();
    let db = open(&database).await;
    for tenant in ["acme", "other"] {
        fill(&db, tenant).await;
    }
    let (client, superuser) = (connect(&database.url).await, connect(&database.superuser_url).await);
    let tables = client.query(TABLES, &[]).await.unwrap();
    let mut seen = BTreeSet::new();
    for row in &tables {
        let (table, is_secured): (String, bool) = (row.get(0), row.get(1));
        if EVERYBODYS.contains(&table.as_str()) {
            continue;
        }
        assert!(is_secured, "{table} has no row-level security for its owner");
        let all = count(&superuser, &table).await;
        assert!(all >= 2 && all % 2 == 0, "{table}: {all} rows of two tenants");
        assert_eq!(count(&client, &table).await, 0, "{table}: without a tenant there are no rows");
        client.batch_execute("SET connector.tenant = 'acme'").await.unwrap();
        assert_eq!(count(&client, &table).await, all / 2, "{table}: one's own rows, and nobody else's");
        if table != "audit" {
            // Within a transaction that is undone: what hangs on the row goes with it.
            client.batch_execute("BEGIN").await.unwrap();
            let gone = client.execute(&format!("DELETE FROM {table}"), &[]).await.unwrap();
            assert_eq!(i64::try_from(gone).unwrap(), all / 2, "{table}: one's own rows can go");
            client.batch_execute("ROLLBACK").await.unwrap();
        }
        client.batch_execute("SET connector.tenant = '*'").await.unwrap();
        assert_eq!(count(&client, &table).await, all, "{table}: the operator's");
        client.batch_execute("RESET connector.tenant").await.unwrap();
        seen.insert(table);
    }
    assert_eq!(seen.len(), 13, "{seen:?}");
}

#[tokio::test]
async fn an_entry_of_the_audit_log_is_never_changed_and_the_chain_holds_for_many_writers() {
    let database = PostgresServer::shared().database().unwrap();
    let db = open(&database).await;
    let audit = std::sync::Arc::new(Audit::in_database(db.database().clone()));
    let writers = (0..8).map(|number| {
        let audit = std::sync::Arc::clone(&audit);
        tokio::spawn(async move {
            for _ in 0..10 {
                audit.add("service", None, "test", &number.to_string()).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let (entries, broken) = audit.read().await.unwrap();
    assert_eq!((entries.len(), broken), (80, None));
    for statement in ["UPDATE audit SET who = 'nobody' WHERE number = 3", "DELETE FROM audit WHERE number = 3"] {
        let error = database.execute(&format!("SET search_path = connector; {statement}")).unwrap_err();
        assert!(format!("{error:?}").contains("an entry of the audit log is never changed"), "{error:?}");
    }
}
