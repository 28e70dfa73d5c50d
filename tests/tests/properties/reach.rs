//! The generator reaches what it is made for: a property that no case puts to the test proves nothing.

use std::collections::BTreeSet;

use connector_host::contract::Verdict;
use connector_host::names::operation_name;
use personio_connector::codes;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use whole_system_tests::arbitrary::{self, planning};

#[test]
fn companies_reach_every_operation_notice_guard_and_verdict() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..1500 {
        let case = arbitrary::twins().new_tree(&mut runner).unwrap().current();
        let plan = planning::plan(&case.company, &case.directory);
        reached.extend(plan.actions.iter().map(|action| operation_name(&action.operation).to_owned()));
        reached.extend(plan.actions.into_iter().map(|action| action.reason));
        reached.extend(plan.notices.into_iter().map(|notice| notice.code));
        reached.extend(plan.counts.exclusions.into_iter().map(|exclusion| exclusion.code));
        match plan.verdict {
            Verdict::Ready => drop(reached.insert("ready".to_owned())),
            Verdict::NeedsApproval(hits) => reached.extend(hits.into_iter().map(|hit| hit.guard)),
            Verdict::Blocked(problem) => drop(reached.insert(problem.code)),
        }
    }
    let operations = ["create", "link", "update", "set-supervisor", "add-to-group", "invite", "ready"];
    let elsewhere: BTreeSet<&str> = BEYOND_A_PLAN.into_iter().collect();
    let wanted = codes::ALL.iter().copied().filter(|code| !elsewhere.contains(code)).chain(operations);
    let missed: Vec<&str> = wanted.filter(|code| !reached.contains(*code)).collect();
    assert_eq!(missed, [""; 0]);
    assert!(elsewhere.iter().all(|code| !reached.contains(*code)), "a code of calls stands in a plan");
}

/// Codes that never stand in a plan: JSON that was made from a tree is never broken, and the rest is about calls: what failed
/// in them, and what was noticed.
const BEYOND_A_PLAN: [&str; 19] = [
    codes::BROKEN_RECORD,
    codes::WRONG_CREDENTIALS,
    codes::ACCESS_FORBIDDEN,
    codes::FILTER_ATTRIBUTE_MISSING,
    codes::FILTER_ATTRIBUTE_AMBIGUOUS,
    codes::FILTER_ATTRIBUTE_STANDARD,
    codes::SETTING_MISSING,
    codes::SETTING_INVALID,
    codes::SOURCE_BUSY,
    codes::SOURCE_UNAVAILABLE,
    codes::ANSWER_UNREADABLE,
    codes::REQUEST_DENIED,
    codes::NOT_CONFIGURED,
    codes::CURSOR_INVALID,
    codes::SETTING_UNKNOWN,
    codes::SOURCE_DEPRECATED,
    codes::SOURCE_SUNSET,
    codes::SOURCE_RETIRED,
    codes::ANSWER_DAMAGED,
];
