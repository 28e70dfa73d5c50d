//! Who leads whom (rule S14).
//!
//! Everybody has at most one supervisor, so the wanted state is a graph with one edge a node, and what must not happen is
//! a cycle. All wanted edges are tried at once; those that close a cycle are dropped, and their people keep the
//! supervisor they have. That can close another cycle with edges that were fine before, so it is repeated from the people
//! who fell back, until nothing closes. No recursion: a chain may be as long as the company.

use std::collections::HashMap;

use super::matching::Accounts;
use super::notices::Notices;
use super::people::{Person, Standing};
use crate::bindings::elearnio::connector::types::{Action, Field, Operation, Reading, SupervisorChange};
use crate::codes;

use super::changes::Frozen;

/// Plans the changes of supervisor, leaders before those they lead: no step of the way closes a cycle either.
pub fn plan(people: &mut [Person<'_>], accounts: &Accounts<'_>, frozen: &Frozen, notices: &mut Notices) -> Vec<Action> {
    let mut graph = Graph::of(people, accounts);
    for (at, person) in people.iter().enumerate() {
        let Some(node) = graph.nodes.get(at).copied().flatten() else { continue };
        match frozen.read(person.learner, &Field::Supervisor) {
            Reading::Hidden => {}
            Reading::Empty => graph.want(node, None),
            Reading::Value(employee) => match graph.find(employee, accounts) {
                Some(leader) => graph.want(node, Some(leader)),
                None => notices.add(codes::SUPERVISOR_NOT_SYNCED, None, &person.learner.employee),
            },
        }
    }
    graph.drop_cycles();
    for (at, person) in people.iter().enumerate() {
        if graph.nodes.get(at).copied().flatten().is_some_and(|node| graph.is_dropped(node)) {
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
    changes.sort_unstable();
    changes.iter().filter_map(|(_, at)| Some(action(people.get_mut(*at)?, accounts))).collect()
}

fn action(person: &mut Person<'_>, accounts: &Accounts<'_>) -> Action {
    person.changes = true;
    let (after, reason) = match &person.learner.supervisor {
        Reading::Value(employee) => (Some(employee.clone()), codes::SUPERVISOR_DIFFERS),
        Reading::Hidden | Reading::Empty => (None, codes::SUPERVISOR_EMPTY),
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
    old: Vec<Option<usize>>,
    edge: Vec<Option<usize>>,
    state: Vec<Edge>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    /// As the directory has it.
    Old,
    /// As the source wants it.
    Wanted,
    /// The source wanted a cycle.
    Dropped,
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
        let state = vec![Edge::Old; old.len()];
        Self { nodes, newcomers, edge: old.clone(), old, state }
    }

    fn find(&self, employee: &str, accounts: &Accounts<'_>) -> Option<usize> {
        accounts.of_employee(employee).or_else(|| self.newcomers.get(employee).copied())
    }

    fn want(&mut self, node: usize, leader: Option<usize>) {
        if let (Some(edge), Some(state)) = (self.edge.get_mut(node), self.state.get_mut(node)) {
            *edge = leader;
            *state = Edge::Wanted;
        }
    }

    fn above(&self, node: usize) -> Option<usize> {
        self.edge.get(node).copied().flatten()
    }

    fn is_dropped(&self, node: usize) -> bool {
        self.state.get(node) == Some(&Edge::Dropped)
    }

    fn changes(&self, node: usize) -> bool {
        self.state.get(node) == Some(&Edge::Wanted) && self.edge.get(node) != self.old.get(node)
    }

    /// Each round walks from the people who fell back in the round before, and drops at least one edge. A second round
    /// needs an old edge that contradicts a new one, so there are few; the first is linear.
    fn drop_cycles(&mut self) {
        let mut seen = vec![0_usize; self.edge.len()];
        let mut walk = 0;
        let mut starts: Vec<usize> =
            (0..self.edge.len()).filter(|node| self.state.get(*node) == Some(&Edge::Wanted)).collect();
        while !starts.is_empty() {
            let round = walk;
            let mut fallen = Vec::new();
            for start in starts {
                walk += 1;
                if let Some(on_cycle) = self.walk(start, walk, round, &mut seen) {
                    self.drop_cycle(on_cycle, &mut fallen);
                }
            }
            starts = fallen;
        }
    }

    /// Follows the edges from a node; gives a node of the cycle this walk has closed, if it has.
    fn walk(&self, start: usize, walk: usize, round: usize, seen: &mut [usize]) -> Option<usize> {
        let mut node = start;
        loop {
            let mark = seen.get_mut(node)?;
            if *mark == walk {
                return Some(node);
            }
            if *mark > round {
                return None;
            }
            *mark = walk;
            node = self.above(node)?;
        }
    }

    fn drop_cycle(&mut self, on_cycle: usize, fallen: &mut Vec<usize>) {
        let mut members = vec![on_cycle];
        let mut node = self.above(on_cycle);
        while let Some(next) = node.filter(|next| *next != on_cycle) {
            members.push(next);
            node = self.above(next);
        }
        for member in members {
            let old = self.old.get(member).copied().flatten();
            if let (Some(edge), Some(state)) = (self.edge.get_mut(member), self.state.get_mut(member))
                && *state == Edge::Wanted
            {
                // Named even where the directory has the edge already: the source is where the cycle has to be mended.
                *state = Edge::Dropped;
                if *edge != old {
                    *edge = old;
                    fallen.push(member);
                }
            }
        }
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
