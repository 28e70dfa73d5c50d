//! The reader's own account.

use jiff::Timestamp;

use super::{FieldError, Input};

/// `/account`.
///
/// Forms: POST `/account/password` (`current`, `password`, `password-again`), `/account/tokens` (`name`),
/// `/account/tokens/{id}/revoke`, `/account/sessions/end` (sign out everywhere else).
#[derive(Clone, Default)]
pub struct AccountPage {
    /// The reader's address.
    pub email: String,
    /// What is wrong with the password form.
    pub password: PasswordForm,
    /// Their tokens.
    pub tokens: Vec<TokenRow>,
    /// The form for another.
    pub token_name: Input,
    /// A token that was just made, shown once.
    pub created_token: Option<String>,
    /// Other browsers in which the reader is signed in.
    pub other_sessions: u64,
}

/// What is wrong with the password form.
#[derive(Debug, Clone, Default)]
pub struct PasswordForm {
    /// With the current password.
    pub current: Option<FieldError>,
    /// With the new one.
    pub password: Option<FieldError>,
    /// With its repetition.
    pub again: Option<FieldError>,
}

/// A token of the API.
#[derive(Clone, Default)]
pub struct TokenRow {
    /// Its ID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
}
