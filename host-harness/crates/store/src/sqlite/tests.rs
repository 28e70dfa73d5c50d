#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at what it did not expect")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::import::import;
use connector_host::contract::{
    AccountStatus, Action, Change, Counts, Field, GroupAddition, NewAccount, Operation, Plan, SupervisorChange, Verdict,
};
use connector_sync::directory::KEPT_PLANS;
use connector_sync::run::{ReadSummary, RunVerdict};

const START: &str = r#"{"groups": [{"id": "g-1", "name": "Vertrieb"}], "accounts": [
    {"id": "a-000001", "email": "eva@x.example", "first_name": "Eva", "last_name": "Ast", "status": "active", "employee": "1",
     "role": "admin", "team": "Nord"},
    {"id": "free", "email": "udo@x.example", "first_name": "Udo", "last_name": "Bär", "status": "inactive"}]}"#;

fn started(folder: &TempDir) -> SqliteDirectory {
    let file = folder.path().join("start.json");
    fs::write(&file, START).unwrap();
    let mut directory = SqliteDirectory::open(&folder.path().join("acme.db")).unwrap();
    now(import(&mut directory, &file)).unwrap();
    directory
}

fn action(employee: &str, account: Option<(&str, u64)>, operation: Operation) -> Action {
    Action {
        id: format!("{employee}-{}", connector_host::names::operation_name(&operation)),
        employee: employee.to_owned(),
        account: account.map(|(id, _)| id.to_owned()),
        version: account.map(|(_, version)| version),
        operation,
        reason: "source-differs".to_owned(),
    }
}

fn create(employee: &str, email: &str) -> Action {
    let new = NewAccount {
        email: email.to_owned(),
        first_name: "Ida".to_owned(),
        last_name: "Öst".to_owned(),
        status: AccountStatus::Preboarding,
        gender: Some("female".to_owned()),
        position: None,
        department: Some("Vertrieb".to_owned()),
        location: Some(String::new()),
        team: None,
    };
    action(employee, None, Operation::Create(new))
}

fn change(field: Field, after: Option<&str>) -> Change {
    Change { field, before: None, after: after.map(str::to_owned) }
}

/// One of each operation, about three people.
fn plan() -> Vec<Action> {
    let boss = SupervisorChange { before: None, after: Some("3".to_owned()) };
    let group = || Operation::AddToGroup(GroupAddition { group: "g-1".to_owned(), name: "Vertrieb".to_owned() });
    let changes = vec![
        change(Field::Email, Some("Eva.Neu@x.example")),
        change(Field::Status, Some("absent")),
        change(Field::Team, None),
    ];
    vec![
        create("3", "ida@x.example"),
        action("2", Some(("free", 1)), Operation::Link),
        action("1", Some(("a-000001", 1)), Operation::Update(changes)),
        action("1", Some(("a-000001", 1)), Operation::SetSupervisor(boss)),
        action("2", Some(("free", 1)), group()),
        action("3", None, group()),
        action("3", None, Operation::Invite),
    ]
}

/// The stores are asynchronous, and `SQLite` never waits for anybody else.
pub(crate) fn now<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

fn begin(directory: &mut SqliteDirectory) -> Box<dyn Transaction + '_> {
    now(directory.begin()).unwrap()
}

fn approval_used(directory: &mut SqliteDirectory, hash: &str) -> bool {
    now(begin(directory).approval_used(hash)).unwrap()
}

/// Notes a mail as delivered, or as dead-lettered for a reason.
fn note(directory: &mut SqliteDirectory, id: &str, why: Option<&str>) {
    let mut transaction = begin(directory);
    now(async {
        match why {
            Some(why) => transaction.dead_letter(id, why).await,
            None => transaction.delivered(id).await,
        }
    })
    .unwrap();
    now(transaction.commit()).unwrap();
}

