//! Which texts can be employee IDs, for IDs that a person types.

/// The longest ID that the host takes from a connector, in bytes.
const MOST_BYTES: usize = 1_024;

/// Why a text is not an employee's ID, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAnId {
    /// There is nothing to be seen in it.
    #[error("the employee's ID is empty; give the one that the HR system shows")]
    Empty,
    /// It is longer than any ID.
    #[error(
        "the employee's ID is {0} bytes long, and IDs have at most {MOST_BYTES}; give the one that the HR system shows"
    )]
    TooLong(usize),
    /// It is more than one line, or steers a terminal.
    #[error("the employee's ID has a control character; give the ID alone, on one line")]
    ControlCharacter,
    /// Something of it was lost on its way.
    #[error("the employee's ID has damaged characters (U+FFFD); type it as the HR system shows it")]
    Damaged,
}

/// The ID without white space and invisible characters at its ends.
///
/// # Errors
/// When the text cannot be an ID.
pub fn employee_id(text: &str) -> Result<&str, NotAnId> {
    let id = connector_common::text::trimmed(text);
    if id.is_empty() {
        Err(NotAnId::Empty)
    } else if id.len() > MOST_BYTES {
        Err(NotAnId::TooLong(id.len()))
    } else if id.contains(char::is_control) {
        Err(NotAnId::ControlCharacter)
    } else if connector_common::text::is_damaged(id) {
        Err(NotAnId::Damaged)
    } else {
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_ids_are_refused_with_the_reason() {
        let long = "9".repeat(MOST_BYTES + 1);
        for (text, id) in [
            ("4703", Ok("4703")),
            (" 4703\u{200b}", Ok("4703")),
            ("müller-7", Ok("müller-7")),
            ("", Err(NotAnId::Empty)),
            (" \u{feff}", Err(NotAnId::Empty)),
            (&long, Err(NotAnId::TooLong(MOST_BYTES + 1))),
            ("47\n03", Err(NotAnId::ControlCharacter)),
            ("47\u{1b}[2J03", Err(NotAnId::ControlCharacter)),
            ("47\u{fffd}", Err(NotAnId::Damaged)),
        ] {
            assert_eq!(employee_id(text), id, "{text:?}");
        }
    }
}
