//! Pages without a socket.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]

use std::collections::BTreeSet;

use super::*;
use crate::attributes::visible;
use crate::company::wire::Labels;

fn employees(size: usize) -> Employees {
    let company = Company::generate("acme", size, 1);
    Employees::new(Arc::new(company), visible(Labels::German, &["team".to_owned()]).unwrap(), 100)
}

fn page(employees: &mut Employees, query: &str, faults: &[Fault]) -> Value {
    employees.page(&Query::parse(query).unwrap(), faults)
}

fn ids(page: &Value) -> Vec<u64> {
    let rows = page["data"].as_array().unwrap();
    rows.iter().map(|row| row["attributes"]["id"]["value"].as_u64().unwrap()).collect()
}

fn total(page: &Value) -> u64 {
    page["metadata"]["total_elements"].as_u64().unwrap()
}

#[test]
fn the_default_limit_is_fifty_and_the_maximum_a_hundred() {
    let mut employees = employees(342);
    for (query, rows, limit) in [
        ("", 50, 50),
        ("limit=100&offset=300", 42, 100),
        ("limit=200", 100, 100),
        ("limit=7", 7, 7),
        ("offset=400", 0, 50),
    ] {
        let page = page(&mut employees, query, &[]);
        assert_eq!((ids(&page).len(), page["limit"].as_u64(), total(&page)), (rows, Some(limit), 342), "{query}");
    }
}

#[test]
fn the_offset_counts_records() {
    let mut employees = employees(60);
    let all = ids(&page(&mut employees, "limit=100", &[]));
    assert_eq!(ids(&page(&mut employees, "limit=10&offset=7", &[])), all[7..17]);
}

#[test]
fn only_visible_attributes_that_were_asked_for_are_shown() {
    let mut employees = employees(1);
    let keys = |page: &Value| -> BTreeSet<String> {
        page["data"][0]["attributes"].as_object().unwrap().keys().cloned().collect()
    };
    let all = keys(&page(&mut employees, "", &[]));
    assert!(all.contains("fix_salary") && !all.contains("team"), "{all:?}");
    let asked = keys(&page(&mut employees, "attributes[]=id&attributes[]=team&attributes[]=nonsense", &[]));
    assert_eq!(asked, ["id".to_owned()].into());
}

#[test]
fn an_address_finds_one_person_and_a_date_ignores_the_paging() {
    let mut employees = employees(200);
    let address = employees.company.people[5].email.value().unwrap().to_uppercase();
    let found = page(&mut employees, &format!("email={address}"), &[]);
    assert_eq!(ids(&found), [employees.company.people[5].id]);
    let since =
        |employees: &mut Employees, day| ids(&page(employees, &format!("updated_since={day}&limit=1"), &[])).len();
    assert_eq!(since(&mut employees, "2024-12-31"), 200);
    assert!((1..200).contains(&since(&mut employees, "2025-07-01")));
    assert_eq!(since(&mut employees, "2026-01-01T00:00:00"), 0);
}

#[test]
fn page_faults_change_pages_as_asked() {
    let mut employees = employees(342);
    let query = "limit=100&offset=100";
    let true_page = ids(&page(&mut employees, query, &[]));
    assert_eq!(ids(&page(&mut employees, query, &[Fault::Clamp { rows: 30 }])), true_page[..30]);
    assert_eq!(total(&page(&mut employees, query, &[Fault::LyingTotal { by: -7 }])), 335);
    let doubled = ids(&page(&mut employees, query, &[Fault::DuplicateRows { rows: 5 }]));
    assert_eq!((&doubled[..5], &doubled[5..]), (&true_page[..5], &true_page[..95]));
    for offset in [300, 400, 9_900] {
        let last = page(&mut employees, &format!("limit=100&offset={offset}"), &[Fault::EndlessPage]);
        assert_eq!(ids(&last).last(), employees.company.people.last().map(|person| &person.id));
        assert_eq!((ids(&last).len(), total(&last)), (100, offset + 200));
    }
}

#[test]
fn people_come_at_the_end_and_go_from_the_front() {
    let mut employees = employees(150);
    let before = ids(&page(&mut employees, "limit=100", &[]));
    let after = page(&mut employees, "limit=100", &[Fault::Leave { people: 2 }, Fault::Join { people: 3 }]);
    assert_eq!((ids(&after)[0], total(&after)), (before[2], 151));
    let last = page(&mut employees, "limit=100&offset=148", &[]);
    assert_eq!(ids(&last).len(), 3);
}

#[test]
fn a_page_of_a_large_company_renders_only_who_is_on_it() {
    let mut employees = employees(100_000);
    let before = wire::RENDERED.get();
    let last = page(&mut employees, "limit=100&offset=99950", &[]);
    assert_eq!((ids(&last).len(), wire::RENDERED.get() - before), (50, 50));
}

#[test]
fn updated_since_with_attributes_finds_those_whose_attributes_changed() {
    let mut employees = employees(300);
    let all = ids(&page(&mut employees, "updated_since=2025-06-01", &[]));
    let named = ids(&page(&mut employees, "updated_since=2025-06-01&attributes[]=id&attributes[]=office", &[]));
    assert!(!named.is_empty() && named.len() < all.len(), "{} of {}", named.len(), all.len());
    assert!(named.iter().all(|id| all.contains(id)));
}
