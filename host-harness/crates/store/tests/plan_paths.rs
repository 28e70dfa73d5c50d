//! Wherever a plan comes from, it goes through one check in the transaction that applies it (rules S4 and S19): here a plan
//! that was made in this run, as a connector's is, and the same one from a file. Both say that they need no approval, as a
//! connector that lies would, and as one that was right before the accounts changed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]

use connector_host::contract::{Action, Change, Field, Operation, Plan, Verdict};
use connector_store::import::import;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::directory::{Directory as _, DirectoryError};
use connector_sync::plan_file::PlanFile;
use connector_sync::run::{Outcome, RunReport, RunVerdict};
use connector_sync::{NoMails, Options, Silent, finish, hash, samples};
use jiff::Timestamp;
use tempfile::TempDir;

/// What a plan came by.
#[derive(Debug, Clone, Copy)]
enum Path {
    ThisRun,
    File,
}

/// Five accounts that are linked; the first is an administrator's, and one more is nobody's.
async fn directory(folder: &TempDir) -> SqliteDirectory {
    let account = |n: u32| {
        let (employee, protected) = (if n == 6 { "null".to_owned() } else { format!("\"{n}\"") }, n == 1 || n == 6);
        format!(
            r#"{{"id": "a{n}", "employee": {employee}, "email": "{n}@x.example", "first_name": "F", "last_name": "L",
                "status": "active", "protected": {protected}}}"#
        )
    };
    let accounts: Vec<String> = (1..=6).map(account).collect();
    let file = folder.path().join("start.json");
    std::fs::write(&file, format!(r#"{{"groups": [], "accounts": [{}]}}"#, accounts.join(","))).unwrap();
    let mut directory = SqliteDirectory::open(&folder.path().join("acme.db")).unwrap();
    import(&mut directory, &file).await.unwrap();
    directory
}

fn action(n: u32, operation: Operation) -> Action {
    Action {
        id: format!("{n}-{}", connector_host::names::operation_name(&operation)),
        employee: n.to_string(),
        account: Some(format!("a{n}")),
        version: Some(1),
        operation,
        reason: "source-differs".to_owned(),
    }
}

fn update(n: u32, field: Field, after: &str) -> Action {
    action(n, Operation::Update(vec![Change { field, before: None, after: Some(after.to_owned()) }]))
}

/// A run that is to apply a plan of these actions which says that it is ready.
async fn run(directory: &mut SqliteDirectory, folder: &TempDir, actions: Vec<Action>, path: Path) -> RunReport {
    let id = directory.id().await.unwrap();
    let sample = samples::all_well().plan.unwrap();
    let plan = Plan { verdict: Verdict::Ready, actions, ..sample };
    let mut report = RunReport::blank("Acme", Timestamp::UNIX_EPOCH);
    let hash = hash::of(&plan, "Acme", id.as_deref());
    report.take_plan(plan, hash);
    if let Path::ThisRun = path {
        return report;
    }
    let (file, place) = (PlanFile::of(&report, id).unwrap(), folder.path().join("plan.json"));
    file.issue(directory).await.unwrap();
    file.save(&place).unwrap();
    PlanFile::load(&place).unwrap().into_report(Timestamp::UNIX_EPOCH)
}

async fn applied(directory: &mut SqliteDirectory, report: RunReport) -> Result<RunReport, DirectoryError> {
    finish(report, directory, &NoMails, &Options::default(), &Silent).await
}

#[tokio::test]
async fn s19_guards_are_counted_again_wherever_a_plan_came_from() {
    for path in [Path::ThisRun, Path::File] {
        let folder = tempfile::tempdir().unwrap();
        let mut directory = directory(&folder).await;
        let before = directory.snapshot().unwrap();
        let actions = (2..=5).map(|n| update(n, Field::Status, "inactive")).collect();
        let report = run(&mut directory, &folder, actions, path).await;
        let planned = report.plan_hash.clone();
        let report = applied(&mut directory, report).await.unwrap();
        assert_eq!(report.verdict, RunVerdict::NeedsApproval, "{path:?}");
        let guards: Vec<_> = report.guards().iter().map(|hit| (hit.guard.as_str(), hit.limit, hit.actual)).collect();
        assert_eq!(guards, [("guard-deactivations", 3, 4)], "{path:?}");
        assert_ne!(report.plan_hash, planned, "{path:?}: who approved the one has not seen the other");
        assert!(directory.snapshot().unwrap() == before, "{path:?}");
    }
}

#[tokio::test]
async fn s04_nobody_takes_over_an_administrator_wherever_a_plan_came_from() {
    for path in [Path::ThisRun, Path::File] {
        let folder = tempfile::tempdir().unwrap();
        let mut directory = directory(&folder).await;
        let before = directory.snapshot().unwrap();
        let actions = vec![
            update(1, Field::Status, "inactive"),
            update(1, Field::Email, "eve@evil.example"),
            action(6, Operation::Link),
        ];
        let report = run(&mut directory, &folder, actions, path).await;
        let report = applied(&mut directory, report).await.unwrap();
        assert_eq!(report.outcomes, vec![Outcome::Failed("account-protected"); 3], "{path:?}");
        assert!(directory.snapshot().unwrap() == before, "{path:?}");
    }
}

/// An approval and the plan itself are used up by what they let through, and by nothing before.
#[tokio::test]
async fn s19_a_saved_plan_waits_for_its_approval_and_is_then_used_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut directory = directory(&folder).await;
    let actions: Vec<Action> = (2..=5).map(|n| update(n, Field::Status, "inactive")).collect();
    let saved = |report: RunReport| (report.seal.clone(), report);
    let (seal, report) = saved(run(&mut directory, &folder, actions, Path::File).await);
    let held = applied(&mut directory, report).await.unwrap();
    assert_eq!(held.verdict, RunVerdict::NeedsApproval);
    let again = || PlanFile::load(&folder.path().join("plan.json")).unwrap().into_report(Timestamp::UNIX_EPOCH);
    assert_eq!(again().seal, seal);
    let options = Options { dry_run: true, approve: held.plan_hash.clone() };
    let dry = finish(again(), &mut directory, &NoMails, &options, &Silent).await.unwrap();
    assert_eq!(dry.verdict, RunVerdict::Planned, "a dry run uses up nothing");
    let options = Options { dry_run: false, ..options };
    let done = finish(again(), &mut directory, &NoMails, &options, &Silent).await.unwrap();
    assert_eq!(done.verdict, RunVerdict::Done);
    let runs = directory.runs().unwrap().len();
    for dry_run in [true, false] {
        let options = Options { dry_run, approve: None };
        let refused = finish(again(), &mut directory, &NoMails, &options, &Silent).await;
        assert!(matches!(refused, Err(DirectoryError::AppliedBefore(_))), "dry run: {dry_run}");
    }
    assert_eq!(directory.runs().unwrap().len(), runs, "a run that is refused is not on file");
}
