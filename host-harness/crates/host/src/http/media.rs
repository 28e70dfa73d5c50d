//! Media types, as far as the host looks at them: one reading for answers, requests, recordings and captures.

use super::Inbound;

/// A form.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// True if a `Content-Type` names a form, in any case of letters and whatever stands around it.
#[must_use]
pub fn is_form(content_type: &str) -> bool {
    content_type.to_ascii_lowercase().contains(FORM)
}

/// True if an answer says that it is a form.
#[must_use]
pub fn is_form_answer(answer: &Inbound) -> bool {
    answer.headers.iter().any(|(name, value)| name.eq_ignore_ascii_case("content-type") && is_form(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_known_in_any_spelling() {
        for kind in [FORM, "Application/X-WWW-Form-UrlEncoded", " application/x-www-form-urlencoded ; charset=utf-8"] {
            assert!(is_form(kind), "{kind}");
        }
        for kind in ["", "application/json", "multipart/form-data", "text/plain"] {
            assert!(!is_form(kind), "{kind}");
        }
    }
}
