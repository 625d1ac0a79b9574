use std::cmp::Ordering;
use std::collections::HashMap;

use surrealdb_types::{ToSql, Value};

use super::samples::{COLLATIONS, Draw, all, simple, texts};
use super::{KeyBits, compare, compare_as, equal, write_bytes};

/// All samples, and as many drawn values.
fn values() -> Vec<Value> {
    let (simple, mut draw) = (simple(), Draw(7));
    all().into_iter().chain((0..200).map(|_| draw.value(&simple, 3))).collect()
}

fn pairs(mut check: impl FnMut(&Value, &Value)) {
    let values = values();
    for a in &values {
        values.iter().for_each(|b| check(a, b));
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write_bytes(value, &mut out);
    out
}

#[test]
fn the_order_is_antisymmetric() {
    pairs(|a, b| {
        assert_eq!(compare(a, b), compare(b, a).reverse(), "{} {}", a.to_sql(), b.to_sql());
    });
}

#[test]
fn equal_values_have_equal_keys() {
    pairs(|a, b| {
        if let (Some(key_a), Some(key_b)) = (KeyBits::of(a), KeyBits::of(b)) {
            let alike = key_a == key_b;
            assert!(alike || !equal(a, b), "{} {}", a.to_sql(), b.to_sql());
            if alike && KeyBits::exact(a) && KeyBits::exact(b) {
                assert!(equal(a, b), "{} {}", a.to_sql(), b.to_sql());
            }
        }
    });
}

#[test]
fn only_numbers_of_one_integer_part_share_a_key() {
    let int = |value: i64| Value::Number(surrealdb_types::Number::Int(value));
    let float = |value: f64| Value::Number(surrealdb_types::Number::Float(value));
    assert_eq!(KeyBits::of(&int(1)), KeyBits::of(&float(1.9)));
    assert_ne!(KeyBits::of(&int(1)), KeyBits::of(&float(2.0)));
    assert_ne!(KeyBits::of(&int(1)), KeyBits::of(&Value::String("1".to_owned())));
    assert_ne!(KeyBits::of(&float(f64::NAN)), KeyBits::of(&float(f64::INFINITY)));
}

#[test]
fn values_that_print_alike_have_the_same_bytes_and_no_others() {
    let mut known: HashMap<Vec<u8>, String> = HashMap::new();
    for value in values() {
        // Trailing zeros of decimals are nobody's business.
        let printed = format!("{:?}", value.kind()) + &value.to_sql().replace("1.50dec", "1.5dec");
        let before = known.insert(bytes(&value), printed.clone());
        if let Some(before) = before {
            assert_eq!(before, printed);
        }
    }
}

#[test]
fn equal_values_compare_as_equal() {
    pairs(|a, b| {
        let by_match = matches!(a, Value::Regex(_)) || matches!(b, Value::Regex(_));
        if equal(a, b) && !by_match {
            assert_eq!(compare(a, b), Ordering::Equal, "{} {}", a.to_sql(), b.to_sql());
        }
    });
}

#[test]
fn every_order_of_texts_is_transitive() {
    let texts = texts();
    for collation in COLLATIONS {
        let mut sorted = texts.clone();
        sorted.sort_by(|a, b| compare_as(collation, a, b));
        for (at, a) in sorted.iter().enumerate() {
            for b in &sorted[at..] {
                let (there, back) = (compare_as(collation, a, b), compare_as(collation, b, a));
                assert!(there.is_le(), "{collation:?}: {} {}", a.to_sql(), b.to_sql());
                assert_eq!(there, back.reverse(), "{collation:?}: {} {}", a.to_sql(), b.to_sql());
            }
        }
    }
}
