//! Starting a browser for a test, and what is said when the test fails.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::Browser;
use super::console::Console;
use super::driver::Driver;
use super::wait::PATIENCE;
use crate::programs::BROWSER;

/// How many tests have browsers at the same time: each takes some hundred megabytes.
static TESTS: Semaphore = Semaphore::const_new(3);

/// Beside those of a machine without a screen: nothing is fetched that a page did not ask for, and only this machine
/// answers.
const FLAGS: [&str; 15] = [
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-features=MediaRouter,OptimizationHints,Translate",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/// A browser to be started.
#[derive(Debug, Clone)]
pub struct Chromium {
    name: String,
    language: String,
    patience: Duration,
}

impl Chromium {
    /// One for the test of this name. Its pictures bear the name too.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), language: "en".to_owned(), patience: PATIENCE }
    }

    /// What the browser asks pages for, such as `de-AT,de`; otherwise English.
    #[must_use]
    pub fn language(mut self, language: &str) -> Self {
        language.clone_into(&mut self.language);
        self
    }

    /// For how long a step is tried; otherwise a minute.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts it and lets a test use it. If the test fails, the error shows the page and names a picture of it; if it does
    /// not, anything left in the console is the failure.
    ///
    /// # Errors
    /// Those of the test; and when there is no browser, with what to type.
    pub async fn run<T>(self, test: impl AsyncFnOnce(&Browser) -> Result<T>) -> Result<T> {
        let _permit = TESTS.acquire().await?;
        let browser = self.start().await?;
        match test(&browser).await {
            Ok(value) => browser.finish().await.map(|()| value),
            Err(error) => Err(browser.explain(error).await),
        }
    }

    /// Starts it beside another one that a test has already. Its console is not looked at when it ends: do so with
    /// [`Browser::finish`].
    ///
    /// # Errors
    /// When there is no browser, with what to type.
    pub async fn start(self) -> Result<Browser> {
        let programs = BROWSER.find(std::env::var_os("PATH").as_deref())?;
        let [browser, driver] = programs.as_slice() else { bail!("a browser and its driver are needed") };
        let driver = Driver::start(driver)?;
        let capabilities = self.capabilities(browser, &driver)?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&driver.origin).await;
        let client = client.context("the browser does not start")?;
        Ok(Browser { name: self.name, patience: self.patience, client, console: Console::default(), _driver: driver })
    }

    fn capabilities(&self, browser: &Path, driver: &Driver) -> Result<Map<String, Value>> {
        let profile = driver.profile()?;
        let mut flags: Vec<String> = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", profile.display()));
        flags.push(format!("--lang={0}", self.language.split(',').next().unwrap_or_default()));
        flags.push(format!("--accept-lang={}", self.language));
        flags.extend(driver.is_root().then(|| "--no-sandbox".to_owned()));
        let capabilities = json!({
            "goog:chromeOptions": {
                "binary": browser,
                "args": flags,
                "prefs": { "intl.accept_languages": self.language },
            },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "script": 120_000, "pageLoad": 120_000, "implicit": 0 },
        });
        serde_json::from_value(capabilities).map_err(Into::into)
    }
}

impl Browser {
    /// Ends it, after a look into its console.
    ///
    /// # Errors
    /// When the console holds something.
    pub async fn finish(&self) -> Result<()> {
        let left = self.console().await?;
        let lines: Vec<String> = left.iter().map(ToString::to_string).collect();
        ensure!(lines.is_empty(), "the browser's console of `{}` holds\n{}", self.name, lines.join("\n"));
        Ok(())
    }

    /// An error together with the page that it happened on.
    async fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        let page = self.describe().await.unwrap_or_else(|gone| format!("The page cannot be shown: {gone:#}"));
        anyhow!("{error:#}\n{page}")
    }

    async fn describe(&self) -> Result<String> {
        let (url, title, text) = (self.url().await?, self.title().await?, self.text().await?);
        let console: Vec<String> = self.console().await?.iter().map(|entry| format!("\nConsole: {entry}")).collect();
        let picture =
            self.screenshot(&format!("failed-{}", self.name)).await.map(|file: PathBuf| file.display().to_string());
        let picture = picture.unwrap_or_else(|error| format!("none: {error:#}"));
        Ok(format!("Page: {url}\nTitle: {title}\nText: {text}\nPicture: {picture}{}", console.concat()))
    }
}
