//! Views of a text with one kind of escape undone, to find a secret however its characters are spelled.
//!
//! Pure and linear. Listing a secret's encodings and searching for each was rejected: writers differ in what they escape
//! (`/` or `\/`, `%2b` or `%2B`, `ü` or `\u00fc`) and may escape any character alone, so the list never ends.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// One kind of escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// `\"`, `\/`, `\n`, `\u00fc` … (RFC 8259).
    Json,
    /// `%2F` (RFC 3986).
    Percent,
    /// `%2F`, and `+` for a space (`application/x-www-form-urlencoded`).
    Form,
    /// `&amp;`, `&#39;`, `&#x27;` … (HTML).
    Html,
}

/// A text as it reads with an escape undone, and where each byte of it came from.
pub(super) struct View<'a> {
    /// The text with the escapes undone.
    pub(super) bytes: Cow<'a, [u8]>,
    /// Where the two texts get out of step: a position here, and the same in the original.
    jumps: Vec<(usize, usize)>,
}

impl<'a> View<'a> {
    /// The text as it is.
    pub(super) const fn plain(text: &'a [u8]) -> Self {
        Self { bytes: Cow::Borrowed(text), jumps: Vec::new() }
    }

    /// The text with one kind of escape undone; none if it has no such escape.
    pub(super) fn decoded(text: &[u8], escape: Escape) -> Option<View<'static>> {
        let mut bytes = Vec::new();
        let mut jumps = Vec::new();
        let (mut copied, mut at) = (0, 0);
        while let Some(found) = text.get(at..).and_then(|rest| escape.find(rest)) {
            let start = at + found;
            let rest = text.get(start..).unwrap_or_default();
            let Some((character, length)) = escape.undo(rest) else {
                at = start + 1;
                continue;
            };
            bytes.extend_from_slice(text.get(copied..start).unwrap_or_default());
            character.push_to(&mut bytes);
            copied = start + length;
            at = copied;
            jumps.push((bytes.len(), copied));
        }
        if jumps.is_empty() {
            return None;
        }
        bytes.extend_from_slice(text.get(copied..).unwrap_or_default());
        Some(View { bytes: Cow::Owned(bytes), jumps })
    }

    /// The original position of a position in this view.
    pub(super) fn original(&self, position: usize) -> usize {
        let after = self.jumps.partition_point(|(here, _)| *here <= position);
        match after.checked_sub(1).and_then(|index| self.jumps.get(index)) {
            Some((here, there)) => there + (position - here),
            None => position,
        }
    }
}

/// What an escape stands for.
enum Undone {
    Byte(u8),
    Char(char),
}

impl Undone {
    fn push_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Byte(byte) => bytes.push(*byte),
            Self::Char(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

impl Escape {
    fn find(self, text: &[u8]) -> Option<usize> {
        match self {
            Self::Json => memchr(b'\\', text),
            Self::Percent => memchr(b'%', text),
            Self::Form => memchr2(b'%', b'+', text),
            Self::Html => memchr(b'&', text),
        }
    }

    /// What stands at the start of a text, and the length of its spelling.
    fn undo(self, text: &[u8]) -> Option<(Undone, usize)> {
        match (self, text) {
            (Self::Json, _) => undo_json(text),
            (Self::Form, [b'+', ..]) => Some((Undone::Byte(b' '), 1)),
            (Self::Percent | Self::Form, _) => Some((Undone::Byte(u8::try_from(hex(text.get(1..3)?)?).ok()?), 3)),
            (Self::Html, _) => undo_html(text),
        }
    }
}

fn undo_json(text: &[u8]) -> Option<(Undone, usize)> {
    let byte = match text.get(1)? {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return undo_utf16(text),
        other if other.is_ascii_punctuation() => *other,
        _ => return None,
    };
    Some((Undone::Byte(byte), 2))
}

/// `\uXXXX`, or two of them for a character outside the basic plane.
fn undo_utf16(text: &[u8]) -> Option<(Undone, usize)> {
    let unit = |at: usize| {
        let spelled = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::try_from(hex(spelled)?).ok()
    };
    let first = unit(0)?;
    let units = std::iter::once(first).chain(unit(6));
    let character = char::decode_utf16(units).next()?.ok()?;
    Some((Undone::Char(character), 6 * character.len_utf16()))
}

fn undo_html(text: &[u8]) -> Option<(Undone, usize)> {
    // The longest spelling looked for is `&#x10FFFF;`.
    let end = memchr(b';', text.get(..text.len().min(10))?)?;
    let character = match text.get(1..end)? {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(hex(digits)?)?,
        [b'#', digits @ ..] => char::from_u32(std::str::from_utf8(digits).ok()?.parse().ok()?)?,
        _ => return None,
    };
    Some((Undone::Char(character), end + 1))
}

fn hex(digits: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    // `from_str_radix` takes a sign, an escape has none.
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_escape_is_undone() {
        for (escape, text, expected) in [
            (Escape::Json, r#"a\/b\"\\\n\u00FC\u00fc\ud83d\ude00"#, "a/b\"\\\nüü😀"),
            (Escape::Percent, "a%2Fb%2f+%C3%BC", "a/b/+ü"),
            (Escape::Form, "a+%2B", "a +"),
            (Escape::Html, "&amp;&lt;&#39;&#x27;&#X1f600;", "&<''😀"),
        ] {
            let view = View::decoded(text.as_bytes(), escape).unwrap();
            assert_eq!(std::str::from_utf8(&view.bytes).unwrap(), expected, "{escape:?}");
        }
    }

    #[test]
    fn what_only_looks_like_an_escape_stays() {
        for (escape, text) in [
            (Escape::Json, r"\u00g0 \q \"),
            (Escape::Json, r"\ud83d"),
            (Escape::Percent, "100% %+1 %z"),
            (Escape::Html, "&nope; & &#x110000; &toolongforone;"),
        ] {
            assert!(View::decoded(text.as_bytes(), escape).is_none(), "{escape:?} {text}");
        }
    }

    #[test]
    fn positions_lead_back_to_the_original() {
        let view = View::decoded(b"ab%20cd%20e", Escape::Percent).unwrap();
        assert_eq!(&*view.bytes, b"ab cd e");
        let back: Vec<usize> = (0..=7).map(|position| view.original(position)).collect();
        assert_eq!(back, [0, 1, 2, 5, 6, 7, 10, 11]);
    }
}
