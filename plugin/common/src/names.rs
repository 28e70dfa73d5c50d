//! The words for the contract's variants, in JSON, in text and in the run log: one table, for the types of both sides.

/// Writes the names of the contract's variants for the caller's bindings module `types`:
///
/// - `field_name`, `field_named`, `FIELD_NAMES`
/// - `status_name`, `status_named`, `STATUS_NAMES`
/// - `operation_name`
///
/// ```ignore
/// connector_common::contract_names!(crate::bindings::elearnio::connector::types);
/// ```
///
/// A macro, because the two sides of a component have different types for one contract, and a crate that owned the types
/// would tie guest and host to one generator.
#[macro_export]
macro_rules! contract_names {
    ($($types:tt)+) => {
        use $($types)+ as named_types;

        $crate::contract_name_table! { named_types::Field, "An attribute", field_name, field_named, FIELD_NAMES, {
            Id = "id",
            Email = "email",
            FirstName = "first-name",
            LastName = "last-name",
            Status = "status",
            Gender = "gender",
            Position = "position",
            Department = "department",
            Location = "location",
            Team = "team",
            Supervisor = "supervisor",
            Flag = "flag",
        }}

        $crate::contract_name_table! { named_types::AccountStatus, "An account's status", status_name, status_named, STATUS_NAMES, {
            Preboarding = "preboarding",
            Active = "active",
            Absent = "absent",
            Inactive = "inactive",
        }}

        /// An operation's name in kebab-case.
        #[must_use]
        pub fn operation_name(operation: &named_types::Operation) -> &str {
            match operation {
                named_types::Operation::Create(_) => "create",
                named_types::Operation::Link => "link",
                named_types::Operation::Update(_) => "update",
                named_types::Operation::SetSupervisor(_) => "set-supervisor",
                named_types::Operation::AddToGroup(_) => "add-to-group",
                named_types::Operation::Invite => "invite",
                named_types::Operation::Other(name) => name,
            }
        }
    };
}

/// One table of [`contract_names!`], both ways. Not to be called by itself.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_name_table {
    ($types:ident :: $type:ident, $what:literal, $name:ident, $named:ident, $all:ident, { $($variant:ident = $word:literal,)+ }) => {
        #[doc = concat!($what, "'s name in kebab-case.")]
        #[must_use]
        pub fn $name(value: &$types::$type) -> &str {
            match value {
                $($types::$type::$variant => $word,)+
                $types::$type::Other(name) => name,
            }
        }

        #[doc = concat!($what, " by its name; none if this contract has none of that name.")]
        #[must_use]
        pub fn $named(name: &str) -> Option<$types::$type> {
            Some(match name {
                $($word => $types::$type::$variant,)+
                _ => return None,
            })
        }

        #[doc = concat!("The names that [`", stringify!($named), "`] knows.")]
        pub const $all: &[&str] = &[$($word),+];
    };
}
