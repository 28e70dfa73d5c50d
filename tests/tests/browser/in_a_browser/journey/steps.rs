//! What an operator and an admin do at the pages, step by step. Each step ends with something that one can see.

use anyhow::{Context as _, Result};
use whole_system_tests::browser::{Browser, Role};

use super::hands::Hands;
use super::stage::{LEFT_OUT, NEW, OPERATOR, RETURNED, Stage};
use super::words::Words;

const PASSWORD: &str = "a sentence that nobody guesses";
/// What the integration is called.
pub const INTEGRATION: &str = "Personio Acme";
const REASON: &str = "She is back";

/// Somebody's way through the pages.
pub struct Journey<'j> {
    /// The service and its source.
    pub stage: &'j Stage,
    /// The language.
    pub words: &'j Words,
    /// Who is there, and how.
    pub hands: Hands<'j>,
    /// The customer.
    pub tenant: &'static str,
    /// The customer's admin.
    pub admin: &'static str,
}

impl Journey<'_> {
    fn browser(&self) -> &Browser {
        self.hands.browser
    }

    fn say(&self, key: &str) -> &str {
        self.words.say(key)
    }

    async fn click(&self, key: &str) -> Result<()> {
        self.hands.click(self.say(key)).await
    }

    async fn see(&self, key: &str) -> Result<()> {
        self.browser().see(self.say(key)).await
    }

    async fn sets_a_password(&self) -> Result<()> {
        self.hands.fill(self.say("field.new-password"), PASSWORD).await?;
        self.hands.fill(self.say("field.password-again"), PASSWORD).await?;
        self.click("welcome.submit").await
    }

    /// Gives the link for the tenant's admin.
    pub async fn operator_sets_up_a_tenant(&self, link: &str) -> Result<String> {
        self.browser().goto(link).await?;
        self.see("welcome.title").await?;
        self.hands.look("welcome").await?;
        self.sets_a_password().await?;
        self.see("tenants.empty-title").await?;
        self.hands.look("tenants-empty").await?;
        self.operator_adds_a_tenant().await
    }

    /// The operator comes back, by the password.
    pub async fn operator_signs_in(&self) -> Result<()> {
        self.browser().goto(&self.stage.url("/sign-in")).await?;
        self.signs_in(OPERATOR).await?;
        self.see("tenants.new").await
    }

    /// There and back. Each language is named in its own words.
    async fn switches_the_language(&self) -> Result<()> {
        let (own, other, words) = match self.words.tag {
            "de" => ("Deutsch", "English", Words::of("en")?),
            _ => ("English", "Deutsch", Words::of("de")?),
        };
        self.hands.click(other).await?;
        self.browser().see(words.say("sign-in.lost")).await?;
        self.hands.click(own).await?;
        self.see("sign-in.lost").await
    }

    async fn signs_in(&self, email: &str) -> Result<()> {
        self.hands.fill(self.say("field.email"), email).await?;
        self.hands.fill(self.say("field.password"), PASSWORD).await?;
        self.click("sign-in.submit").await
    }

    /// Likewise, for an operator who is signed in; they sign out.
    pub async fn operator_adds_a_tenant(&self) -> Result<String> {
        self.hands.fill(self.say("tenants.name"), self.tenant).await?;
        self.hands.fill(self.say("tenants.email"), self.admin).await?;
        let language = if self.words.tag == "de" { "Deutsch" } else { "English" };
        self.hands.choose(self.say("field.language"), language).await?;
        self.click("tenants.submit").await?;
        self.browser().see(&self.words.tell("link.title", &[("email", self.admin)])).await?;
        self.hands.look("tenant-created").await?;
        let invitation = self.browser().value(self.say("link.label")).await?;
        let row = self
            .browser()
            .within("table", Role::Link, self.tenant)
            .await?
            .attr("href")
            .await?
            .context("the tenant's page")?;
        self.stage.give_accounts(row.rsplit('/').next().context("the tenant's ID")?)?;
        self.hands.visit(self.say("nav.connectors")).await?;
        self.see("connectors.lead").await?;
        self.hands.look("connectors").await?;
        self.hands.visit(self.say("nav.audit")).await?;
        self.see("audit.whole").await?;
        self.hands.look("audit").await?;
        self.click("shell.sign-out").await?;
        self.see("flash.signed-out").await?;
        Ok(invitation)
    }

    pub async fn admin_signs_in(&self, invitation: &str) -> Result<()> {
        self.browser().goto(invitation).await?;
        self.sets_a_password().await?;
        self.see("integrations.empty-title").await?;
        self.hands.look("integrations-empty").await?;
        // The way back in, by the password.
        self.click("shell.sign-out").await?;
        self.see("flash.signed-out").await?;
        self.hands.look("sign-in").await?;
        self.switches_the_language().await?;
        self.signs_in(self.admin).await?;
        self.see("integrations.empty-title").await
    }

    pub async fn admin_sets_up_an_integration(&self) -> Result<()> {
        self.admin_fills_in_the_form().await?;
        self.click("form.test").await?;
        self.see("test.passed").await?;
        self.hands.look("form-tested").await
    }

    /// A form that is complete, and not yet sent.
    pub async fn admin_fills_in_the_form(&self) -> Result<()> {
        let german = self.words.tag == "de";
        self.click("integrations.new").await?;
        self.see("form.lead-new").await?;
        self.hands.look("form-new").await?;
        // A browser notes every answer that is no success.
        self.browser().expect_in_console("status of 422");
        self.click("form.preview").await?;
        // What is missing is said at the top and at its field.
        self.see("error.required").await?;
        self.hands.look("form-errors").await?;
        self.hands.fill(self.say("form.name"), INTEGRATION).await?;
        self.hands.fill(if german { "Client-ID" } else { "Client ID" }, personio_mock::CLIENT_ID).await?;
        self.hands.fill(if german { "Client-Secret" } else { "Client secret" }, personio_mock::CLIENT_SECRET).await?;
        let endpoint = self.words.optional(if german { "Endpunkt" } else { "Endpoint" });
        self.hands.fill(&endpoint, &self.stage.source.origin()).await?;
        self.hands.tick(self.say("form.send-invitations")).await?;
        self.hands.tick(self.say("group.department")).await?;
        self.hands.click(&format!("{}…", self.say("form.mail"))).await?;
        let recipient = self.words.tell("form.nth", &[("label", self.say("form.mail-to")), ("number", "1")]);
        self.hands.fill(&recipient, self.admin).await
    }

    pub async fn admin_discards_a_plan(&self) -> Result<()> {
        // The secret was not sent back, and is not lost either.
        let secret = if self.words.tag == "de" { "Client-Secret" } else { "Client secret" };
        if self.browser().value(secret).await?.is_empty() {
            self.hands.fill(secret, personio_mock::CLIENT_SECRET).await?;
        }
        self.click("form.preview").await?;
        self.browser().find(Role::Button, self.say("approve.discard")).await?;
        self.browser().see(NEW.1).await?;
        self.hands.look("preview").await?;
        self.click("approve.discard").await?;
        self.see("run-sentence.discarded").await?;
        self.hands.look("discarded").await
    }

    pub async fn admin_approves_a_plan(&self) -> Result<()> {
        self.syncs().await?;
        self.see("run-sentence.needs-approval").await?;
        self.hands.look("needs-approval").await?;
        let confirm = self.words.begin("approve.confirm");
        let fields = self.browser().names(Role::Field).await?;
        let label =
            fields.iter().find(|name| name.starts_with(confirm.trim_end_matches('…'))).context("a confirmation")?;
        let steps: String = label.chars().filter(char::is_ascii_digit).collect();
        self.hands.fill(label, &steps).await?;
        self.click("approve.submit").await?;
        self.see("run-sentence.done").await?;
        self.see("mail.title").await?;
        self.hands.look("done").await?;
        self.click("mail.show").await?;
        self.hands.look("mail").await
    }

    pub async fn admin_asks_why(&self) -> Result<()> {
        self.hands.visit(self.say("nav.people")).await?;
        self.browser().see(NEW.1).await?;
        self.hands.look("people").await?;
        self.hands.fill(self.say("people.q"), LEFT_OUT).await?;
        self.click("people.submit").await?;
        self.hands.click(LEFT_OUT).await?;
        self.click("why.ask").await?;
        self.see("why.asked").await?;
        self.see("why.next-nothing").await?;
        self.hands.look("why-left-out").await?;
        self.hands.visit(self.say("nav.people")).await?;
        self.hands.click(NEW.1).await?;
        self.see("why.created-by-sync").await?;
        self.hands.look("why").await
    }

    pub async fn admin_decides_a_conflict(&self) -> Result<()> {
        self.hands.visit(&format!("{}…", self.say("nav.conflicts"))).await?;
        self.browser().see(RETURNED.1).await?;
        self.hands.look("conflicts").await?;
        let choice = self.words.tell("choice.same-person", &[("to", RETURNED.0)]);
        self.hands.tick(&format!("{choice}…")).await?;
        self.hands.fill(self.say("conflicts.reason"), REASON).await?;
        self.click("conflicts.submit").await?;
        self.see("flash.resolved").await?;
        self.see("conflicts.empty-title").await?;
        self.hands.look("conflicts-empty").await?;
        self.syncs().await?;
        self.see("run-sentence.nothing-to-do").await?;
        self.hands.look("nothing-to-do").await
    }

    /// Starts a sync from the list; it is on the page.
    pub async fn syncs(&self) -> Result<()> {
        self.hands.visit(self.say("nav.integrations")).await?;
        self.hands.click(&format!("{} ({INTEGRATION})", self.say("integrations.sync"))).await
    }

    pub async fn admin_looks_back(&self) -> Result<()> {
        self.hands.visit(self.say("nav.history")).await?;
        self.browser().see(INTEGRATION).await?;
        self.hands.look("history").await?;
        self.click("history.decisions").await?;
        self.see("decision.approved").await?;
        self.see("decision.discarded").await?;
        self.browser().see(REASON).await?;
        self.hands.look("decisions").await?;
        // A phone has no room for the address.
        let links = self.browser().names(Role::Link).await?;
        let account =
            links.iter().find(|name| name.ends_with(self.say("shell.account"))).context("the account's page")?;
        self.hands.click(account).await?;
        self.see("account.tokens").await?;
        self.hands.look("account").await?;
        self.click("shell.sign-out").await?;
        self.see("flash.signed-out").await
    }
}
