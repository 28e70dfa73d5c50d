//! A few small pages with known faults, to test the tools with.

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use tokio::net::TcpListener;

const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'";

const GOOD: &str = r#"<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A good page</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><script src="/page.js" defer></script>
<style>:root { color-scheme: light dark } .dark { display: none } body { color: #222; background: #fff }
@media (prefers-color-scheme: dark) { .dark { display: block } body { color: #eee; background: #111 } }</style></head>
<body><main><h1>Integrations</h1>
<p class="dark">Dark colours</p><p id="scripts">Scripts are off</p>
<form action="/echo"><p><label for="name">Name of the
integration</label> <input id="name" name="name"></p>
<p><label>Every <select name="every"><option value="h">hour</option><option value="d">day</option></select></label></p>
<button>Save</button> <button type="button" id="later">Start</button></form>
<p role="status" id="said"></p><p><a href="/bad">Another page</a></p>
<table><tr id="one"><th scope="row">One</th><td><button type="button">Edit</button></td></tr>
<tr id="two"><th scope="row">Two</th><td><button type="button" id="second">Edit</button></td></tr></table></main></body></html>"#;

const SCRIPT: &str = r"
document.getElementById('scripts').textContent = 'Scripts are on';
const say = text => { document.getElementById('said').textContent = text; };
document.getElementById('later').addEventListener('click', () => setTimeout(() => {
    const button = document.getElementById('later');
    button.replaceWith(Object.assign(document.createElement('button'), { type: 'button', textContent: 'Stop' }));
    say('It  runs');
}, 300));
document.getElementById('second').addEventListener('click', () => say('The second row'));
";

const BAD: &str = r#"<!DOCTYPE html><html><head><title>A bad page</title></head><body><main><h1>Bad</h1>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">
<p style="color: #bbb; background: #fff">One can hardly read this</p><input name="nameless">
<button style="outline: none">Unseen</button><div style="width: 2000px" id="wide">wide</div></main></body></html>"#;

const REFUSED: &str = r#"<!DOCTYPE html><html lang="en"><head><title>Refused</title></head>
<body><script>document.title = "It ran";</script></body></html>"#;

const BROKEN: &str = r#"<!DOCTYPE html><html lang="en"><head><title>Broken</title><script src="/broken.js"></script></head>
<body><img src="https://elsewhere.example/picture.png" alt=""></body></html>"#;

/// Starts the pages; gives where they are.
pub async fn start() -> anyhow::Result<String> {
    let page =
        |text: &'static str| get(move || async move { ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(text)) });
    let script = |text: &'static str| get(move || async move { ([(header::CONTENT_TYPE, "text/javascript")], text) });
    let pages = Router::new()
        .route("/", page(GOOD))
        .route("/page.js", script(SCRIPT))
        .route("/bad", get(|| async { Html(BAD) }))
        .route("/refused", page(REFUSED))
        .route("/broken", get(|| async { Html(BROKEN) }))
        .route("/broken.js", script("throw new Error('it is broken')"))
        .route("/echo", get(echo))
        .route("/favicon.ico", get(|| async { "" }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, pages).await });
    Ok(origin)
}

/// What the browser sent.
async fn echo(uri: axum::http::Uri, fields: HeaderMap) -> impl IntoResponse {
    let language = fields.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let query = uri.query().unwrap_or_default();
    Html(format!("<!DOCTYPE html><html lang=en><title>Echo</title><p>language {language} query {query}</p>"))
}
