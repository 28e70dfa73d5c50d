#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::bindings::elearnio::connector::types::{AccountStatus, Mapping, Rejected};
use crate::mapping::{map, map_in_place};
use crate::personio::employees::{Place, page, verbatim};
use connector_kit::settings::{CommonSettings, PlanOptions};

const FLAG: &str = "dynamic_1";

fn settings() -> CommonSettings {
    CommonSettings {
        filter_label: String::new(),
        accepted: vec!["ja".to_owned()],
        statuses: vec![("active".to_owned(), AccountStatus::Active)],
        options: PlanOptions { send_invitations: false, groups: None },
    }
}

type People = Vec<Result<Mapping, Rejected>>;
type Paged = Option<(People, Option<String>, Option<u64>)>;

/// A page cut into records, each then mapped by itself.
fn slowly(body: &str) -> Paged {
    let page = page(body, Place::default(), verbatim).ok()?;
    let people = page.records.iter().map(|record| map(record, FLAG, &settings())).collect();
    Some((people, page.next, page.total))
}

/// The same page in one pass.
fn at_once(body: &str, shape: &mut Shape) -> Paged {
    let settings = settings();
    let page = page(body, Place::default(), |reader| map_in_place(reader, FLAG, &settings, shape)).ok()?;
    Some((page.records, page.next, page.total))
}

/// A person as Personio writes them.
fn person(id: u64) -> Value {
    let wrapped =
        |label: &str, value: Value| json!({"label": label, "value": value, "type": "standard", "universal_id": label});
    let named = |kind: &str, name: &str| json!({"type": kind, "attributes": {"id": id, "name": name}});
    json!({"type": "Employee", "attributes": {
        "id": wrapped("ID", json!(id)),
        "first_name": wrapped("First name", json!(format!("P{id}"))),
        "last_name": wrapped("Last name", json!("Muster")),
        "email": wrapped("Email", json!(format!("p{id}@acme.example"))),
        "gender": wrapped("Gender", json!("")),
        "status": wrapped("Status", json!("active")),
        "position": wrapped("Position", json!("Leitung \"Süd\"")),
        "supervisor": wrapped("Supervisor", json!({"type": "Employee", "attributes": {
            "id": wrapped("ID", json!(1)), "first_name": wrapped("First name", json!("Ann"))}})),
        "office": wrapped("Office", named("Office", "Köln")),
        "department": wrapped("Department", named("Department", "Vertrieb")),
        "team": wrapped("Team", if id.is_multiple_of(3) { Value::Null } else { named("Team", "Süd") }),
        FLAG: wrapped("elearnio Sync", json!(if id.is_multiple_of(5) { "nein" } else { "ja" })),
    }})
}

fn body(people: &[Value]) -> String {
    json!({"success": true, "metadata": {"total_elements": people.len()}, "data": people}).to_string()
}

#[test]
fn a_page_of_good_records_is_read_by_its_template() {
    let people: Vec<_> = (1..=20).map(person).collect();
    let text = body(&people);
    let mut shape = Shape::default();
    assert_eq!(at_once(&text, &mut shape), slowly(&text));
    assert_eq!(shape.misses, 0, "every record after the first fits");
    let fits = |person: Value| {
        let text = person.to_string();
        shape.template.as_ref().unwrap().read(&mut Reader::new(&text)).is_some()
    };
    assert!(fits(person(7)) && fits(person(9)));
    assert!(!fits(json!({"attributes": {}})));
}

#[test]
fn a_single_record_in_another_order_is_skipped_and_a_page_of_them_is_learned() {
    let turned = |id| {
        let mut person = person(id);
        let attributes = person.get_mut("attributes").unwrap().as_object_mut().unwrap();
        let all: Map<String, Value> = std::mem::take(attributes).into_iter().rev().collect();
        // The order of keys is the text's; here one key more makes another layout of it.
        *attributes = all;
        attributes.insert("aaa".to_owned(), json!(id));
        person
    };
    let mut shape = Shape::default();
    let single = body(&[person(1), turned(2), person(3), turned(4), person(5)]);
    assert_eq!(at_once(&single, &mut shape), slowly(&single));
    assert_eq!(shape.misses, 0);
    let page = body(&(1..=9).map(turned).collect::<Vec<_>>());
    assert_eq!(at_once(&page, &mut shape), slowly(&page));
    assert!(shape.template.as_ref().unwrap().read(&mut Reader::new(&turned(7).to_string())).is_some());
}

