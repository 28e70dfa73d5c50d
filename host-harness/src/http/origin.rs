//! To be written.

/// x
pub struct Origin;
