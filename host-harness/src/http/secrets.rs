//! To be written.

/// x
pub struct SecretHandle;
/// x
pub struct Vault;
