//! The pages before signing in, and errors.

use super::{FieldError, Input};

/// `/sign-in`.
#[derive(Clone, Default)]
pub struct SignInPage {
    /// The address as it was entered.
    pub email: String,
    /// Why it did not work.
    pub error: Option<SignInError>,
    /// The path to go to afterwards, as a hidden field `next`.
    pub next: Option<String>,
}

/// Why signing in did not work. Whether the address exists is never said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInError {
    /// Address or password are wrong.
    Wrong,
    /// Too many attempts: wait for so many seconds.
    TooMany(u64),
    /// The session is over.
    Expired,
}

/// `/welcome/{token}`: fields `password` and `password-again`.
#[derive(Clone, Default)]
pub struct WelcomePage {
    /// The token of the link.
    pub token: String,
    /// Whom it is for.
    pub email: String,
    /// What the reader's tenant is called.
    pub tenant: Option<String>,
    /// True if there was a password before.
    pub is_reset: bool,
    /// What is wrong with the password.
    pub password_error: Option<FieldError>,
    /// What is wrong with its repetition.
    pub again_error: Option<FieldError>,
    /// What else, such as an address that was entered.
    pub email_input: Option<Input>,
}

/// A page instead of the one that was asked for.
#[derive(Debug, Clone, Default)]
pub struct ErrorPage {
    /// Which.
    pub kind: ErrorKind,
    /// What to tell support: the request's ID.
    pub reference: Option<String>,
    /// More about it, shown as it is.
    pub detail: Option<String>,
}

/// What can go wrong with a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 400: the request cannot be understood.
    BadRequest,
    /// 403: the reader may not do this, or the form is too old.
    Forbidden,
    /// 403: the form's token does not fit: it is too old.
    FormExpired,
    /// 404: there is no such page, or it is another tenant's.
    #[default]
    NotFound,
    /// 405: the page cannot be used like this.
    MethodNotAllowed,
    /// 409: somebody else was faster.
    Conflict,
    /// 410: the one-time link was used, or is too old.
    LinkExpired,
    /// 413: the form is too large.
    TooLarge,
    /// 429: too many requests.
    TooManyRequests,
    /// 500: a fault of the service.
    Internal,
    /// 503: the service starts or ends.
    Unavailable,
}

impl ErrorKind {
    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden | Self::FormExpired => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::LinkExpired => 410,
            Self::TooLarge => 413,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}
