//! People, and why their accounts are as they are.

use connector_sync::explain::Explanation;
use jiff::Timestamp;

use super::{Live, Named, Pager, Progress};

/// `/people`, a GET form with `q`, `integration` and `page`.
#[derive(Clone, Default)]
pub struct PeoplePage {
    /// What was searched for.
    pub q: String,
    /// In which integration; nothing for all.
    pub integration: String,
    /// The integrations to choose from.
    pub integrations: Vec<Named>,
    /// The rows of this page.
    pub rows: Vec<PersonRow>,
    /// Where in the list they are.
    pub pager: Pager,
    /// Whether any run has found people yet.
    pub has_people: bool,
}

/// One person.
#[derive(Clone, Default)]
pub struct PersonRow {
    /// The integration they are in.
    pub integration: Named,
    /// Their employee ID; none for an account that is linked to nobody.
    pub employee: Option<String>,
    /// The account, if there is one.
    pub account: Option<String>,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// The account's status: `preboarding`, `active`, `absent`, `inactive`, or another.
    pub status: String,
    /// Department.
    pub department: String,
}

/// `/people/{integration}/{employee}`. The button is a POST to `/people/{integration}/{employee}/ask`.
#[derive(Clone, Default)]
pub struct WhyPage {
    /// The integration.
    pub integration: Named,
    /// The ID that was asked about.
    pub employee: String,
    /// What is known; none while nothing is.
    pub explanation: Option<Explanation>,
    /// The read that the source's part is from.
    pub read: Option<ReadRef>,
    /// When the source was asked for this answer, where that was no run.
    pub read_at: Option<Timestamp>,
    /// The HR system is being asked.
    pub asking: Option<Asking>,
    /// Whether it can be asked now.
    pub can_ask: bool,
}

/// Which read an answer is from.
#[derive(Debug, Clone, Default)]
pub struct ReadRef {
    /// Its run.
    pub run: String,
    /// When.
    pub at: Timestamp,
}

/// The HR system is being asked.
#[derive(Debug, Clone, Default)]
pub struct Asking {
    /// The run that asks.
    pub run: String,
    /// Where it is.
    pub progress: Progress,
    /// How the page follows it.
    pub live: Live,
}
