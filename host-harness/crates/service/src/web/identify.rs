//! Who asks: a session's cookie or a program's token, the tenant that is meant, and the address that it comes from.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};
use jiff::Timestamp;

use super::cookies::{SESSION, TENANT, cookie};
use super::routes::{Access, Route};
use super::{Ask, Oops};
use crate::db::{Scope, User};
use crate::ids::Token;

/// Who sent the request: what a trusted proxy says, and nobody else's word.
pub(super) fn sender(trusted: &[IpAddr], headers: &HeaderMap, peer: IpAddr) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let said = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<IpAddr> = said.flat_map(|value| value.split(',')).filter_map(|it| it.trim().parse().ok()).collect();
    chain.into_iter().rev().find(|address| !trusted.contains(address)).unwrap_or(peer)
}

/// Finds out who asks, and refuses those who may not.
pub(super) async fn identify(ask: &mut Ask, route: &Route, headers: &HeaderMap) -> Result<(), Oops> {
    let db = &ask.site.engine.db.clone();
    let now = Timestamp::now().as_second();
    if route.is_api() {
        if let Some(token) = bearer(headers) {
            ask.user = db.user_of_token(&Token::presented(token).hash()).await?;
        }
    } else if let Some(token) = cookie(headers, SESSION).map(|text| Token::presented(&text)) {
        ask.user = db.user_of_session(&token.hash(), now).await?;
        ask.session = ask.user.is_some().then_some(token);
    }
    if let Some(user) = &ask.user {
        let own = user.tenant.clone().or_else(|| tenant_of_operator(user, ask, headers));
        let tenant = match tenant_of_path(ask).await? {
            Some(tenant) => Some(tenant),
            None => own,
        };
        if let Some(tenant) = tenant {
            ask.tenant = db.tenant(&tenant).await?;
        }
    }
    match route.access {
        Access::Public => Ok(()),
        _ if ask.user.is_none() => Err(Oops::SignIn),
        Access::User => Ok(()),
        Access::Tenant if ask.tenant.is_some() => Ok(()),
        Access::Operator if ask.is_operator() => Ok(()),
        Access::Tenant | Access::Operator => Err(Oops::NotFound),
    }
}

/// The token of a program. The scheme's name is in any case (RFC 9110).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The tenant of the integration that the path names: an operator who names one works there, whatever they look at.
async fn tenant_of_path(ask: &Ask) -> Result<Option<String>, Oops> {
    let conflict = ask.parameter("conflict").split(':').next().unwrap_or_default();
    let named = [ask.parameter("integration"), conflict].into_iter().find(|id| !id.is_empty());
    let Some(id) = named.filter(|_| ask.is_operator()) else { return Ok(None) };
    Ok(ask.engine().db.integration(&Scope::All, id).await?.map(|integration| integration.tenant))
}

/// The tenant that an operator looks at.
fn tenant_of_operator(user: &User, ask: &Ask, headers: &HeaderMap) -> Option<String> {
    if user.tenant.is_some() {
        return None;
    }
    let asked = ask.query.text("tenant");
    if asked.is_empty() { cookie(headers, TENANT) } else { Some(asked) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_says_who_sent_a_request() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let sent = |trusted: &[&str], peer: &str, chain: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in chain {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            let trusted: Vec<IpAddr> = trusted.iter().map(|it| address(it)).collect();
            sender(&trusted, &headers, address(peer)).to_string()
        };
        assert_eq!(sent(&[], "192.0.2.1", &["198.51.100.1"]), "192.0.2.1", "nobody's word is believed");
        assert_eq!(sent(&["192.0.2.1"], "192.0.2.9", &["198.51.100.1"]), "192.0.2.9", "nor that of a stranger");
        assert_eq!(sent(&["192.0.2.1"], "192.0.2.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(sent(&["192.0.2.1"], "192.0.2.1", &[]), "192.0.2.1");
        // What the sender itself has put in front counts for nothing.
        let chain = ["203.0.113.5, 198.51.100.1", "192.0.2.2"];
        assert_eq!(sent(&["192.0.2.1", "192.0.2.2"], "192.0.2.1", &chain), "198.51.100.1");
        assert_eq!(sent(&["192.0.2.1"], "192.0.2.1", &["nonsense"]), "192.0.2.1");
    }

    #[test]
    fn a_scheme_is_in_any_case_and_no_other_one_is_taken() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of("Bearer a"), Some("a".to_owned()));
        assert_eq!(of("bearer  a "), Some("a".to_owned()));
        assert_eq!((of("Basic a"), of("Bearer"), of("a")), (None, None, None));
    }
}
