//! The IDs of accounts that a plan creates, in a directory that numbers them itself.

use super::AccountIndex;

/// IDs that no account has: `a-000001` and so on, from the number of accounts on. The same directory and plan give the same
/// IDs; imported accounts may have taken some.
#[derive(Debug)]
pub struct NewIds<'a> {
    accounts: &'a AccountIndex,
    /// The number of the last ID given, or the number of accounts: accounts are never deleted (rule S3).
    last: usize,
}

impl<'a> NewIds<'a> {
    /// IDs beside those of these accounts.
    #[must_use]
    pub fn new(accounts: &'a AccountIndex) -> Self {
        Self { accounts, last: accounts.len() }
    }
}

impl Iterator for NewIds<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            self.last += 1;
            let id = format!("a-{:06}", self.last);
            if !self.accounts.has(&id) {
                return Some(id);
            }
        }
    }
}
