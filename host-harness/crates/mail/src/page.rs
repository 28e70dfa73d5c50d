//! The frame that every HTML mail shares: document, styles, card, footer.
//!
//! Mail programs are not browsers. So: tables for layout, every style inline, and one small style sheet for what cannot
//! be inline (dark mode, narrow screens). A program that drops the style sheet still shows a good mail. Nothing is loaded
//! from anywhere. A template engine was rejected: there are two mails, and escaping in one place is easier to trust.

use connector_settings::Language;

/// What a mail's colour says at a glance. The words say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// All is well.
    Good,
    /// Somebody should look.
    Attention,
    /// Something is broken.
    Bad,
}

impl Tone {
    /// The class that dark mode recolours.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Attention => "warn",
            Self::Bad => "bad",
        }
    }

    /// Text on a light ground, and that ground; at least 4.5:1 (WCAG AA).
    pub const fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Good => ("#0b6b3a", "#e4f5ec"),
            Self::Attention => ("#8a4b00", "#fdf0dc"),
            Self::Bad => ("#a3161d", "#fdeaea"),
        }
    }
}

/// A mail's frame.
pub(super) struct Page<'a> {
    /// The `lang` attribute.
    pub language: Language,
    /// The document's title.
    pub title: &'a str,
    /// What a mail program shows beside the subject.
    pub preview: &'a str,
    /// The colour of the label.
    pub tone: Tone,
    /// The small label over the headline.
    pub label: &'a str,
    /// The headline.
    pub headline: &'a str,
    /// What is between headline and footer, as HTML.
    pub body: &'a str,
    /// What stands under the card, as HTML.
    pub footer: &'a str,
}

const STYLE: &str = "\
:root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (prefers-color-scheme:dark){\
.ground{background:#14171c!important}\
.card{background:#1f242c!important;border-color:#333b47!important}\
.ink,.ink td,h1,h2{color:#eef1f5!important}\
.soft,.soft td,td.soft{color:#aab4c2!important}\
.line{border-color:#333b47!important}\
.box{background:#272e38!important}\
.code{background:#11151a!important;color:#e6ebf2!important;border-color:#333b47!important}\
.good{background:#12392a!important;color:#8fe3b6!important}\
.warn{background:#42300f!important;color:#ffcf87!important}\
.bad{background:#4a1d20!important;color:#ffb3b3!important}\
.good-edge{border-left-color:#8fe3b6!important}\
.warn-edge{border-left-color:#ffcf87!important}\
.bad-edge{border-left-color:#ffb3b3!important}\
}\
@media (max-width:480px){\
.outer{padding:0!important}\
.card{border-radius:0!important;border-left:0!important;border-right:0!important}\
.pad{padding-left:20px!important;padding-right:20px!important}\
h1{font-size:22px!important;line-height:28px!important}\
}";

/// The font every table cell repeats: cells do not inherit in every mail program.
pub(super) const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;";

/// The whole document.
pub(super) fn page(page: &Page<'_>) -> String {
    let (colour, ground) = page.tone.colours();
    let lang = match page.language {
        Language::De => "de",
        Language::En => "en",
    };
    format!(
        r#"<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body class="ground" style="margin:0;padding:0;background:#eef1f5;">
<div style="display:none;max-height:0;overflow:hidden;">{preview}</div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" style="background:#eef1f5;">
<tr><td class="outer" align="center" style="padding:28px 12px;">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff;border:1px solid #dce1e8;border-radius:14px;border-collapse:separate;">
<tr><td class="pad" style="{FONT}padding:30px 36px 0;">
<span class="{class}" style="display:inline-block;background:{ground};color:{colour};font-size:13px;line-height:18px;font-weight:600;padding:4px 12px;border-radius:12px;">{label}</span>
<h1 style="margin:14px 0 0;font-size:25px;line-height:32px;font-weight:700;color:#16202e;">{headline}</h1>
</td></tr>
{body}
<tr><td style="font-size:0;line-height:0;height:30px;">&nbsp;</td></tr>
</table>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;">
<tr><td class="pad soft" style="{FONT}padding:18px 36px 8px;font-size:12px;line-height:19px;color:#5b6675;">{footer}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"#,
        title = escape(page.title),
        preview = escape(page.preview),
        class = page.tone.class(),
        label = escape(page.label),
        headline = escape(page.headline),
        body = page.body,
        footer = page.footer,
    )
}

/// Text as HTML, safe between tags and inside a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn s26_markup_is_shown_and_not_obeyed() {
        assert_eq!(escape(r#"<b onclick="x('&')">"#), "&lt;b onclick=&quot;x(&#39;&amp;&#39;)&quot;&gt;");
    }
}
