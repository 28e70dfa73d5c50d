//! Who asks, and whether they may: the one place that every request comes through.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use connector_console::model::{ErrorPage, Flash, Section, Tone};
use connector_settings::Language;
use cookie::{Cookie, SameSite};
use jiff::Timestamp;

use super::ask::csrf;
use super::body::{self, LARGEST};
use super::routes::{Access, Route};
use super::{Ask, Oops, Reply, Site, plain};
use crate::db::{Scope, User};
use crate::form::Pairs;
use crate::ids::{self, Token};

/// The names of the cookies.
pub const SESSION: &str = "session";
pub const LANGUAGE: &str = "language";
pub const TENANT: &str = "tenant";
const FLASH: &str = "flash";

/// Answers one request.
pub async fn dispatch(
    site: Arc<Site>,
    route: &'static Route,
    peer: SocketAddr,
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Response {
    let method = request.method().clone();
    let (parts, body) = request.into_parts();
    // A path that is no text names nothing.
    let is_text = parameters.is_ok();
    let parameters = parameters.iter().flatten().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut ask = ask(&site, &parts, peer, parameters);
    let had_flash = ask.flash.is_some();
    let is_get = matches!(method, Method::GET | Method::HEAD);
    let answered = async {
        let identified = identify(&mut ask, route, &parts.headers).await;
        let body =
            if is_get { Ok(Vec::new()) } else { body::read(body, body::largest(route, identified.is_ok())).await };
        identified?;
        if !is_text {
            return Err(Oops::NotFound);
        }
        if !is_get {
            take_body(&mut ask, route, &parts.headers, body?)?;
        }
        (route.handler)(ask_again(&mut ask)).await
    }
    .await;
    let mut response = match answered {
        Ok(reply) => finish(&site, reply, had_flash && is_get && is_for_reader(&parts.headers)),
        Err(oops) => refuse(&site, &ask, route, oops),
    };
    if method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    site.engine.metrics.answered(method.as_str(), response.status().as_u16());
    response
}

/// Moves the request out, and leaves what a refusal needs.
fn ask_again(ask: &mut Ask) -> Ask {
    Ask {
        site: Arc::clone(&ask.site),
        user: ask.user.clone(),
        tenant: ask.tenant.clone(),
        session: ask.session.clone(),
        parameters: std::mem::take(&mut ask.parameters),
        query: std::mem::replace(&mut ask.query, Pairs::new(Vec::new())),
        form: std::mem::replace(&mut ask.form, Pairs::new(Vec::new())),
        body: std::mem::take(&mut ask.body),
        here: ask.here.clone(),
        language: ask.language,
        flash: ask.flash.take(),
        peer: ask.peer,
        is_cross_site: ask.is_cross_site,
        is_passed_on: ask.is_passed_on,
    }
}

fn cookies(headers: &HeaderMap) -> Vec<Cookie<'_>> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(Cookie::split_parse_encoded).filter_map(Result::ok).collect()
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    cookies(headers).into_iter().find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

fn ask(site: &Arc<Site>, parts: &Parts, peer: SocketAddr, parameters: Vec<(String, String)>) -> Ask {
    let headers = &parts.headers;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Ask {
        site: Arc::clone(site),
        user: None,
        tenant: None,
        session: None,
        parameters,
        query: Pairs::new(pairs(parts.uri.query().unwrap_or_default().as_bytes())),
        form: Pairs::new(Vec::new()),
        body: Vec::new(),
        here: path.strip_prefix(&site.base).unwrap_or(path).to_owned(),
        language: language(headers),
        flash: cookie(headers, FLASH).and_then(|text| read_flash(&text)),
        peer: sender(&site.engine.config.trusted_proxies, headers, peer.ip()),
        is_cross_site: header("sec-fetch-site") == Some("cross-site"),
        is_passed_on: ["x-forwarded-for", "forwarded"].into_iter().any(|name| headers.contains_key(name)),
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// By the reader's choice, else by the browser's.
fn language(headers: &HeaderMap) -> Language {
    match cookie(headers, LANGUAGE).as_deref() {
        Some("de") => return Language::De,
        Some("en") => return Language::En,
        _ => {}
    }
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Browsers list languages by preference; the first that these pages have is taken.
    let known = accepted.split(',').find_map(|one| {
        match one.split([';', '-']).next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "de" => Some(Language::De),
            "en" => Some(Language::En),
            _ => None,
        }
    });
    known.unwrap_or(Language::En)
}

/// Who sent the request: what a trusted proxy says, and nobody else's word.
fn sender(trusted: &[IpAddr], headers: &HeaderMap, peer: IpAddr) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let said = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<IpAddr> = said.flat_map(|value| value.split(',')).filter_map(|it| it.trim().parse().ok()).collect();
    chain.into_iter().rev().find(|address| !trusted.contains(address)).unwrap_or(peer)
}

/// Finds out who asks, and refuses those who may not.
async fn identify(ask: &mut Ask, route: &Route, headers: &HeaderMap) -> Result<(), Oops> {
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

/// Takes the body in; a form has to be one of this site's.
fn take_body(ask: &mut Ask, route: &Route, headers: &HeaderMap, bytes: Vec<u8>) -> Result<(), Oops> {
    if route.is_api() {
        ask.body = bytes;
        return Ok(());
    }
    if is_foreign(ask, headers) {
        return Err(Oops::FormExpired);
    }
    ask.form = Pairs::new(pairs(&bytes));
    match &ask.session {
        Some(session) if !ids::same(&csrf(session), ask.form.raw("csrf")) => Err(Oops::FormExpired),
        _ => Ok(()),
    }
}

/// Whether a browser says that another site sent the form.
fn is_foreign(ask: &Ask, headers: &HeaderMap) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if header("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return true;
    }
    let Some(origin) = header("origin").filter(|origin| *origin != "null") else { return false };
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let expected = ask.site.engine.config.url.as_ref().map(|url| {
        url.port().map_or_else(
            || url.host_str().unwrap_or_default().to_owned(),
            |port| format!("{}:{port}", url.host_str().unwrap_or_default()),
        )
    });
    Some(host) != expected.as_deref() && Some(host) != header("host")
}

/// Whether a page is for the reader to look at. A page that follows a run fetches itself again and again, and such an answer
/// would take the message away from the page that the reader is sent to.
fn is_for_reader(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_none_or(|dest| dest == "document")
}

fn finish(site: &Site, reply: Reply, had_flash: bool) -> Response {
    let flash = match &reply {
        Reply::Go(_, flash) => flash.clone(),
        Reply::Cookies(reply, _) => match &**reply {
            Reply::Go(_, flash) => flash.clone(),
            _ => None,
        },
        _ => None,
    };
    // What does not show the message leaves it for the page that does.
    let shows = matches!(&reply, Reply::Page(_) | Reply::PageWith(..));
    let mut response = reply.into_response(&site.base);
    let cookie = match flash {
        Some(flash) => Some(set_cookie(site, FLASH, &write_flash(&flash), Some(60))),
        None if had_flash && shows => Some(set_cookie(site, FLASH, "", Some(0))),
        None => None,
    };
    if let Some(value) = cookie.and_then(|cookie| cookie.parse().ok()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
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

fn write_flash(flash: &Flash) -> String {
    let tone = match flash.tone {
        Tone::Neutral => "neutral",
        Tone::Active => "active",
        Tone::Good => "good",
        Tone::Attention => "attention",
        Tone::Bad => "bad",
    };
    format!("{tone}|{}|{}", flash.message, flash.subject.as_deref().unwrap_or_default())
}

fn read_flash(text: &str) -> Option<Flash> {
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

fn refuse(site: &Site, ask: &Ask, route: &Route, oops: Oops) -> Response {
    if route.is_api() {
        return super::api::refuse(oops).into_response(&site.base);
    }
    if oops == Oops::SignIn {
        // A cookie that is for this site alone is not sent when a mail leads here. The page looks again, from here.
        if ask.is_cross_site && route.is_get() {
            return super::entry::look_again(ask).into_response(&site.base);
        }
        let next = url::form_urlencoded::byte_serialize(ask.here.as_bytes()).collect::<String>();
        let to =
            if ask.here == "/" || !route.is_get() { "/sign-in".to_owned() } else { format!("/sign-in?next={next}") };
        return Reply::Go(to, None).into_response(&site.base);
    }
    error_page(site, ask, route, oops)
}

fn error_page(site: &Site, ask: &Ask, route: &Route, oops: Oops) -> Response {
    let reference = ids::id().ok();
    if matches!(oops, Oops::Internal | Oops::DiskFull) {
        // Not the path itself: it may hold a one-time link's token, or name an employee.
        tracing::error!(reference, route = route.path, "a request could not be answered");
    }
    let shown = matches!(oops, Oops::Internal | Oops::DiskFull);
    let page = ErrorPage {
        kind: oops.kind(),
        reference: reference.filter(|_| shown),
        detail: (oops == Oops::DiskFull).then(|| "The disk of this service is full. Nothing was saved.".to_owned()),
    };
    let html = connector_console::error(&ask.shell(Section::None), &page);
    Reply::PageWith(page.kind.status(), html).into_response(&site.base)
}

/// A path that no route has.
pub async fn missing(site: Arc<Site>, peer: SocketAddr, request: Request) -> Response {
    without_route(site, peer, request, Oops::NotFound).await
}

/// A method that a route does not have.
pub async fn wrong_method(site: Arc<Site>, peer: SocketAddr, request: Request) -> Response {
    without_route(site, peer, request, Oops::WrongMethod).await
}

async fn without_route(site: Arc<Site>, peer: SocketAddr, request: Request, oops: Oops) -> Response {
    let (parts, body) = request.into_parts();
    // Whatever it is: there is nobody to take it.
    let _ = body::read(body, LARGEST).await;
    let mut ask = ask(&site, &parts, peer, Vec::new());
    site.engine.metrics.answered(parts.method.as_str(), oops.kind().status());
    if ask.here.starts_with("/api/") {
        return super::api::refuse(oops).into_response(&site.base);
    }
    if site.base.len() > 1 && parts.uri.path() == "/" {
        return Reply::Go("/".to_owned(), None).into_response(&site.base);
    }
    if let Err(error) = identify(&mut ask, &super::routes::NOWHERE, &parts.headers).await {
        return plain(error.kind().status(), String::new());
    }
    error_page(&site, &ask, &super::routes::NOWHERE, oops)
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
