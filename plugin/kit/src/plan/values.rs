//! The values in updates: moved out of what was read and held, once everything is decided.
//!
//! Copying them as each update is planned was rejected. When everybody changes, those copies are a third of all that a
//! tenant has in memory, and the originals are of no more use to anybody.

use crate::bindings::elearnio::connector::types::{
    Account, Action, Change, Directory, Field, Learner, Operation, Reading, SourceRead, SourceRecord, StatusReading,
};
use crate::names::status_name;

/// Where an update's values come from.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The record's place in the read.
    pub record: usize,
    /// The account's place in the directory.
    pub account: usize,
}

/// Gives each update its values; `origins` are the updates', in their order.
pub fn fill(actions: &mut [Action], origins: &[Origin], mut source: SourceRead, mut target: Directory) {
    let updates = actions.iter_mut().filter_map(|action| match &mut action.operation {
        Operation::Update(changes) => Some(changes),
        _ => None,
    });
    for (changes, origin) in updates.zip(origins) {
        if let (Some(SourceRecord::Learner(learner)), Some(account)) =
            (source.records.get_mut(origin.record), target.accounts.get_mut(origin.account))
        {
            for change in changes {
                move_values(change, learner, account);
            }
        }
    }
}

fn move_values(change: &mut Change, learner: &mut Learner, account: &mut Account) {
    let take = std::mem::take::<String>;
    (change.before, change.after) = match change.field {
        Field::Email => (Some(take(&mut account.email)), value(&mut learner.email)),
        Field::FirstName => (Some(take(&mut account.first_name)), value(&mut learner.first_name)),
        Field::LastName => (Some(take(&mut account.last_name)), value(&mut learner.last_name)),
        Field::Gender => (account.gender.take(), value(&mut learner.gender)),
        Field::Position => (account.position.take(), value(&mut learner.position)),
        Field::Department => (account.department.take(), value(&mut learner.department)),
        Field::Location => (account.location.take(), value(&mut learner.location)),
        Field::Team => (account.team.take(), value(&mut learner.team)),
        Field::Status => (Some(status_name(&account.status).to_owned()), status(learner)),
        Field::Id | Field::Supervisor | Field::Flag | Field::Other(_) => (None, None),
    };
}

fn value(reading: &mut Reading) -> Option<String> {
    match std::mem::replace(reading, Reading::Hidden) {
        Reading::Value(value) => Some(value),
        Reading::Hidden | Reading::Empty | Reading::Unusable(_) => None,
    }
}

fn status(learner: &Learner) -> Option<String> {
    match &learner.status {
        StatusReading::Known(status) => Some(status_name(status).to_owned()),
        StatusReading::Unknown(_) | StatusReading::Hidden | StatusReading::Unusable(_) => None,
    }
}