fn apply(directory: &mut SqliteDirectory, actions: &[Action]) -> Vec<Outcome> {
    let mut transaction = begin(directory);
    let outcomes = now(transaction.apply(actions)).unwrap();
    now(transaction.commit()).unwrap();
    outcomes
}

fn mail(message_id: &str) -> Mail {
    Mail {
        message_id: message_id.to_owned(),
        from: "no-reply@x.example".to_owned(),
        to: vec!["a@x.example".to_owned(), "b@x.example".to_owned()],
        subject: "Übersicht".to_owned(),
        text: "Text".to_owned(),
        html: "<p>".to_owned(),
        date: 1_700_000_000,
    }
}

fn report(run: &str, actions: Vec<Action>, outcomes: Vec<Outcome>, verdict: Verdict) -> RunReport {
    RunReport {
        platform_notices: Vec::new(),
        run: run.to_owned(),
        tenant: "Acme".to_owned(),
        started: jiff::Timestamp::UNIX_EPOCH,
        dry_run: false,
        verdict: RunVerdict::Done,
        plan_hash: Some("hash".to_owned()),
        plan: Some(Plan { verdict, actions, notices: Vec::new(), counts: Counts::default(), complete: true }),
        seal: None,
        outcomes,
        read: ReadSummary { pages: 1, employees: 3, total: Some(3), complete: true, stopped: None },
        failures: Vec::new(),
        names: BTreeMap::new(),
        conflict_accounts: BTreeMap::new(),
        timings_ms: BTreeMap::new(),
    }
}

fn refusal(result: Result<SqliteDirectory, DirectoryError>) -> String {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn s13_every_operation_reaches_the_disk_and_raises_the_version() {
    let folder = TempDir::new().unwrap();
    let outcomes = apply(&mut started(&folder), &plan());
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{outcomes:?}");

    let reopened = SqliteDirectory::open_read_only(&folder.path().join("acme.db")).unwrap();
    let accounts = reopened.snapshot().unwrap().accounts;
    let [eva, ida, udo] = accounts.as_slice() else { panic!("three accounts") };
    assert_eq!((eva.id.as_str(), eva.version, eva.supervisor.as_deref()), ("a-000001", 3, Some("a-000003")));
    assert_eq!((eva.email.as_str(), &eva.team, eva.protected), ("Eva.Neu@x.example", &None, false));
    assert_eq!(eva.status, AccountStatus::Absent);
    assert_eq!((ida.id.as_str(), ida.version, ida.employee.as_deref()), ("a-000003", 3, Some("3")));
    assert_eq!((ida.created_by_connector, ida.invited, &ida.location), (true, true, &None));
    assert_eq!((ida.gender.as_deref(), ida.department.as_deref()), (Some("female"), Some("Vertrieb")));
    assert_eq!((udo.id.as_str(), udo.version, udo.employee.as_deref()), ("free", 3, Some("2")));
    assert_eq!((&ida.groups, &udo.groups), (&vec!["g-1".to_owned()], &vec!["g-1".to_owned()]));
    let roles = reopened.roles().unwrap();
    assert_eq!(roles.values().collect::<Vec<_>>(), ["admin", "user", "user"]);
}

#[test]
fn s21_the_same_plan_again_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let mut directory = started(&folder);
    apply(&mut directory, &plan());
    let before = directory.snapshot().unwrap();
    let outcomes = apply(&mut directory, &plan());
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Stale), "{outcomes:?}");
    assert!(directory.snapshot().unwrap() == before);
}

#[test]
fn s20_any_prefix_can_be_applied_before_the_rest() {
    for cut in 0..=plan().len() {
        let folder = TempDir::new().unwrap();
        let mut directory = started(&folder);
        let outcomes = apply(&mut directory, &plan()[..cut]);
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{cut}: {outcomes:?}");
        assert_eq!(directory.snapshot().unwrap().accounts.len(), if cut == 0 { 2 } else { 3 });
    }
}

