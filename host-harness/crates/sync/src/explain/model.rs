//! The explanation for one person, as data. Its form in JSON is a promise: keys are only added within one major version of
//! the format, and `docs/json.md` describes it.

use serde::Serialize;

use crate::codes;
use crate::run::Failure;

/// Whether an explanation holds what people entered: names, addresses, departments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Values {
    /// It says that there is a value, and not which.
    #[default]
    LeftOut,
    /// It holds the values: it is personal data then.
    Shown,
}

impl Values {
    /// The value, if it is to be shown.
    pub(super) fn keep(self, value: Option<&str>) -> Option<String> {
        match self {
            Self::LeftOut => None,
            Self::Shown => value.map(str::to_owned),
        }
    }
}

/// Makes an enum whose cases are codes of the catalogue.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $code:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[serde(into = "&'static str")]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$case_doc])* $case,)+
        }

        impl $name {
            /// The code, in JSON and in the catalogue.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$case => codes::$code,)+
                }
            }
        }

        impl From<$name> for &'static str {
            fn from(it: $name) -> Self {
                it.code()
            }
        }
    };
}

coded! {
    /// Where a person stands: the answer in one word.
    Status {
        /// The next sync creates an account.
        ToCreate = TO_CREATE,
        /// The next sync links an account by its address (rule S2).
        ToLink = TO_LINK,
        /// The next sync changes the account.
        ToUpdate = TO_UPDATE,
        /// No attribute of the account changes.
        Unchanged = UNCHANGED,
        /// A person has to decide first.
        InConflict = IN_CONFLICT,
        /// What the source has is not enough for an account (rule S6).
        Rejected = REJECTED,
        /// The filter leaves them out (rule S1), or a decision does (rule S12).
        Excluded = EXCLUDED,
        /// The filter lets them through; without a directory nothing more is known.
        Selected = SELECTED,
        /// The plan is blocked for everybody (rules S7 and S18).
        NothingPlanned = NOTHING_PLANNED,
        /// The source was read whole and does not have this ID.
        NotInSource = NOT_IN_SOURCE,
        /// The source was not read, or not whole, and what came does not have this ID.
        NotRead = NOT_READ,
        /// Nothing that was checked has this ID.
        NeverSeen = NEVER_SEEN,
        /// There is an account; no source was looked at.
        HasAccount = HAS_ACCOUNT,
        /// The ID is an earlier one of somebody with an account (rule S12); no source was looked at.
        EarlierId = EARLIER_ID,
        /// There is no account, and the log knows the ID; no source was looked at.
        NoAccount = NO_ACCOUNT,
    }
}

coded! {
    /// How an account was found, or was not.
    Found {
        /// By its link (rule S2).
        ByLink = FOUND_BY_LINK,
        /// By an earlier ID of the same person (rule S12).
        ByEarlierId = FOUND_BY_EARLIER_ID,
        /// By its address: the next sync links it (rule S2).
        ByAddress = FOUND_BY_ADDRESS,
        /// There is none: the next sync creates it.
        New = FOUND_NEW,
        /// Which account is theirs, a person has to decide.
        InConflict = FOUND_IN_CONFLICT,
        /// There is none.
        None = FOUND_NONE,
    }
}

/// What is known of one person, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The ID that was asked about.
    pub employee: String,
    /// Where they stand.
    pub status: Status,
    /// Whether values are in here.
    pub values: bool,
    /// The name; only with values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the source said; none if no source was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceFinding>,
    /// How the account was found; none if no directory was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountFinding>,
    /// What the next sync would do; none without both a source and a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanFinding>,
    /// What holds the person, or a part of their data, back.
    pub held_by: Vec<Obstacle>,
    /// What runs and people did before; none if no directory was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Past>,
    /// Why the source could not be read, or nothing be planned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

/// What the source said of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SourceFinding {
    /// Whether everybody was read (rule S17).
    pub complete: bool,
    /// What the filter decided; none if no record of theirs was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// Attribute by attribute. Of somebody who is left out, the connector looks at nothing but the ID.
    pub attributes: Vec<Attribute>,
}

/// What the filter decided (rule S1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Filter {
    /// Whether the person is let through.
    pub decision: Decision,
    /// Why not: a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What stands in the filter attribute, where it is neither a yes nor a no; only with values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What a filter can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Decision {
    /// To be synced.
    Selected,
    /// Not to be synced.
    LeftOut,
    /// The record does not show the filter attribute, or cannot be read.
    Undecided,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Attribute {
    /// Its name, as everywhere in JSON.
    pub attribute: String,
    /// What the source showed.
    pub state: State,
    /// Why it cannot be used, or is not known: a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The value; only with values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// The four readings (rule S6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// The credential may not read it.
    Hidden,
    /// There is nothing.
    Empty,
    /// There is something that cannot be used.
    Unusable,
    /// There is a value.
    Value,
}

