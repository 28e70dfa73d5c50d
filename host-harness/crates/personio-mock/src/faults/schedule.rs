//! Counts requests, and says what goes wrong with this one.

use super::{Fault, Requests, Rule};

/// The rules that are in force, each with its own count.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    armed: Vec<Armed>,
}

#[derive(Debug, Clone)]
struct Armed {
    rule: Rule,
    seen: u64,
}

impl Schedule {
    /// Puts a rule in force; it counts from here.
    pub fn add(&mut self, rule: Rule) {
        self.armed.push(Armed { rule, seen: 0 });
    }

    /// Puts every rule out of force.
    pub fn clear(&mut self) {
        self.armed.clear();
    }

    /// The rules that may still make something go wrong.
    pub fn rules(&self) -> impl Iterator<Item = Rule> {
        self.armed.iter().filter(|armed| !armed.is_over()).map(|armed| armed.rule)
    }

    /// Counts one request, and says what goes wrong with it, in the order in which the rules came.
    pub fn due(&mut self, request: Requests) -> Vec<Fault> {
        self.armed.iter_mut().filter_map(|armed| armed.count(request)).collect()
    }
}

impl Armed {
    fn count(&mut self, request: Requests) -> Option<Fault> {
        if self.rule.on != Requests::Any && self.rule.on != request {
            return None;
        }
        self.seen += 1;
        (self.seen >= self.rule.at && (self.rule.times == 0 || self.seen < self.end())).then_some(self.rule.fault)
    }

    const fn is_over(&self) -> bool {
        self.rule.times > 0 && self.seen.saturating_add(1) >= self.end()
    }

    /// The first request that is past it.
    const fn end(&self) -> u64 {
        self.rule.at.saturating_add(self.rule.times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_counts_its_own_requests_and_ends() {
        let mut schedule = Schedule::default();
        schedule.add(Rule { fault: Fault::Reset, on: Requests::Employees, at: 2, times: 2 });
        schedule.add(Rule { fault: Fault::Gzip, on: Requests::Any, at: 3, times: 0 });
        let all = [Requests::Auth, Requests::Employees, Requests::Employees, Requests::Employees, Requests::Employees];
        let due = all.map(|request| schedule.due(request));
        let both = vec![Fault::Reset, Fault::Gzip];
        assert_eq!(due, [vec![], vec![], both.clone(), both, vec![Fault::Gzip]]);
        assert_eq!(schedule.rules().count(), 1, "the first is over, the second never is");
        schedule.clear();
        assert_eq!(schedule.due(Requests::Any), []);
    }
}