#[test]
fn s10_two_people_swap_their_addresses() {
    let folder = TempDir::new().unwrap();
    let mut directory = started(&folder);
    apply(&mut directory, &[create("2", "ida@x.example")]);
    let swap = |employee: &str, account: &str, email: &str| {
        action(employee, Some((account, 1)), Operation::Update(vec![change(Field::Email, Some(email))]))
    };
    let plan = [swap("1", "a-000001", "ida@x.example"), swap("2", "a-000003", "eva@x.example")];
    assert_eq!(apply(&mut directory, &plan), [Outcome::Applied, Outcome::Applied]);
    let accounts = directory.snapshot().unwrap().accounts;
    let emails: Vec<&str> = accounts.iter().map(|account| account.email.as_str()).collect();
    assert_eq!(emails, ["ida@x.example", "eva@x.example", "udo@x.example"]);
}

#[test]
fn a_transaction_that_is_dropped_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let mut directory = started(&folder);
    let before = directory.snapshot().unwrap();
    {
        let mut transaction = begin(&mut directory);
        let outcomes = now(transaction.apply(&plan())).unwrap();
        now(transaction.enqueue(&mail("m@x"))).unwrap();
        now(transaction.record(&report("r", plan(), outcomes, Verdict::NeedsApproval(Vec::new())))).unwrap();
    }
    assert!(directory.snapshot().unwrap() == before);
    assert!(directory.queued().unwrap().is_empty());
    assert!(directory.runs().unwrap().is_empty());
    assert!(!approval_used(&mut directory, "hash"));
}

/// A copy of the files in mid-transaction is what a killed process leaves.
#[test]
fn what_a_killed_run_left_half_written_is_undone() {
    let (folder, after_kill) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut directory = started(&folder);
    let before = directory.snapshot().unwrap();
    let untouched = fs::read(folder.path().join("acme.db")).unwrap();
    directory.connection.pragma_update(None, "cache_size", 2).unwrap();
    let mut transaction = begin(&mut directory);
    let plan: Vec<Action> = (0..500).map(|n| create(&format!("e{n}"), &format!("{n}@y.example"))).collect();
    now(transaction.apply(&plan)).unwrap();
    for file in ["acme.db", "acme.db-journal"] {
        fs::copy(folder.path().join(file), after_kill.path().join(file)).unwrap();
    }
    drop(transaction);
    let path = after_kill.path().join("acme.db");
    assert!(fs::read(&path).unwrap() != untouched, "the file was half written");
    let reopened = SqliteDirectory::open_read_only(&path).unwrap();
    assert!(reopened.snapshot().unwrap() == before);
    drop(reopened);
    assert_eq!(fs::read_dir(after_kill.path()).unwrap().count(), 1, "the directory is one file again");
}

#[test]
fn s03_the_file_itself_refuses_to_delete_an_account() {
    let folder = TempDir::new().unwrap();
    let error = started(&folder).connection.execute("DELETE FROM accounts", []).unwrap_err();
    assert!(error.to_string().contains("an account is never deleted"), "{error}");
}

