//! From the operator's first sign-in to the mail, the answer about one person, and the conflict that a person decides.

use anyhow::{Context as _, Result};
use whole_system_tests::browser::{Chromium, Viewport};

use super::hands::{Hands, With};
use super::stage::Stage;
use super::steps::Journey;
use super::words::Words;

#[tokio::test]
async fn a_customer_goes_from_the_invitation_to_the_mail_on_a_phone_in_german() -> Result<()> {
    travel("journey-phone", "de", With::Mouse, Viewport::Phone).await
}

#[tokio::test]
async fn a_customer_goes_from_the_invitation_to_the_mail_by_keyboard_alone_in_english() -> Result<()> {
    travel("journey-keyboard", "en", With::Keyboard, Viewport::Desktop).await
}

async fn travel(name: &str, tag: &'static str, with: With, viewport: Viewport) -> Result<()> {
    let stage = Stage::set(&[]).await?;
    let words = Words::of(tag)?;
    Chromium::new(name)
        .language(tag)
        .run(async |browser| {
            let hands = Hands::at(browser, with, viewport, tag).await?;
            let journey =
                Journey { stage: &stage, words: &words, hands, tenant: "Acme GmbH", admin: "hr@acme.example" };
            let invitation = journey.operator_sets_up_a_tenant(&stage.service.link).await.context("the operator")?;
            journey.admin_signs_in(&invitation).await.context("signing in")?;
            journey.admin_sets_up_an_integration().await.context("setting up")?;
            journey.admin_discards_a_plan().await.context("discarding")?;
            journey.admin_approves_a_plan().await.context("approving")?;
            journey.admin_asks_why().await.context("asking why")?;
            journey.admin_decides_a_conflict().await.context("deciding")?;
            journey.admin_looks_back().await.context("looking back")
        })
        .await
}
