//! The fields that may be cleared (rule S6), in one table.
//!
//! Only these six: an address and a name are never cleared, and a status always has a value.

/// A field that an account may have none of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(usize)]
pub enum Clearable {
    /// The gender.
    Gender,
    /// The job title.
    Position,
    /// The department's name.
    Department,
    /// The office's name.
    Location,
    /// The team's name.
    Team,
    /// The supervisor.
    Supervisor,
}

impl Clearable {
    /// All of them, in the order in which figures about them are kept.
    pub const ALL: [Self; 6] =
        [Self::Gender, Self::Position, Self::Department, Self::Location, Self::Team, Self::Supervisor];

    /// The contract's name for the field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gender => "gender",
            Self::Position => "position",
            Self::Department => "department",
            Self::Location => "location",
            Self::Team => "team",
            Self::Supervisor => "supervisor",
        }
    }

    /// The field of this name; none if it may not be cleared.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::Clearable;

    #[test]
    fn s06_a_field_is_found_by_its_name_and_names_and_address_are_not_among_them() {
        for (at, field) in Clearable::ALL.into_iter().enumerate() {
            assert_eq!((field as usize, Clearable::named(field.name())), (at, Some(field)));
        }
        for name in ["email", "first-name", "last-name", "status", "id", "", "Gender"] {
            assert_eq!(Clearable::named(name), None, "{name}");
        }
    }
}
