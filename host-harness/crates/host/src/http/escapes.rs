//! A text with its escapes undone, to find a secret however its characters are spelled.
//!
//! Pure and linear. Listing a secret's encodings and searching for each was rejected: writers differ in what they escape
//! (`/` or `\/`, `%2b` or `%2B`, `ü` or `\u00fc`) and may escape any character alone, so the list never ends. One pass
//! undoes every kind of escape, since a text may mix them; what one pass leaves is the next one's.
//!
//! Where a byte came from is not noted: a text can be all escapes, and notes on each would be larger than the text.
//! [`Back`] reads the escapes once more instead, when something was found.

use std::iter::Peekable;

use memchr::{memchr, memchr3};

/// One escape in a text.
struct Escape {
    start: usize,
    length: usize,
    undone: Undone,
}

/// What an escape stands for.
enum Undone {
    Byte(u8),
    Char(char),
}

impl Undone {
    const fn len(&self) -> usize {
        match self {
            Self::Byte(_) => 1,
            Self::Char(character) => character.len_utf8(),
        }
    }

    fn push_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Byte(byte) => bytes.push(*byte),
            Self::Char(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// The text with one layer of escapes undone, never longer than the text; none if it has no escape:
///
/// - `\"`, `\/`, `\n`, `\u00fc` (RFC 8259), and `\xfc`, as scripts have it
/// - `%2F` (RFC 3986); a form's `+` for a space is the search's to know
/// - `&amp;`, `&#39;`, `&#x27;` … (HTML)
pub(super) fn undone(text: &[u8]) -> Option<Vec<u8>> {
    let mut escapes = Escapes { text, at: 0 }.peekable();
    escapes.peek()?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut copied = 0;
    for escape in escapes {
        bytes.extend_from_slice(text.get(copied..escape.start).unwrap_or_default());
        escape.undone.push_to(&mut bytes);
        copied = escape.start + escape.length;
    }
    bytes.extend_from_slice(text.get(copied..).unwrap_or_default());
    Some(bytes)
}

/// Leads from positions in what [`undone`] gave back to the text, in ascending order.
pub(super) struct Back<'t> {
    escapes: Peekable<Escapes<'t>>,
    /// Behind the last escape that was passed: here, and there in the text.
    here: usize,
    there: usize,
}

impl<'t> Back<'t> {
    /// From the beginning of a text.
    pub(super) fn to(text: &'t [u8]) -> Self {
        Self { escapes: Escapes { text, at: 0 }.peekable(), here: 0, there: 0 }
    }

    /// The position in the text; no position may be less than the one before.
    pub(super) fn original(&mut self, position: usize) -> usize {
        let (mut here, mut there) = (self.here, self.there);
        while let Some(escape) =
            self.escapes.next_if(|escape| here + (escape.start - there) + escape.undone.len() <= position)
        {
            here += escape.start - there + escape.undone.len();
            there = escape.start + escape.length;
        }
        (self.here, self.there) = (here, there);
        there + (position - here)
    }
}

struct Escapes<'t> {
    text: &'t [u8],
    at: usize,
}

impl Iterator for Escapes<'_> {
    type Item = Escape;

    fn next(&mut self) -> Option<Escape> {
        loop {
            let start = self.at + memchr3(b'\\', b'%', b'&', self.text.get(self.at..)?)?;
            if let Some((undone, length)) = undo(self.text.get(start..)?) {
                self.at = start + length;
                return Some(Escape { start, length, undone });
            }
            self.at = start + 1;
        }
    }
}

/// What stands at the start of a text, and the length of its spelling.
fn undo(text: &[u8]) -> Option<(Undone, usize)> {
    match text.first()? {
        b'\\' => undo_json(text),
        b'%' => Some((Undone::Byte(hex_byte(text.get(1..3)?)?), 3)),
        _ => undo_html(text),
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
        b'x' => return Some((Undone::Byte(hex_byte(text.get(2..4)?)?), 4)),
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

fn hex_byte(digits: &[u8]) -> Option<u8> {
    u8::try_from(hex(digits)?).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_escape_is_undone() {
        for (text, expected) in [
            (r#"a\/b\"\\\n\u00FC\u00fc\ud83d\ude00\x41"#, "a/b\"\\\nüü😀A"),
            ("a%2Fb%2f+%C3%BC", "a/b/+ü"),
            ("&amp;&lt;&#39;&#x27;&#X1f600;", "&<''😀"),
            (r"%25&amp;\u0025", "%&%"),
        ] {
            assert_eq!(String::from_utf8(undone(text.as_bytes()).unwrap()).unwrap(), expected);
        }
    }

    #[test]
    fn what_only_looks_like_an_escape_stays() {
        for text in [r"\u00g0 \q \", r"\ud83d", r"\x4", "100% %+1 %z", "&nope; & &#x110000; &toolongforone;"] {
            assert!(undone(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn positions_lead_back_to_the_original() {
        let text = b"ab%20cd%20&#228;e";
        assert_eq!(undone(text).unwrap(), "ab cd äe".as_bytes());
        let mut back = Back::to(text);
        let positions: Vec<usize> = [0, 1, 2, 3, 4, 5, 6, 8, 9].map(|position| back.original(position)).into();
        assert_eq!(positions, [0, 1, 2, 5, 6, 7, 10, 16, 17]);
    }

    #[test]
    fn what_is_undone_is_never_longer() {
        for text in ["\\/", "%2B", "&lt;", "\\uffff", "\\ud83d\\ude00", "&#65536;", "&#9;", "\\x41"] {
            let many = text.repeat(1000);
            let undone = undone(many.as_bytes()).unwrap();
            assert!(undone.len() < many.len() && undone.capacity() <= many.len(), "{text}");
        }
    }
}