impl State {
    /// The word in JSON and text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::Empty => "empty",
            Self::Unusable => "unusable",
            Self::Value => "value",
        }
    }
}

/// How the account was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountFinding {
    /// How.
    pub found: Found,
    /// The account; of a conflict all that have a part in it.
    pub accounts: Vec<AccountFacts>,
    /// Accounts of which a person decided that they are not this employee's (rule S12).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_theirs: Vec<String>,
}

/// What is to be known of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountFacts {
    /// Its ID.
    pub account: String,
    /// The employee it is linked to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_to: Option<String>,
    /// Other IDs of the same person (rule S12).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier_employees: Vec<String>,
    /// An administrator's (rule S4).
    pub protected: bool,
    /// Whether a connector created it (rule S16).
    pub created_by_connector: bool,
    /// Whether its owner was invited (rule S16).
    pub invited: bool,
    /// What it holds, field by field; not of an account that may be somebody else's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Attribute>,
}

/// What the next sync would do for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlanFinding {
    /// The whole plan's verdict: `planned`, `needs-approval` or `blocked`.
    pub verdict: &'static str,
    /// The whole plan's hash, which an approval names (rule S19).
    pub plan_hash: String,
    /// The person's actions, in the plan's order.
    pub actions: Vec<PlannedAction>,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlannedAction {
    /// The same as in the plan.
    pub id: String,
    /// Its name, as everywhere in JSON.
    pub operation: String,
    /// Why: a code.
    pub reason: String,
    /// Field by field.
    pub changes: Vec<PlannedChange>,
}

/// One field's change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlannedChange {
    /// The field.
    pub field: String,
    /// What kind of change.
    pub change: Kind,
    /// What the account holds; only with values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is to hold; only with values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What a change does, without its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// There was nothing.
    Set,
    /// There was another value.
    Changed,
    /// There is to be nothing.
    Cleared,
}

impl Kind {
    /// By what was there and what is to be.
    pub(super) const fn of(before: Option<&str>, after: Option<&str>) -> Self {
        match (before, after) {
            (_, None) => Self::Cleared,
            (None, Some(_)) => Self::Set,
            (Some(_), Some(_)) => Self::Changed,
        }
    }

    /// The word in JSON and text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Changed => "changed",
            Self::Cleared => "cleared",
        }
    }
}

/// Something that holds the person, or a part of their data, back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Obstacle {
    /// What it is.
    pub kind: ObstacleKind,
    /// Which: a code of the catalogue.
    pub code: String,
    /// The one thing it is about. A field and an employee's ID are always shown, a value only with values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Of a guard: how much it lets through, and how much the plan has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<Guard>,
    /// Of a blocked plan, what the connector says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Failure>,
}

/// What can hold somebody back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ObstacleKind {
    /// A notice of the plan that is about them.
    Notice,
    /// A guard that holds the whole plan back (rule S19).
    Guard,
    /// What blocks the whole plan (rules S7 and S18).
    Blocked,
}

/// A guard's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Guard {
    /// How many are let through without asking.
    pub limit: u64,
    /// How many the plan has.
    pub actual: u64,
    /// Whether this person is one of them; the guard holds them back all the same.
    pub is_hit: bool,
}

/// What was done before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Past {
    /// The run that created the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<RunRef>,
    /// The last change of each field that a run has changed. A field that is not among them is as it was when the account
    /// was created, linked or imported, or a person changed it.
    pub changes: Vec<LastChange>,
    /// Every action of a run, oldest first.
    pub actions: Vec<DoneAction>,
    /// What people decided about the account's link (rule S12), oldest first.
    pub decisions: Vec<LinkDecision>,
}

/// A run by its name and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RunRef {
    /// The run's ID.
    pub run: String,
    /// When it started: UTC, RFC 3339.
    pub started: String,
}

/// A field's last change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LastChange {
    /// The change; `before` of a supervisor is an account, `after` an employee.
    #[serde(flatten)]
    pub change: PlannedChange,
    /// The run that did it.
    #[serde(flatten)]
    pub by: RunRef,
}

/// An action of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DoneAction {
    /// The run.
    #[serde(flatten)]
    pub by: RunRef,
    /// What it was to do.
    pub operation: String,
    /// Why: a code.
    pub reason: String,
    /// What came of it: `applied`, `stale`, `failed`; `planned` if the plan was held back.
    pub status: String,
    /// Why it failed, if it did: a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What a person decided (rule S12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LinkDecision {
    /// When: UTC, RFC 3339.
    pub decided: String,
    /// `relink` or `unlink`.
    pub decision: String,
    /// The account.
    pub account: String,
    /// The employee it was linked to then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee: Option<String>,
    /// The employee it was linked to before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
    /// Why, in the words of the person who decided. Only with values, because it may name people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
