//! What every page has around it.

use connector_settings::Language;

/// The frame of a page: who looks at it, in which language, and where.
#[derive(Clone, Default)]
pub struct Shell {
    /// The language of the page.
    pub language: Language,
    /// What every link, form and asset begins with: nothing, or a path such as `/hr` without a slash at its end.
    pub base: String,
    /// The path and query of this page without [`Shell::base`], for the links that switch the language.
    pub here: String,
    /// The hidden field `csrf` of every form.
    pub csrf: String,
    /// A version of the assets, so that a new one is fetched: `{base}/assets/app.css?v={assets}`.
    pub assets: String,
    /// Who is signed in; none on the pages before that.
    pub user: Option<User>,
    /// The tenant whose pages these are; none for an operator who looks at no tenant.
    pub tenant: Option<String>,
    /// Where in the navigation the page is.
    pub section: Section,
    /// What has just happened.
    pub flash: Option<Flash>,
}

/// Who is signed in.
#[derive(Clone, Default)]
pub struct User {
    /// The address they sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// All of one tenant.
    #[default]
    Admin,
    /// All.
    Operator,
}

/// The entries of the navigation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Section {
    /// No entry.
    #[default]
    None,
    /// Integrations, their forms and their runs.
    Integrations,
    /// People.
    People,
    /// Conflicts.
    Conflicts,
    /// History.
    History,
    /// Tenants; operators only.
    Tenants,
    /// Connectors; operators only.
    Connectors,
    /// Runs across tenants; operators only.
    Runs,
    /// Who works and what waits; operators only.
    Work,
    /// The audit log; operators only.
    Audit,
    /// The reader's own account.
    Account,
}

/// A message about what the reader has just done.
#[derive(Clone)]
pub struct Flash {
    /// Its colour.
    pub tone: Tone,
    /// Which message: a key under `flash` of the words, such as `saved`. A text that is no key is shown as it is.
    pub message: String,
    /// What it is about, for messages with a place for it.
    pub subject: Option<String>,
}

/// What a colour says at a glance. The words say the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to look at.
    #[default]
    Neutral,
    /// Something is happening.
    Active,
    /// All is well.
    Good,
    /// Somebody should look.
    Attention,
    /// Something is broken.
    Bad,
}
