//! To be written.

/// x
pub struct Gateway;
/// x
pub struct HttpLimits;
