//! How a page is looked at: through which window, in which colours, with or without scripts; and its picture.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Browser;
use crate::repository;

/// What of a page is wider than the window, unless it scrolls in a part of its own.
const OVERFLOW: &str = r"
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = element => {
        for (let above = element.parentElement; above && above !== document.body; above = above.parentElement) {
            if (getComputedStyle(above).overflowX !== 'visible') return true;
        }
        return false;
    };
    const describe = element => element.tagName.toLowerCase()
        + (element.id ? '#' + element.id : '')
        + [...element.classList].map(name => '.' + name).join('');
    return [...document.body.querySelectorAll('*')]
        .filter(element => element.getBoundingClientRect().right > width + 1 && !scrolls(element))
        .map(describe);
";

/// A window's size, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewport {
    /// 390 × 844, and the page's own word on how wide it wants to be, as on a phone.
    Phone,
    /// 1280 × 900.
    Desktop,
}

impl Viewport {
    /// For a picture's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Desktop => "desktop",
        }
    }

    fn size(self) -> (u32, u32) {
        match self {
            Self::Phone => (390, 844),
            Self::Desktop => (1280, 900),
        }
    }
}

impl Browser {
    /// Makes the window this size, which a real window below 500 pixels could not be.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn look_through(&self, viewport: Viewport) -> Result<()> {
        let (width, height) = viewport.size();
        let mobile = viewport == Viewport::Phone;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.devtools().command("Emulation.setDeviceMetricsOverride", metrics).await.map(drop)
    }

    /// Asks pages for dark colours, or for light ones.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn prefer_dark(&self, dark: bool) -> Result<()> {
        let value = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools().command("Emulation.setEmulatedMedia", features).await.map(drop)
    }

    /// Lets pages run their scripts, or not; from the next page on.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn allow_scripts(&self, allow: bool) -> Result<()> {
        self.devtools().command("Emulation.setScriptExecutionDisabled", json!({ "value": !allow })).await.map(drop)
    }

    /// What is wider than the window, as selectors: nothing, if one need not scroll sideways.
    ///
    /// # Errors
    /// When the browser cannot tell.
    pub async fn overflow(&self) -> Result<Vec<String>> {
        Ok(serde_json::from_value(self.script(OVERFLOW).await?)?)
    }

    /// Takes a picture of the whole page, however long it is: `target/screens/NAME.png`.
    ///
    /// # Errors
    /// When the browser cannot, or it cannot be written.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let devtools = self.devtools();
        let metrics = devtools.command("Page.getLayoutMetrics", json!({})).await?;
        let size = metrics.get("cssContentSize").context("the page's size")?;
        let measure = |name: &str| size.get(name).cloned().with_context(|| format!("the page's {name}"));
        let clip = json!({ "x": 0, "y": 0, "width": measure("width")?, "height": measure("height")?, "scale": 1 });
        let whole = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let picture = devtools.command("Page.captureScreenshot", whole).await?;
        let picture = picture.get("data").and_then(|data| data.as_str()).context("the picture")?;
        let folder = repository().join("target/screens");
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{name}.png"));
        fs::write(&file, STANDARD.decode(picture)?).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }
}