#[test]
fn s19_an_approval_is_used_up_by_the_run_that_needed_it() {
    let folder = TempDir::new().unwrap();
    let mut directory = started(&folder);
    let outcomes = vec![Outcome::Applied, Outcome::Stale, Outcome::Failed("group-gone")];
    for (run, verdict, used) in [("r-1", Verdict::Ready, false), ("r-2", Verdict::NeedsApproval(Vec::new()), true)] {
        let mut transaction = begin(&mut directory);
        now(transaction.record(&report(run, plan()[..3].to_vec(), outcomes.clone(), verdict))).unwrap();
        now(transaction.commit()).unwrap();
        assert_eq!(approval_used(&mut directory, "hash"), used);
    }
    assert!(!approval_used(&mut directory, "another"));
    let runs = directory.runs().unwrap();
    let told: Vec<_> = runs.iter().map(|run| (run.id.as_str(), run.applied, run.stale, run.failed)).collect();
    assert_eq!(told, [("r-1", 1, 1, 1), ("r-2", 1, 1, 1)]);
    let failure: String = directory
        .connection
        .query_row("SELECT failure FROM run_actions WHERE run = 'r-1' AND outcome = 'failed'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(failure, "group-gone");
}

#[test]
fn a_mail_is_queued_once_and_forgotten_once_delivered() {
    let folder = TempDir::new().unwrap();
    let mut directory = started(&folder);
    let enqueue = |directory: &mut SqliteDirectory, ids: &[&str]| {
        let mut transaction = begin(directory);
        for id in ids {
            now(transaction.enqueue(&mail(id))).unwrap();
        }
        now(transaction.commit()).unwrap();
    };
    enqueue(&mut directory, &["b@x", "a@x", "b@x"]);
    assert!(directory.queued().unwrap() == [mail("b@x"), mail("a@x")]);
    note(&mut directory, "b@x", None);
    enqueue(&mut directory, &["b@x"]);
    assert!(directory.queued().unwrap() == [mail("a@x")]);
    assert_eq!(directory.outbox().unwrap(), (1, 1));
    let kept: String = directory
        .connection
        .query_row("SELECT recipients || subject || text || html FROM outbox WHERE message_id = 'b@x'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(kept, "[]");
}

#[test]
fn a_dead_letter_is_named_and_sent_again_to_a_new_address() {
    let folder = TempDir::new().unwrap();
    let mut directory = started(&folder);
    let put = |directory: &mut SqliteDirectory, to: &str, replaces: bool| {
        let mail = Mail { to: vec![to.to_owned()], ..mail("a@x") };
        let mut transaction = begin(directory);
        now(async { if replaces { transaction.replace(&mail).await } else { transaction.enqueue(&mail).await } })
            .unwrap();
        now(transaction.commit()).unwrap();
        mail
    };
    put(&mut directory, "old@x.example", true);
    assert!(directory.queued().unwrap().is_empty(), "there was none to replace");
    put(&mut directory, "old@x.example", false);
    note(&mut directory, "a@x", Some("nobody there"));
    assert_eq!((directory.queued().unwrap().len(), directory.outbox().unwrap()), (0, (0, 0)));
    let shown = now(crate::view::DirectoryView::read(&mut directory)).unwrap();
    assert!(shown.text().ends_with("cannot be delivered: a@x to old@x.example: nobody there\n"), "{}", shown.text());
    let mail = put(&mut directory, "new@x.example", true);
    assert!(directory.queued().unwrap() == [mail]);
    assert!(directory.undeliverable().unwrap().is_empty());
    note(&mut directory, "a@x", None);
    note(&mut directory, "a@x", Some("too late"));
    put(&mut directory, "third@x.example", true);
    assert!(directory.queued().unwrap().is_empty(), "what was delivered is not delivered again");
}

#[test]
fn a_file_of_the_first_schema_is_completed_when_it_is_written_and_left_alone_when_it_is_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("old.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("schema_1.sql")).unwrap();
    old.pragma_update(None, "application_id", 0x656c_6e6f).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    let mail = "INSERT INTO outbox (message_id, sender, recipients, subject, text, html, date) \
         VALUES ('a@x', 'b@x.example', '[\"c@x.example\"]', '', '', '', 0)";
    old.execute_batch(mail).unwrap();
    drop(old);
    let before = fs::read(&path).unwrap();
    for open in [SqliteDirectory::open_read_only, SqliteDirectory::open_for_dry_run] {
        let mut directory = open(&path).unwrap();
        assert_eq!((now(directory.id()).unwrap(), directory.queued().unwrap().len()), (None, 1));
        assert_eq!(directory.outbox().unwrap(), (1, 0));
    }
    assert!(fs::read(&path).unwrap() == before);
    let id = now(SqliteDirectory::open(&path).unwrap().id()).unwrap().unwrap();
    assert_eq!(now(SqliteDirectory::open_for_dry_run(&path).unwrap().id()).unwrap(), Some(id.clone()));
    assert_ne!(now(started(&folder).id()).unwrap(), Some(id), "two directories have two IDs");
}

/// Rule S12: an account that was unlinked by an earlier harness kept earlier IDs of somebody whose account it is not.
#[test]
fn s12_a_file_of_the_fifth_schema_gives_up_earlier_ids_of_unlinked_accounts() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("old.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    for step in super::open::STEPS.iter().take(5) {
        old.execute_batch(step).unwrap();
    }
    old.pragma_update(None, "application_id", 0x656c_6e6f).unwrap();
    old.pragma_update(None, "user_version", 5).unwrap();
    let account = "INSERT INTO accounts (id, version, email, first_name, last_name, status, protected, created_by_connector, invited) \
         VALUES ('a', 1, 'a@x.example', 'A', 'A', 'active', 0, 0, 0)";
    old.execute_batch(account).unwrap();
    let decided = "INSERT INTO earlier_employees VALUES ('1', 'a'); INSERT INTO foreign_employees VALUES ('a', '9'); \
         INSERT INTO decisions (account, kind, earlier, reason, decided) VALUES ('a', 'unlink', '9', 'x', '2026-11-26T12:00:00Z')";
    old.execute_batch(decided).unwrap();
    drop(old);
    let mut directory = SqliteDirectory::open(&path).unwrap();
    let of = |directory: &SqliteDirectory| {
        let account = directory.snapshot().unwrap().accounts.remove(0);
        (account.employee, account.earlier_employees, account.foreign_employees)
    };
    assert_eq!(of(&directory), (None, Vec::new(), vec!["1".to_owned(), "9".to_owned()]));
    let decided = "2026-11-27T12:00:00Z".parse().unwrap();
    let mut transaction = now(directory.administer()).unwrap();
    now(connector_sync::decisions::relink(&mut *transaction, "a", "9", "it was theirs", decided)).unwrap();
    now(transaction.commit()).unwrap();
    assert_eq!(of(&directory), (Some("9".to_owned()), vec!["1".to_owned()], Vec::new()));
}

/// What an earlier schema has is kept, its identity too, and it has issued no plan.
#[test]
fn s19_a_file_of_the_third_schema_learns_to_issue_plans_and_stays_the_same_directory() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("old.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    for step in [include_str!("schema_1.sql"), include_str!("schema_2.sql"), include_str!("schema_3.sql")] {
        old.execute_batch(step).unwrap();
    }
    old.pragma_update(None, "application_id", 0x656c_6e6f).unwrap();
    old.pragma_update(None, "user_version", 3).unwrap();
    let id: String = old.query_row("SELECT id FROM identity", [], |row| row.get(0)).unwrap();
    drop(old);
    let before = fs::read(&path).unwrap();
    let plan = IssuedPlan { hash: "hash".to_owned(), seal: "seal".to_owned(), tenant: "Acme".to_owned() };
    let issued = |directory: &mut SqliteDirectory| now(now(directory.read()).unwrap().issued(&plan)).unwrap();
    let mut dry = SqliteDirectory::open_for_dry_run(&path).unwrap();
    assert_eq!((now(dry.id()).unwrap(), issued(&mut dry)), (Some(id.clone()), Issue::Unknown));
    drop(dry);
    assert!(fs::read(&path).unwrap() == before, "a dry run changes nothing");
    let mut directory = SqliteDirectory::open(&path).unwrap();
    let mut transaction = begin(&mut directory);
    now(transaction.issue(&plan, Timestamp::UNIX_EPOCH)).unwrap();
    now(transaction.commit()).unwrap();
    drop(directory);
    let mut directory = SqliteDirectory::open(&path).unwrap();
    assert_eq!((now(directory.id()).unwrap(), issued(&mut directory)), (Some(id), Issue::Open));
}

