//! Invents a company: its people, their supervisors, and their oddities.
//!
//! Everything comes from one seed, in one order, so that a seed is a company. IDs rise with gaps; leaders are picked from
//! among their people, so a supervisor may well stand on a later page than the people they lead.

use std::collections::BTreeMap;

use super::names::{DEPARTMENTS, FIRST_NAMES, LAST_NAMES, OFFICES};
use super::random::Random;
use super::{Company, DirectoryView, Empty, Person, Supervisor};

/// People per team, the lead included.
const TEAM_SIZE: usize = 12;
/// The lowest ID.
const FIRST_ID: u64 = 4_100_017;

impl Company {
    /// Makes up a company of `size` people. The same name, size and seed always give the same people.
    #[must_use]
    pub fn generate(name: &str, size: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut addresses = Addresses { domain: format!("{name}.example"), taken: BTreeMap::new() };
        let mut id = FIRST_ID;
        let mut people = Vec::with_capacity(size);
        for _ in 0..size {
            id += 1 + random.below(97);
            people.push(person(id, &mut random, &mut addresses));
        }
        let departments = assign_departments(&mut people, &mut random);
        assign_leaders(&mut people, &departments, &mut random);
        Self { name: name.to_owned(), people }
    }
}

/// A person without a place in the company yet.
fn person(id: u64, random: &mut Random, addresses: &mut Addresses) -> Person {
    let (first_name, gender) = random.pick(FIRST_NAMES).copied().unwrap_or_default();
    let last_name = random.pick(LAST_NAMES).copied().unwrap_or_default();
    let email = addresses.give(first_name, last_name);
    Person {
        id,
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        email: DirectoryView::Value(email),
        gender: if random.per_mille(60) { Empty::Text.into() } else { gender.into() },
        status: status(random).to_owned(),
        position: Empty::Text.into(),
        supervisor: DirectoryView::Empty(Empty::Null),
        office: sometimes_empty(random.pick(OFFICES).copied(), 30, random),
        department: Empty::Null.into(),
        team: Empty::Null.into(),
        flag: flag(random),
    }
}

fn status(random: &mut Random) -> &'static str {
    match random.below(1000) {
        0..40 => "onboarding",
        40..85 => "leave",
        85..110 => "inactive",
        _ => "active",
    }
}

/// Rule S1: accepted in any spelling, refused, empty in any way, or something that nobody foresaw.
fn flag(random: &mut Random) -> DirectoryView<String> {
    match random.below(1000) {
        0..80 => "nein".into(),
        80..115 => Empty::Text.into(),
        115..130 => Empty::Null.into(),
        130..145 => "Ja ".into(),
        145..149 => "ab Sommer".into(),
        _ => "ja".into(),
    }
}

/// A value, or in some of 1000 cases one of the three ways to have none.
fn sometimes_empty(value: Option<&str>, per_mille: u64, random: &mut Random) -> DirectoryView<String> {
    match value {
        Some(value) if !random.per_mille(per_mille) => value.into(),
        _ => any_empty(random).into(),
    }
}

fn any_empty(random: &mut Random) -> Empty {
    random.pick(&[Empty::Null, Empty::Text, Empty::List]).copied().unwrap_or(Empty::Null)
}

/// Gives everybody a department and a job; gives back each department's people, as indices.
fn assign_departments(people: &mut [Person], random: &mut Random) -> Vec<Vec<usize>> {
    let mut departments = vec![Vec::new(); DEPARTMENTS.len()];
    for (index, person) in people.iter_mut().enumerate() {
        let number = department_number(random.below(100));
        let Some(((name, jobs, _), members)) = DEPARTMENTS.get(number).zip(departments.get_mut(number)) else {
            continue;
        };
        person.department = sometimes_empty(Some(*name), 8, random);
        person.position = sometimes_empty(random.pick(jobs).copied(), 25, random);
        members.push(index);
    }
    departments
}

/// Which department a number below 100 falls into.
fn department_number(mut percent: u64) -> usize {
    for (number, (_, _, share)) in DEPARTMENTS.iter().enumerate() {
        match percent.checked_sub(*share) {
            Some(rest) => percent = rest,
            None => return number,
        }
    }
    0
}

/// Three levels: everybody reports to the team's lead, leads to the department's head, heads to the managing director.
fn assign_leaders(people: &mut [Person], departments: &[Vec<usize>], random: &mut Random) {
    let managing = departments.iter().find_map(|members| random.pick(members)).copied();
    if let Some(person) = managing.and_then(|index| people.get_mut(index)) {
        promote(person, "Geschäftsführung");
    }
    for ((name, _, _), members) in DEPARTMENTS.iter().zip(departments) {
        let head = members.iter().find(|index| Some(**index) == managing).or_else(|| random.pick(members)).copied();
        if let Some(person) = head.and_then(|index| people.get_mut(index)).filter(|_| head != managing) {
            promote(person, &format!("Leitung {name}"));
        }
        report(people, head, managing);
        for (number, team) in members.chunks(TEAM_SIZE).enumerate() {
            assign_team(people, team, &format!("{name} {}", number + 1), head, random);
        }
    }
}

