//! What can be seen of a text, and whether it is whole (rules S6 and S9).
//!
//! Text is pasted from mails, spreadsheets and web pages, and brings characters along that no editor shows: a zero-width
//! space, a soft hyphen, a byte order mark. Nobody can see why two equal-looking words differ. So these characters count in
//! no comparison, and at a text's ends they are not stored. Inside a text they stay: a joiner is a part of the spelling in
//! Persian, and of an emoji.

/// What a reader of bytes puts where it could not read: the sign that a text is damaged.
pub const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The first byte of U+FFFD in UTF-8.
const REPLACEMENT_LEAD: u8 = 0xef;

/// True for a character that leaves no mark and takes no room: Unicode's property `Default_Ignorable_Code_Point`.
///
/// The table is written out because it has not changed since Unicode 6, and a crate for it weighs ten times as much.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// White space, or invisible.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// True for what changes the sign before it and belongs to it: a variation selector, or the tags of a flag's emoji.
const fn belongs_to_the_sign_before(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// A text without white space and invisible characters at its ends: what is stored, and empty if there is nothing to see.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    // Most texts begin and end with a letter or a digit, and need no character decoded.
    if let [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] = text.as_bytes() {
        return text;
    }
    let start = text.trim_start_matches(is_blank);
    if start.is_empty() { "" } else { start.trim_end_matches(|c| is_blank(c) && !belongs_to_the_sign_before(c)) }
}

/// True if something of the text was lost on its way: it holds U+FFFD. A reader of JSON puts that in place of half a
/// surrogate, too.
#[must_use]
pub fn is_damaged(text: &str) -> bool {
    // Its first byte in UTF-8 begins hardly any other character, and a search for the whole costs more than most texts are long.
    text.as_bytes().contains(&REPLACEMENT_LEAD) && text.contains(REPLACEMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s06_text_that_nobody_can_see_is_empty() {
        for text in
            ["", " ", "\u{200b}", "\u{200b}\u{200b}", " \u{feff}\u{ad}\t", "\u{a0}\u{2060}", "\u{fe0f}", "\u{3164}"]
        {
            assert_eq!(trimmed(text), "", "{text:?}");
        }
    }

    #[test]
    fn s09_what_is_invisible_goes_at_the_ends_and_stays_inside() {
        for (text, stored) in [
            ("Anna", "Anna"),
            ("A", "A"),
            (" Anna\u{200b}", "Anna"),
            ("\u{feff}Anna Lena\u{ad} ", "Anna Lena"),
            ("Ver\u{ad}trieb", "Ver\u{ad}trieb"),
            ("\u{200b}می\u{200c}خواهم\u{200b}", "می\u{200c}خواهم"),
            ("Team ❤\u{fe0f}", "Team ❤\u{fe0f}"),
            ("\u{202e}Anna\u{202c}", "Anna"),
        ] {
            assert_eq!(trimmed(text), stored, "{text:?}");
        }
    }

    #[test]
    fn s06_a_replaced_character_is_damage_and_other_odd_ones_are_not() {
        assert!(is_damaged("Barista \u{fffd}") && is_damaged("\u{fffd}"));
        for text in ["", "Barista", "\u{fffc}", "\u{ffff}", "½", "\u{200b}"] {
            assert!(!is_damaged(text), "{text:?}");
        }
    }
}
