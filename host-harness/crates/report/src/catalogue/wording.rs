//! How texts, numbers and quotes are written in each language.

use connector_settings::Language;

const COUNT: &str = "{count}";
const DETAIL: &str = "{detail}";

/// Puts the count and the quoted detail into a sentence.
///
/// Works through the template once, so a detail that holds a placeholder itself is left as it is.
pub(super) fn fill(template: &str, language: Language, count: u64, detail: Option<&str>) -> String {
    substitute(template, &number(count, language), &quote(detail.unwrap_or(unknown(language)), language))
}

/// True if a template has a place for the detail.
pub(super) fn has_detail(template: &str) -> bool {
    template.contains(DETAIL)
}

/// A template with its placeholders shown to a reader.
pub(super) fn marked(template: &str) -> String {
    substitute(template, "*n*", "“…”")
}

fn substitute(template: &str, count: &str, detail: &str) -> String {
    let pieces: Vec<String> = template.split(COUNT).map(|piece| piece.replace(DETAIL, detail)).collect();
    pieces.join(count)
}

/// A text in the language's quotation marks.
#[must_use]
pub fn quote(text: &str, language: Language) -> String {
    match language {
        Language::De => format!("„{text}“"),
        Language::En => format!("“{text}”"),
    }
}

/// A number with the language's thousands separator.
#[must_use]
pub fn number(value: u64, language: Language) -> String {
    let separator = match language {
        Language::De => '.',
        Language::En => ',',
    };
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// What leads to a detail that a sentence has no place for.
pub(super) const fn see_also(language: Language) -> &'static str {
    match language {
        Language::De => "Siehe auch",
        Language::En => "See also",
    }
}

const fn unknown(language: Language) -> &'static str {
    match language {
        Language::De => "unbekannt",
        Language::En => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (value, german, english) in
            [(0, "0", "0"), (999, "999", "999"), (1000, "1.000", "1,000"), (1_234_567, "1.234.567", "1,234,567")]
        {
            assert_eq!((number(value, Language::De).as_str(), number(value, Language::En).as_str()), (german, english));
        }
    }

    #[test]
    fn a_detail_is_quoted_and_never_filled_in_itself() {
        assert_eq!(fill("{count}: {detail}", Language::De, 2, Some("{count} x")), "2: „{count} x“");
        assert_eq!(fill("{detail}", Language::En, 2, None), "“unknown”");
    }
}
