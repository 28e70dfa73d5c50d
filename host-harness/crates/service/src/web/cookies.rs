//! Cookies: the session, the reader's choices, and the message for the next page.

use axum::http::{HeaderMap, header};
use connector_console::model::{Flash, Tone};
use cookie::{Cookie, SameSite};

use super::Site;

/// The names of the cookies.
pub const SESSION: &str = "session";
pub const LANGUAGE: &str = "language";
pub const TENANT: &str = "tenant";
pub(super) const FLASH: &str = "flash";

fn cookies(headers: &HeaderMap) -> Vec<Cookie<'_>> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(Cookie::split_parse_encoded).filter_map(Result::ok).collect()
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    cookies(headers).into_iter().find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

/// A cookie that scripts do not see and other sites do not send.
#[must_use]
pub fn set_cookie(site: &Site, name: &str, value: &str, seconds: Option<i64>) -> String {
    let path = if site.base.is_empty() { "/" } else { site.base.as_str() };
    let mut cookie = Cookie::new(name.to_owned(), value.to_owned());
    cookie.set_path(path.to_owned());
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_secure(site.secure);
    if let Some(seconds) = seconds {
        cookie.set_max_age(cookie::time::Duration::seconds(seconds));
    }
    cookie.encoded().to_string()
}

pub(super) fn write_flash(flash: &Flash) -> String {
    let tone = match flash.tone {
        Tone::Neutral => "neutral",
        Tone::Active => "active",
        Tone::Good => "good",
        Tone::Attention => "attention",
        Tone::Bad => "bad",
    };
    format!("{tone}|{}|{}", flash.message, flash.subject.as_deref().unwrap_or_default())
}

pub(super) fn read_flash(text: &str) -> Option<Flash> {
    let mut parts = text.splitn(3, '|');
    let tone = match parts.next()? {
        "neutral" => Tone::Neutral,
        "active" => Tone::Active,
        "good" => Tone::Good,
        "attention" => Tone::Attention,
        "bad" => Tone::Bad,
        _ => return None,
    };
    let message = parts.next()?.to_owned();
    Some(Flash { tone, message, subject: parts.next().filter(|subject| !subject.is_empty()).map(str::to_owned) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn a_message_for_the_next_page_is_read_back_and_nothing_else_is_one() {
        for flash in [
            Flash { tone: Tone::Good, message: "saved".to_owned(), subject: Some("A|B".to_owned()) },
            Flash { tone: Tone::Bad, message: "x".to_owned(), subject: None },
        ] {
            let read = read_flash(&write_flash(&flash)).unwrap();
            assert_eq!((read.message, read.subject), (flash.message, flash.subject));
        }
        assert!(read_flash("").is_none() && read_flash("good").is_none() && read_flash("loud|x|").is_none());
    }
}
