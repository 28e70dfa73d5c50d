//! The property of the directory on disk, in `PostgreSQL`.

use proptest::prelude::*;
use whole_system_tests::apart::apart;
use whole_system_tests::arbitrary;
use whole_system_tests::postgres_store::{directory_apart, new_id};

use super::disk::ends_as_memory_does;

proptest! {
    #![proptest_config(arbitrary::at_least(100))]

    #[test]
    fn s20_the_database_ends_as_memory_does_over_any_history(
        directory in arbitrary::directory(),
        years in proptest::collection::vec(arbitrary::company(), 1..4),
    ) {
        let mut kept = directory_apart("properties", &new_id());
        apart(ends_as_memory_does(&mut kept, &directory, &years))?;
    }
}
