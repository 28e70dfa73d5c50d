//! What a directory's log knows about one person, to explain why an account is as it is.
//!
//! The log of runs says what was done to whom and when, without any value, for it outlives the reason to keep them. Beside it
//! a directory keeps the last change of each field of each person, with its values. All changes of a field were rejected:
//! that would be a second, growing copy of everybody's data, and the question is when the value that stands there came.

/// What is on file about one employee ID.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonHistory {
    /// Every action of a run that was about them, whatever came of it, oldest first.
    pub actions: Vec<PastAction>,
    /// The last change of each field that a run has changed, by the field's name. A field of an account that was never
    /// changed since a run created it is not among them.
    pub changes: Vec<PastChange>,
    /// What a person decided about a link of theirs (rule S12), oldest first. A directory that keeps no decisions has none.
    pub decisions: Vec<PastDecision>,
}

impl PersonHistory {
    /// True if there is nothing on file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.changes.is_empty() && self.decisions.is_empty()
    }

    /// Adds what is on file under another ID of the same person (rule S12).
    pub fn join(&mut self, other: Self) {
        self.actions.extend(other.actions);
        self.actions.sort_by(|one, other| one.run.cmp(&other.run));
        self.changes.extend(other.changes);
        // Of two changes of one field the later one is the last.
        self.changes.sort_by(|one, other| (&one.field, &other.run).cmp(&(&other.field, &one.run)));
        self.changes.dedup_by(|one, other| one.field == other.field);
        for decision in other.decisions {
            if !self.decisions.contains(&decision) {
                self.decisions.push(decision);
            }
        }
        self.decisions.sort_by(|one, other| one.decided.cmp(&other.decided));
    }
}

/// One action of a run, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastAction {
    /// The run's ID.
    pub run: String,
    /// When the run started: UTC, RFC 3339.
    pub started: String,
    /// The operation, by its name in JSON.
    pub operation: String,
    /// Why it was planned: a code.
    pub reason: String,
    /// What came of it ([`crate::run::Outcome::as_str`]).
    pub outcome: String,
    /// Why it failed, if it did: a code.
    pub failure: Option<String>,
}

/// The last change of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastChange {
    /// The field, by the contract's name.
    pub field: String,
    /// The run that changed it.
    pub run: String,
    /// When that run started: UTC, RFC 3339.
    pub started: String,
    /// What the account held. Of a supervisor the account's ID.
    pub before: Option<String>,
    /// What it was given. Of a supervisor the employee's ID.
    pub after: Option<String>,
}

/// What a person decided about an account's link (rule S12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastDecision {
    /// When: UTC, RFC 3339.
    pub decided: String,
    /// `relink` or `unlink`.
    pub kind: String,
    /// The account.
    pub account: String,
    /// The employee it was linked to then; none if to nobody.
    pub employee: Option<String>,
    /// The employee it was linked to before.
    pub earlier: Option<String>,
    /// Why, in the words of the person who decided.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(field: &str, run: &str) -> PastChange {
        let text = str::to_owned;
        PastChange { field: text(field), run: text(run), started: text(run), before: None, after: Some(text(run)) }
    }

    #[test]
    fn s12_of_two_ids_of_one_person_the_later_change_of_a_field_is_its_last() {
        let mut history =
            PersonHistory { changes: vec![change("team", "2"), change("email", "1")], ..PersonHistory::default() };
        let earlier =
            PersonHistory { changes: vec![change("team", "1"), change("email", "3")], ..PersonHistory::default() };
        assert!(!history.is_empty() && PersonHistory::default().is_empty());
        history.join(earlier);
        assert_eq!(history.changes, [change("email", "3"), change("team", "2")]);
    }
}
