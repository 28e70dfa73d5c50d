//! What a summary says, before it is text or HTML.

use crate::page::Tone;
use connector_settings::Language;

/// A summary. Every text in it is on one line and not yet escaped.
pub(super) struct Summary {
    pub language: Language,
    pub subject: String,
    pub tone: Tone,
    /// The verdict, in a word or two.
    pub label: String,
    /// What the run comes to, in one sentence.
    pub headline: String,
    /// The run's page, where there is one: what the link says, and its URL.
    pub link: Option<(String, String)>,
    /// In the order to be read; the first says what to do.
    pub sections: Vec<Section>,
    /// Facts for the support desk: run, time, read.
    pub facts: Vec<(String, String)>,
}

/// A headed part.
pub(super) struct Section {
    pub title: String,
    pub body: Body,
}

/// What a part holds.
pub(super) enum Body {
    /// Points, each with what to do about it.
    Items(Vec<Item>),
    /// Figures.
    Counts(Vec<Row>),
}

/// One point.
#[derive(Default)]
pub(super) struct Item {
    /// What is so; more than one where the same holds for several things, such as missing groups.
    pub statements: List,
    /// A fact beside it, such as a guard's limit.
    pub note: Option<String>,
    /// Whom it is about.
    pub people: List,
    /// What to do.
    pub remedy: Option<String>,
    /// Something to type.
    pub command: Option<String>,
}

impl Item {
    /// A point of one sentence.
    pub fn plain(statement: impl Into<String>) -> Self {
        Self { statements: List { shown: vec![statement.into()], more: 0 }, ..Self::default() }
    }
}

/// One figure.
pub(super) struct Row {
    pub label: String,
    pub value: String,
    /// How it stands to the rows above it.
    pub rank: Rank,
}

/// How a figure stands to those above it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    /// A sum, or a figure of its own.
    Main,
    /// A part of the last main figure.
    Part,
    /// A part of the last part.
    Detail,
}

/// The most entries a list shows (rule S26).
pub(super) const LIST_LIMIT: usize = 50;

/// A list that may be cut short.
#[derive(Default)]
pub(super) struct List {
    pub shown: Vec<String>,
    /// How many are not shown.
    pub more: usize,
}

impl List {
    /// The first entries, and how many there are beside them.
    pub fn capped(mut entries: Vec<String>) -> Self {
        let more = entries.len().saturating_sub(LIST_LIMIT);
        entries.truncate(LIST_LIMIT);
        Self { shown: entries, more }
    }

    pub const fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}
