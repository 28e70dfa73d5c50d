//! Every page in every state that looks different, filled with invented people: can it be used by everybody, in each window?
//!
//! The pages are those that the console makes, sent with the policy that they are to be sent with; there is no service
//! behind them.

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use connector_console::assets::{self, CONTENT_SECURITY_POLICY};
use connector_console::samples::Samples;
use connector_settings::Language;
use tokio::net::TcpListener;
use whole_system_tests::browser::{Browser, Chromium, Viewport};

/// Starts a server of the samples in a language; gives where it is, and their names.
async fn gallery(language: Language) -> Result<(String, Vec<String>)> {
    let all = Samples { language, ..Samples::default() }.all();
    let names = all.iter().map(|(name, _)| name.clone()).collect();
    let sample = move |Path(name): Path<String>| async move {
        all.iter().find(|(other, _)| *other == name).map_or_else(
            || StatusCode::NOT_FOUND.into_response(),
            |(_, html)| {
                ([(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)], Html(html.clone())).into_response()
            },
        )
    };
    let pages = Router::new()
        .route("/gallery/{name}", get(sample))
        .route("/assets/{name}", get(asset))
        .route("/favicon.ico", get(|| async { "" }))
        // Events that never come: a page that follows something shows it as it is.
        .fallback(|| async { StatusCode::NO_CONTENT });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, pages).await });
    Ok((origin, names))
}

async fn asset(Path(name): Path<String>) -> Response {
    match assets::ALL.iter().find(|asset| asset.name == name) {
        Some(asset) => ([(header::CONTENT_TYPE, asset.media_type)], asset.text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Looks at every sample; every fault of all of them is in the error.
async fn look_at_all(browser: &Browser, language: Language, viewport: Viewport, dark: bool) -> Result<()> {
    let (origin, names) = gallery(language).await?;
    browser.look_through(viewport).await?;
    browser.prefer_dark(dark).await?;
    // A field for a time shows no other text: the sample of a wrong one is what a browser without such fields sends.
    browser.expect_in_console("does not conform to the required format");
    let mut faults = Vec::new();
    for name in &names {
        browser.goto(&format!("{origin}/gallery/{name}")).await?;
        browser.screenshot(&format!("gallery-{name}-{}", viewport.name())).await?;
        let overflow = browser.overflow().await?;
        if !overflow.is_empty() {
            faults.push(format!("{name} is wider than its window: {}", overflow.join(", ")));
        }
        let axe = browser.ensure_accessible().await.with_context(|| name.clone());
        faults.extend(axe.err().map(|error| format!("{error:#}")));
        faults.extend(browser.console().await?.iter().map(|entry| format!("{name}: {entry}")));
    }
    ensure!(names.len() > 30, "only {} samples", names.len());
    ensure!(faults.is_empty(), "{}", faults.join("\n\n"));
    Ok(())
}

#[tokio::test]
async fn every_page_is_for_everybody_on_a_phone_in_german_and_in_the_dark() -> Result<()> {
    let chromium = Chromium::new("gallery-phone").language("de");
    chromium.run(async |browser| look_at_all(browser, Language::De, Viewport::Phone, true).await).await
}

#[tokio::test]
async fn every_page_is_for_everybody_on_a_desk_in_english_and_by_day() -> Result<()> {
    let chromium = Chromium::new("gallery-desktop");
    chromium.run(async |browser| look_at_all(browser, Language::En, Viewport::Desktop, false).await).await
}
