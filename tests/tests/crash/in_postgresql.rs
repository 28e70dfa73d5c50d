//! The same with the directory in `PostgreSQL`; and the connection, or the whole server, is killed instead of the sync.

use std::sync::Mutex;

use connector_store::{DirectoryView, import};
use serde_json::Value;
use whole_system_tests::apart::apart;
use whole_system_tests::fixture;
use whole_system_tests::postgres_server::{PostgresServer, TestDatabase};
use whole_system_tests::postgres_store::{copy, directories, new_id, shared};

use super::{
    Kept, Place, folder, invites_nobody_twice, recovers_from_a_kill_at_every_step, recovers_from_a_kill_at_steps,
    recovers_from_moments,
};

struct InPostgres {
    database: TestDatabase,
    id: String,
}

impl Kept for InPostgres {
    fn variables(&self) -> Vec<(&'static str, String)> {
        vec![("DIRECTORY_DATABASE", self.database.url.clone()), ("DIRECTORY_ID", self.id.clone())]
    }

    fn copied(&self) -> Box<dyn Kept> {
        let id = new_id();
        copy(&self.database, &self.id, &id).unwrap();
        Box::new(Self { database: self.database.clone(), id })
    }

    fn shown(&self) -> Value {
        let shown = apart(async {
            let mut directory = directories(&self.database.url, 2).await.unwrap().directory("tenant", &self.id);
            DirectoryView::read(&mut directory).await.unwrap().json().unwrap()
        });
        serde_json::from_str(&shown).unwrap()
    }
}

fn place(company: &'static str, database: &TestDatabase) -> Place {
    let kept = InPostgres { database: database.clone(), id: new_id() };
    apart(async {
        let mut directory = directories(&database.url, 2).await.unwrap().new_directory("tenant", &kept.id);
        import(&mut directory, &fixture(company).join("directory.json")).await.unwrap();
    });
    Place { folder: folder(), company, sink: None, kept: Some(Box::new(kept)) }
}

#[test]
fn s13_a_small_sync_recovers_from_a_kill_at_every_step() {
    recovers_from_a_kill_at_every_step(&place("acme", shared()));
}

/// Most of a large sync's steps are actions in one transaction, and to a server one is like the other.
#[test]
fn s13_a_large_sync_recovers_from_a_kill_at_every_thirteenth_step() {
    recovers_from_a_kill_at_steps(&place("nordwind", shared()), 13);
}

#[test]
fn s16_nobody_is_invited_twice_but_by_the_one_mail_that_was_on_its_way() {
    invites_nobody_twice(&place("acme", shared()));
}

#[test]
fn s13_a_sync_recovers_from_a_kill_at_a_moment_nobody_chose() {
    recovers_from_moments(&place("acme", shared()), 16, &mut |_, child| child.kill().unwrap());
}

#[test]
fn s13_a_sync_recovers_from_a_connection_that_is_cut_at_a_moment_nobody_chose() {
    // Of its own: everybody who is connected to it is cut off.
    let database = PostgresServer::shared().database().unwrap();
    recovers_from_moments(&place("acme", &database), 16, &mut |_, _| database.cut_connections().unwrap());
}

#[test]
fn s13_a_sync_recovers_from_a_server_that_is_killed_at_a_moment_nobody_chose() {
    let server = Mutex::new(PostgresServer::start().unwrap());
    let database = server.lock().unwrap().database().unwrap();
    recovers_from_moments(&place("acme", &database), 8, &mut |_, child| {
        let mut server = server.lock().unwrap();
        server.kill().unwrap();
        child.wait().unwrap();
        server.start_again().unwrap();
    });
}
