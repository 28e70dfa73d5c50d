//! What a person has to decide.

use super::{FieldError, LastRun, Named, Pager, Person};

/// `/conflicts`.
#[derive(Clone, Default)]
pub struct ConflictsPage {
    /// The conflicts of this page.
    pub conflicts: Vec<Conflict>,
    /// Where in the list they are.
    pub pager: Pager,
    /// Whether any run was there: else there is nothing to be in conflict.
    pub has_runs: bool,
}

/// One conflict. Its form is a POST to `/conflicts/{id}` with `choice` and `reason`.
#[derive(Clone, Default)]
pub struct Conflict {
    /// Its ID in paths.
    pub id: String,
    /// Its integration.
    pub integration: Named,
    /// Its code.
    pub code: String,
    /// Whom it is about.
    pub person: Person,
    /// The address it is about, where it is known.
    pub email: Option<String>,
    /// The other person, if there is one.
    pub other: Option<Person>,
    /// The accounts that have a part in it.
    pub accounts: Vec<Candidate>,
    /// What can be decided here; nothing if it can only be solved elsewhere.
    pub choices: Vec<ConflictChoice>,
    /// The run that found it last.
    pub found_by: Option<LastRun>,
    /// The choice and the reason that were sent, if something is wrong with them.
    pub chosen: String,
    /// The reason as it was entered.
    pub reason: String,
    /// What is wrong with the choice.
    pub choice_error: Option<FieldError>,
    /// What is wrong with the reason.
    pub reason_error: Option<FieldError>,
}

/// An account in a conflict.
#[derive(Clone, Default)]
pub struct Candidate {
    /// Its ID.
    pub account: String,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Status.
    pub status: String,
    /// Whom it is linked to.
    pub linked_to: Option<Person>,
    /// An administrator's.
    pub protected: bool,
}

/// Something to choose.
#[derive(Clone, Default)]
pub struct ConflictChoice {
    /// The value of the field `choice`.
    pub value: String,
    /// What it does.
    pub resolution: Resolution,
}

/// What a choice does.
#[derive(Clone, Default)]
pub enum Resolution {
    /// Leaves everything as it is.
    #[default]
    Keep,
    /// The account's person has a new ID: it is linked to it.
    SamePerson {
        /// The account.
        account: String,
        /// The ID it is linked to.
        from: String,
        /// The new ID.
        to: String,
    },
    /// Of several accounts this is the person's.
    UseAccount {
        /// The account.
        account: String,
    },
    /// The account is somebody else's.
    NotTheirs {
        /// The account.
        account: String,
    },
}
