//! Waiting: a page that a script changes is not ready when it is loaded. Nothing here is a measurement, so the time is
//! generous, and a step that succeeds costs none of it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use fantoccini::error::CmdError;

use super::{Browser, in_one_line};

/// How long a step may take on a machine that does other things.
pub const PATIENCE: Duration = Duration::from_mins(1);

const INTERVAL: Duration = Duration::from_millis(40);

impl Browser {
    /// Tries a step until it succeeds. Its errors are those of a page that is being changed, until time is up.
    ///
    /// # Errors
    /// The last one, with what was waited for.
    pub async fn wait_for<T>(&self, what: &str, step: impl AsyncFn() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        loop {
            let error = match step().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if start.elapsed() > self.patience || is_final(&error) {
                return Err(error).with_context(|| format!("waited in vain for {what}"));
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Waits until one can see a text; spaces and line breaks are alike.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn see(&self, text: &str) -> Result<()> {
        let wanted = in_one_line(text);
        self.wait_for(&format!("the text `{text}`"), async || {
            ensure!(self.text().await?.contains(&wanted), "it is not on the page");
            Ok(())
        })
        .await
    }

    /// Waits until one can no longer see a text.
    ///
    /// # Errors
    /// When it stays.
    pub async fn see_no_more(&self, text: &str) -> Result<()> {
        let unwanted = in_one_line(text);
        self.wait_for(&format!("the text `{text}` to go"), async || {
            ensure!(!self.text().await?.contains(&unwanted), "it is on the page");
            Ok(())
        })
        .await
    }

    /// Waits until the page's address ends like this.
    ///
    /// # Errors
    /// When it does not.
    pub async fn be_at(&self, end: &str) -> Result<()> {
        self.wait_for(&format!("an address that ends in {end}"), async || {
            let url = self.url().await?;
            ensure!(url.ends_with(end), "it is {url}");
            Ok(())
        })
        .await
    }
}

/// True if trying again cannot help: the browser is gone.
fn is_final(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<CmdError>(), Some(CmdError::Lost(_) | CmdError::Failed(_)))
        || error.downcast_ref::<CmdError>().is_some_and(CmdError::is_invalid_session_id)
}
