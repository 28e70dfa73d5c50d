//! What can be tried with requests and with handles of secrets.

use std::cell::RefCell;

use crate::bad::gigabyte;
use crate::elearnio::connector::http::{
    self, Authorization, Body, FormField, FormValue, Header, Method, Request, Secret,
};
use crate::number;

thread_local! {
    /// The client secret that `configure` got.
    pub static SECRET: RefCell<Option<Secret>> = const { RefCell::new(None) };
}

const OK: &str = "https://api.example.com/ok";
const TOKEN: &str = "https://api.example.com/token";

/// Does what `what` names, and says what came of it; none if it names nothing here.
pub fn misbehave(what: &str) -> Option<String> {
    let (what, value) = what.split_once(' ').unwrap_or((what, ""));
    Some(match what {
        "flood-http" => loop {
            let _ = http::send(&get(OK));
        },
        "flood-denied" => loop {
            let _ = http::send(&get("https://elsewhere.example/"));
        },
        "hoard-tokens" => loop {
            hold_token();
        },
        "wait" => told(http::send(&get("https://api.example.com/slow/3600000"))),
        "huge-request" => post(OK, vec![0; 128 << 20]),
        "gigabyte-body" => post(OK, gigabyte().into_bytes()),
        "post" => post(OK, vec![0; number(value)]),
        "ask" => (0..number(value)).map(|_| told(http::send(&get(OK)))).collect(),
        "ask-denied" => (0..number(value)).map(|_| told(http::send(&get("https://elsewhere.example/")))).collect(),
        "hold-tokens" => (0..number(value)).map(|_| hold_token()).collect(),
        "send" => told(http::send(&get(value))),
        "header" => header(value),
        "basic-user" => with_secret(|secret| {
            let authorization = Authorization::Basic((value.to_owned(), secret));
            told(http::send(&Request { authorization, ..get(OK) }))
        }),
        "send-secret" => with_secret(|secret| send_secret(value, secret)),
        "bearer-secret" => with_secret(|secret| bearer(value, secret)),
        "bearer-token" => match http::exchange(&get(TOKEN), "/token") {
            Ok(http::Exchanged { token: Some(token), .. }) => bearer(value, &token),
            other => format!("no token: {other:?}"),
        },
        "log-in" => with_secret(|secret| log_in(value, secret)),
        "pass-on" => pass_on(value),
        "secret-number" => with_secret(|secret| secret.handle().to_string()),
        "forge" => forge(value),
        "use-after-drop" => {
            let number = with_secret(|secret| secret.handle().to_string());
            SECRET.set(None);
            forge(&format!("{number} {OK}"))
        }
        _ => return None,
    })
}

/// A request with nothing in it.
fn get(url: &str) -> Request<'static> {
    Request {
        method: Method::Get,
        url: url.to_owned(),
        headers: Vec::new(),
        authorization: Authorization::None,
        body: Body::Empty,
    }
}

fn post(url: &str, bytes: Vec<u8>) -> String {
    told(http::send(&Request { method: Method::Post, body: Body::Bytes(bytes), ..get(url) }))
}

fn told(answer: Result<http::Response, http::Error>) -> String {
    match answer {
        Ok(answer) => format!("{} {:?} {}", answer.status, answer.headers, String::from_utf8_lossy(&answer.body)),
        Err(error) => format!("{error:?}"),
    }
}

fn with_secret(act: impl FnOnce(&Secret) -> String) -> String {
    SECRET.with_borrow(|secret| secret.as_ref().map_or_else(|| "no secret".to_owned(), act))
}

/// Takes a token and never lets it go.
fn hold_token() -> &'static str {
    std::mem::forget(http::exchange(&get(TOKEN), "/token"));
    ""
}

/// `NAME|VALUE`, with whatever is in them.
fn header(field: &str) -> String {
    let (name, value) = field.split_once('|').unwrap_or((field, ""));
    let headers = vec![Header { name: name.to_owned(), value: value.to_owned() }];
    told(http::send(&Request { headers, ..get(OK) }))
}

/// Puts the client secret into a form to whatever origin.
fn send_secret(url: &str, secret: &Secret) -> String {
    told(http::send(&with_form(url, secret)))
}

/// Logs in, takes a token from wherever, and says what else there was.
fn log_in(pointer: &str, secret: &Secret) -> String {
    told(http::exchange(&with_form(TOKEN, secret), pointer).map(|exchanged| exchanged.response))
}

fn with_form<'s>(url: &str, secret: &'s Secret) -> Request<'s> {
    let field = FormField { name: "secret".to_owned(), value: FormValue::Secret(secret) };
    Request { method: Method::Post, body: Body::Form(vec![field]), ..get(url) }
}

/// Puts a secret into the `Authorization` header to whatever origin.
fn bearer(url: &str, secret: &Secret) -> String {
    told(http::send(&Request { authorization: Authorization::Bearer(secret), ..get(url) }))
}

/// `FROM TO`: has FROM send the client secret back, and takes all that came to TO: in the URL, in a header, in a body.
fn pass_on(origins: &str) -> String {
    let (from, to) = origins.split_once(' ').unwrap_or((origins, origins));
    let loot = with_secret(|secret| bearer(from, secret));
    let headers = vec![Header { name: "x-loot".to_owned(), value: loot.clone() }];
    [
        told(http::send(&get(&format!("{to}?loot={loot}")))),
        told(http::send(&Request { headers, ..get(to) })),
        post(to, loot.into_bytes()),
    ]
    .join("\n")
}

/// `NUMBER URL`: makes a handle out of a number, and uses it.
fn forge(what: &str) -> String {
    let (handle, url) = what.split_once(' ').unwrap_or((what, OK));
    // SAFETY: none: nobody gave it this handle.
    let secret = unsafe { Secret::from_handle(number(handle) as u32) };
    let told = bearer(url, &secret);
    std::mem::forget(secret);
    told
}