fn assign_team(people: &mut [Person], team: &[usize], name: &str, head: Option<usize>, random: &mut Random) {
    let lead = team.iter().find(|index| Some(**index) == head).or_else(|| random.pick(team)).copied();
    for &index in team {
        let Some(person) = people.get_mut(index) else { continue };
        person.team = sometimes_empty(Some(name), 50, random);
        if Some(index) != head {
            report(people, Some(index), if Some(index) == lead { head } else { lead });
        }
    }
    if let Some(person) = lead.and_then(|index| people.get_mut(index)).filter(|_| lead != head) {
        promote(person, &format!("Teamleitung {name}"));
    }
}

fn promote(person: &mut Person, position: &str) {
    person.position = position.into();
}

/// Makes one person report to another; nobody reports to themselves.
fn report(people: &mut [Person], who: Option<usize>, to: Option<usize>) {
    let above = to.filter(|_| who != to).and_then(|index| people.get(index)).map(|person| Supervisor {
        id: person.id,
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
    });
    if let Some((person, above)) = who.and_then(|index| people.get_mut(index)).zip(above) {
        person.supervisor = DirectoryView::Value(above);
    }
}

/// Addresses, each given once.
struct Addresses {
    domain: String,
    taken: BTreeMap<String, u32>,
}

impl Addresses {
    /// `Jörg Weiß` becomes `joerg.weiss@…`, the next one of that name `joerg.weiss2@…`.
    fn give(&mut self, first_name: &str, last_name: &str) -> String {
        let local = format!("{}.{}", spell(first_name), spell(last_name));
        let count = self.taken.entry(local.clone()).or_default();
        *count += 1;
        let number = if *count > 1 { count.to_string() } else { String::new() };
        format!("{local}{number}@{}", self.domain)
    }
}

/// A name as it is spelled in an address.
fn spell(name: &str) -> String {
    let mut spelled = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' => spelled.push_str("ae"),
            'ö' => spelled.push_str("oe"),
            'ü' => spelled.push_str("ue"),
            'ß' => spelled.push_str("ss"),
            'ç' => spelled.push('c'),
            'é' | 'ë' => spelled.push('e'),
            'ı' => spelled.push('i'),
            'ł' => spelled.push('l'),
            'ś' | 'ş' => spelled.push('s'),
            ' ' => spelled.push('-'),
            other => spelled.push(other),
        }
    }
    spelled
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// How many supervisors stand above each person; the walk ends since nobody has more than everybody above them.
    fn levels(company: &Company) -> Vec<usize> {
        let above: BTreeMap<u64, Option<u64>> =
            company.people.iter().map(|person| (person.id, person.supervisor.value().map(|above| above.id))).collect();
        let depth = |id: u64| {
            let step = |id: &u64| *above.get(id).expect("a supervisor is one of the people");
            std::iter::successors(Some(id), step).take(company.people.len() + 1).count() - 1
        };
        company.people.iter().map(|person| depth(person.id)).collect()
    }

    #[test]
    fn a_seed_is_a_company() {
        assert_eq!(Company::generate("a", 200, 1), Company::generate("a", 200, 1));
        assert_ne!(Company::generate("a", 200, 1), Company::generate("a", 200, 2));
    }

    #[test]
    fn any_size_has_distinct_ids_and_addresses() {
        for size in [0, 1, 2, 13, 5_000] {
            let company = Company::generate("a", size, 3);
            let ids: BTreeSet<u64> = company.people.iter().map(|person| person.id).collect();
            let addresses: BTreeSet<_> = company.people.iter().filter_map(|person| person.email.value()).collect();
            assert_eq!((company.people.len(), ids.len(), addresses.len()), (size, size, size));
            assert!(addresses.iter().all(|address| address.is_ascii()), "{size}");
        }
    }

    #[test]
    fn there_are_three_levels_of_supervisors_and_one_person_above_all() {
        for size in [342, 5_000] {
            let levels = levels(&Company::generate("a", size, 5));
            assert_eq!(levels.iter().filter(|level| **level == 0).count(), 1, "{size} people");
            assert_eq!(levels.iter().max(), Some(&3), "{size} people");
        }
    }

    #[test]
    fn addresses_are_spelled_in_ascii() {
        assert_eq!(spell("Müller-Lüdenscheidt"), "mueller-luedenscheidt");
        assert_eq!(spell("Graf von Rantzau"), "graf-von-rantzau");
        assert_eq!(spell("Yılmaz"), "yilmaz");
        assert!(FIRST_NAMES.iter().all(|(name, _)| spell(name).is_ascii()));
        assert!(LAST_NAMES.iter().all(|name| spell(name).is_ascii()));
    }

    #[test]
    fn the_departments_make_up_the_whole() {
        assert_eq!(DEPARTMENTS.iter().map(|(_, _, share)| share).sum::<u64>(), 100);
    }
}
