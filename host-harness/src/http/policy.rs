//! To be written.

/// x
pub struct EgressPolicy;
