//! The style sheet, the script and the mark, to be served under `{base}/assets/`.

/// One asset.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its name in the path.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// All of them.
pub const ALL: [Asset; 3] = [
    Asset { name: "app.css", media_type: "text/css; charset=utf-8", text: include_str!("../assets/app.css") },
    Asset { name: "app.js", media_type: "text/javascript; charset=utf-8", text: include_str!("../assets/app.js") },
    Asset { name: "mark.svg", media_type: "image/svg+xml", text: include_str!("../assets/mark.svg") },
];

/// The policy that every page is to be sent with.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'";
