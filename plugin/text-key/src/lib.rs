//! Comparison keys (rule S9), and in [`guards`] the limit of rule S19.
//!
//! A crate of its own, pure and without state, because both sides of the contract need the very same function: the plugin
//! when it matches, the host when it judges whether an address is taken. A copy in each was rejected: two copies drift,
//! and what one side matched the other would then refuse. So was a host that depends on the plugin.
//!
//! One function decides when two texts are the same text, for e-mail addresses, group names, status values and the
//! filter attribute. It is used to match and to write, so what was matched once matches again. Lower-casing was rejected:
//! it keeps `ß` and `SS` apart, and it changes with the locale's idea of `İ`.

#![forbid(unsafe_code)]

pub mod guards;

use std::borrow::Cow;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// The comparison key of a text: NFC, trimmed, inner white space collapsed, case-folded.
///
/// Folding can undo composition, so the text is normalized on both sides of it (Unicode 3.13, D145).
#[must_use]
pub fn key(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let folded = text.nfd().default_case_fold().nfc();
    let mut key = String::with_capacity(text.len());
    let mut gap = false;
    for c in folded {
        if c.is_whitespace() {
            gap = !key.is_empty();
        } else {
            if gap {
                key.push(' ');
                gap = false;
            }
            key.push(c);
        }
    }
    Cow::Owned(key)
}

/// A text with its accents joined to their letters (NFC).
#[must_use]
pub fn composed(text: String) -> String {
    if text.is_ascii() { text } else { text.nfc().collect() }
}

/// True for texts that are their own key; most addresses are, and need no copy.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s09_one_key_for_every_spelling() {
        for (left, right) in [
            ("Anna@Example.com", " anna@example.com "),
            ("Qualita\u{308}t", "QUALITÄT"),
            ("Straße", "STRASSE"),
            ("Vertrieb  Nord", "vertrieb\u{a0}nord"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ] {
            assert_eq!(key(left), key(right), "{left} and {right}");
        }
    }

    #[test]
    fn s09_different_texts_keep_different_keys() {
        for (left, right) in [("Muller", "Müller"), ("Vertrieb Nord", "VertriebNord"), ("a@b.de", "a@b.com")] {
            assert_ne!(key(left), key(right), "{left} and {right}");
        }
    }

    #[test]
    fn s09_accents_are_joined_and_case_stays() {
        for (text, expected) in
            [("Jo\u{308}rg", "J\u{f6}rg"), ("J\u{f6}rg", "J\u{f6}rg"), ("Stra\u{df}e", "Stra\u{df}e"), ("Anna", "Anna")]
        {
            assert_eq!(composed(text.to_owned()), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn s09_a_key_is_its_own_key(text in "\\PC{0,40}") {
            let once = key(&text).into_owned();
            proptest::prop_assert_eq!(key(&once).into_owned(), once);
        }
    }
}
