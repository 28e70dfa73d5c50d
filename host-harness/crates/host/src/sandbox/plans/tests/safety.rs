//! What a connector says about its own plan is not trusted: guards, completeness, invitations, codes.

use super::*;
use crate::contract::{ExclusionCount, GuardHit};

#[test]
fn s16_nobody_is_invited_against_the_settings_or_twice() {
    let (source, mut target) = shown();
    let plan = plan(vec![action("1", Some("a"), Operation::Invite)]);
    let check = |target: &Directory, invites| {
        check(&plan, Given { source: &source, target, invites }, &Limits::default())
            .map_err(|verdict| verdict.to_string())
    };
    assert_eq!(check(&target, true), Ok(()));
    assert!(check(&target, false).is_err_and(|words| words.contains("the settings turn invitations off")));
    target.accounts.iter_mut().for_each(|account| account.invited = true);
    assert!(check(&target, true).is_err_and(|words| words.contains("a second time")));
}

/// Five people with accounts, and a plan that does this to this many of them.
fn hurting(count: usize, operation: &Operation) -> (SourceRead, Directory, Plan) {
    let ids = ["1", "2", "3", "4", "5"];
    let account = |id: &&str| Account { team: Some("t".to_owned()), ..account(id, Some(id), false) };
    let target = Directory { accounts: ids.iter().map(account).collect(), groups: Vec::new() };
    let records = ids.into_iter().map(learner).collect();
    let actions = ids.into_iter().take(count).map(|id| action(id, Some(id), operation.clone())).collect();
    (SourceRead { records, hidden: Vec::new(), total: None, ended: true }, target, plan(actions))
}

#[test]
fn s19_a_plan_that_breaks_a_guard_has_to_say_so_with_the_true_figures() {
    let hit = |guard: &str, limit, actual| {
        Judgement::NeedsApproval(vec![GuardHit {
            guard: guard.to_owned(),
            field: None,
            limit,
            actual,
            employees: Vec::new(),
        }])
    };
    for (guard, operation) in
        [("guard-deactivations", status("inactive")), ("guard-clears", change(Field::Team, Some("t"), None))]
    {
        let check = |count, verdict| {
            let (source, target, plan) = hurting(count, &operation);
            let given = Given { source: &source, target: &target, invites: false };
            check(&Plan { verdict, ..plan }, given, &Limits::default()).map_err(|verdict| verdict.to_string())
        };
        assert_eq!(check(3, Judgement::Ready), Ok(()));
        let words = check(4, Judgement::Ready).err().unwrap_or_default();
        assert!(words.ends_with(&format!("{guard} allows 3, but the plan has 4 and does not report it")), "{words}");
        assert_eq!(check(4, hit(guard, 3, 4)), Ok(()));
        for lie in [hit(guard, 3, 3), hit(guard, 30, 4), hit("guard-of-another", 3, 4)] {
            assert!(check(4, lie).is_err());
        }
    }
}

#[test]
fn s19_every_change_of_an_address_counts() {
    let (source, mut target, mut plan) =
        hurting(4, &change(Field::Email, Some("old@example.com"), Some("n@example.com")));
    target.accounts.iter_mut().for_each(|account| "old@example.com".clone_into(&mut account.email));
    let given = Given { source: &source, target: &target, invites: false };
    let words = check(&plan, given, &Limits::default()).map_err(|verdict| verdict.to_string());
    assert!(words.is_err_and(|words| words.contains("guard-email-changes allows 3, but the plan has 4")));
    plan.actions.pop();
    assert_eq!(check(&plan, given, &Limits::default()), Ok(()));
}

#[test]
fn s17_a_read_that_did_not_end_is_not_complete_and_what_a_record_says_goes_through() {
    let (mut source, target, plan) = hurting(1, &status("inactive"));
    let check = |plan: &Plan, source: &SourceRead| {
        let given = Given { source, target: &target, invites: false };
        check(plan, given, &Limits::default()).map_err(|verdict| verdict.to_string())
    };
    assert_eq!(check(&plan, &source), Ok(()));
    source.ended = false;
    assert!(check(&plan, &source).is_err_and(|words| words.contains("did not reach its end")));
    let honest = Plan { complete: false, ..plan };
    assert_eq!(check(&honest, &source), Ok(()), "a status of inactive is evidence, and guarded by its number (S19)");
}

#[test]
fn every_name_a_plan_gives_is_a_code() {
    let bad = || "a\u{1b}[2J".to_owned();
    let notice = Notice { code: bad(), count: 1, employees: Vec::new(), detail: None };
    let problem = Problem { code: bad(), subject: None, message: String::new(), remedy: String::new() };
    let guard = GuardHit { guard: bad(), field: None, limit: 0, actual: 0, employees: Vec::new() };
    let mut exclusions = plan(Vec::new());
    exclusions.counts.exclusions = vec![ExclusionCount { code: bad(), count: 0 }];
    let create = || action("2", None, create());
    let long = Action { id: "x".repeat(2 * SHORT + 1), ..create() };
    for (plan, sign) in [
        (plan(vec![Action { reason: bad(), ..create() }]), "an action's reason"),
        (plan(vec![action("2", None, Operation::Other(bad()))]), "an operation's name"),
        (plan(vec![long]), "an action's ID"),
        (Plan { notices: vec![notice], ..plan(Vec::new()) }, "a notice's code"),
        (Plan { verdict: Judgement::Blocked(problem), ..plan(Vec::new()) }, "a problem's code"),
        (Plan { verdict: Judgement::NeedsApproval(vec![guard]), ..plan(Vec::new()) }, "a guard's code"),
        (exclusions, "a reason to leave somebody out"),
    ] {
        let words = words(&plan, &Limits::default()).unwrap_or_default();
        assert!(words.contains(sign) && !words.contains('\u{1b}'), "{words}");
    }
}

#[test]
fn guards_pass_at_the_limit_of_notices_and_not_past_it() {
    let hit = || GuardHit { guard: "guard-clears".to_owned(), field: None, limit: 3, actual: 4, employees: Vec::new() };
    let check = |count| {
        let verdict = Judgement::NeedsApproval((0..count).map(|_| hit()).collect());
        words(&Plan { verdict, ..plan(Vec::new()) }, &Limits::default().notices(2)).unwrap_or_default()
    };
    assert_eq!(check(2), "");
    assert!(check(3).ends_with("the plan has 3 notices; the limit notices is set to 2"));
}
