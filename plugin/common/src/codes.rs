//! Every reason, notice, guard and problem code.
//!
//! Codes are the vocabulary between connector and host: the host's catalogue has a German and an English sentence and a
//! remedy for each, and a test holds [`ALL`] against it. An enum in the contract was rejected: a new case there is a
//! breaking change.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*
        /// Every code above.
        pub const ALL: &[&str] = &[$($code),*];
    };
}

codes! {
    // Why an action is planned.
    /// The employee is flagged and has no account.
    FLAGGED_WITHOUT_ACCOUNT = "flagged-without-account";
    /// Exactly one unlinked account has the employee's address (rule S2).
    EMAIL_MATCHES_ACCOUNT = "email-matches-account";
    /// The source says something else than the account.
    SOURCE_DIFFERS = "source-differs";
    /// The source names another supervisor (rule S14).
    SUPERVISOR_DIFFERS = "supervisor-differs";
    /// The source shows that there is no supervisor (rule S6).
    SUPERVISOR_EMPTY = "supervisor-empty";
    /// A group has the department's name (rule S15).
    GROUP_MATCHES_DEPARTMENT = "group-matches-department";
    /// A group has the team's name (rule S15).
    GROUP_MATCHES_TEAM = "group-matches-team";
    /// A connector created the account and nobody invited its owner (rule S16).
    CREATED_NOT_INVITED = "created-not-invited";

    // Why a person is left out.
    /// The filter attribute says no, or nothing (rule S1).
    NOT_FLAGGED = "not-flagged";
    /// The filter attribute says neither yes nor no (rule S1).
    UNKNOWN_FLAG_VALUE = "unknown-flag-value";
    /// The filter attribute has something that cannot be understood (rules S1 and S6).
    FLAG_UNUSABLE = "flag-unusable";
    /// An earlier ID of somebody who has a new one: a person said so (rule S12).
    EMPLOYEE_SUPERSEDED = "employee-superseded";

    // Why a record is rejected, or why a value of a person with an account is left as it is.
    /// Not JSON, or not of the shape of an employee.
    BROKEN_RECORD = "broken-record";
    /// No usable ID.
    ID_MISSING = "id-missing";
    /// The filter attribute is not shown (rule S7).
    FLAG_HIDDEN = "flag-hidden";
    /// The address is not shown (rule S7).
    EMAIL_HIDDEN = "email-hidden";
    /// The status is not shown (rule S7).
    STATUS_HIDDEN = "status-hidden";
    /// The address is empty (rule S6).
    EMAIL_EMPTY = "email-empty";
    /// The address cannot be one (rule S6).
    EMAIL_INVALID = "email-invalid";
    /// The value has a shape that nobody documented (rule S6).
    VALUE_SHAPE_UNKNOWN = "value-shape-unknown";
    /// Something of the value was lost on its way (rule S6).
    VALUE_DAMAGED = "value-damaged";
    /// The first or last name is empty (rule S6).
    NAME_EMPTY = "name-empty";
    /// The first or last name is not shown, and there is no account yet (rule S7).
    NAME_HIDDEN = "name-hidden";

    // Conflicts: a person has to decide.
    /// Two employees have one address (rule S11).
    EMAIL_DUPLICATE_IN_SOURCE = "email-duplicate-in-source";
    /// More than one unlinked account has the address (rule S2).
    EMAIL_MATCHES_SEVERAL_ACCOUNTS = "email-matches-several-accounts";
    /// The address is a linked account's (rule S12).
    EMAIL_BELONGS_TO_LINKED_ACCOUNT = "email-belongs-to-linked-account";
    /// The address is that of a protected account, which only a person links (rule S4).
    EMAIL_BELONGS_TO_PROTECTED_ACCOUNT = "email-belongs-to-protected-account";
    /// The address is that of an account of which a person said that it is not this employee's (rule S12).
    EMAIL_BELONGS_TO_UNLINKED_ACCOUNT = "email-belongs-to-unlinked-account";
    /// Two accounts are linked to one employee.
    EMPLOYEE_LINKED_TWICE = "employee-linked-twice";
    /// The new address belongs to another account (rule S10).
    EMAIL_CHANGE_CONFLICT = "email-change-conflict";

    // What a person should know.
    /// Linked, read, and no longer flagged (rule S5).
    FLAG_LOST = "flag-lost";
    /// Linked, and not in a complete read (rule S5).
    PERSON_GONE = "person-gone";
    /// An attribute this credential may not read (rule S7).
    ATTRIBUTE_HIDDEN = "attribute-hidden";
    /// A status the table does not have (rule S8).
    STATUS_UNKNOWN = "status-unknown";
    /// The same of somebody whose account this plan creates: it is created inactive (rule S8).
    STATUS_UNKNOWN_NEW = "status-unknown-new";
    /// An administrator's status would have been lowered (rule S4).
    PROTECTED_KEPT = "protected-kept";
    /// A protected account's address would have been changed (rule S4).
    PROTECTED_ADDRESS_KEPT = "protected-address-kept";
    /// The read was incomplete (rule S17).
    READ_INCOMPLETE = "read-incomplete";
    /// The source gave one employee more than once (rule S17).
    DUPLICATE_RECORD = "duplicate-record";
    /// The supervisor has no account (rule S14).
    SUPERVISOR_NOT_SYNCED = "supervisor-not-synced";
    /// The supervisor would be above themselves (rule S14).
    SUPERVISOR_CYCLE = "supervisor-cycle";
    /// No group has the name (rule S15).
    GROUP_MISSING = "group-missing";
    /// Two groups have the name (rule S15).
    GROUP_AMBIGUOUS = "group-ambiguous";

    // Guards (rule S19).
    /// Statuses lowered to inactive.
    GUARD_DEACTIVATIONS = "guard-deactivations";
    /// Addresses changed.
    GUARD_EMAIL_CHANGES = "guard-email-changes";
    /// Values cleared.
    GUARD_CLEARS = "guard-clears";
    /// A field cleared for everybody who had it.
    GUARD_FIELD_EMPTIED = "guard-field-emptied";
    /// People created or invited at domains that the directory does not know.
    GUARD_NEW_DOMAINS = "guard-new-domains";

    // Why a plan is blocked.
    /// ID, address, status or filter attribute is hidden (rule S7).
    HIDDEN_REQUIRED_ATTRIBUTE = "hidden-required-attribute";
    /// The source has nobody (rule S18).
    NO_EMPLOYEES = "no-employees";
    /// Nobody is flagged although there are linked accounts (rule S18).
    NOBODY_FLAGGED = "nobody-flagged";

    // What a source announces (rule S25), for the platform's operator.
    /// The source's interface is deprecated (RFC 9745).
    SOURCE_DEPRECATED = "source-deprecated";
    /// The source's interface will stop answering (RFC 8594).
    SOURCE_SUNSET = "source-sunset";
    /// The source's interface no longer answers (410).
    SOURCE_RETIRED = "source-retired";
    /// An answer held bytes that are not text: what they belong to is damaged (rule S6).
    ANSWER_DAMAGED = "answer-damaged";

    // Why a call failed.
    /// The source does not know the credential.
    WRONG_CREDENTIALS = "wrong-credentials";
    /// The credential may not do this.
    ACCESS_FORBIDDEN = "access-forbidden";
    /// No attribute has the filter's label (rule S1).
    FILTER_ATTRIBUTE_MISSING = "filter-attribute-missing";
    /// Two attributes have the filter's label (rule S1).
    FILTER_ATTRIBUTE_AMBIGUOUS = "filter-attribute-ambiguous";
    /// The attribute with the filter's label is none of the tenant's own (rule S1).
    FILTER_ATTRIBUTE_STANDARD = "filter-attribute-standard";
    /// A setting is empty.
    SETTING_MISSING = "setting-missing";
    /// A setting cannot be used.
    SETTING_INVALID = "setting-invalid";
    /// A setting that the connector does not declare.
    SETTING_UNKNOWN = "setting-unknown";
    /// The source asks to wait.
    SOURCE_BUSY = "source-busy";
    /// The source is failing or cannot be reached.
    SOURCE_UNAVAILABLE = "source-unavailable";
    /// The source's answer cannot be understood.
    ANSWER_UNREADABLE = "answer-unreadable";
    /// The host refuses the request.
    REQUEST_DENIED = "request-denied";
    /// `configure` did not succeed before.
    NOT_CONFIGURED = "not-configured";
    /// A cursor that this connector did not make.
    CURSOR_INVALID = "cursor-invalid";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ALL;

    #[test]
    fn every_code_is_kebab_case_and_stands_once() {
        assert_eq!(ALL.iter().collect::<BTreeSet<_>>().len(), ALL.len());
        for code in ALL {
            assert!(code.bytes().all(|b| b == b'-' || b.is_ascii_lowercase()), "{code}");
        }
    }
}
