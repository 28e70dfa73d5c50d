//! What several pages show.

use connector_host::contract::Counts;
use connector_sync::progress::Phase;
use connector_sync::run::Done;
use jiff::Timestamp;

/// Something with a page of its own.
#[derive(Clone, Default)]
pub struct Named {
    /// Its ID in paths.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Somebody in the HR system.
#[derive(Clone, Default)]
pub struct Person {
    /// Their employee ID.
    pub employee: String,
    /// Their name, where it is known.
    pub name: Option<String>,
}

/// One line of input as it came, and what is wrong with it.
#[derive(Clone, Default)]
pub struct Input {
    /// What was entered.
    pub value: String,
    /// What is wrong with it.
    pub error: Option<FieldError>,
}

/// What is wrong with an input. The words are the pages'.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldError {
    /// It must not be empty.
    Required,
    /// It is longer than so many characters.
    TooLong(u64),
    /// It is shorter than so many characters.
    TooShort(u64),
    /// It is no absolute URL.
    NotAUrl,
    /// It is no origin: scheme, host and port.
    NotAnOrigin,
    /// The operator has not granted this origin.
    OriginNotGranted(String),
    /// It is no whole number.
    NotANumber,
    /// It is more than this.
    TooHigh(u64),
    /// It is none of the values to choose from.
    NotAChoice,
    /// It is no e-mail address.
    NotAnEmail,
    /// It is no time of day such as 06:30.
    NotATime,
    /// It is no time zone such as Europe/Berlin.
    NotAZone,
    /// Something else has this name.
    Taken,
    /// It is there twice.
    Duplicate,
    /// Invitations are mails: they need somebody who gets the summary.
    NeedsMail,
    /// The two passwords differ.
    Differs,
    /// It is not the password.
    WrongPassword,
    /// It is not what was to be typed.
    WrongConfirmation,
    /// There is no file of this name.
    NoSuchFile,
    /// Anything else, in words, shown as they are.
    Other(String),
}

/// Something to tell a person: a notice, a failure, an action that was not carried out. The words come from the catalogue
/// of codes; `message` and `remedy` are shown for a code it does not have.
#[derive(Clone, Default)]
pub struct Remark {
    /// The code.
    pub code: String,
    /// How many people or cases.
    pub count: u64,
    /// The one thing it is about. Of a conflict the employee ID of the other person, or their name with it.
    pub detail: Option<String>,
    /// Whom it concerns; not more than a page wants to show.
    pub people: Vec<Person>,
    /// What happened, in the connector's own words.
    pub message: Option<String>,
    /// What to do, in the connector's own words.
    pub remedy: Option<String>,
}

/// How a page follows what is going on.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// The path of the events (`text/event-stream`), without the base. Any event makes the page look again.
    pub events: String,
    /// The path of a page that has the element in its present state, without the base; also what a reader without scripts
    /// reloads.
    pub page: String,
}

/// Where a run is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// The phase; none while it waits to start.
    pub phase: Option<Phase>,
    /// Pages read.
    pub pages: u64,
    /// People read.
    pub people: u64,
    /// How many people there are, if the source says.
    pub total: Option<u64>,
    /// Actions applied, of how many, while a plan is applied.
    pub applied: Option<(u64, u64)>,
    /// The source asked to wait.
    pub waiting: Option<Waiting>,
    /// How many runs are before this one while it waits to start.
    pub ahead: Option<u64>,
}

/// The source asked to wait.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// For how long.
    pub seconds: u64,
    /// Which attempt follows.
    pub attempt: u64,
    /// Of how many.
    pub attempts: u64,
}

/// A plan's figures.
#[derive(Clone, Default)]
pub struct Figures {
    /// What is planned.
    pub counts: Counts,
    /// What was done; none if nothing was to be written.
    pub done: Option<Done>,
}

/// Where in a long list a page is. The pages make the links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pager {
    /// Which page, from 1.
    pub page: u64,
    /// Rows on a page.
    pub size: u64,
    /// Rows that fit the filter.
    pub total: u64,
}

impl Default for Pager {
    fn default() -> Self {
        Self { page: 1, size: 100, total: 0 }
    }
}

/// A field, before and after.
#[derive(Clone, Default)]
pub struct Change {
    /// The field, by the contract's name.
    pub field: String,
    /// What the account holds. A gender's values are never shown, whatever is here.
    pub before: Option<String>,
    /// What it is to hold.
    pub after: Option<String>,
}

/// A link that works once, shown once.
#[derive(Clone)]
pub struct OneTimeLink {
    /// Whom it is for: an address.
    pub email: String,
    /// The whole link with its origin, to be copied.
    pub url: String,
    /// Until when it works.
    pub valid_until: Timestamp,
    /// Whether it was mailed too.
    pub mailed: bool,
}
