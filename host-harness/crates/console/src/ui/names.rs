//! Words, numbers and times for a shell's reader.

use connector_report::catalogue;
use connector_settings::Language;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::model::{FieldError, Shell};
use crate::ui::url::{encode, with_query};
use crate::words;

impl Shell {
    /// The language's tag.
    pub(crate) const fn lang(&self) -> &'static str {
        match self.language {
            Language::De => "de",
            Language::En => "en",
        }
    }

    /// A word of the pages.
    pub(crate) fn say(&self, key: &str) -> &'static str {
        words::say(self.language, key)
    }

    /// A word of the pages with its places filled in.
    pub(crate) fn tell(&self, key: &str, values: &[(&str, &str)]) -> String {
        words::tell(self.language, key, values)
    }

    /// A number and its noun.
    pub(crate) fn count(&self, key: &str, count: u64) -> String {
        words::count(self.language, key, count)
    }

    /// The word that a group has for a name; the name itself if it has none.
    pub(crate) fn word<'a>(&self, group: &str, name: &'a str) -> &'a str {
        words::find(self.language, group, name).unwrap_or(name)
    }

    /// A number.
    pub(crate) fn number(&self, value: u64) -> String {
        catalogue::number(value, self.language)
    }

    /// A path of the service as a link.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A path with a query.
    pub(crate) fn url_with(&self, path: &str, query: &[(&str, &str)]) -> String {
        with_query(&self.url(path), query)
    }

    /// The page of a run.
    pub(crate) fn run_url(&self, run: &str) -> String {
        format!("{}/runs/{}", self.base, encode(run))
    }

    /// The page that says why somebody's account is as it is.
    pub(crate) fn person_url(&self, integration: &str, employee: &str) -> String {
        format!("{}/people/{}/{}", self.base, encode(integration), encode(employee))
    }

    /// What a code says and what to do about it; none for a code that nobody has words for.
    pub(crate) fn code(&self, code: &str, count: u64, detail: Option<&str>) -> Option<(String, String)> {
        let entry = catalogue::entry(code, self.language)?;
        Some((entry.sentence(count, detail), entry.remedy_on_page(count, detail)))
    }

    /// True if the reader can decide it on the page of conflicts.
    pub(crate) fn is_decided_on_page(&self, code: &str) -> bool {
        self.tenant.is_some() && catalogue::entry(code, self.language).is_some_and(|entry| entry.is_decided_on_page())
    }

    /// Why something is done, or was not possible: the code's sentence, or the code.
    pub(crate) fn sentence(&self, code: &str) -> String {
        self.code(code, 1, None).map_or_else(|| code.to_owned(), |(sentence, _)| sentence)
    }

    /// True if a code's sentence names what it is about.
    pub(crate) fn has_place(&self, code: &str) -> bool {
        catalogue::entry(code, self.language).is_some_and(|entry| entry.has_place_for_detail())
    }

    /// A code's sentence about one attribute.
    pub(crate) fn sentence_about(&self, code: &str, attribute: &str) -> String {
        let detail = self.has_place(code).then(|| self.word("attribute", attribute));
        self.code(code, 1, detail).map_or_else(|| code.to_owned(), |(sentence, _)| sentence)
    }

    /// What is wrong with an input.
    #[must_use]
    pub fn error(&self, error: &FieldError) -> String {
        let (key, value) = match error {
            FieldError::Required => ("error.required", String::new()),
            FieldError::TooLong(most) => ("error.too-long", self.number(*most)),
            FieldError::TooShort(least) => ("error.too-short", self.number(*least)),
            FieldError::NotAUrl => ("error.not-a-url", String::new()),
            FieldError::NotAnOrigin => ("error.not-an-origin", String::new()),
            FieldError::OriginNotGranted(origin) => ("error.origin-not-granted", origin.clone()),
            FieldError::NotANumber => ("error.not-a-number", String::new()),
            FieldError::TooHigh(most) => ("error.too-high", self.number(*most)),
            FieldError::NotAChoice => ("error.not-a-choice", String::new()),
            FieldError::NotAnEmail => ("error.not-an-email", String::new()),
            FieldError::NotATime => ("error.not-a-time", String::new()),
            FieldError::NotAZone => ("error.not-a-zone", String::new()),
            FieldError::Taken => ("error.taken", String::new()),
            FieldError::Duplicate => ("error.duplicate", String::new()),
            FieldError::NeedsMail => ("error.needs-mail", String::new()),
            FieldError::Differs => ("error.differs", String::new()),
            FieldError::WrongPassword => ("error.wrong-password", String::new()),
            FieldError::WrongConfirmation => ("error.wrong-confirmation", String::new()),
            FieldError::NoSuchFile => ("error.no-such-file", String::new()),
            FieldError::Other(text) => return text.clone(),
        };
        self.tell(key, &[("value", &value)])
    }

    /// A time. It reads well as it is, in UTC; the script writes it in the reader's own zone.
    pub(crate) fn time(&self, at: Timestamp) -> Markup {
        let format = match self.language {
            Language::De => "%d.%m.%Y, %H:%M UTC",
            Language::En => "%-d %b %Y, %H:%M UTC",
        };
        html! { time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) { (at.strftime(format)) } }
    }

    /// A day.
    pub(crate) fn day(&self, at: Timestamp) -> Markup {
        let format = match self.language {
            Language::De => "%d.%m.%Y",
            Language::En => "%-d %b %Y",
        };
        html! { time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) data-format="day" { (at.strftime(format)) } }
    }

    /// A time that is on file as text; what is no time is shown as it is.
    pub(crate) fn time_on_file(&self, at: &str) -> Markup {
        at.parse().map_or_else(|_| html! { (at) }, |at| self.time(at))
    }

    /// How long something took.
    pub(crate) fn duration(&self, milliseconds: u64) -> String {
        let seconds = milliseconds / 1000;
        match seconds {
            0..10 => {
                let point = match self.language {
                    Language::De => ',',
                    Language::En => '.',
                };
                format!("{seconds}{point}{} s", milliseconds % 1000 / 100)
            }
            10..60 => format!("{seconds} s"),
            60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
            _ => format!("{} h {} min", self.number(seconds / 3600), seconds / 60 % 60),
        }
    }
}
