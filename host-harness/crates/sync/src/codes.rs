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
    /// The source sends the same people forever.
    READ_REPEATS = "read-repeats";

    // Why a tenant of a fleet came to no run, or its mails to nobody.
    /// The settings cannot be used.
    SETTING_INVALID = "setting-invalid";
    /// The cassette cannot be used.
    RECORDING_UNUSABLE = "recording-unusable";
    /// The directory cannot be used.
    DIRECTORY_FAILED = "directory-failed";
    /// Another run holds the directory.
    DIRECTORY_BUSY = "directory-busy";
    /// A mail is not out.
    MAIL_FAILED = "mail-failed";

    // What is said of one person who was asked about.
    /// They get an account.
    TO_CREATE = "to-create";
    /// Their account is found by its address and linked (rule S2).
    TO_LINK = "to-link";
    /// Their account is changed.
    TO_UPDATE = "to-update";
    /// Their account is as the source has it.
    UNCHANGED = "unchanged";
    /// A person has to decide first.
    IN_CONFLICT = "in-conflict";
    /// What the source has is not enough.
    REJECTED = "rejected";
    /// The filter leaves them out (rule S1).
    EXCLUDED = "excluded";
    /// The filter lets them through; no directory was looked at.
    SELECTED = "selected";
    /// The plan is blocked for everybody.
    NOTHING_PLANNED = "nothing-planned";
    /// The source was read whole and does not have them.
    NOT_IN_SOURCE = "not-in-source";
    /// The source was not read, or not as far as to them.
    NOT_READ = "not-read";
    /// Nothing that was checked has this ID.
    NEVER_SEEN = "never-seen";
    /// They have an account; no source was looked at.
    HAS_ACCOUNT = "has-account";
    /// The ID is an earlier one of somebody with an account (rule S12).
    EARLIER_ID = "earlier-id";
    /// Only the log knows them.
    NO_ACCOUNT = "no-account";

    // How an account was found, or was not.
    /// By its link (rule S2).
    FOUND_BY_LINK = "found-by-link";
    /// By an earlier ID of the same person (rule S12).
    FOUND_BY_EARLIER_ID = "found-by-earlier-id";
    /// By its address (rule S2).
    FOUND_BY_ADDRESS = "found-by-address";
    /// Nobody has it yet: it is created.
    FOUND_NEW = "found-new";
    /// Which one it is, a person has to decide.
    FOUND_IN_CONFLICT = "found-in-conflict";
    /// There is none.
    FOUND_NONE = "found-none";
}
