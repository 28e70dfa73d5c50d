//! The matrix: which faults, where, and how a run has to end.

use personio_mock::{Fault, Requests, Rule};

use crate::fixture::{PEOPLE, ROWS};

/// Requests of an undisturbed sync: a log-in, the attribute list, four pages.
const REQUESTS: u64 = 6;
/// The log-in.
const AUTH: u64 = 1;
/// The first page.
const FIRST_PAGE: u64 = 3;
/// Pages; the last one's number.
const PAGES: u64 = 4;
/// Rule S25: five tries are four waits.
const MOST_WAITS: usize = 4;
/// The same for refused log-ins.
const MINUTES_OF_PATIENCE: usize = 10;

/// A total that says that the first page is all there is.
const FIRST_PAGE_IS_ALL: i32 = ROWS - PEOPLE;

/// The faults, with values that matter to pages as small as these, and a drip that no request lives to see the end of.
fn faults() -> impl Iterator<Item = Fault> {
    let lies = [-7, FIRST_PAGE_IS_ALL].map(|by| Fault::LyingTotal { by });
    let fitted = Fault::ALL.map(|fault| match fault {
        Fault::Clamp { .. } => Fault::Clamp { rows: 6 },
        Fault::SlowDrip { .. } => Fault::SlowDrip { milliseconds: 60_000 },
        other => other,
    });
    fitted.into_iter().chain(lies).chain([Fault::WrongLength { by: -64 }])
}

/// How a disturbed run has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Done, everybody read; the next run has nothing to do.
    Complete,
    /// Done, and the read counts as complete, though somebody was missed: the answers agree with each other, so that
    /// nobody can tell. The next run makes it good.
    Believed,
    /// Done, everybody read, and what came damaged left out; the next run makes it good.
    Damaged,
    /// Done with what was read; the code of what ended the read, if something did.
    Incomplete(Option<&'static str>),
    /// Failed with this code; nothing written.
    Failed(&'static str),
}

/// One fault at one request.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    pub rule: Rule,
    pub expected: Expected,
    pub waits: usize,
}

/// Every cell.
pub fn all() -> Vec<Cell> {
    let mut cells = Vec::new();
    for fault in faults().filter(|fault| !fault.is_about_pages()) {
        for at in 1..=REQUESTS {
            cells.extend([1, 0].map(|times| on_the_wire(Rule { fault, on: Requests::Any, at, times })));
        }
    }
    for fault in faults().filter(|fault| fault.is_about_pages()) {
        for at in 1..=PAGES {
            let once = Rule::at_page(fault, at);
            cells.push(in_a_page(once));
            // Somebody who joins or leaves with every page is another company each time.
            if !matches!(fault, Fault::Join { .. } | Fault::Leave { .. }) {
                cells.push(in_a_page(Rule { times: 0, ..once }));
            }
        }
    }
    cells
}

/// Faults that spoil any answer.
fn on_the_wire(rule: Rule) -> Cell {
    let Rule { fault, at, times, .. } = rule;
    let is_lasting = times == 0;
    let (expected, waits) = match fault {
        // What is only announced changes nothing for the tenant: it is a notice for the platform (rule S25).
        Fault::Gzip | Fault::Deprecated | Fault::Sunset => (Expected::Complete, 0),
        Fault::Gone => (Expected::Failed("source-retired"), 0),
        // What is not UTF-8 is damaged text, which reaches no account: everything else is read (rule S6).
        Fault::Charset if at < FIRST_PAGE && !is_lasting => (Expected::Complete, 0),
        Fault::Charset => (Expected::Damaged, 0),
        // A log-in that is refused is refused for a minute, and that is waited out: for ten of them at most.
        Fault::Busy { retry_after: None } if at <= AUTH + 1 && is_lasting => {
            (Expected::Failed(code(fault)), MINUTES_OF_PATIENCE + usize::from(at > AUTH))
        }
        Fault::TokenExpiry if !is_lasting => (Expected::Complete, 0),
        Fault::Unauthorized if at > AUTH && !is_lasting => (Expected::Complete, 0),
        Fault::Unauthorized | Fault::TokenExpiry => (Expected::Failed("wrong-credentials"), 0),
        Fault::Forbidden if at == AUTH => (Expected::Failed("wrong-credentials"), 0),
        Fault::Forbidden => (Expected::Failed("access-forbidden"), 0),
        _ if !is_lasting => (Expected::Complete, 1),
        _ if at <= FIRST_PAGE => (Expected::Failed(code(fault)), MOST_WAITS),
        _ => (Expected::Incomplete(Some(code(fault))), MOST_WAITS),
    };
    Cell { rule, expected, waits }
}

/// What a run says of an answer that stays spoiled.
fn code(fault: Fault) -> &'static str {
    match fault {
        Fault::Busy { .. } => "source-busy",
        Fault::WrongLength { by } if by > 0 => "source-unavailable",
        // Too little was promised, and what came ends in the middle.
        Fault::Html | Fault::Truncated | Fault::WrongLength { .. } => "answer-unreadable",
        _ => "source-unavailable",
    }
}

/// Faults that spoil a page's contents, in answers that are well in every other way.
fn in_a_page(rule: Rule) -> Cell {
    let Rule { fault, at, times, .. } = rule;
    let is_lasting = times == 0;
    let is_last = at == PAGES;
    let expected = match fault {
        // The next page starts one further among those who are still there: one was passed over. The first total tells.
        Fault::Leave { .. } if at > 1 => Expected::Incomplete(None),
        Fault::EndlessPage if is_lasting => Expected::Incomplete(Some("read-repeats")),
        Fault::LyingTotal { by: FIRST_PAGE_IS_ALL } if at == 1 => Expected::Believed,
        // The largest total counts: one page of the truth makes a lie that is too small good, unless that ends the read.
        Fault::LyingTotal { by } if by > 0 || (is_lasting && at == 1) => Expected::Incomplete(None),
        Fault::LyingTotal { by: FIRST_PAGE_IS_ALL } if !is_last => Expected::Incomplete(None),
        // A last page that claims to be none reports more people than there are.
        Fault::EndlessPage if is_last => Expected::Incomplete(None),
        Fault::DuplicateRows { .. } => Expected::Incomplete(None),
        _ => Expected::Complete,
    };
    Cell { rule, expected, waits: 0 }
}
