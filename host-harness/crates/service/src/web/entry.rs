//! Signing in and out, one-time links, language, assets.

use connector_console::model::{FieldError, Section, SignInError, SignInPage, Tone, WelcomePage};
use connector_console::{assets, sign_in as sign_in_page, welcome as welcome_page};
use connector_settings::Language;
use jiff::Timestamp;

use super::ask::flash;
use super::cookies::{LANGUAGE, SESSION, TENANT, set_cookie};
use super::{Ask, Oops, Reply};
use crate::db::User;
use crate::ids::Token;
use crate::password;

/// How long a session lasts, in seconds: a working day.
const SESSION_SECONDS: i64 = 12 * 3_600;

/// The comparison key of a mail address that somebody signs in with.
#[must_use]
pub fn address_key(email: &str) -> String {
    connector_common::key(email).into_owned()
}

/// `GET /`: where the reader's work begins.
pub async fn home(ask: Ask) -> Result<Reply, Oops> {
    let to = if ask.tenant.is_some() { "/integrations" } else { "/operator/tenants" };
    Ok(Reply::Go(to.to_owned(), None))
}

/// A page that leads to itself: another site has led the reader here, and the browser sends the session's cookie only where this
/// site does.
#[must_use]
pub fn look_again(ask: &Ask) -> Reply {
    let path = format!("{}{}", ask.site.base, ask.here);
    let escaped: String = path.chars().filter(|c| !matches!(c, '"' | '<' | '>' | '\'')).collect();
    let lang = if ask.language == Language::De { "de" } else { "en" };
    Reply::Page(format!(
        "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>…</title>\
         <meta http-equiv=\"refresh\" content=\"0;url={escaped}\"></head>\
         <body><p><a href=\"{escaped}\">{escaped}</a></p></body></html>"
    ))
}

/// Only a path of this site. Browsers drop tabs and line ends from an address, so that `/<tab>/elsewhere` leads elsewhere too.
fn next(text: &str) -> Option<String> {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let is_plain = !text.contains(|c: char| c == '\\' || c.is_control());
    (is_path && is_plain).then(|| text.to_owned())
}

/// `GET /sign-in`.
pub async fn sign_in(ask: Ask) -> Result<Reply, Oops> {
    if ask.user.is_some() {
        return home(ask).await;
    }
    let page = SignInPage { next: next(&ask.query.text("next")), ..SignInPage::default() };
    Ok(Reply::Page(sign_in_page(&ask.shell(Section::None), &page)))
}

/// `POST /sign-in`.
pub async fn enter(ask: Ask) -> Result<Reply, Oops> {
    let entered = ask.form.text("email");
    let email = address_key(&entered);
    let refuse = |error| {
        let page = SignInPage { email: entered.clone(), error: Some(error), next: next(&ask.form.text("next")) };
        let status = if matches!(error, SignInError::TooMany(_)) { 429 } else { 401 };
        Ok(Reply::PageWith(status, sign_in_page(&ask.shell(Section::None), &page)))
    };
    if let Err(seconds) = ask.site.limiter.attempt(&email, ask.peer) {
        return refuse(SignInError::TooMany(seconds));
    }
    let user = ask.engine().db.user_by_email(&email).await?;
    let stored = user.as_ref().and_then(|user| user.password.clone());
    let fits = ask.site.passwords.fit(ask.form.raw("password"), stored).await;
    match user {
        Some(user) if fits => {
            ask.site.limiter.succeeded(&email, ask.peer);
            ask.audit_as(&user.email, user.tenant.as_deref(), "session.begin", &user.id).await?;
            let to = next(&ask.form.text("next")).unwrap_or_else(|| "/".to_owned());
            begin(&ask, &user, to).await
        }
        _ => refuse(SignInError::Wrong),
    }
}

/// Begins a session, and goes on.
async fn begin(ask: &Ask, user: &User, to: String) -> Result<Reply, Oops> {
    let token = Token::new().map_err(|_| Oops::Internal)?;
    let expires = Timestamp::now().as_second() + SESSION_SECONDS;
    ask.engine().db.add_session(&token.hash(), &user.id, expires).await?;
    let cookies = vec![set_cookie(&ask.site, SESSION, token.reveal(), Some(SESSION_SECONDS))];
    Ok(Reply::Cookies(Box::new(Reply::Go(to, None)), cookies))
}

