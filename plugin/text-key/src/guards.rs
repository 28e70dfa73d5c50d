//! How many of the changes that hurt go through unasked (rule S19): the connector judges its plan by it, and the host the
//! connector's judgement.

/// Let through in any company, however small.
const FEW: usize = 3;

/// The most deactivations, address changes or clears that a plan may have unasked, for this many linked accounts: 3 or
/// 10 %, whichever is more.
#[must_use]
pub const fn limit(linked: usize) -> usize {
    // "Above 10 %" of whole people is above the whole part of it.
    let tenth = linked / 10;
    if tenth > FEW { tenth } else { FEW }
}

#[cfg(test)]
mod tests {
    use super::limit;

    #[test]
    fn s19_three_or_a_tenth_whichever_is_more() {
        assert_eq!([0, 30, 39, 40, 99, 100].map(limit), [3, 3, 3, 4, 9, 10]);
    }
}
