//! What a text says about a person (rules S6 and S8): one function for every source, so that a pasted zero-width space or
//! half an emoji means the same in JSON, in CSV and in whatever comes next.

use std::borrow::Cow;

use connector_common::text::{is_damaged, trimmed};

use crate::address::as_address;
use crate::bindings::elearnio::connector::types::{Reading, StatusReading};
use crate::codes;
use crate::settings::CommonSettings;

/// Longer than any ID that an HR system gives out; keeps a broken record from becoming a broken message.
const ID_BYTES: usize = 64;

/// A text as it was shown: empty if nobody could see anything in it, unusable if something of it was lost.
#[must_use]
pub fn text(text: Cow<'_, str>) -> Reading {
    let visible = trimmed(&text);
    if visible.is_empty() {
        Reading::Empty
    } else if is_damaged(visible) {
        unusable(codes::VALUE_DAMAGED)
    } else if visible.len() == text.len() {
        Reading::Value(text.into_owned())
    } else {
        Reading::Value(visible.to_owned())
    }
}

/// The same of an e-mail address, which mail servers have to take.
#[must_use]
pub fn address(reading: Reading) -> Reading {
    match reading {
        Reading::Value(text) => as_address(text).map_or_else(|| unusable(codes::EMAIL_INVALID), Reading::Value),
        other => other,
    }
}

/// The same of another employee's ID.
#[must_use]
pub fn reference(reading: Reading) -> Reading {
    match reading {
        Reading::Value(id) if !is_id(&id) => unusable(codes::VALUE_SHAPE_UNKNOWN),
        other => other,
    }
}

/// A status, looked up in the tenant's table (rule S8).
#[must_use]
pub fn status(reading: Reading, settings: &CommonSettings) -> StatusReading {
    match reading {
        Reading::Hidden => StatusReading::Hidden,
        Reading::Unusable(code) => StatusReading::Unusable(code),
        Reading::Empty => StatusReading::Unknown(String::new()),
        Reading::Value(value) => match settings.status(&value) {
            Some(status) => StatusReading::Known(status.clone()),
            None => StatusReading::Unknown(value),
        },
    }
}

/// Something that cannot be used, and why.
#[must_use]
pub fn unusable(code: &str) -> Reading {
    Reading::Unusable(code.to_owned())
}

/// True for a text that can be an employee's ID: on one line, whole, and no longer than IDs are.
#[must_use]
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= ID_BYTES && !text.contains(char::is_control) && !is_damaged(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Reading {
        Reading::Value(text.to_owned())
    }

    #[test]
    fn s06_a_text_is_empty_unusable_or_a_value() {
        for (shown, reading) in [
            ("", Reading::Empty),
            (" \t", Reading::Empty),
            ("\u{200b}\u{200b}", Reading::Empty),
            ("\u{feff}", Reading::Empty),
            (" Leitung\u{200b}", value("Leitung")),
            ("Barista \u{fffd}", unusable(codes::VALUE_DAMAGED)),
            ("\u{fffd}", unusable(codes::VALUE_DAMAGED)),
            ("0", value("0")),
        ] {
            assert_eq!(text(shown.into()), reading, "{shown:?}");
        }
    }

    #[test]
    fn s06_an_address_no_mail_server_takes_is_unusable_and_not_empty() {
        for (shown, reading) in [
            ("", Reading::Empty),
            ("anna", unusable(codes::EMAIL_INVALID)),
            ("an\u{200b}na@x.example", unusable(codes::EMAIL_INVALID)),
            ("anna\u{fffd}@x.example", unusable(codes::VALUE_DAMAGED)),
            ("\u{feff}Anna@x.example\u{200b}", value("Anna@x.example")),
        ] {
            assert_eq!(address(text(shown.into())), reading, "{shown:?}");
        }
        assert_eq!(address(Reading::Hidden), Reading::Hidden);
    }

    #[test]
    fn s14_an_invalid_id_refers_to_nobody() {
        for (shown, reading) in [
            ("12", value("12")),
            (" 12\u{200b}", value("12")),
            ("", Reading::Empty),
            ("1\n2", unusable(codes::VALUE_SHAPE_UNKNOWN)),
            ("1\u{fffd}", unusable(codes::VALUE_DAMAGED)),
        ] {
            assert_eq!(reference(text(shown.into())), reading, "{shown:?}");
        }
        assert_eq!(reference(value(&"1".repeat(65))), unusable(codes::VALUE_SHAPE_UNKNOWN));
    }
}
