//! Looks for many strings in one text at once, even if the text and the strings are hostile.
//!
//! Two steps. The first reads the text once, in steps, and asks of eight bytes at each whether some form has them near its
//! end; in nearly every text that ends the search. The second looks for those forms in turn, each in linear time. A hostile
//! text can have the ends of many forms in it; the second step has a budget, and a search that would go beyond it is given
//! up.
//!
//! Both fold what they read, so that spellings that differ in nothing else are one: ASCII upper case (hosts are
//! lower-cased, and hex comes in both), a form's `+` for a space, and base64's two alphabets.

use std::ops::Range;

use memchr::memmem;
use zeroize::Zeroizing;

/// Bytes that are compared at each step.
const WINDOW: usize = 8;
/// The widest step. A form is met at each step if it is as long as a window and a step, less one byte.
const WIDEST: usize = 8;
/// Windows that are looked for: with very many forms, steps get narrower.
const WINDOWS: usize = 1024;
/// For how many forms the second step may read the whole text; in small texts, more.
const FORMS: usize = 16;
/// Texts smaller than this have the same budget as one of this length.
const SMALL: usize = 16 << 20;

/// The search was given up: the text has what looks like very many secrets in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GivenUp;

/// The strings to look for.
pub(super) struct Search<'n> {
    forms: Vec<&'n [u8]>,
    /// Forms shorter than a window: they are looked for in every text.
    short: Vec<usize>,
    step: usize,
    /// Sorted, each with its form. They are parts of secrets.
    windows: Zeroizing<Vec<(u64, usize)>>,
    /// Which hashes of windows there are.
    filter: Box<[u64; 256]>,
    /// Bytes of text that the second step may still read, all forms together.
    budget: usize,
}

impl<'n> Search<'n> {
    /// Prepares to look for these, which are folded, in texts of this length at most.
    pub(super) fn new(forms: impl Iterator<Item = &'n [u8]>, longest: usize) -> Self {
        let forms: Vec<&[u8]> = forms.collect();
        let (long, short): (Vec<_>, Vec<_>) = (0..forms.len()).partition(|form| length(&forms, *form) >= WINDOW);
        let shortest = long.iter().map(|form| length(&forms, *form)).min().unwrap_or(WINDOW);
        let step = (shortest - WINDOW + 1).min(WIDEST).min(WINDOWS / long.len().max(1)).max(1);
        let mut windows = Zeroizing::new(Vec::with_capacity(long.len() * step));
        for form in long {
            let last = forms.get(form).into_iter().flat_map(|bytes| bytes.windows(WINDOW).rev().take(step));
            windows.extend(last.map(|window| (value(window), form)));
        }
        windows.sort_unstable();
        let mut filter = Box::new([0; 256]);
        for (window, _) in windows.iter() {
            let (word, bit) = hash(*window);
            filter[usize::from(word)] |= bit;
        }
        Self { forms, short, step, windows, filter, budget: longest.max(SMALL).saturating_mul(FORMS) }
    }

    /// Tells of every place where one of them stands in a text, with the folded text.
    ///
    /// # Errors
    /// When that would take too long.
    pub(super) fn find(&mut self, text: &[u8], mut found: impl FnMut(&[u8], Range<usize>)) -> Result<(), GivenUp> {
        if self.forms.is_empty() {
            return Ok(());
        }
        let folded = fold(text);
        let suspects = self.suspects(&folded);
        let work = folded.len().saturating_mul(suspects.len());
        self.budget = self.budget.checked_sub(work).ok_or(GivenUp)?;
        for form in suspects {
            memmem::find_iter(&folded, form).for_each(|start| found(&folded, start..start + form.len()));
        }
        Ok(())
    }

