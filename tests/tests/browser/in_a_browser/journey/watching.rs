//! A run that takes a while: it is watched without loading the page again, started once however often one clicks, stopped when
//! one says so, and followed without scripts too.

use anyhow::{Context as _, Result, ensure};
use whole_system_tests::browser::{Browser, Chromium, Role};

use super::hands::Hands;
use super::stage::Stage;
use super::steps::Journey;
use super::words::Words;

/// The second page of people is refused for a while, with the time after which to ask again.
const BUSY: &str = "busy=3@employees:2x2";

/// Calls a test with the journey of an admin who has an integration and is at its form.
async fn with_an_integration(
    name: &str,
    faults: &[&str],
    test: impl AsyncFnOnce(&Browser, &Journey<'_>) -> Result<()>,
) -> Result<()> {
    let stage = Stage::set(faults).await?;
    let words = Words::of("en")?;
    Chromium::new(name)
        .run(async |browser| {
            let hands = Hands::hurried(browser);
            let journey =
                Journey { stage: &stage, words: &words, hands, tenant: "Acme GmbH", admin: "hr@acme.example" };
            let invitation = journey.operator_sets_up_a_tenant(&stage.service.link).await?;
            journey.admin_signs_in(&invitation).await?;
            journey.admin_fills_in_the_form().await?;
            test(browser, &journey).await
        })
        .await
}

#[tokio::test]
async fn a_run_is_watched_without_loading_the_page_again() -> Result<()> {
    with_an_integration("watching", &[BUSY], async |browser, journey| {
        journey.hands.click(journey.words.say("form.preview")).await?;
        browser.find(Role::Button, journey.words.say("run.cancel")).await?;
        browser.script("window.stayed = true").await?;
        // It says that it waits, for how long, and that nothing is wrong.
        browser.see(journey.words.say("progress.waiting").split('{').next().unwrap_or_default()).await?;
        browser.screenshot("watching-waits").await?;
        browser.ensure_accessible().await?;
        browser.find(Role::Button, journey.words.say("approve.discard")).await?;
        ensure!(browser.script("return window.stayed === true").await? == true, "the page was loaded again");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_second_start_leads_to_the_run_that_is_going_on() -> Result<()> {
    with_an_integration("started-twice", &["busy=5@employees:2x2"], async |browser, journey| {
        let sync = journey.words.say("form.sync");
        journey.hands.click(sync).await?;
        browser.find(Role::Button, journey.words.say("run.cancel")).await?;
        let first = browser.url().await?;
        let run = first.rsplit('/').next().context("a run")?.to_owned();
        // Another window, whose list is from before.
        let integration = browser.client().find(fantoccini::Locator::Css("p.up a")).await?.attr("href").await?;
        let form = integration.context("the integration")?.replace("/edit", "/sync");
        let again = format!(
            "const csrf = document.querySelector('input[name=csrf]').value;
             const sent = await fetch('{form}', {{ method: 'POST', body: new URLSearchParams({{ csrf }}) }});
             return sent.url;"
        );
        let second = browser.script(&format!("return (async () => {{ {again} }})()")).await?;
        ensure!(second.as_str().is_some_and(|url| url.ends_with(&run)), "{second} is not {first}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_run_that_is_cancelled_changes_nothing() -> Result<()> {
    with_an_integration("cancelled", &["busy=20@employees:2x3"], async |browser, journey| {
        journey.hands.click(journey.words.say("form.sync")).await?;
        journey.hands.click(journey.words.say("run.cancel")).await?;
        browser.see(journey.words.say("run-sentence.cancelled")).await?;
        browser.ensure_accessible().await
    })
    .await
}

#[tokio::test]
async fn everything_works_without_scripts() -> Result<()> {
    with_an_integration("without-scripts", &[BUSY], async |browser, journey| {
        browser.allow_scripts(false).await?;
        journey.hands.click(journey.words.say("form.preview")).await?;
        browser.find(Role::Button, journey.words.say("approve.discard")).await?;
        browser.screenshot("without-scripts").await?;
        journey.hands.click(journey.words.say("approve.discard")).await?;
        browser.see(journey.words.say("run-sentence.discarded")).await
    })
    .await
}

#[tokio::test]
async fn a_page_that_fetches_itself_takes_no_message_away_from_the_next_one() -> Result<()> {
    with_an_integration("message", &[], async |browser, journey| {
        let leave = "return (async () => {
            const csrf = document.querySelector('input[name=csrf]').value;
            await fetch('/sign-out', { method: 'POST', body: new URLSearchParams({ csrf }), redirect: 'manual' });
            return (await fetch('/sign-in')).ok;
        })()";
        ensure!(browser.script(leave).await? == true, "the page that comes next is there");
        browser.goto(&journey.stage.url("/sign-in")).await?;
        browser.see(journey.words.say("flash.signed-out")).await
    })
    .await
}
