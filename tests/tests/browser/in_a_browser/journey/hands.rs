//! A person at the pages: with a mouse, or with a keyboard and nothing else.

use anyhow::{Context as _, Result, bail, ensure};
use whole_system_tests::browser::{Browser, Key, Role, Viewport, is_called};

/// No page has more things to tab through.
const MOST_STEPS: usize = 300;

/// What somebody uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum With {
    /// Clicks, and typing into what was clicked.
    Mouse,
    /// Tab, Enter, space, arrows.
    Keyboard,
}

/// Somebody at a browser.
pub struct Hands<'b> {
    /// The browser.
    pub browser: &'b Browser,
    with: With,
    /// What the pictures of this journey are called; none are taken without it.
    journey: Option<String>,
}

impl<'b> Hands<'b> {
    /// Somebody who looks through a window of this size.
    pub async fn at(browser: &'b Browser, with: With, viewport: Viewport, tag: &str) -> Result<Self> {
        browser.look_through(viewport).await?;
        Ok(Self { browser, with, journey: Some(format!("journey-{tag}-{}", viewport.name())) })
    }

    /// Somebody with a mouse who is in a hurry: another journey has looked at these pages.
    #[must_use]
    pub fn hurried(browser: &'b Browser) -> Self {
        Self { browser, with: With::Mouse, journey: None }
    }

    /// Follows a link or presses a button.
    pub async fn click(&self, name: &str) -> Result<()> {
        match self.with {
            With::Mouse => self.browser.click(name).await,
            With::Keyboard => self.go_to(Role::Action, name, &[Key::Enter]).await,
        }
    }

    /// Follows an entry of the navigation: a page may have another link of that name.
    pub async fn visit(&self, entry: &str) -> Result<()> {
        match self.with {
            With::Mouse => self.browser.click_within("nav", entry).await,
            With::Keyboard => {
                self.browser.within("nav", Role::Link, entry).await?;
                self.browser.tab_to(Role::Link, entry).await?;
                self.browser.press(&[Key::Enter]).await
            }
        }
    }

    /// Writes into a field, in place of what is in it.
    pub async fn fill(&self, label: &str, value: &str) -> Result<()> {
        match self.with {
            With::Mouse => self.browser.fill(label, value).await,
            With::Keyboard => {
                self.go_to(Role::Field, label, &[]).await?;
                self.browser.press_with(Key::Control, 'a').await?;
                self.browser.type_text(value).await
            }
        }
    }

    /// Chooses from a list, by an option's text.
    pub async fn choose(&self, label: &str, option: &str) -> Result<()> {
        match self.with {
            With::Mouse => self.browser.choose(label, option).await,
            With::Keyboard => {
                self.go_to(Role::Field, label, &[]).await?;
                self.browser.type_text(option).await
            }
        }
    }

    /// Ticks a box, or takes one of several choices.
    pub async fn tick(&self, label: &str) -> Result<()> {
        let field = self.browser.find(Role::Field, label).await?;
        match (self.with, field.attr("type").await?.as_deref()) {
            (With::Mouse, _) => Ok(field.click().await?),
            (With::Keyboard, Some("radio")) => self.take(&field.attr("name").await?.context("its group")?, label).await,
            (With::Keyboard, _) => self.go_to(Role::Field, label, &[Key::Space]).await,
        }
    }

    /// Tab into a group of choices, and arrows inside.
    async fn take(&self, group: &str, label: &str) -> Result<()> {
        let has_focus = format!("return document.activeElement.name === '{group}'");
        for _ in 0..MOST_STEPS {
            self.browser.press(&[Key::Tab]).await?;
            if self.browser.script(&has_focus).await? == true {
                if !is_called(&self.browser.focus().await?.name, label) {
                    self.browser.press_until(Key::Down, Role::Field, label).await?;
                }
                return self.browser.press(&[Key::Space]).await;
            }
        }
        bail!("Tab never came to the choices of {group}")
    }

    /// Tab up to a thing, and then keys on it.
    async fn go_to(&self, role: Role, name: &str, keys: &[Key]) -> Result<()> {
        // It may still be on its way.
        self.browser.find(role, name).await?;
        self.browser.tab_to(role, name).await?;
        self.browser.press(keys).await
    }

    /// Looks at a page as a whole: it breaks no rule of accessibility, and nobody has to scroll sideways.
    pub async fn look(&self, page: &str) -> Result<()> {
        let Some(journey) = &self.journey else { return Ok(()) };
        self.browser.screenshot(&format!("{journey}-{page}")).await?;
        self.browser.ensure_accessible().await.with_context(|| page.to_owned())?;
        let overflow = self.browser.overflow().await?;
        ensure!(overflow.is_empty(), "{page} is wider than its window: {}", overflow.join(", "));
        Ok(())
    }
}