#[test]
fn s19_of_the_plans_that_were_issued_the_newest_are_remembered_and_no_person() {
    let folder = TempDir::new().unwrap();
    let mut directory = started(&folder);
    let plan =
        |number: u32| IssuedPlan { hash: "hash".to_owned(), seal: number.to_string(), tenant: "Acme".to_owned() };
    let mut transaction = begin(&mut directory);
    for number in 0..KEPT_PLANS + 5 {
        now(transaction.issue(&plan(number), Timestamp::UNIX_EPOCH)).unwrap();
    }
    let known: Vec<u32> =
        (0..KEPT_PLANS + 5).filter(|number| now(transaction.issued(&plan(*number))).unwrap() == Issue::Open).collect();
    assert_eq!(known, (5..KEPT_PLANS + 5).collect::<Vec<_>>());
    now(transaction.commit()).unwrap();
    let columns = directory.connection.prepare("SELECT * FROM issued_plans").unwrap();
    assert_eq!(
        columns.column_names().collect::<Vec<_>>(),
        ["number", "seal", "plan_hash", "tenant", "issued", "applied"]
    );
}

#[test]
fn of_two_writers_the_second_learns_who_is_in_its_way() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("acme.db");
    let (mut first, mut second) = (started(&folder), SqliteDirectory::open(&path).unwrap());
    second.connection.busy_timeout(Duration::from_millis(20)).unwrap();
    let transaction = begin(&mut first);
    let Err(refused) = now(second.begin()) else { panic!("two writers at once") };
    let expected =
        format!("{} is in use by another run; wait until that one is done, then start again", path.display());
    assert_eq!(refused.to_string(), expected);
    assert_eq!(second.snapshot().unwrap().accounts.len(), 2, "reading goes on");
    drop(transaction);
    assert!(now(second.begin()).is_ok());
}

