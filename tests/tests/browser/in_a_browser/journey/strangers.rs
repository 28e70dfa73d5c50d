//! Two customers of one service: neither sees that the other exists.

use anyhow::{Context as _, Result, ensure};
use whole_system_tests::browser::{Browser, Chromium};

use super::hands::Hands;
use super::stage::Stage;
use super::steps::Journey;
use super::words::Words;

/// What a customer's own pages link to, after a sync: their integration, their runs, their people.
async fn own_addresses(browser: &Browser, journey: &Journey<'_>) -> Result<Vec<String>> {
    let mut addresses = Vec::new();
    for entry in ["nav.integrations", "nav.people", "nav.history"] {
        journey.hands.visit(journey.words.say(entry)).await?;
        browser.see(journey.words.say(entry)).await?;
        let script = "return [...document.querySelectorAll('main a[href]')].map(link => link.href)";
        let links: Vec<String> = serde_json::from_value(browser.script(script).await?)?;
        let is_own = |link: &String| ["/integrations/", "/runs/", "/people/"].iter().any(|part| link.contains(part));
        addresses.extend(links.into_iter().filter(|link| is_own(link) && !link.ends_with("/new")));
    }
    addresses.sort();
    addresses.dedup();
    Ok(addresses)
}

/// Somebody else's address looks like one that leads nowhere.
async fn ensure_hidden(browser: &Browser, words: &Words, addresses: &[String], secrets: &[&str]) -> Result<()> {
    for address in addresses {
        browser.goto(address).await?;
        browser.see(words.say("failure.not-found")).await.with_context(|| address.clone())?;
        let text = browser.text().await?;
        let shown = secrets.iter().find(|secret| text.contains(*secret));
        ensure!(shown.is_none(), "{address} shows {shown:?}: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn two_customers_cannot_open_each_others_pages() -> Result<()> {
    let stage = Stage::set(&[]).await?;
    let words = Words::of("en")?;
    Chromium::new("strangers-acme")
        .run(async |acme| {
            let nordwind = Chromium::new("strangers-nordwind").start().await?;
            let here = |browser, tenant, admin| Journey {
                stage: &stage,
                words: &words,
                hands: Hands::hurried(browser),
                tenant,
                admin,
            };
            let first = here(acme, "Acme GmbH", "hr@acme.example");
            let second = here(&nordwind, "Nordwind AG", "people@nordwind.example");
            let invitation = first.operator_sets_up_a_tenant(&stage.service.link).await?;
            second.operator_signs_in().await?;
            let other = second.operator_adds_a_tenant().await?;
            for (journey, invitation) in [(&first, invitation), (&second, other)] {
                journey.admin_signs_in(&invitation).await?;
                journey.admin_sets_up_an_integration().await?;
                journey.admin_discards_a_plan().await?;
            }
            let (ours, theirs) = (own_addresses(acme, &first).await?, own_addresses(&nordwind, &second).await?);
            ensure!(ours.len() > 5 && theirs.len() > 5, "too little to try: {ours:?} {theirs:?}");
            acme.expect_in_console("status of 404");
            nordwind.expect_in_console("status of 404");
            ensure_hidden(acme, &words, &theirs, &["Nordwind", "Karla"]).await?;
            ensure_hidden(&nordwind, &words, &ours, &["Acme", "Karla"]).await?;
            // The reader's own are still there.
            let own = ours.first().context("an address")?;
            acme.goto(own).await?;
            acme.see_no_more(words.say("failure.not-found")).await?;
            nordwind.finish().await
        })
        .await
}
