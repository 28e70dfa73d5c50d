//! Takes secrets out of what a guest, a log or a report is about to see.
//!
//! Pure. A secret is found as it is, in either case of ASCII; with JSON, percent, form or HTML escapes, on any of its
//! characters, up to [`LAYERS`] over one another; in hex; and inside base64 at any alignment, in both alphabets, also if
//! it was form-encoded first, so that an echoed Basic header gives nothing away either. Linear in the text, in memory of a
//! few times its size whatever is in it, and free of copies when nothing is found and nothing is escaped.
//!
//! Two decisions about short secrets: one of fewer than [`SHORT`] bytes is replaced only where no letter or digit adjoins it
//! (else a secret `a` would tear every text apart), and is not looked for inside hex and base64: by chance alone it would be
//! found in texts that do not hold it. A secret that short protects nothing; real ones are far longer.
//!
//! A text in which so much looks like a secret that the [search](super::search) is given up is replaced as a whole.
//!
//! Rejected: `aho-corasick` over all secrets and encodings: its automaton is a second copy of every secret that nobody
//! zeroizes. What the search keeps of them is.

use std::borrow::Cow;

use super::byte_mask::{Marks, replaced};
use super::escapes::{Back, undone};
use super::search::{GivenUp, Search};
use super::secret_patterns::{LAYERS, Needle, SHORT};

/// What stands in a secret's place.
pub(super) const REPLACEMENT: &str = "[secret]";

/// Replaces every secret in a text; secrets that adjoin or overlap become one.
pub(super) fn scrub<'a, 'n>(text: &'a [u8], needles: impl Iterator<Item = &'n Needle>) -> Cow<'a, [u8]> {
    let mut search = Search::new(needles.flat_map(Needle::forms), text.len());
    match marks(text, &mut search, LAYERS) {
        Ok(marks) if marks.is_empty() => Cow::Borrowed(text),
        Ok(marks) => Cow::Owned(replaced(text, marks.ranges(), REPLACEMENT.as_bytes())),
        Err(GivenUp) => Cow::Owned(REPLACEMENT.into()),
    }
}

/// Where secrets stand in a text, with so many layers of escapes undone.
fn marks(text: &[u8], search: &mut Search<'_>, layers: usize) -> Result<Marks, GivenUp> {
    let mut marks = Marks::default();
    search.find(text, |text, range| {
        if range.len() >= SHORT || stands_alone(text, range.start, range.end) {
            marks.mark(range);
        }
    })?;
    if layers > 0
        && let Some(inner) = undone(text)
    {
        let mut back = Back::to(text);
        for range in self::marks(&inner, search, layers - 1)?.ranges() {
            let start = back.original(range.start);
            marks.mark(start..back.original(range.end));
        }
    }
    Ok(marks)
}

fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    !before.into_iter().chain(text.get(end)).any(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use std::sync::Arc;

    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use secrecy::SecretString;

    fn needles(secrets: &[&str]) -> Vec<Needle> {
        secrets.iter().map(|secret| Needle::new(&Arc::new(SecretString::from(*secret)))).collect()
    }

    fn scrubbed(text: &str, secrets: &[&str]) -> String {
        String::from_utf8(scrub(text.as_bytes(), needles(secrets).iter()).into_owned()).unwrap()
    }

    const SECRET: &str = "pä/p+i \"k\\1&2%41";

    /// As it is spelled between a JSON text's quotes.
    fn in_json(text: &str) -> String {
        let json = serde_json::to_string(text).unwrap();
        json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap().to_owned()
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let percent = utf8_percent_encode(SECRET, NON_ALPHANUMERIC).to_string();
        let form: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let json = &in_json(SECRET);
        for spelled in [
            SECRET.to_owned(),
            percent.to_lowercase(),
            percent.clone(),
            form.clone(),
            json.to_owned(),
            json.replace('/', r"\/"),
            json.replace('ä', r"\u00e4"),
            json.replace('ä', r"\u00E4").replace('&', r"\u0026"),
            SECRET.chars().fold(String::new(), |text, c| text + &format!("\\u{:04x}", u32::from(c))),
            SECRET.replace('&', "&amp;").replace('"', "&quot;"),
            SECRET.replace('&', "&#38;").replace('"', "&#x22;"),
            serde_json::to_string(&percent).unwrap().trim_matches('"').replace('%', r"\u0025"),
            SECRET.to_ascii_uppercase(),
            form.to_ascii_lowercase(),
            percent.replace('%', "%25"),
            percent.replace('%', "%2525"),
            in_json(json),
            in_json(&in_json(json)),
            utf8_percent_encode(json, NON_ALPHANUMERIC).to_string(),
            SECRET.bytes().fold(String::new(), |text, byte| text + &format!("\\x{byte:02X}")),
            SECRET.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
            SECRET.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02X}")),
        ] {
            assert_eq!(scrubbed(&format!("a={spelled};b"), &[SECRET]), "a=[secret];b", "{spelled}");
        }
    }

    #[test]
    fn a_secret_is_found_inside_base64_at_every_alignment() {
        let secret = "s3cret>>>???-t0ken";
        for user in ["", "a", "ab", "abc", "papi-client"] {
            let plain = format!("{user}:{secret}");
            let standard = STANDARD.encode(&plain);
            let (in_json, in_url) = (standard.replace('/', "\\/"), standard.replace('/', "%2F").replace('+', "%2B"));
            for encoded in [standard, in_json, in_url, URL_SAFE.encode(&plain)] {
                let text = scrubbed(&format!("Basic {encoded}"), &[secret]);
                assert!(text.contains(REPLACEMENT), "{encoded}: {text}");
                let rest = text.replace(REPLACEMENT, "");
                assert!(rest.len() <= "Basic ".len() + plain.len() - secret.len() + 6, "{encoded}: {text}");
            }
        }
    }

    #[test]
    fn a_secret_that_was_form_encoded_is_found_inside_base64() {
        let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let text = scrubbed(&STANDARD.encode(format!("papi:{encoded}")), &[SECRET]);
        assert!(text.contains(REPLACEMENT) && text.len() < 24, "{text}");
    }

    #[test]
    fn a_secret_is_found_beside_what_looks_like_its_escape() {
        assert_eq!(scrubbed("100%4142secret", &["4142secret"]), "100%[secret]");
        assert_eq!(scrubbed(r"C:\nosecret", &["nosecret"]), r"C:\[secret]");
        assert_eq!(scrubbed(r"a\\nosecret", &["nosecret"]), r"a\\[secret]");
    }

    #[test]
    fn overlapping_secrets_leave_nothing_of_either() {
        assert_eq!(scrubbed("xx abcdefgh yy", &["abcdef", "cdefgh"]), "xx [secret] yy");
        assert_eq!(scrubbed("token token2", &["token", "token2"]), "[secret] [secret]");
        assert_eq!(scrubbed("aaaaaaaaa", &["aaaa"]), "[secret]a");
    }

    #[test]
    fn nothing_to_scrub_costs_no_copy() {
        let text = b"{\"name\":\"M\\u00fcller\",\"x\":\"100%\"}";
        assert!(matches!(scrub(text, needles(&["client-secret"]).iter()), Cow::Borrowed(_)));
        assert!(matches!(scrub(text, [].iter()), Cow::Borrowed(_)));
    }

    #[test]
    fn short_secrets_do_not_tear_words_apart() {
        assert_eq!(scrubbed("ja, jaguar: 'ja' ninja", &["ja"]), "[secret], jaguar: '[secret]' ninja");
        assert_eq!(scrubbed("anything", &[""]), "anything");
    }

    #[test]
    fn bytes_that_are_not_text_stay_as_they_are() {
        let text = [0xff, 0xfe, b's', b'3', b'c', b'r', b'e', b't', 0x80];
        let expected = [&[0xff, 0xfe], REPLACEMENT.as_bytes(), &[0x80]].concat();
        assert_eq!(scrub(&text, needles(&["s3cret"]).iter()).into_owned(), expected);
    }

    /// A text with each character spelled in one of so many ways; what begins an escape is not left as it is.
    fn spelled(text: &str, ways: u8, chance: &mut fastrand::Rng) -> String {
        text.chars().fold(String::new(), |text, c| {
            text + &match chance.u8(..ways) {
                0 if !r"\%&".contains(c) => c.to_string(),
                1 => format!("\\u{:04x}", u32::from(c)),
                2 => format!("\\x{:02x}", u32::from(c)),
                3 => format!("&#{};", u32::from(c)),
                5 => c.to_ascii_uppercase().to_string(),
                _ => format!("%{:02X}", u32::from(c)),
            }
        })
    }

    #[test]
    fn however_it_is_spelled_a_secret_goes_and_what_is_around_it_stays() {
        let mut chance = fastrand::Rng::with_seed(7);
        for round in 0..3_000 {
            let secret = "kqz-4f1c.9a7e~jw";
            // Upper case comes first: it is no spelling of an escape's own letters.
            let text = spelled(secret, 6, &mut chance);
            let text = (0..round % LAYERS).fold(text, |text, _| spelled(&text, 5, &mut chance));
            let (before, after) = (spelled("before: ", 6, &mut chance), spelled(", after", 6, &mut chance));
            assert_eq!(scrubbed(&format!("{before}{text}{after}"), &[secret]), format!("{before}[secret]{after}"));
        }
    }

    #[test]
    fn the_largest_answers_full_of_secrets_stay_small() {
        const HALF: usize = 8 << 20;
        let all: Vec<String> = (8..80).map(|length| "a".repeat(length)).collect();
        let many: Vec<&str> = all.iter().map(String::as_str).collect();
        let few = &many[..2];
        let (a, plus) = ("a".repeat(HALF), "+".repeat(HALF));
        assert_eq!(scrubbed(&(a + &plus), few), format!("{REPLACEMENT}{plus}"));
        assert_eq!(scrubbed(&"a".repeat(HALF / 2), &many), REPLACEMENT);
        assert_eq!(scrubbed(&"%61".repeat(HALF / 8), few), REPLACEMENT);
    }
}
