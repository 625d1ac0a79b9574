#![allow(clippy::unwrap_used, reason = "a test says by panicking what did not hold")]

//! Circuits against adding up by hand.

mod engine;

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::RowVersion;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use surrealdb_types::{Number, Object, RecordId, Value};
use view::group::{ById, Circuits, Fed, GroupId, Touched, add};
use view::plan::{Aggregate, Expr, Grouping, Path, Slot};
use view::row::Row;

use super::Relational;

fn grouping(sums: &[&str]) -> Arc<Grouping<Slot>> {
    let field = |name: &&str| Expr::Field(Path::field(*name));
    Arc::new(Grouping {
        keys: vec![field(&"k")],
        sums: sums.iter().map(field).collect(),
        shown: vec![(Path::field("n"), Aggregate::Count)],
        over_nothing: false,
    })
}

fn row(key: i64, number: u64, x: Value) -> Row {
    let id = RecordId::new("t", key);
    let mut content = Object::new();
    content.insert("id", Value::RecordId(id.clone()));
    content.insert("x", x);
    Row::new(&id, &content, RowVersion(number), number)
}

fn fed(window: u32, hash: i64, row: &Row, enters: bool) -> Fed {
    let group = GroupId { hash, number: 0 };
    Fed { window, group, row: ById::new(row), args: Arc::new([]), enters }
}

/// What a circuit says of a group, in words.
fn words(touched: &Touched) -> String {
    match &touched.now {
        None => "gone".to_owned(),
        Some(total) => format!(
            "{:?} {} {:?}",
            total.first.key(),
            total.count,
            total.sums.as_ref().map_err(|(row, _)| row.number)
        ),
    }
}

/// The same by hand: rows by id.
fn by_hand(rows: &BTreeMap<i64, Row>) -> String {
    let Some(first) = rows.values().next() else { return "gone".to_owned() };
    let mut sums = Ok(Number::Int(0));
    for row in rows.values() {
        let Some(Value::Number(number)) = row.content().object().get("x").cloned() else {
            continue;
        };
        sums = sums.and_then(|sum| add(sum, number).map_err(|_| row.number));
    }
    format!("{:?} {} {:?}", first.key(), rows.len(), sums.map(|sum| vec![sum]))
}

fn value(chance: &mut StdRng) -> Value {
    match chance.random_range(0..12) {
        0 => Value::None,
        1 => Value::String("5".to_owned()),
        2 => Value::Number(Number::Float(chance.random_range(-4..4) as f64 * 0.1)),
        3 => Value::Number(Number::Decimal(chance.random_range(-100..100i64).into())),
        4 => Value::Number(Number::Int(i64::MAX - chance.random_range(0..3))),
        _ => Value::Number(Number::Int(chance.random_range(-5..5))),
    }
}

#[test]
fn groups_are_what_adding_up_by_hand_gives() {
    let mut circuits = Relational::default();
    let mut chance = StdRng::seed_from_u64(7);
    let (mut steps, mut inexact) = (0, 0);
    for _ in 0..4 {
        let mut circuit = circuits.build(&grouping(&["x"])).unwrap();
        let mut held: BTreeMap<(u32, i64), BTreeMap<i64, Row>> = BTreeMap::new();
        let mut images = 0;
        for _ in 0..120 {
            let mut feed = Vec::new();
            for _ in 0..chance.random_range(1..6) {
                let of = (chance.random_range(0..2), chance.random_range(0..3));
                let key = chance.random_range(0..8);
                images += 1;
                let group = held.entry(of).or_default();
                if let Some(old) = group.remove(&key) {
                    feed.push(fed(of.0, of.1, &old, false));
                }
                if chance.random_bool(0.6) {
                    let new = row(key, images, value(&mut chance));
                    feed.push(fed(of.0, of.1, &new, true));
                    group.insert(key, new);
                }
            }
            for touched in circuit.step(feed) {
                steps += 1;
                let rows = &held[&(touched.window, touched.group.hash)];
                let expected = by_hand(rows);
                inexact += usize::from(expected.contains("Float") || expected.contains("Decimal"));
                assert_eq!(words(&touched), expected);
            }
        }
        // Emptied, so that the next one is the same circuit again.
        let leaving = held.iter().flat_map(|((window, hash), rows)| {
            rows.values().map(|row| fed(*window, *hash, row, false)).collect::<Vec<_>>()
        });
        assert!(circuit.step(leaving.collect()).iter().all(|touched| touched.now.is_none()));
    }
    assert!(steps > 500 && inexact > 100, "{steps} groups were touched, {inexact} of them inexact");
}

#[test]
fn a_sum_without_room_names_the_row_on_which_it_ends() {
    let mut circuit = Relational::default().build(&grouping(&["x"])).unwrap();
    let large: Number = Number::Decimal("79228162514264337593543950335".parse().unwrap());
    let (one, two) = (row(1, 1, Value::Number(large)), row(2, 2, Value::Number(large)));
    let said = circuit.step(vec![fed(0, 0, &one, true), fed(0, 0, &two, true)]);
    let total = said[0].now.as_ref().unwrap();
    assert_eq!(total.sums.as_ref().unwrap_err().0, two);
    let said = circuit.step(vec![fed(0, 0, &one, false)]);
    assert_eq!(said[0].now.as_ref().unwrap().sums, Ok(vec![large]));
}

#[test]
fn a_circuit_that_is_used_again_sums_what_its_new_shape_says() {
    let mut circuits = Relational::default();
    let image = row(1, 1, Value::Number(Number::Int(3)));
    let mut circuit = circuits.build(&grouping(&[])).unwrap();
    circuit.step(vec![fed(0, 0, &image, true)]);
    circuit.step(vec![fed(0, 0, &image, false)]);
    drop(circuit);
    let mut circuit = circuits.build(&grouping(&["x", "y"])).unwrap();
    let said = circuit.step(vec![fed(5, 9, &image, true)]);
    let total = said[0].now.as_ref().unwrap();
    assert_eq!((said[0].window, total.count), (5, 1));
    assert_eq!(total.sums, Ok(vec![Number::Int(3), Number::Int(0)]));
}