#[test]
fn s22_a_dry_run_neither_makes_nor_changes_a_file() {
    let folder = TempDir::new().unwrap();
    let absent = folder.path().join("absent.db");
    let mut dry = SqliteDirectory::open_for_dry_run(&absent).unwrap();
    assert!(dry.snapshot().unwrap().accounts.is_empty());
    assert!(now(dry.begin()).is_err(), "nothing can be written");
    assert!(!absent.exists());

    drop(started(&folder));
    let path = folder.path().join("acme.db");
    let before = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    let mut dry = SqliteDirectory::open_for_dry_run(&path).unwrap();
    assert_eq!(dry.snapshot().unwrap().accounts.len(), 2);
    assert!(now(dry.begin()).is_err());
    drop(dry);
    assert!(before == (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap()));
    let files = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 2, "the directory and the import file, and nothing beside them");
}

#[test]
fn files_that_are_not_directories_are_refused_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("note.txt"), "Not a database, but a note that is longer than a header.".repeat(20)).unwrap();
    rusqlite::Connection::open(at("other.db")).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    drop(SqliteDirectory::open(&at("newer.db")).unwrap());
    rusqlite::Connection::open(at("newer.db")).unwrap().pragma_update(None, "user_version", 7).unwrap();
    fs::write(at("empty.db"), "").unwrap();

    let open: fn(&Path) -> Result<SqliteDirectory, DirectoryError> = SqliteDirectory::open;
    let show: fn(&Path) -> Result<SqliteDirectory, DirectoryError> = SqliteDirectory::open_read_only;
    for (opened, name, expected) in [
        (open, "note.txt", "DIR/note.txt is not a SQLite database; name another file, or move this one away"),
        (open, "other.db", "DIR/other.db is the database of another application; name another file for the directory"),
        (
            open,
            "newer.db",
            "DIR/newer.db was written by a newer harness (schema 7, but this one supports up to 6); use the newer harness",
        ),
        (
            show,
            "newer.db",
            "DIR/newer.db was written by a newer harness (schema 7, but this one supports up to 6); use the newer harness",
        ),
        (open, "", "DIR/ is a folder; name a file in it, such as acme.db"),
        (open, "no/acme.db", "the folder DIR/no does not exist; create it, or name a file in another one"),
        (show, "absent.db", "the directory DIR/absent.db does not exist; import accounts into it first, or sync"),
        (show, "empty.db", "DIR/empty.db is empty; import accounts into it first, or sync"),
    ] {
        let told = refusal(opened(&at(name))).replace(&folder.path().display().to_string(), "DIR");
        assert_eq!(told, expected);
    }
    assert!(SqliteDirectory::open_existing(&at("absent.db")).is_err());
    assert!(!at("absent.db").exists());
    assert_eq!(fs::read_to_string(at("note.txt")).unwrap().lines().count(), 1, "what is refused is not changed");
    assert!(SqliteDirectory::open(&at("empty.db")).is_ok(), "an empty file becomes a directory");
}

