//! The pages' words, by their key: a journey is the same in both languages, and a sentence may be written better without a
//! test that has to change.

use std::fs;

use anyhow::Result;
use whole_system_tests::repository;

/// The words of one language.
pub struct Words {
    all: toml::Table,
    /// `de` or `en`.
    pub tag: &'static str,
}

impl Words {
    /// Reads them.
    pub fn of(tag: &'static str) -> Result<Self> {
        let file = repository().join("host-harness/crates/console/src/words/words.toml");
        Ok(Self { all: fs::read_to_string(file)?.parse()?, tag })
    }

    /// The words of a key such as `sign-in.submit`.
    pub fn say(&self, key: &str) -> &str {
        let words = key.split('.').try_fold(None, |at: Option<&toml::Value>, part| {
            let next = match at {
                None => self.all.get(part),
                Some(value) => value.get(part),
            };
            next.map(Some)
        });
        let words = words.flatten().and_then(|value| value.get(self.tag)?.as_str());
        words.unwrap_or_else(|| panic!("there are no words for {key} in {}", self.tag))
    }

    /// The same with values for its placeholders.
    pub fn tell(&self, key: &str, values: &[(&str, &str)]) -> String {
        let fill = |text: String, (name, value): &(&str, &str)| text.replace(&format!("{{{name}}}"), value);
        values.iter().fold(self.say(key).to_owned(), fill)
    }

    /// Its beginning up to the first placeholder, as a name that is known by its beginning.
    pub fn begin(&self, key: &str) -> String {
        format!("{}…", self.say(key).split('{').next().unwrap_or_default())
    }

    /// A label that says that its field may be left empty.
    pub fn optional(&self, label: &str) -> String {
        format!("{label} {}", self.say("form.optional"))
    }
}

#[test]
fn words_are_found_by_their_keys() -> Result<()> {
    let words = Words::of("de")?;
    assert_eq!(words.say("sign-in.submit"), "Anmelden");
    assert_eq!(words.tell("form.delete-confirm", &[("name", "A")]), "Geben Sie zur Bestätigung „A“ ein");
    assert_eq!(words.begin("form.delete-confirm"), "Geben Sie zur Bestätigung „…");
    Ok(())
}
