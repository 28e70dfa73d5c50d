//! The reader's own account: password and API tokens.

use connector_console::account as account_html;
use connector_console::model::{AccountPage, FieldError, Input, PasswordForm, Section, TokenRow, Tone};

use super::ask::flash;
use super::cookies::{SESSION, set_cookie};
use super::entry::password_mistakes;
use super::integrations::time;
use super::{Ask, Oops, Reply};
use crate::ids::{self, Token};

/// The longest name of a token, in characters.
const LONGEST_NAME: usize = 100;

async fn page(ask: &Ask) -> Result<AccountPage, Oops> {
    let user = ask.user()?;
    let db = &ask.engine().db;
    let tokens = db.tokens(&user.id).await?.into_iter().map(|token| TokenRow {
        id: token.id,
        name: token.name,
        created: time(&token.created),
        last_used: token.used.map(|day| time(&format!("{day}T00:00:00Z"))),
    });
    let sessions = db.sessions(&user.id).await?;
    Ok(AccountPage {
        email: user.email.clone(),
        tokens: tokens.collect(),
        other_sessions: sessions.saturating_sub(1),
        ..AccountPage::default()
    })
}

fn html(ask: &Ask, page: &AccountPage) -> String {
    account_html(&ask.shell(Section::Account), page)
}

/// `GET /account`.
pub async fn show(ask: Ask) -> Result<Reply, Oops> {
    let page = page(&ask).await?;
    Ok(Reply::Page(html(&ask, &page)))
}

/// `POST /account/password`.
pub async fn change_password(ask: Ask) -> Result<Reply, Oops> {
    let user = ask.user()?.clone();
    let (current, new) = (ask.form.raw("current").to_owned(), ask.form.raw("password").to_owned());
    let (password, again) = password_mistakes(&new, ask.form.raw("password-again"));
    let mut form = PasswordForm { current: None, password, again };
    let stored = user.password.clone();
    let may_try = ask.site.limiter.attempt(&user.email, ask.peer).is_ok();
    if may_try && ask.site.passwords.fit(&current, stored).await {
        ask.site.limiter.succeeded(&user.email, ask.peer);
    } else {
        form.current = Some(FieldError::WrongPassword);
    }
    if form.current.is_some() || form.password.is_some() || form.again.is_some() {
        let page = AccountPage { password: form, ..page(&ask).await? };
        return Ok(Reply::PageWith(422, html(&ask, &page)));
    }
    ask.audit("user.password", &user.id).await?;
    let hash = ask.site.passwords.hash(&new).await.ok_or(Oops::Internal)?;
    let db = &ask.engine().db;
    db.set_password(&user.id, &hash).await?;
    // All sessions are over; this one begins anew.
    let token = Token::new().map_err(|_| Oops::Internal)?;
    let seconds = 12 * 3_600;
    db.add_session(&token.hash(), &user.id, jiff::Timestamp::now().as_second() + seconds).await?;
    let cookies = vec![set_cookie(&ask.site, SESSION, token.reveal(), Some(seconds))];
    let go = Reply::Go("/account".to_owned(), Some(flash(Tone::Good, "password-changed", None)));
    Ok(Reply::Cookies(Box::new(go), cookies))
}

/// `POST /account/tokens`.
pub async fn add_token(ask: Ask) -> Result<Reply, Oops> {
    let name = ask.form.text("name");
    let error = if name.is_empty() {
        Some(FieldError::Required)
    } else if name.chars().count() > LONGEST_NAME {
        Some(FieldError::TooLong(LONGEST_NAME as u64))
    } else {
        None
    };
    if error.is_some() {
        let page = AccountPage { token_name: Input { value: name, error }, ..page(&ask).await? };
        return Ok(Reply::PageWith(422, html(&ask, &page)));
    }
    let user = ask.user()?;
    let id = ids::id().map_err(|_| Oops::Internal)?;
    ask.audit("token.create", &id).await?;
    let token = Token::for_api().map_err(|_| Oops::Internal)?;
    ask.engine().db.add_token(&id, &token.hash(), &user.id, &name).await?;
    let page = AccountPage { created_token: Some(token.reveal().to_owned()), ..page(&ask).await? };
    Ok(Reply::Page(html(&ask, &page)))
}

/// `POST /account/tokens/{token}/revoke`.
pub async fn revoke_token(ask: Ask) -> Result<Reply, Oops> {
    let user = ask.user()?;
    let id = ask.parameter("token");
    let known = ask.engine().db.tokens(&user.id).await?;
    let token = known.into_iter().find(|token| token.id == id).ok_or(Oops::NotFound)?;
    ask.audit("token.revoke", &token.id).await?;
    ask.engine().db.remove_token(&token.id, &user.id).await?;
    Ok(Reply::Go("/account".to_owned(), Some(flash(Tone::Good, "token-revoked", Some(&token.name)))))
}

/// `POST /account/sessions/end`.
pub async fn end_sessions(ask: Ask) -> Result<Reply, Oops> {
    let user = ask.user()?;
    ask.audit("session.end-others", &user.id).await?;
    let kept = ask.session.as_ref().map(Token::hash).unwrap_or_default();
    ask.engine().db.end_other_sessions(&user.id, &kept).await?;
    Ok(Reply::Go("/account".to_owned(), Some(flash(Tone::Good, "sessions-ended", None))))
}