#[test]
fn what_is_read_only_can_be_shown_and_not_written() {
    let folder = TempDir::new().unwrap();
    drop(started(&folder));
    let path = folder.path().join("acme.db");
    let read_only = |path: &Path, value: bool| {
        let mut permissions = fs::metadata(path).unwrap().permissions();
        permissions.set_readonly(value);
        fs::set_permissions(path, permissions).unwrap();
    };
    read_only(&path, true);
    let told = refusal(SqliteDirectory::open(&path));
    assert_eq!(told, format!("{} is read-only; make it writable, or name another file", path.display()));
    assert!(SqliteDirectory::open_read_only(&path).is_ok());
    read_only(&path, false);
    read_only(folder.path(), true);
    let told = refusal(SqliteDirectory::open(&path));
    read_only(folder.path(), false);
    let expected = format!(
        "the folder {} is read-only, and the directory's journal is written there; make it writable",
        folder.path().display()
    );
    assert_eq!(told, expected);
}

impl SqliteDirectory {
    /// Counts steps of `SQLite`'s machine from now on, in hundreds: they do not depend on a clock.
    pub(crate) fn count_steps(&mut self) -> std::sync::Arc<std::sync::atomic::AtomicU64> {
        let steps = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
        let counter = std::sync::Arc::clone(&steps);
        let count = move || {
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            false
        };
        self.connection.progress_handler(100, Some(count)).unwrap();
        steps
    }
}

fn steps_to_apply(people: usize) -> u64 {
    let folder = TempDir::new().unwrap();
    let mut directory = started(&folder);
    let person = |n: usize| {
        let employee = format!("e{n}");
        let group = GroupAddition { group: "g-1".to_owned(), name: String::new() };
        [create(&employee, &format!("{n}@y.example")), action(&employee, None, Operation::AddToGroup(group))]
    };
    let plan: Vec<Action> = (0..people).flat_map(person).collect();
    let steps = directory.count_steps();
    let outcomes = apply(&mut directory, &plan);
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    assert_eq!(directory.snapshot().unwrap().accounts.len(), 2 + people);
    steps.load(std::sync::atomic::Ordering::Relaxed)
}

#[test]
fn applying_costs_the_same_for_each_action_however_many_there_are() {
    let (few, many) = (steps_to_apply(500), steps_to_apply(5_000));
    assert!(few > 50 && many < 11 * few, "500 people: {few}, 5,000 people: {many}");
}

#[test]
fn opening_while_the_file_is_created_finds_a_whole_directory() {
    for _ in 0..20 {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("new.db");
        let identities: Vec<_> = std::thread::scope(|scope| {
            let open = || scope.spawn(|| now(SqliteDirectory::open(&path).unwrap().id()).unwrap());
            let others = [open(), open(), open(), open()];
            others.into_iter().map(|other| other.join().unwrap()).collect()
        });
        assert!(identities.iter().all(|identity| identity.is_some() && *identity == identities[0]), "{identities:?}");
    }
}
