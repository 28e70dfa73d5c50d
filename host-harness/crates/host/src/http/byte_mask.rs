//! Which bytes of a text are removed: one bit for each, so that a text full of secrets costs no more than any other.

use std::ops::Range;

const WORD: usize = 64;

/// Marks on a text's bytes.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// As long as the last mark needs; no words if nothing is marked.
    words: Vec<u64>,
}

impl Marks {
    /// Marks a range.
    pub(super) fn mark(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let (first, last) = (range.start / WORD, (range.end - 1) / WORD);
        if self.words.len() <= last {
            self.words.resize(last + 1, 0);
        }
        for (index, word) in self.words.iter_mut().enumerate().take(last + 1).skip(first) {
            let from = range.start.saturating_sub(index * WORD);
            let to = (range.end - index * WORD).min(WORD);
            *word |= (u64::MAX >> (WORD - (to - from))) << from;
        }
    }

    /// True if nothing is marked.
    pub(super) const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The marked ranges in order; no two of them touch.
    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let start = self.next(at, true)?;
            let end = self.next(start, false).unwrap_or(self.words.len() * WORD);
            at = end;
            Some(start..end)
        })
    }

    /// The first byte from here on that is marked, or is not.
    fn next(&self, from: usize, marked: bool) -> Option<usize> {
        let turned = |word: u64| if marked { word } else { !word };
        let first = from / WORD;
        let words = self.words.iter().enumerate().skip(first);
        let (index, word) = words
            .map(|(index, word)| {
                let before = if index == first { from % WORD } else { 0 };
                (index, turned(*word) >> before << before)
            })
            .find(|(_, word)| *word != 0)?;
        Some(index * WORD + usize::try_from(word.trailing_zeros()).ok()?)
    }
}

/// A text with something else in these ranges' places, which are in order and do not overlap.
pub(super) fn replaced(text: &[u8], ranges: impl Iterator<Item = Range<usize>>, with: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut copied = 0;
    for range in ranges {
        replaced.extend_from_slice(text.get(copied..range.start).unwrap_or_default());
        replaced.extend_from_slice(with);
        copied = range.end;
    }
    replaced.extend_from_slice(text.get(copied..).unwrap_or_default());
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(ranges: &[(usize, usize)]) -> Vec<(usize, usize)> {
        let mut marks = Marks::default();
        for (start, end) in ranges {
            marks.mark(*start..*end);
        }
        all(&marks)
    }

    fn all(marks: &Marks) -> Vec<(usize, usize)> {
        marks.ranges().map(|range| (range.start, range.end)).collect()
    }

    #[test]
    fn ranges_come_back_in_order_and_merged() {
        assert!(marked(&[]).is_empty() && marked(&[(5, 5)]).is_empty());
        assert_eq!(marked(&[(200, 201), (0, 3)]), [(0, 3), (200, 201)]);
        assert_eq!(marked(&[(0, 64), (64, 65)]), [(0, 65)]);
        assert_eq!(marked(&[(10, 70), (60, 128), (127, 130)]), [(10, 130)]);
        assert_eq!(marked(&[(63, 64), (65, 66), (128, 192)]), [(63, 64), (65, 66), (128, 192)]);
    }

    #[test]
    fn every_byte_marked_costs_a_bit_each() {
        let mut marks = Marks::default();
        for at in 0..1 << 20 {
            marks.mark(at..at + 8);
        }
        assert_eq!(marks.words.len() * WORD, (1 << 20) + 64);
        assert_eq!(all(&marks), [(0, (1 << 20) + 7)]);
    }
}
