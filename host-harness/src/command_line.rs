//! Command lines for a person to copy from the screen: mostly the one that was typed, with a change.

/// Words of a command line, the program's first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine(Vec<String>);

impl CommandLine {
    /// What this process was started with.
    #[must_use]
    pub fn now() -> Self {
        Self(std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect())
    }

    /// The program with other words behind it.
    #[must_use]
    pub fn instead<'a>(self, words: impl IntoIterator<Item = &'a str>) -> Self {
        let words = words.into_iter().map(str::to_owned);
        Self(self.0.into_iter().take(1).chain(words).collect())
    }

    /// With another name for the program, where the one it was started by says nothing to the reader.
    #[must_use]
    pub fn called(mut self, program: &str) -> Self {
        if let Some(word) = self.0.first_mut() {
            program.clone_into(word);
        }
        self
    }

    /// With another verb.
    #[must_use]
    pub fn verb(mut self, verb: &str) -> Self {
        if let Some(word) = self.0.get_mut(1) {
            verb.clone_into(word);
        }
        self
    }

    /// Without these options, each of which has a value, in either form: `--name value` and `--name=value`.
    #[must_use]
    pub fn without(self, options: &[&str]) -> Self {
        let mut kept = Vec::new();
        let mut words = self.0.into_iter();
        while let Some(word) = words.next() {
            let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
            if !options.contains(&name) {
                kept.push(word);
            } else if value.is_none() {
                words.next();
            }
        }
        Self(kept)
    }

    /// With one more option at the end.
    #[must_use]
    pub fn with(mut self, option: &str, value: &str) -> Self {
        self.0.extend([option.to_owned(), value.to_owned()]);
        self
    }

    /// Without a flag.
    #[must_use]
    pub fn without_flag(mut self, flag: &str) -> Self {
        self.0.retain(|word| word != flag);
        self
    }

    /// Without what kept a plan from being applied: to be given again with the one approval that it needs.
    #[must_use]
    pub fn for_approval(self) -> Self {
        self.without(&["--approve"]).without_flag("--dry-run")
    }

    /// One line for a POSIX shell.
    #[must_use]
    pub fn line(&self) -> String {
        line(&self.0)
    }
}

/// Words as one line for a POSIX shell.
#[must_use]
pub fn line(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    words.into_iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it back: bare where nothing in it means anything, else in single quotes.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(words: &[&str]) -> CommandLine {
        CommandLine(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn an_option_is_taken_out_in_both_forms_with_its_value() {
        let words =
            ["harness", "sync", "--approve", "old", "--live", "--approve=older", "--dry-run", "--directory", "a.db"];
        let line = typed(&words).for_approval().line();
        assert_eq!(line, "harness sync --live --directory a.db");
    }

    #[test]
    fn a_plan_becomes_a_sync_or_an_apply() {
        let plan = typed(&["bin/harness", "plan", "--settings", "acme.toml"]);
        assert_eq!(plan.clone().verb("sync").line(), "bin/harness sync --settings acme.toml");
        assert_eq!(plan.instead(["apply", "p.json"]).line(), "bin/harness apply p.json");
    }

    #[test]
    fn a_word_comes_back_from_the_shell_as_it_was() {
        let line = typed(&["harness", "über uns/a.db", "it's", "", "$HOME", "a=b"]).line();
        assert_eq!(line, r"harness 'über uns/a.db' 'it'\''s' '' '$HOME' a=b");
        let line = super::line(["harness", "--to", "my recording", "http://127.0.0.1:4010", "Müller"]);
        assert_eq!(line, "harness --to 'my recording' http://127.0.0.1:4010 Müller");
    }
}
