//! How much of a response that cannot be understood is shown, and what is never shown (rule S25).

/// Rule S25.
const EXCERPT_CHARS: usize = 200;

/// The first characters of a body on one line. Nothing is shown of what may be about a person: of JSON only the keys,
/// and of what looks like neither JSON nor HTML, such as the rest of a page whose beginning is lost, only its shape.
#[must_use]
pub fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    match text.chars().next() {
        Some('<') => one_line(text),
        Some('{' | '[') => one_line(&mask(text)),
        _ if is_plain(text) => one_line(&hide(text, |c| c.is_ascii_digit())),
        _ => one_line(&hide(text, char::is_alphanumeric)),
    }
}

/// The words that a proxy says for itself: not a character of what records are written in.
fn is_plain(text: &str) -> bool {
    !text.contains(['"', '@', '{', '}', '[', ']', '\\'])
}

/// The first characters of a text on one line.
#[must_use]
pub fn one_line(text: &str) -> String {
    let start: String = text.chars().take(EXCERPT_CHARS).collect();
    start.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hide(text: &str, is_hidden: impl Fn(char) -> bool) -> String {
    text.chars().take(EXCERPT_CHARS).map(|c| if is_hidden(c) { '#' } else { c }).collect()
}

/// Keeps what is between the strings of a JSON text, and the strings that are keys. Works on texts that end anywhere.
fn mask(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        masked.push_str(&skeleton(before));
        let (string, tail) = split_string(after);
        let is_key = tail.trim_start().starts_with(':');
        masked.push('"');
        masked.push_str(if is_key { string } else { "…" });
        if !tail.is_empty() {
            masked.push('"');
        }
        rest = tail;
        if masked.len() > EXCERPT_CHARS * 4 {
            return masked;
        }
    }
    masked.push_str(&skeleton(rest));
    masked
}

/// What stands between strings: JSON's own words and signs stay, and anything else belongs to a string whose quote is lost.
fn skeleton(text: &str) -> String {
    let is_sign = |c: char| !c.is_alphanumeric();
    let piece = |piece: &str| match piece.trim_end_matches(is_sign) {
        "true" | "false" | "null" => piece.to_owned(),
        _ => hide(piece, char::is_alphanumeric),
    };
    text.split_inclusive(is_sign).map(piece).collect()
}

/// A JSON string's content, and what follows its closing quote.
fn split_string(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let (string, tail) = text.split_at(at);
                return (string, tail.strip_prefix('"').unwrap_or(tail));
            }
            _ => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s25_an_excerpt_is_short() {
        assert_eq!(excerpt("ä".repeat(500).as_bytes()).chars().count(), EXCERPT_CHARS);
        assert!(excerpt(format!("[{}", "\"ä\",".repeat(500)).as_bytes()).chars().count() <= EXCERPT_CHARS);
    }

    #[test]
    fn s25_an_excerpt_shows_nobody() {
        for (body, shown) in [
            (")]}',\n{\"email\":\"anna@x.example\"", ")]}', {\"#####\":\"####@#.#######\""),
            (
                "na@x.example\"},\"last_name\":{\"value\":\"Böhm\"}",
                "##@#.#######\"},\"####_####\":{\"#####\":\"####\"}",
            ),
            ("{\"email\":\"anna@x.example\"}", "{\"email\":\"…\"}"),
            ("[anna@x.example\",\"b\"", "[####@#.#######\"…\"#\"…"),
            ("[true,12,null]", "[true,##,null]"),
            ("<html>Wartung 7</html>", "<html>Wartung 7</html>"),
            ("upstream error 4711", "upstream error ####"),
            ("anna@x.example", "####@#.#######"),
        ] {
            assert_eq!(excerpt(body.as_bytes()), shown);
        }
    }
}
