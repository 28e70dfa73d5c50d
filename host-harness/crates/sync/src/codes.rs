//! Every code the host itself gives: why an action was not applied, and why a run failed.
//!
//! One list for the code and for the test that holds it against `connector-report`'s catalogue, so that none is without
//! words. A connector's codes are its own; those of the connectors here are held against the catalogue where both are known.

pub use connector_host::codes::*;

connector_host::codes! {
    // Why an action was not applied.
    /// The account changed since planning (rule S21).
    STALE = "stale";
    /// The account is not there.
    ACCOUNT_MISSING = "account-missing";
    /// Another account has the address.
    ADDRESS_TAKEN = "address-taken";
    /// The account is an administrator's, and the action would take it over or lock it (rule S4).
    ACCOUNT_PROTECTED = "account-protected";
    /// The group is not there.
    GROUP_GONE = "group-gone";
    /// The supervisor has no account.
    SUPERVISOR_MISSING = "supervisor-missing";
    /// This host cannot carry such an action out.
    OPERATION_UNKNOWN = "operation-unknown";
    /// Nobody can be invited without mail settings (rule S16).
    MAIL_MISSING = "mail-missing";

    // What became of an approval (rule S19).
    /// It is for another plan.
    APPROVAL_UNKNOWN = "approval-unknown";
    /// It was used before.
    APPROVAL_USED = "approval-used";

    // Why a run failed.
    /// The connector was not configured.
    NOT_CONFIGURED = "not-configured";
    /// The source sends the same people for ever.
    READ_REPEATS = "read-repeats";

    // Why a tenant of a fleet came to no run, or its mails to nobody.
    /// The settings cannot be used.
    SETTING_INVALID = "setting-invalid";
    /// The recording cannot be used.
    RECORDING_UNUSABLE = "recording-unusable";
    /// The directory cannot be used.
    DIRECTORY_FAILED = "directory-failed";
    /// Another run holds the directory.
    DIRECTORY_BUSY = "directory-busy";
    /// A mail is not out.
    MAIL_FAILED = "mail-failed";
}
