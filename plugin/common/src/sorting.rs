//! Sorting, with one sort function for all types.
//!
//! Each type that is sorted makes a sort of its own, of some five KB; together they were an eighth of a component. So places
//! are sorted, by one sort for all, and things are then moved where they belong.

use std::cmp::Ordering;

/// IDs are numbers written as text: shorter ones come first, so that 9 stands before 10.
#[must_use]
pub fn by_id(left: &str, right: &str) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// Sorts a list; equals stay in their order.
pub fn sort<T>(list: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    if list.is_sorted_by(|left, right| compare(left, right).is_le()) {
        return;
    }
    let order = sorted(list.len(), &|left, right| match (list.get(left), list.get(right)) {
        (Some(left), Some(right)) => compare(left, right),
        _ => Ordering::Equal,
    });
    let mut taken: Vec<Option<T>> = std::mem::take(list).into_iter().map(Some).collect();
    list.extend(order.into_iter().filter_map(|at| taken.get_mut(at)?.take()));
}

/// The places of a list of this length in the order that `compare` gives them.
#[inline(never)]
fn sorted(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    // Places are never equal, so the sort is stable.
    order.sort_unstable_by(|left, right| compare(*left, *right).then(left.cmp(right)));
    order
}

#[cfg(test)]
mod tests {
    use super::sort;

    proptest::proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(list in proptest::collection::vec((0_u8..9, 0_u8..9), 0..40)) {
            let (mut one, mut other) = (list.clone(), list);
            sort(&mut one, |left, right| left.0.cmp(&right.0));
            other.sort_by_key(|pair| pair.0);
            proptest::prop_assert_eq!(one, other);
        }
    }
}
