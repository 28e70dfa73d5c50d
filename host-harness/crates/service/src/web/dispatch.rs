//! From a request to its answer: the one place that every request comes through.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use connector_console::model::{ErrorPage, Section};
use connector_settings::Language;

use super::ask::csrf;
use super::body::{self, LARGEST};
use super::cookies::{FLASH, LANGUAGE, cookie, read_flash, set_cookie, write_flash};
use super::identify::{identify, sender};
use super::routes::Route;
use super::{Ask, Oops, Reply, Site, plain};
use crate::form::Pairs;
use crate::ids;

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
