//! Makes untrusted text safe to show in mails and on terminals: one line, without control characters.

use std::fmt::Write as _;

/// A text on one line: white space and control characters become single spaces, and marks that turn the writing direction
/// are dropped.
///
/// So a name can neither start a header line of its own, nor forge a line of a mail, nor move a cursor, nor show
/// itself backwards.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !turns_direction(*c)));
    }
    line
}

/// Unicode's explicit directional formatting characters (UAX 9, section 2).
#[must_use]
pub const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// JSON in which everything that a terminal obeys, or that turns the writing direction, is an escape. It is the same value:
/// such a character stands in a text, where an escape means the character.
///
/// JSON itself asks for escapes of the first 32 characters alone.
#[must_use]
pub fn escaped_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\n' => escaped.push(c),
            '\u{2028}' | '\u{2029}' => escape(c, &mut escaped),
            c if c.is_control() || turns_direction(c) => escape(c, &mut escaped),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// A character as JSON escapes it (RFC 8259, 7).
fn escape(c: char, json: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a string does not fail.
        let _ = write!(json, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::{escaped_json, one_line};

    #[test]
    fn json_on_a_terminal_is_the_same_value_and_obeyed_by_nobody() {
        let text = "{\n  \"Zoë\": \"a\u{9b}31mb\u{202e}c\u{7f}d\u{2028}e\u{85}f 😀 \\n\"\n}";
        let escaped = escaped_json(text);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        assert!(read(text).is_some() && read(text) == read(&escaped));
        assert_eq!(
            escaped,
            r#"{
  "Zoë": "a\u009b31mb\u202ec\u007fd\u2028e\u0085f 😀 \n"
}"#
        );
    }

    #[test]
    fn nothing_breaks_out_of_a_line() {
        for (text, line) in [
            ("Anna\r\nBcc: eve@example.com", "Anna Bcc: eve@example.com"),
            ("  a \t b\u{2028}c\0d ", "a b c d"),
            ("\u{202e}txt.exe", "txt.exe"),
            ("Zoë Müller-Öztürk", "Zoë Müller-Öztürk"),
        ] {
            assert_eq!(one_line(text), line);
        }
    }
}
