//! Takes the cycles out of a change of supervisors (rule S14).
//!
//! Everybody has at most one supervisor: one edge per node. Everybody on a cycle falls back to the edge they have, which can
//! close another cycle with edges that were fine before, and so on until nothing closes. No cycle shares a node with
//! another, and one stays until its people fall back, so it does not matter in which order they are found.
//!
//! Looking at all edges again after each fall was rejected: a source that sets everybody above somebody below them makes
//! as many rounds as people. Edges that cannot change any more are contracted here, so that a walk passes an edge only
//! while it may still fall back, and a node whose walk has come to an end is never passed again.

/// Where a node is in the search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Not walked from.
    New,
    /// On the walk that is going on.
    OnPath,
    /// Leads to no cycle that could be opened.
    Done,
}

/// Who is on a cycle: what is left when everybody whom nobody points at is taken away, again and again.
pub fn members(edges: &[Option<usize>]) -> Vec<bool> {
    let mut followers = vec![0_usize; edges.len()];
    for above in edges.iter().flatten() {
        if let Some(count) = followers.get_mut(*above) {
            *count += 1;
        }
    }
    let mut free: Vec<usize> =
        followers.iter().enumerate().filter(|(_, count)| **count == 0).map(|(node, _)| node).collect();
    let mut member = vec![true; edges.len()];
    while let Some(node) = free.pop() {
        if let Some(slot) = member.get_mut(node) {
            *slot = false;
        }
        if let Some(above) = edges.get(node).copied().flatten()
            && let Some(count) = followers.get_mut(above)
        {
            *count -= 1;
            if *count == 0 {
                free.push(above);
            }
        }
    }
    member
}

/// Puts edges that close a cycle back to what they are in `old`; tells which were.
///
/// A cycle that `old` itself has stays: there is nothing to fall back to.
pub fn open(old: &[Option<usize>], edges: &mut [Option<usize>]) -> Vec<bool> {
    let mut search = Search { old, edges, chains: Chains::new(old.len()), dropped: vec![false; old.len()] };
    for node in 0..old.len() {
        if !search.may_fall(node) {
            search.settle(node);
        }
    }
    let mut marks = vec![Mark::New; old.len()];
    let mut path = Vec::new();
    for start in 0..old.len() {
        search.walk(start, &mut marks, &mut path);
    }
    search.dropped
}

struct Search<'a> {
    old: &'a [Option<usize>],
    edges: &'a mut [Option<usize>],
    chains: Chains,
    dropped: Vec<bool>,
}

impl Search<'_> {
    fn may_fall(&self, node: usize) -> bool {
        self.edges.get(node) != self.old.get(node)
    }

    fn above(&self, node: usize) -> Option<usize> {
        self.edges.get(node).copied().flatten()
    }

    fn settle(&mut self, node: usize) {
        if let Some(above) = self.above(node) {
            self.chains.join(node, above);
        }
    }

    /// Walks up from a node, opening each cycle it runs into, until it comes to an end.
    fn walk(&mut self, start: usize, marks: &mut [Mark], path: &mut Vec<usize>) {
        let mut next = Some(start);
        while let Some(node) = next {
            let node = self.chains.end(node);
            let Some(mark) = marks.get_mut(node) else { break };
            match mark {
                Mark::OnPath => {
                    self.fall_back(node, marks, path);
                    next = Some(node);
                }
                Mark::New if self.may_fall(node) => {
                    *mark = Mark::OnPath;
                    path.push(node);
                    next = self.above(node);
                }
                // An end: of all edges, or of those that may still change.
                Mark::New | Mark::Done => break,
            }
        }
        for node in path.drain(..) {
            if let Some(mark) = marks.get_mut(node) {
                *mark = Mark::Done;
            }
        }
    }

    /// Takes everybody from `entry` on off the path: they are on a cycle.
    fn fall_back(&mut self, entry: usize, marks: &mut [Mark], path: &mut Vec<usize>) {
        while let Some(node) = path.pop() {
            if let (Some(edge), Some(dropped), Some(mark)) =
                (self.edges.get_mut(node), self.dropped.get_mut(node), marks.get_mut(node))
            {
                *edge = self.old.get(node).copied().flatten();
                *dropped = true;
                *mark = Mark::New;
            }
            self.settle(node);
            if node == entry {
                break;
            }
        }
    }
}

/// Chains of edges that stay as they are, each known by the node at its end: a disjoint-set forest.
struct Chains(Vec<usize>);

impl Chains {
    fn new(nodes: usize) -> Self {
        Self((0..nodes).collect())
    }

    /// The end of a node's chain. Halves the way for the next who asks.
    fn end(&mut self, mut node: usize) -> usize {
        while let Some(next) = self.0.get(node).copied().filter(|next| *next != node) {
            let further = self.0.get(next).copied().unwrap_or(next);
            if let Some(slot) = self.0.get_mut(node) {
                *slot = further;
            }
            node = further;
        }
        node
    }

    /// Makes a node, the end of its chain so far, a part of the chain above it. A circle of such edges ends at the node
    /// that closes it.
    fn join(&mut self, node: usize, above: usize) {
        let end = self.end(above);
        if let Some(slot) = self.0.get_mut(node) {
            *slot = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::open;

    /// The rule as it reads: as long as there is a cycle, everybody on it who can falls back.
    fn slowly(old: &[Option<usize>], edges: &mut [Option<usize>]) -> Vec<bool> {
        let mut dropped = vec![false; old.len()];
        loop {
            let is_above_itself = |start: usize, edges: &[Option<usize>]| {
                let walk =
                    std::iter::successors(edges.get(start).copied().flatten(), |at| edges.get(*at).copied().flatten());
                walk.take(old.len()).any(|at| at == start)
            };
            let falling: Vec<usize> = (0..old.len())
                .filter(|node| edges.get(*node) != old.get(*node) && is_above_itself(*node, edges))
                .collect();
            if falling.is_empty() {
                return dropped;
            }
            for node in falling {
                if let (Some(edge), Some(dropped)) = (edges.get_mut(node), dropped.get_mut(node)) {
                    *edge = old.get(node).copied().flatten();
                    *dropped = true;
                }
            }
        }
    }

    fn edges() -> impl Strategy<Value = Vec<Option<usize>>> {
        proptest::collection::vec(proptest::option::weighted(0.9, 0_usize..12), 12)
    }

    proptest! {
        #[test]
        fn s14_the_same_people_fall_back_as_by_the_rule_itself(old in edges(), wanted in edges(), keep in any::<u16>()) {
            let keep = |node: usize| keep >> node & 1 == 1;
            let mixed = old.iter().zip(wanted).enumerate();
            let mut quick: Vec<_> = mixed.map(|(node, (old, wanted))| if keep(node) { *old } else { wanted }).collect();
            let mut slow = quick.clone();
            prop_assert_eq!(open(&old, &mut quick), slowly(&old, &mut slow));
            prop_assert_eq!(quick, slow);
        }
    }
}
