//! Where a redirect leads, and what of the request may go there.
//!
//! Pure. Transports never follow a redirect: the gateway does, so that each hop is judged like a first request.

use url::Url;

use super::{Authorization, HttpError, Inbound, Method, Origin, Outbound, OutboundBody, Value};

/// The request that follows from a redirect; none if the answer is not one.
///
/// Methods are rewritten as RFC 9110, 15.4 has it. Another origin never gets the authorization.
///
/// # Errors
/// When the target cannot be read, or a body with a secret would lead to another origin: [`HttpError::Denied`], also where
/// the rewritten request would have no body, since a login that moves house is for a person to look at.
pub(super) fn next(request: &Outbound, answer: &Inbound) -> Result<Option<Outbound>, HttpError> {
    let Some(target) = target(request, answer)? else { return Ok(None) };
    let mut next = Outbound { url: target, ..request.clone() };
    let (from, to) = (Origin::of(&request.url), Origin::of(&next.url));
    if from != to {
        if has_secret(&request.body) {
            let origin = to.map_or_else(|| format!("a `{}:` URL", next.url.scheme()), |origin| origin.to_string());
            return Err(HttpError::Denied(format!("a request with a secret in its body was redirected to {origin}")));
        }
        next.authorization = Authorization::None;
    }
    let method = rewritten(answer.status, request.method);
    if method != request.method {
        next.method = method;
        next.body = OutboundBody::Empty;
        next.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
    }
    Ok(Some(next))
}

fn target(request: &Outbound, answer: &Inbound) -> Result<Option<Url>, HttpError> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some((_, location)) = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location")) else {
        return Ok(None);
    };
    let mut target = request
        .url
        .join(location)
        .map_err(|error| HttpError::Other(format!("the response redirects to an invalid URL: {error}")))?;
    target.set_fragment(None);
    Ok(Some(target))
}

const fn rewritten(status: u16, method: Method) -> Method {
    match (status, method) {
        (303, Method::Head) => Method::Head,
        (303, _) | (301 | 302, Method::Post) => Method::Get,
        _ => method,
    }
}

fn has_secret(body: &OutboundBody) -> bool {
    matches!(body, OutboundBody::Form(fields) if fields.iter().any(|(_, value)| matches!(value, Value::Secret(_))))
}
