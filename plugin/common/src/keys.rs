//! Comparison keys (rule S9): when two texts are the same text.
//!
//! One function for e-mail addresses, group names, status values, labels and the filter attribute. It is used to match and
//! to write, so what was matched once matches again. Lower-casing was rejected: it keeps `ß` and `SS` apart, and it changes
//! with the locale's idea of `İ`.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use crate::punycode;
use crate::text::is_invisible;

/// How a label begins that is written in ASCII and spells something else (RFC 5890, 2.3.2.1).
const ENCODED: &str = "xn--";

/// The comparison key of a text: what is invisible is left out, white space is trimmed and collapsed, case is folded, accents
/// are composed, and the labels of an address' domain count as what they spell.
#[must_use]
pub fn key(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let key = folded(text);
    let spelled = key.rsplit_once('@').and_then(|(local, domain)| Some(format!("{local}@{}", spell(domain)?)));
    Cow::Owned(spelled.unwrap_or(key))
}

/// The key of an address' domain; none if it has no `@`.
#[must_use]
pub fn domain_key(address: &str) -> Option<Cow<'_, str>> {
    match key(address) {
        Cow::Borrowed(key) => key.rsplit_once('@').map(|(_, domain)| Cow::Borrowed(domain)),
        Cow::Owned(key) => key.rsplit_once('@').map(|(_, domain)| Cow::Owned(domain.to_owned())),
    }
}

/// A text with its accents joined to their letters (NFC).
#[must_use]
pub fn composed(text: String) -> String {
    if text.is_ascii() { text } else { ComposingNormalizerBorrowed::new_nfc().normalize(&text).into_owned() }
}

/// True for texts that are their own key; most addresses are, and need no copy.
fn is_plain(text: &str) -> bool {
    let mut is_domain = false;
    let mut last = 0;
    text.bytes().all(|byte| {
        is_domain |= byte == b'@';
        // Every encoded label has `--` in it, and hardly any other.
        let is_encoded = is_domain && byte == b'-' && last == b'-';
        last = byte;
        byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && !is_encoded
    })
}

/// The key, but for what a domain's labels spell.
///
/// Folding can undo composition, so the text is normalized on both sides of it (Unicode 3.13, D145).
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return collapsed(text.chars().map(|c| c.to_ascii_lowercase()));
    }
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(&visible);
    let folded = CaseMapper::new().fold_string(&decomposed);
    collapsed(ComposingNormalizerBorrowed::new_nfc().normalize(&folded).chars())
}

/// Trimmed, and each run of white space one space.
fn collapsed(text: impl Iterator<Item = char>) -> String {
    let mut collapsed = String::with_capacity(text.size_hint().0);
    let mut gap = false;
    for c in text {
        if c.is_whitespace() {
            gap = !collapsed.is_empty();
        } else {
            if gap {
                collapsed.push(' ');
                gap = false;
            }
            collapsed.push(c);
        }
    }
    collapsed
}

/// A domain as it is read aloud; none if that is as it is written.
fn spell(domain: &str) -> Option<String> {
    if !domain.contains(ENCODED) {
        return None;
    }
    let labels = domain.split('.').map(|label| spell_label(label).map_or(Cow::Borrowed(label), Cow::Owned));
    Some(labels.collect::<Vec<_>>().join("."))
}

/// What a label spells; none if it is not encoded. What spells white space, another domain's dot or another encoded label is
/// nobody's label: it stays as it is written, so that a key is its own key.
fn spell_label(label: &str) -> Option<String> {
    let decoded = punycode::decode(label.strip_prefix(ENCODED)?)?;
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '.' | '@');
    if decoded.is_ascii() || decoded.contains(is_odd) {
        return None;
    }
    let spelled = folded(&decoded);
    (!spelled.is_empty() && !spelled.starts_with(ENCODED) && !spelled.contains(is_odd)).then_some(spelled)
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
        for (left, right) in [
            ("Muller", "Müller"),
            ("Vertrieb Nord", "VertriebNord"),
            ("a@b.de", "a@b.com"),
            ("a@müller.example", "a@muller.example"),
            ("a@xn--mller-kva.example", "a@xn--muller-kva.example"),
            ("xn--mller-kva", "müller"),
        ] {
            assert_ne!(key(left), key(right), "{left} and {right}");
        }
    }

    #[test]
    fn s09_what_nobody_can_see_does_not_count() {
        for (left, right) in [
            ("ja\u{200b}", "ja"),
            ("elearnio\u{200b} Sync", "elearnio Sync"),
            ("\u{feff}Vertrieb", "vertrieb"),
            ("Ver\u{ad}trieb", "Vertrieb"),
            ("an\u{200d}na@acme.example", "anna@acme.example"),
            ("a\u{34f}\u{308}", "ä"),
            ("Vertrieb \u{200b} Nord", "vertrieb nord"),
            ("\u{200b}", ""),
        ] {
            assert_eq!(key(left), key(right), "{left:?} and {right:?}");
        }
    }

    #[test]
    fn s09_a_domain_is_one_in_either_spelling() {
        for (left, right) in [
            ("tara@müller.example", "tara@xn--mller-kva.example"),
            ("Tara@MÜLLER.example", "tara@XN--MLLER-KVA.Example"),
            ("tara@mail.mu\u{308}ller.example", "tara@mail.xn--mller-kva.example"),
            ("a@straße.example", "a@xn--strae-oqa.example"),
            ("a@пример.example", "a@xn--e1afmkfd.example"),
        ] {
            assert_eq!(key(left), key(right), "{left} and {right}");
            assert_eq!(domain_key(left), domain_key(right), "{left} and {right}");
        }
    }

    #[test]
    fn s09_an_invalid_punycode_label_is_left_alone() {
        for text in
            ["a@xn--.example", "a@xn--abc-.example", "a@xn--99999999.example", "a@xn----.example", "xn--mller-kva"]
        {
            assert_eq!(key(text), text);
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

    #[test]
    fn s19_a_domain_is_what_stands_behind_the_last_at() {
        assert_eq!(domain_key("a@B.example").as_deref(), Some("b.example"));
        assert_eq!(domain_key("a@b@c.example").as_deref(), Some("c.example"));
        assert_eq!(domain_key("nobody"), None);
    }

    proptest::proptest! {
        #[test]
        fn s09_a_key_is_its_own_key(text in "\\PC{0,40}") {
            let once = key(&text).into_owned();
            proptest::prop_assert_eq!(key(&once).into_owned(), once);
        }

        #[test]
        fn s09_a_key_of_an_encoded_domain_is_its_own_key(label in "(XN|xn|Xn)--[a-zA-Z0-9-]{0,14}", rest in "\\PC{0,6}") {
            let once = key(&format!("a@{label}.{rest}")).into_owned();
            proptest::prop_assert_eq!(key(&once).into_owned(), once);
        }

        #[test]
        fn s09_invisible_characters_anywhere_change_no_key(
            text in "\\PC{0,20}",
            at in proptest::prelude::any::<proptest::sample::Index>(),
            invisible in proptest::sample::select(vec!['\u{200b}', '\u{ad}', '\u{feff}', '\u{2060}', '\u{200d}', '\u{34f}', '\u{fe0f}', '\u{e0001}']),
        ) {
            let mut with: Vec<char> = text.chars().collect();
            with.insert(at.index(with.len() + 1), invisible);
            let with: String = with.into_iter().collect();
            proptest::prop_assert_eq!(key(&with), key(&text));
        }
    }
}
