//! Line wrapping for the plain text part.

use textwrap::{Options, WordSplitter, WrapAlgorithm};

/// Columns of a line. RFC 5322 recommends at most 78.
const WIDTH: usize = 76;

/// Adds a paragraph to `out`, wrapped; its first line starts with `first`, the others with as many spaces.
pub(super) fn paragraph(out: &mut String, first: &str, text: &str) {
    let indent = " ".repeat(first.chars().count());
    let options = Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    let words: Vec<&str> = text.split_whitespace().collect();
    out.push_str(&textwrap::fill(&words.join(" "), options));
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::paragraph;

    #[test]
    fn long_text_is_wrapped_and_indented_and_a_long_word_stays_whole() {
        let mut out = String::new();
        paragraph(&mut out, "- ", &format!("{} {}", "ab ".repeat(40), "x".repeat(90)));
        let lines: Vec<_> = out.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().take(2).all(|line| line.chars().count() <= 76));
        assert!(lines.iter().skip(1).all(|line| line.starts_with("  ")));
    }
}