/// `POST /sign-out`.
pub async fn sign_out(ask: Ask) -> Result<Reply, Oops> {
    if let Some(session) = &ask.session {
        ask.audit("session.end", &ask.user()?.id).await?;
        ask.engine().db.end_session(&session.hash()).await?;
    }
    let cookies = [SESSION, TENANT].map(|name| set_cookie(&ask.site, name, "", Some(0))).to_vec();
    let go = Reply::Go("/sign-in".to_owned(), Some(flash(Tone::Neutral, "signed-out", None)));
    Ok(Reply::Cookies(Box::new(go), cookies))
}

async fn invited(ask: &Ask) -> Result<User, Oops> {
    let hash = Token::presented(ask.parameter("token")).hash();
    ask.engine().db.user_of_link(&hash, Timestamp::now().as_second()).await?.ok_or(Oops::LinkExpired)
}

async fn welcome_model(ask: &Ask, user: &User) -> Result<WelcomePage, Oops> {
    let tenant = match &user.tenant {
        Some(tenant) => ask.engine().db.tenant(tenant).await?.map(|tenant| tenant.name),
        None => None,
    };
    Ok(WelcomePage {
        token: ask.parameter("token").to_owned(),
        email: user.email.clone(),
        tenant,
        is_reset: user.password.is_some(),
        ..WelcomePage::default()
    })
}

/// `GET /welcome/{token}`.
pub async fn welcome(ask: Ask) -> Result<Reply, Oops> {
    let user = invited(&ask).await?;
    let page = welcome_model(&ask, &user).await?;
    Ok(Reply::Page(welcome_page(&ask.shell(Section::None), &page)))
}

/// What is wrong with a new password and its repetition.
#[must_use]
pub fn password_mistakes(password: &str, again: &str) -> (Option<FieldError>, Option<FieldError>) {
    let length = password.chars().count();
    let mistake = if length < password::SHORTEST {
        Some(FieldError::TooShort(password::SHORTEST as u64))
    } else if password.len() > password::LONGEST {
        Some(FieldError::TooLong(password::LONGEST as u64))
    } else {
        None
    };
    let again = (mistake.is_none() && password != again).then_some(FieldError::Differs);
    (mistake, again)
}

/// `POST /welcome/{token}`.
pub async fn set_password(ask: Ask) -> Result<Reply, Oops> {
    let user = invited(&ask).await?;
    let (password, again) = (ask.form.raw("password").to_owned(), ask.form.raw("password-again"));
    let (password_error, again_error) = password_mistakes(&password, again);
    if password_error.is_some() || again_error.is_some() {
        let page = WelcomePage { password_error, again_error, ..welcome_model(&ask, &user).await? };
        return Ok(Reply::PageWith(422, welcome_page(&ask.shell(Section::None), &page)));
    }
    ask.audit_as(&user.email, user.tenant.as_deref(), "user.password", &user.id).await?;
    let hash = ask.site.passwords.hash(&password).await.ok_or(Oops::Internal)?;
    let link = Token::presented(ask.parameter("token")).hash();
    // Of two who use the link at once, one does.
    if !ask.engine().db.set_password_by_link(&link, Timestamp::now().as_second(), &user.id, &hash).await? {
        return Err(Oops::LinkExpired);
    }
    begin(&ask, &user, "/".to_owned()).await
}

/// `GET /language/{language}`.
pub async fn language(ask: Ask) -> Result<Reply, Oops> {
    let language @ ("de" | "en") = ask.parameter("language") else { return Err(Oops::NotFound) };
    let back = next(&ask.query.text("back")).unwrap_or_else(|| "/".to_owned());
    let year = 365 * 24 * 3_600;
    let cookies = vec![set_cookie(&ask.site, LANGUAGE, language, Some(year))];
    Ok(Reply::Cookies(Box::new(Reply::Go(back, None)), cookies))
}

/// `GET /assets/{name}`.
pub async fn asset(ask: Ask) -> Result<Reply, Oops> {
    let name = ask.parameter("name");
    assets::ALL.into_iter().find(|asset| asset.name == name).map(Reply::Asset).ok_or(Oops::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_site_is_gone_on_to() {
        for path in ["/", "/runs/a", "/people?q=%2F%2Felsewhere&page=2", "/people?q=https://x"] {
            assert_eq!(next(path).as_deref(), Some(path));
        }
        for path in
            ["", "//x", "/\\x", "/\t/x", "/\n/x", "/\r/x", "/\u{0}", "https://x", "x", " /x", "\\/x", "/a\u{85}b"]
        {
            assert_eq!(next(path), None, "{path:?}");
        }
    }
}
