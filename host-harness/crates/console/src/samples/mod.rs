//! Every page filled with invented people and companies: to be looked at, and to test what is true of all pages.

#![allow(missing_docs, clippy::must_use_candidate, reason = "a sample; its name says what it is")]

mod admin;
mod explained;
mod forms;
mod operator;
mod runs;

use connector_settings::Language;
use jiff::{SignedDuration, Timestamp};

use crate::model::{Flash, Live, Named, Person, Role, Section, Shell, Tone, User};

/// Where samples come from. What people and connectors write has the `spice` at its end, so that a test can see that it is
/// escaped.
#[derive(Clone, Default)]
pub struct Samples {
    pub language: Language,
    pub base: String,
    pub spice: String,
}

/// A page by its name.
pub type Sample = (&'static str, String);

impl Samples {
    /// Every page in every state that looks different.
    pub fn all(&self) -> Vec<(String, String)> {
        let mut all = self.entry();
        all.extend(self.admin());
        all.extend(self.runs());
        all.extend(self.operator());
        let all = all.into_iter().map(|(name, html)| (name.to_owned(), html));
        all.chain(self.reported()).collect()
    }

    fn text(&self, text: &str) -> String {
        format!("{text}{}", self.spice)
    }

    #[allow(clippy::unnecessary_wraps, reason = "most of what people write is optional in the models")]
    fn some(&self, text: &str) -> Option<String> {
        Some(self.text(text))
    }

    fn visitor(&self, here: &str) -> Shell {
        Shell {
            language: self.language,
            base: self.base.clone(),
            here: here.to_owned(),
            csrf: "c5rf".to_owned(),
            assets: "1".to_owned(),
            ..Shell::default()
        }
    }

    fn admin_shell(&self, section: Section, here: &str) -> Shell {
        Shell {
            user: Some(User { email: self.text("hr@acme.example"), role: Role::Admin }),
            tenant: self.some("Acme GmbH"),
            section,
            ..self.visitor(here)
        }
    }

    fn operator_shell(&self, section: Section, here: &str) -> Shell {
        Shell {
            user: Some(User { email: self.text("ops@elearnio.example"), role: Role::Operator }),
            section,
            ..self.visitor(here)
        }
    }

    fn integration(&self) -> Named {
        Named { id: "i1".to_owned(), name: self.text("Personio-Integration") }
    }

    fn person(&self, employee: &str, name: &str) -> Person {
        Person { employee: self.text(employee), name: self.some(name) }
    }
}

/// So many minutes after the samples' present.
fn minutes(minutes: i64) -> Timestamp {
    let present = Timestamp::from_second(1_795_436_100).unwrap_or_default();
    present.checked_add(SignedDuration::from_mins(minutes)).unwrap_or_default()
}

fn saved() -> Flash {
    Flash { tone: Tone::Good, message: "saved".to_owned(), subject: None }
}

fn live(path: &str) -> Live {
    Live { events: format!("{path}/events"), page: path.to_owned() }
}
