//! Sources and directories that no read and no platform would produce, for `plan-actions`.
//!
//! A plan for impossible input may be invalid itself: the host refuses it before anything is applied. What the connector may
//! not do is trap.

use super::{LENGTH, answered};
use crate::pages::Whole;
use crate::testbed::Testbed;
use connector_host::contract::{
    Account, AccountStatus, Directory, Field, Group, HiddenAttribute, Learner, Reading, SourceRead, SourceRecord,
    StatusReading,
};
use connector_host::sandbox::{CallError, GuestError};

/// More of something than there is.
const MANY: usize = 1_000;
/// People with very long values.
const LONG: usize = 3;

/// Plans for each; gives how many there were.
pub(super) async fn check(testbed: &Testbed<'_>, whole: &Whole) -> Result<usize, String> {
    let nobody = Directory { accounts: Vec::new(), groups: Vec::new() };
    let sources = sources(&whole.source).into_iter().map(|(name, source)| (name, source, nobody.clone()));
    let directories = directories().into_iter().map(|(name, target)| (name, whole.source.clone(), target));
    let all: Vec<_> = sources.chain(directories).collect();
    let count = all.len();
    for (given, source, target) in all {
        let mut running = testbed.configured().await?.0;
        match running.tenant.plan_actions(&source, &target).await {
            Err(CallError::Host(GuestError::InvalidResponse { .. })) => {}
            plan => answered(testbed, "plan-actions", given, plan)?,
        }
    }
    Ok(count)
}

fn sources(read: &SourceRead) -> Vec<(&'static str, SourceRead)> {
    let with = |records: Vec<SourceRecord>| SourceRead { records, ..read.clone() };
    let learners = |change: fn(usize, &mut Learner)| {
        let mut records = read.records.clone();
        for (number, record) in records.iter_mut().enumerate() {
            if let SourceRecord::Learner(learner) = record {
                change(number, learner);
            }
        }
        with(records)
    };
    vec![
        ("nobody", SourceRead { records: Vec::new(), hidden: Vec::new(), total: None, ended: false }),
        ("a total that is too large", SourceRead { total: Some(u64::MAX), ..read.clone() }),
        ("a total of zero", SourceRead { total: Some(0), ..read.clone() }),
        ("everybody twice", with([read.records.clone(), read.records.clone()].concat())),
        ("people with one ID", learners(|_, learner| "1".clone_into(&mut learner.employee))),
        ("people without an ID", learners(|_, learner| learner.employee.clear())),
        ("people with one address", learners(|_, learner| learner.email = Reading::Value("A@b.example".to_owned()))),
        ("people without an address", learners(|_, learner| learner.email = Reading::Empty)),
        ("people with every attribute hidden", learners(|_, learner| fill(learner, &Reading::Hidden))),
        ("people with every attribute empty", learners(|_, learner| fill(learner, &Reading::Empty))),
        (
            "people with very long values",
            learners(|number, learner| {
                // Of a large company's people all at once, they would be a question of memory.
                if number < LONG {
                    fill(learner, &Reading::Value("ß".repeat(LENGTH / 32)));
                }
            }),
        ),
        (
            "people with odd values",
            learners(|_, learner| fill(learner, &Reading::Value("\0\u{202e}e\u{301}\r\n".into()))),
        ),
        (
            "people who are their own supervisors",
            learners(|_, learner| {
                learner.supervisor = Reading::Value(learner.employee.clone());
            }),
        ),
        (
            "people with unknown statuses",
            learners(|number, learner| {
                let text = "\u{feff}".repeat(number);
                learner.status = if number % 2 == 0 {
                    StatusReading::Unknown(text)
                } else {
                    StatusReading::Known(AccountStatus::Other(text))
                };
            }),
        ),
        ("everything hidden, many times", SourceRead { hidden: hidden(), ..read.clone() }),
    ]
}

fn fill(learner: &mut Learner, reading: &Reading) {
    let fields = [
        &mut learner.first_name,
        &mut learner.last_name,
        &mut learner.gender,
        &mut learner.position,
        &mut learner.department,
        &mut learner.location,
        &mut learner.team,
        &mut learner.supervisor,
    ];
    for field in fields {
        reading.clone_into(field);
    }
}

fn hidden() -> Vec<HiddenAttribute> {
    let fields = [Field::Id, Field::Email, Field::Status, Field::Flag, Field::Team, Field::Other("\0".to_owned())];
    let attribute = |attribute: Field| HiddenAttribute { attribute, required: true };
    fields.into_iter().cycle().take(MANY).map(attribute).collect()
}

fn directories() -> Vec<(&'static str, Directory)> {
    let accounts =
        |account: fn(usize) -> Account| Directory { accounts: (0..MANY).map(account).collect(), groups: Vec::new() };
    let groups = |name: &str| Directory {
        accounts: Vec::new(),
        groups: (0..MANY).map(|_| Group { id: String::new(), name: name.to_owned() }).collect(),
    };
    vec![
        ("accounts with one ID and one employee", accounts(|_| account("1", Some("1")))),
        ("accounts without an ID or an address", accounts(|_| Account { email: String::new(), ..account("", None) })),
        (
            "accounts that are each other's supervisors",
            accounts(|number| Account {
                supervisor: Some(((number + 1) % MANY).to_string()),
                ..account(&number.to_string(), Some(&number.to_string()))
            }),
        ),
        ("groups without a name", groups("")),
        ("groups of one name", groups(" Vertrieb\u{a0}")),
    ]
}

fn account(id: &str, employee: Option<&str>) -> Account {
    Account {
        id: id.to_owned(),
        version: u64::MAX,
        employee: employee.map(str::to_owned),
        earlier_employees: vec!["1".to_owned()],
        foreign_employees: vec!["2".to_owned()],
        email: "a@B.example".to_owned(),
        first_name: String::new(),
        last_name: "\0".to_owned(),
        status: AccountStatus::Other("\u{202e}".to_owned()),
        gender: Some(String::new()),
        position: None,
        department: Some("Vertrieb".to_owned()),
        location: None,
        team: None,
        supervisor: Some("nobody".to_owned()),
        protected: false,
        created_by_connector: true,
        invited: false,
        groups: vec!["no such group".to_owned()],
    }
}