#[test]
fn layouts_that_could_be_read_wrongly_are_read_alike() {
    let attributes =
        |inner: &str| format!(r#"{{"attributes":{{"id":{{"value":1}},"{FLAG}":{{"value":"ja"}},{inner}}}}}"#);
    let odd = [
        attributes(r#""team":{"value":{"attributes":{"id":1,"name":"A"}}}"#),
        attributes(r#""team":{"value":{"attributes":{"id":1,"name":"B"},"value":"C"}}"#),
        attributes(r#""team":{"value":{"attributes":{"id":1,"name":"B"},"name":"C"}}"#),
        attributes(r#""team":{"value":{"attributes":{"id":null,"name":{"value":"D"}}}}"#),
        attributes(r#""team":{"value":{"attributes":{"id":null,"name":null}}}"#),
        attributes(r#""team":{"value":{"attributes":{"id":1,"name":true}}}"#),
        attributes(r#""team":{"value":{"attributes":{"id":1,"name":["E"]}}}"#),
        attributes(r#""team":{"value":{"attributes":{"id":1,"name":" "}}}"#),
        attributes(r#""team":{"value":"F","value":"G"}"#),
        attributes(r#""team":{"value":"F"},"team":{"value":"G"}"#),
        attributes(r#""team":"H""#),
        attributes(r#""team":{"value":"I"}"#),
        attributes(r#""team":[{"value":"J"}]"#),
        attributes(r#""team":{"id":1,"name":"K"}"#),
        attributes(r#""team":{"value":{"id":1,"name":"L"}}"#),
        attributes(r#""team":{"value":1e2}"#),
        attributes(r#""team":{"value":"\ud83d"}"#),
        attributes(r#""team" : { "value" : "M" }"#),
        format!("{} ", attributes(r#""team":"H""#)),
        r#"{"attributes":{"id":1},"attributes":{"id":2}}"#.to_owned(),
        r#"{"attributes":{"id":1},"attributes":[]}"#.to_owned(),
        r#"{"attributes":[]}"#.to_owned(),
        r#"{"id":3}"#.to_owned(),
        "7".to_owned(),
    ];
    for first in &odd {
        for second in &odd {
            let text = format!(r#"{{"data":[{first},{second},{first},{second},{second},{first}]}}"#);
            assert_eq!(at_once(&text, &mut Shape::default()), slowly(&text), "{text}");
        }
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-zü\u{200b}\u{fffd} @.]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("value|id|name|attributes|x", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A page of people, some with something else under some attribute, whole or within its wrapping.
fn any_people() -> impl Strategy<Value = Vec<Value>> {
    let keys =
        ["id", "first_name", "email", "status", "position", "supervisor", "office", "department", "team", FLAG, "new"];
    let change = (prop::sample::select(keys.to_vec()), any_value(), any::<bool>());
    let one = (1_u64..40, prop::collection::vec(change, 0..3)).prop_map(|(id, changes)| {
        let mut person = person(id);
        for (key, value, is_bare) in changes {
            let value = if is_bare { value } else { json!({"label": "L", "value": value}) };
            person.get_mut("attributes").unwrap().as_object_mut().unwrap().insert(key.to_owned(), value);
        }
        person
    });
    prop::collection::vec(one, 0..8)
}

proptest! {
    #[test]
    fn both_ways_give_the_same_for_any_page(pages in prop::collection::vec(any_people(), 1..4), pretty in any::<bool>()) {
        // One shape for all: what was learned on one page is used on the next.
        let mut shape = Shape::default();
        for people in pages {
            let mut text = body(&people);
            if pretty {
                text = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&text).unwrap()).unwrap();
            }
            prop_assert_eq!(at_once(&text, &mut shape), slowly(&text));
        }
    }

    #[test]
    fn both_ways_give_the_same_for_damaged_pages(
        people in any_people(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[\\PC\u{0}-\u{1f}\"\\\\{}\\[\\],:0-9u]{0,3}"), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut shape = Shape::default();
        let good = body(&(1..=3).map(person).collect::<Vec<_>>());
        prop_assert_eq!(at_once(&good, &mut shape), slowly(&good));
        let mut text: Vec<char> = body(&people).chars().collect();
        for (at, new) in changes {
            let at = at.index(text.len());
            text.splice(at..=at, new.chars());
            if text.is_empty() {
                text.push(' ');
            }
        }
        if let Some(cut) = cut {
            text.truncate(cut.index(text.len()));
        }
        let text: String = text.into_iter().collect();
        prop_assert_eq!(at_once(&text, &mut shape), slowly(&text));
        prop_assert_eq!(at_once(&good, &mut shape), slowly(&good), "on a page after another");
    }
}
