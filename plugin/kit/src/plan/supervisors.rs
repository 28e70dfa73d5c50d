//! Who is whose supervisor (rule S14).
//!
//! Everybody has at most one supervisor, so the wanted state is a graph with one edge a node, and what must not happen is
//! a cycle. All wanted edges are tried at once; those that close a cycle are dropped ([`cycles`]), and their people keep
//! the supervisor they have. No recursion: a chain may be as long as the company.

use std::collections::HashMap;

use super::cycles;
use super::matching::Accounts;
use super::notices::Notices;
use super::people::{Person, Standing};
use crate::bindings::elearnio::connector::types::{Action, Field, Operation, Reading, SupervisorChange};
use crate::codes;
use connector_common::sorting::sort;

use super::changes::HiddenFields;

/// Plans the changes of supervisor, leaders before those they lead: no step of the way closes a cycle either.
pub fn plan(
    people: &mut [Person<'_>],
    accounts: &Accounts<'_>,
    hidden: &HiddenFields,
    actions: &mut Vec<Action>,
    notices: &mut Notices,
) {
    let mut graph = Graph::of(people, accounts);
    for (at, person) in people.iter().enumerate() {
        let Some(node) = graph.nodes.get(at).copied().flatten() else { continue };
        match hidden.read(person.learner, &Field::Supervisor) {
            Reading::Hidden | Reading::Unusable(_) => {}
            Reading::Empty => graph.want(node, None),
            Reading::Value(employee) => match graph.find(employee, accounts) {
                Some(leader) => graph.want(node, Some(leader)),
                None => notices.add(codes::SUPERVISOR_NOT_SYNCED, None, &person.learner.employee),
            },
        }
    }
    let circular = cycles::members(&graph.edge);
    let dropped = cycles::open(&graph.old, &mut graph.edge);
    for (person, node) in people.iter().zip(&graph.nodes) {
        // Named even where the directory has the edge already: the source is where the cycle has to be corrected.
        let named = |node: usize| {
            dropped.get(node) == Some(&true) || (graph.is_wanted(node) && circular.get(node) == Some(&true))
        };
        if node.is_some_and(named) {
            notices.add(codes::SUPERVISOR_CYCLE, None, &person.learner.employee);
        }
    }
    let mut changes: Vec<(usize, usize)> = Vec::new();
    let depths = graph.depths();
    for (at, node) in graph.nodes.iter().enumerate() {
        let Some(node) = *node else { continue };
        if graph.changes(node) {
            changes.push((depths.get(node).copied().unwrap_or_default(), at));
        }
    }
    // Stable for people of one depth, who are in the order of their IDs.
    sort(&mut changes, Ord::cmp);
    actions.extend(changes.iter().filter_map(|(_, at)| Some(action(people.get_mut(*at)?, accounts))));
}

fn action(person: &mut Person<'_>, accounts: &Accounts<'_>) -> Action {
    person.changes = true;
    let (after, reason) = match &person.learner.supervisor {
        Reading::Value(employee) => (Some(accounts.current(employee).to_owned()), codes::SUPERVISOR_DIFFERS),
        Reading::Hidden | Reading::Empty | Reading::Unusable(_) => (None, codes::SUPERVISOR_EMPTY),
    };
    let before = person.account(accounts).and_then(|account| account.supervisor.clone());
    person.action("supervisor", accounts, Operation::SetSupervisor(SupervisorChange { before, after }), reason)
}

/// Accounts, then the people who get a new one; each with the one above.
struct Graph<'a> {
    /// Each person's node; none for people without an account.
    nodes: Vec<Option<usize>>,
    /// People who have no linked account yet, by ID.
    newcomers: HashMap<&'a str, usize>,
    /// As the directory has it.
    old: Vec<Option<usize>>,
    /// As it is to be.
    edge: Vec<Option<usize>>,
    /// Whose edge the source has a say in.
    wanted: Vec<bool>,
}

impl<'a> Graph<'a> {
    fn of(people: &[Person<'a>], accounts: &Accounts<'_>) -> Self {
        let by_id: HashMap<&str, usize> =
            accounts.iter().enumerate().map(|(index, account)| (account.id.as_str(), index)).collect();
        let mut old: Vec<Option<usize>> = accounts
            .iter()
            .map(|account| account.supervisor.as_deref().and_then(|id| by_id.get(id).copied()))
            .collect();
        let mut newcomers = HashMap::new();
        let mut nodes = Vec::with_capacity(people.len());
        for person in people {
            let node = match person.standing {
                Standing::Linked(index) => Some(index),
                Standing::Link(index) => {
                    newcomers.insert(person.learner.employee.as_str(), index);
                    Some(index)
                }
                Standing::New => {
                    newcomers.insert(person.learner.employee.as_str(), old.len());
                    old.push(None);
                    Some(old.len() - 1)
                }
                Standing::Conflict | Standing::Rejected => None,
            };
            nodes.push(node);
        }
        Self { nodes, newcomers, edge: old.clone(), wanted: vec![false; old.len()], old }
    }

    fn find(&self, employee: &str, accounts: &Accounts<'_>) -> Option<usize> {
        let employee = accounts.current(employee);
        accounts.of_employee(employee).or_else(|| self.newcomers.get(employee).copied())
    }

    fn want(&mut self, node: usize, leader: Option<usize>) {
        if let (Some(edge), Some(wanted)) = (self.edge.get_mut(node), self.wanted.get_mut(node)) {
            *edge = leader;
            *wanted = true;
        }
    }

    fn above(&self, node: usize) -> Option<usize> {
        self.edge.get(node).copied().flatten()
    }

    fn is_wanted(&self, node: usize) -> bool {
        self.wanted.get(node) == Some(&true)
    }

    fn changes(&self, node: usize) -> bool {
        self.edge.get(node) != self.old.get(node)
    }

    /// How many leaders are above each node. A cycle that the directory had before counts from where it was entered.
    fn depths(&self) -> Vec<usize> {
        let mut depths: Vec<Option<usize>> = vec![None; self.edge.len()];
        let mut path = Vec::new();
        for start in 0..self.edge.len() {
            let mut node = Some(start);
            while let Some(slot) = node.and_then(|node| depths.get_mut(node)).filter(|depth| depth.is_none()) {
                *slot = Some(0);
                path.extend(node);
                node = node.and_then(|node| self.above(node));
            }
            let mut depth = node.and_then(|node| depths.get(node).copied().flatten()).map_or(0, |depth| depth + 1);
            while let Some(node) = path.pop() {
                if let Some(slot) = depths.get_mut(node) {
                    *slot = Some(depth);
                }
                depth += 1;
            }
        }
        depths.into_iter().map(Option::unwrap_or_default).collect()
    }
}
