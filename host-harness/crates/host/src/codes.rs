//! The codes of what goes wrong in the sandbox.
//!
//! A code is a key: catalogues have words for each in every language, run logs store it, alerts match on it. It never
//! changes its meaning, and one that is renamed is still read: see [`renamed`].

/// Makes each code a constant, and all of them a list: for the test that holds them against the catalogue, so that none
/// is without words.
#[macro_export]
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*
        /// Every code above.
        pub const ALL: &[&str] = &[$($code),*];
    };
}

codes! {
    /// The component's file cannot be read.
    COMPONENT_UNREADABLE = "component-unreadable";
    /// The component does not fit this host.
    CONTRACT_MISMATCH = "contract-mismatch";
    /// The policy refused too many requests.
    REQUEST_DENIED = "request-denied";
    /// A limit of `[limits]`.
    LIMIT_REACHED = "limit-reached";
    /// A call, or the sync, took too long.
    PLUGIN_TIMED_OUT = "plugin-timed-out";
    /// The guest panicked.
    PLUGIN_PANICKED = "plugin-panicked";
    /// The guest broke in another way.
    PLUGIN_TRAPPED = "plugin-trapped";
    /// The guest ended itself.
    PLUGIN_EXITED = "plugin-exited";
    /// The guest's response breaks the contract.
    INVALID_RESPONSE = "invalid-response";
    /// A call was given up.
    INTERRUPTED = "interrupted";
    /// The host itself could not go on.
    HOST_FAILED = "host-failed";
}

/// Codes that had another name in an earlier version, old name first. They stand in run logs and saved plans.
const RENAMED: [(&str, &str); 1] = [("plugin-nonsense", INVALID_RESPONSE)];

/// A stored code by the name it has today.
#[must_use]
pub fn renamed(code: &str) -> &str {
    RENAMED.iter().find(|(old, _)| *old == code).map_or(code, |(_, new)| new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_was_renamed_is_still_read() {
        assert_eq!(renamed("plugin-nonsense"), "invalid-response");
        assert_eq!(renamed("limit-reached"), "limit-reached");
        assert!(RENAMED.iter().all(|(old, new)| !ALL.contains(old) && ALL.contains(new)));
    }
}
