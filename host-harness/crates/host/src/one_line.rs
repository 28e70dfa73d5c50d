//! Makes untrusted text safe to show in mails and on terminals: one line, without control characters.

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

#[cfg(test)]
mod tests {
    use super::one_line;

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