    /// The forms that a folded text may hold.
    fn suspects(&self, folded: &[u8]) -> Vec<&'n [u8]> {
        let mut seen = vec![false; self.windows.len()];
        for bytes in folded.windows(WINDOW).step_by(self.step) {
            let window = value(bytes);
            let (word, bit) = hash(window);
            if self.filter[usize::from(word)] & bit != 0 {
                // Of windows that are alike, the first stands for all: hostile forms may all be.
                let first = self.windows.partition_point(|(known, _)| *known < window);
                if self.windows.get(first).is_some_and(|(known, _)| *known == window)
                    && let Some(seen) = seen.get_mut(first)
                {
                    *seen = true;
                }
            }
        }
        let mut met = None;
        let mut suspects = self.short.clone();
        for ((window, form), seen) in self.windows.iter().zip(seen) {
            met = if seen { Some(*window) } else { met };
            if met == Some(*window) {
                suspects.push(*form);
            }
        }
        suspects.sort_unstable();
        suspects.dedup();
        suspects.into_iter().filter_map(|form| self.forms.get(form).copied()).collect()
    }
}

/// A text as the search reads it.
pub(super) fn fold(text: &[u8]) -> Vec<u8> {
    let folded = text.iter().map(|byte| match byte.to_ascii_lowercase() {
        b'+' | b'-' => b' ',
        b'_' => b'/',
        other => other,
    });
    folded.collect()
}

fn length(forms: &[&[u8]], form: usize) -> usize {
    forms.get(form).map_or(0, |form| form.len())
}

fn value(window: &[u8]) -> u64 {
    window.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// A word of the filter, and a bit in it: fourteen bits.
const fn hash(window: u64) -> (u8, u64) {
    let [word, bit, ..] = window.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    (word, 1 << (bit & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, forms: &[&str]) -> Result<Vec<Range<usize>>, GivenUp> {
        let mut ranges = Vec::new();
        let mut search = Search::new(forms.iter().map(|form| form.as_bytes()), text.len());
        search.find(text.as_bytes(), |_, range| ranges.push(range))?;
        ranges.sort_by_key(|range| (range.start, range.end));
        Ok(ranges)
    }

    #[test]
    fn many_strings_are_found_at_once() {
        let forms = ["one token of many", "two token of many", "in hex", "abcdefgh"];
        let text = "..One Token+of-many, two token of many, ABCDEFGH, IN HEX";
        assert_eq!(found(text, &forms), Ok(vec![2..19, 21..38, 40..48, 50..56]));
        assert_eq!(found("six token of many", &forms), Ok(Vec::new()));
        assert_eq!(found("", &forms), Ok(Vec::new()));
    }

    #[test]
    fn a_search_is_given_up_rather_than_running_forever() {
        let text = "a".repeat(1 << 20);
        let all: Vec<String> = (8..8 + 257).map(|length| "a".repeat(length)).collect();
        let forms: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(found(&text, &forms), Err(GivenUp));
        assert!(found(&text, &forms[..2]).is_ok_and(|ranges| ranges.len() > 100_000));
    }

    #[test]
    fn it_finds_what_looking_for_each_alone_finds() {
        let mut chance = fastrand::Rng::with_seed(7);
        let mut any = |longest: usize| -> Vec<u8> {
            let length = chance.usize(..longest);
            std::iter::repeat_with(|| chance.choice(*b"ab").unwrap_or_default()).take(length).collect()
        };
        let mut matches = 0;
        for round in 0..5_000_usize {
            let text = any(200);
            let forms: Vec<Vec<u8>> = (0..=round % 5).map(|_| any(24)).filter(|form| !form.is_empty()).collect();
            let mut together = Vec::new();
            let mut search = Search::new(forms.iter().map(Vec::as_slice), text.len());
            assert_eq!(search.find(&text, |_, range| together.push((range.start, range.end))), Ok(()));
            let ends = |form: &'_ Vec<u8>| {
                let length = form.len();
                memmem::find_iter(&text, form).map(move |start| (start, start + length)).collect::<Vec<_>>()
            };
            let mut alone: Vec<(usize, usize)> = forms.iter().flat_map(ends).collect();
            together.sort_unstable();
            alone.sort_unstable();
            assert_eq!(together, alone, "{text:?} {forms:?}");
            matches += alone.len();
        }
        assert!(matches > 10_000, "{matches}");
    }
}
