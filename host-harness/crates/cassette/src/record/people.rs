//! Invented people: the same one for the same person, wherever a cassette mentions them.
//!
//! Everything is derived from a key that is made for one cassette and never leaves the memory (HMAC-SHA-256, RFC 2104):
//! without it, nobody can hash a list of names and look them up; and two cassettes of one company have no person in common.
//! Numbering people in the order they come was rejected: it tells the order, and a supervisor who comes before their own
//! record would have to be two people.
//!
//! Invented names are made of syllables and not taken from a list of real ones: a reader of a cassette sees that they are
//! invented, and no real name is among them but by an unlikely chance.

use std::collections::{HashMap, HashSet};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const CONSONANTS: [char; 14] = ['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z'];
/// With umlauts, for these are where recordings of German companies go wrong.
const VOWELS: [char; 8] = ['a', 'e', 'i', 'o', 'u', 'ä', 'ö', 'ü'];
/// Invented numbers have seven digits and do not start with a 0.
const FIRST_ID: u64 = 1_000_000;
const IDS: u64 = 9_000_000;

/// Which of a person's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// The first.
    First,
    /// The last.
    Last,
}

/// The people of one cassette. No `Debug`: it knows who they are.
pub struct People {
    key: [u8; 32],
    ids: HashMap<String, u64>,
    taken_ids: HashSet<u64>,
    /// By the original's key (rule S9): two spellings of one address stay one address.
    addresses: HashMap<String, String>,
    taken_addresses: HashSet<String>,
    /// The words of the originals' names, by key.
    names: HashSet<String>,
}

impl People {
    /// Nobody yet, and a new key.
    ///
    /// # Errors
    /// When the machine gives no random numbers.
    pub fn new() -> Result<Self, getrandom::Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self::with_key(key))
    }

    fn with_key(key: [u8; 32]) -> Self {
        let (ids, taken_ids) = (HashMap::new(), HashSet::new());
        Self { key, ids, taken_ids, addresses: HashMap::new(), taken_addresses: HashSet::new(), names: HashSet::new() }
    }

    /// The invented number of a person. Different people have different numbers.
    pub fn id(&mut self, original: &str) -> u64 {
        if let Some(id) = self.ids.get(original) {
            return *id;
        }
        let mut id = FIRST_ID + self.number("id", original) % IDS;
        while !self.taken_ids.insert(id) {
            id = FIRST_ID + (id + 1 - FIRST_ID) % IDS;
        }
        self.ids.insert(original.to_owned(), id);
        id
    }

    /// A name of the person with this original ID.
    pub fn name(&self, which: Name, person: &str) -> String {
        let (what, syllables) = match which {
            Name::First => ("first name", 3),
            Name::Last => ("last name", 4),
        };
        let mut name = self.syllables(what, person, syllables);
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        name
    }

    /// The same in an original's place, which is known from then on.
    pub fn name_for(&mut self, which: Name, original: &str, person: &str) -> String {
        self.names.extend(words(original).flat_map(spellings));
        self.name(which, person)
    }

    /// True if a text may be about somebody: one of the originals' names is a word of it, or it has an address that was not
    /// invented here, or what looks like a telephone number, or is longer than a choice from a list.
    pub fn says_somebody(&self, text: &str) -> bool {
        let has_address = || {
            let ends = |c: char| c.is_whitespace() || "\"'<>,;:()[]{}\\=&".contains(c);
            text.split(ends).any(|word| word.contains('@') && !self.taken_addresses.contains(word)) || has_odd_at(text)
        };
        text.chars().count() > LONGEST
            || has_address()
            || has_telephone(text)
            || words(text).any(|word| self.names.contains(&word))
    }

    /// Invents an address in place of this person's. Equal addresses stay equal, even if several people share one (rule S11), and
    /// an invalid address stays invalid.
    pub fn address(&mut self, original: &str, person: &str) -> String {
        let key = connector_common::key(original).into_owned();
        if let Some(address) = self.addresses.get(&key) {
            return address.clone();
        }
        let local = format!("{}.{}", self.name(Name::First, person), self.name(Name::Last, person)).to_lowercase();
        let local = local.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
        let domain = if could_be_one(original) { "@people.example" } else { " (no address)" };
        let mut address = format!("{local}{domain}");
        let mut number = 2;
        while !self.taken_addresses.insert(address.clone()) {
            address = format!("{local}.{number}{domain}");
            number += 1;
        }
        self.addresses.insert(key, address.clone());
        address
    }

    /// True if a text has one of the original addresses in it: the last look before it is written.
    pub fn knows_an_address_in(&self, text: &str) -> bool {
        let ends = |c: char| c.is_whitespace() || "\"'<>,;:()[]{}\\=&".contains(c);
        text.split(ends).filter(|word| word.contains('@')).any(|word| {
            self.addresses.contains_key(connector_common::key(word).as_ref()) && !self.taken_addresses.contains(word)
        })
    }

    fn syllables(&self, what: &str, person: &str, count: usize) -> String {
        let mut random = self.number(what, person);
        let mut pick = |from: &[char]| {
            let length = from.len() as u64;
            let at = usize::try_from(random % length).unwrap_or_default();
            random /= length;
            from.get(at).copied().unwrap_or('a')
        };
        (0..count).flat_map(|_| [pick(&CONSONANTS), pick(&VOWELS)]).collect()
    }

    fn number(&self, what: &str, original: &str) -> u64 {
        // HMAC takes keys of any length: there is no such error for 32 bytes.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return 0 };
        for part in [what, original] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let digest = mac.finalize().into_bytes();
        digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// The longest text that may be a choice from a list; anything longer is prose.
const LONGEST: usize = 80;
/// The fewest letters of a name that is looked for: shorter ones are in every other text.
const SHORTEST_NAME: usize = 3;
/// The fewest digits of a telephone number.
const FEWEST_DIGITS: usize = 7;

/// The fewest of one that begins with neither `+` nor `0`: a country's code and a number.
const FEWEST_OF_ANY: usize = 11;

/// The words of a text that could be a name's, by key.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|c: char| !c.is_alphabetic() && c != '\'' && c != '’');
    words.filter(|word| word.chars().count() >= SHORTEST_NAME).map(|word| connector_common::key(word).into_owned())
}

