//! A browser for the tests of the pages: Chromium, driven as a person would, by names and keys that are on the page.
//!
//! [`Chromium`] starts one and hands it to a test as a [`Browser`]. Things are found by the name that the browser's own
//! accessibility tree gives them ([`find`]), so that what a screen reader cannot name, a test cannot use. Every step waits
//! until it can be done. When the test ends, whatever the page told the console is an error ([`console`]), and whatever
//! was started is ended ([`driver`]), also in a panic. [`axe`] looks for what keeps people out.
//!
//! The browser can reach this machine only. Selenium's own manager was rejected, because it downloads; Playwright, because
//! it brings browsers that no distribution mends.

pub mod axe;
pub mod console;
mod devtools;
mod driver;
mod find;
mod keyboard;
mod start;
mod view;
mod wait;

use std::time::Duration;

use anyhow::Result;
use fantoccini::Client;
use serde_json::Value;

use self::console::Console;
use self::devtools::Devtools;
pub use self::find::{Role, is_called};
pub use self::keyboard::Focus;
pub use self::start::Chromium;
pub use self::view::Viewport;
pub use fantoccini::key::Key;

/// One browser with one page, and a profile of its own: no other one's cookies.
pub struct Browser {
    name: String,
    patience: Duration,
    client: Client,
    console: Console,
    // The last field: what the others talk to is ended after them.
    _driver: driver::Driver,
}

impl Browser {
    /// Opens a page, and waits until it is loaded.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn goto(&self, url: &str) -> Result<()> {
        Ok(self.client.goto(url).await?)
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn reload(&self) -> Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// The page's address.
    ///
    /// # Errors
    /// When the browser cannot tell.
    pub async fn url(&self) -> Result<String> {
        Ok(self.client.current_url().await?.into())
    }

    /// The page's title.
    ///
    /// # Errors
    /// When the browser cannot tell.
    pub async fn title(&self) -> Result<String> {
        Ok(self.client.title().await?)
    }

    /// The text that one can see, with single spaces.
    ///
    /// # Errors
    /// When the browser cannot tell.
    pub async fn text(&self) -> Result<String> {
        let text = self.script("return document.body ? document.body.innerText : ''").await?;
        Ok(in_one_line(text.as_str().unwrap_or_default()))
    }

    /// Runs a script in the page, whatever its Content-Security-Policy says, and gives what it returns.
    ///
    /// # Errors
    /// When the script throws.
    pub async fn script(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// What the console holds since it was last asked, without what was expected.
    ///
    /// # Errors
    /// When the browser cannot tell.
    pub async fn console(&self) -> Result<Vec<console::Entry>> {
        self.console.take(&self.devtools()).await
    }

    /// Lets the console say something that would otherwise be an error, such as `404`.
    pub fn expect_in_console(&self, part: &str) {
        self.console.expect(part);
    }

    /// The driver's client, for what has no method here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn devtools(&self) -> Devtools<'_> {
        Devtools::new(&self.client)
    }
}

/// A text with single spaces, as a reader compares texts.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
