//! The attributes this connector reads, in one table: what `manifest` declares, what a page is asked for, what is looked
//! up in a record, and what blocks a run when it is hidden all come from here.

use crate::bindings::elearnio::connector::types::Field;

/// One attribute of an employee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Attribute {
    /// The identity (rule S2).
    Id,
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// E-mail address.
    Email,
    /// Gender.
    Gender,
    /// `onboarding`, `active`, `leave` or `inactive`.
    Status,
    /// Job title.
    Position,
    /// The supervisor, as an employee of which at least the ID is shown.
    Supervisor,
    /// The place of work.
    Office,
    /// Department.
    Department,
    /// Team.
    Team,
    /// The filter attribute; its key differs from account to account (rule S1).
    Flag,
}

/// How many attributes there are.
pub const COUNT: usize = Attribute::ALL.len();

impl Attribute {
    /// In the order they are asked for.
    pub const ALL: [Self; 12] = [
        Self::Id,
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::Gender,
        Self::Status,
        Self::Position,
        Self::Supervisor,
        Self::Office,
        Self::Department,
        Self::Team,
        Self::Flag,
    ];

    /// The contract's name for it.
    #[must_use]
    pub const fn field(self) -> Field {
        match self {
            Self::Id => Field::Id,
            Self::FirstName => Field::FirstName,
            Self::LastName => Field::LastName,
            Self::Email => Field::Email,
            Self::Gender => Field::Gender,
            Self::Status => Field::Status,
            Self::Position => Field::Position,
            Self::Supervisor => Field::Supervisor,
            Self::Office => Field::Location,
            Self::Department => Field::Department,
            Self::Team => Field::Team,
            Self::Flag => Field::Flag,
        }
    }

    /// True if a run is blocked without it (rule S7).
    #[must_use]
    pub const fn required(self) -> bool {
        matches!(self, Self::Id | Self::Email | Self::Status | Self::Flag)
    }
}

/// Writes both directions out of one table: each key of a record is looked up, and a match is quicker than a search.
macro_rules! keys {
    ($($attribute:ident => $key:literal,)*) => {
        impl Attribute {
            /// Personio's key; none for the filter attribute, which is found by its label.
            #[must_use]
            pub const fn key(self) -> Option<&'static str> {
                match self {
                    $(Self::$attribute => Some($key),)*
                    Self::Flag => None,
                }
            }

            /// The attribute with this key.
            #[must_use]
            pub fn of_key(key: &str, flag: &str) -> Option<Self> {
                match key {
                    key if key == flag => Some(Self::Flag),
                    $($key => Some(Self::$attribute),)*
                    _ => None,
                }
            }
        }
    };
}

keys! {
    Id => "id",
    FirstName => "first_name",
    LastName => "last_name",
    Email => "email",
    Gender => "gender",
    Status => "status",
    Position => "position",
    Supervisor => "supervisor",
    Office => "office",
    Department => "department",
    Team => "team",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_found_by_the_key_it_is_asked_for_by() {
        for attribute in Attribute::ALL {
            let key = attribute.key().unwrap_or("dynamic_1");
            assert_eq!(Attribute::of_key(key, "dynamic_1"), Some(attribute), "{key}");
        }
        assert_eq!(Attribute::of_key("salary", "dynamic_1"), None);
    }
}