/// A name's word, and how it is written where there are no umlauts.
fn spellings(word: String) -> Vec<String> {
    let written = |as_two: bool| {
        let replaced = |c: char| match (c, as_two) {
            ('ä', true) => "ae".to_owned(),
            ('ö', true) => "oe".to_owned(),
            ('ü', true) => "ue".to_owned(),
            ('ä', false) => "a".to_owned(),
            ('ö', false) => "o".to_owned(),
            ('ü', false) => "u".to_owned(),
            (other, _) => other.to_string(),
        };
        word.chars().map(replaced).collect::<String>()
    };
    vec![written(true), written(false), word]
}

/// True for an `@` that is spelled otherwise, so that machines do not find it.
fn has_odd_at(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains(['＠', '﹫']) || ["(at)", "[at]", "{at}", "<at>"].iter().any(|at| text.contains(at))
}

/// True if a text has a telephone number in it: digits with nothing but what people write between them, that begin with `+`
/// or `0`, or are too many for an ID or a date.
fn has_telephone(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit() && !"+ ()/.-".contains(c)).any(|run| {
        let run = run.trim_start_matches([' ', '(', '/', '.', '-']);
        let digits = run.chars().filter(char::is_ascii_digit).count();
        digits >= if run.starts_with(['+', '0']) { FEWEST_DIGITS } else { FEWEST_OF_ANY }
    })
}

/// What a connector takes for an address has to look like one afterwards too, and the other way round.
fn could_be_one(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"\\".contains(c);
    let parts = text.trim().split_once('@');
    parts.is_some_and(|(local, domain)| {
        ![local, domain].iter().any(|part| part.is_empty() || part.contains('@') || part.contains(odd))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_same_person_is_the_same_and_another_is_another() {
        let mut people = People::with_key([7; 32]);
        assert_eq!(people.id("4701"), people.id("4701"));
        assert_eq!(people.name(Name::First, "4701"), people.name(Name::First, "4701"));
        let ids: HashSet<u64> = (0..20_000).map(|number| people.id(&number.to_string())).collect();
        assert_eq!(ids.len(), 20_000);
        assert!(ids.iter().all(|id| (1_000_000..10_000_000).contains(id)));
    }

    #[test]
    fn another_cassette_has_other_people() {
        let (mut one, mut other) = (People::new().unwrap(), People::new().unwrap());
        let ids = |people: &mut People| (0..20).map(|number| people.id(&number.to_string())).collect::<Vec<_>>();
        assert_ne!(ids(&mut one), ids(&mut other));
    }

    #[test]
    fn s11_one_address_stays_one_and_two_stay_two() {
        let mut people = People::with_key([7; 32]);
        let anna = people.address("Anna@Acme.example", "1");
        assert_eq!(people.address(" anna@acme.example ", "2"), anna);
        assert_ne!(people.address("anna.b@acme.example", "1"), anna);
        for none in ["anna", "a b@acme.example", "@", "a@b@c"] {
            assert!(!people.address(none, "3").contains('@'), "{none}");
        }
        assert!(people.knows_an_address_in(r#"{"x":"write to ANNA@acme.example"}"#));
        assert!(!people.knows_an_address_in(&anna));
    }

    #[test]
    fn a_text_that_may_be_about_somebody_is_recognised() {
        let mut people = People::with_key([7; 32]);
        people.name_for(Name::First, "Änne-Marie", "1");
        people.name_for(Name::Last, "O'Neill", "1");
        let invented = people.address("a@acme.example", "1");
        let prose = "word ".repeat(20);
        for text in [
            "Team marie",
            "Nachfolge von ÄNNE",
            "on leave, see O'Neill",
            "+49 30 123456",
            "ring 0171/123 45 67",
            "a@b.example",
            "cc:someone@acme.example",
            "someone＠acme.example",
            "someone (AT) acme.example",
            "Frau Aenne",
            "Frau Anne",
            "49 171 1234567",
            &prose,
        ] {
            assert!(people.says_somebody(text), "{text}");
        }
        for text in [
            "Marketing",
            "active",
            "4701123",
            "2026-11-26T00:00:00Z",
            "2026-11-26 08:30",
            "Team 3",
            "Elternzeit",
            "Mariendorf",
            &invented,
        ] {
            assert!(!people.says_somebody(text), "{text}");
        }
    }

    #[test]
    fn names_can_be_read_and_are_in_no_list() {
        let people = People::with_key([7; 32]);
        let name = people.name(Name::Last, "4701");
        assert_eq!(name.chars().count(), 8);
        assert!(name.starts_with(|c: char| c.is_ascii_uppercase()), "{name}");
    }
}
