//! The service's audit log in the database.

use connector_database::{Database, PoolOptions};
use connector_service::audit::Audit;
use connector_service::db::Db;
use whole_system_tests::postgres_server::{PostgresServer, TestDatabase};

async fn open(database: &TestDatabase) -> Db {
    let url = database.url.parse().unwrap();
    let database = Database::postgres(&url, PoolOptions { connections: 4 }).await.unwrap();
    Db::in_database(database).await.unwrap()
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
