//! What a tenant's settings say where they say nothing. The connector goes by it, and a form shows it.

/// The label of the filter attribute (rule S1).
pub const FILTER_LABEL: &str = "elearnio Sync";
/// The values of the filter attribute that mean yes (rule S1).
pub const FILTER_VALUES: [&str; 2] = ["ja", "yes"];
/// Source statuses, and the names of the account statuses that they mean (rule S8).
pub const STATUSES: [(&str, &str); 4] =
    [("onboarding", "preboarding"), ("active", "active"), ("leave", "absent"), ("inactive", "inactive")];
