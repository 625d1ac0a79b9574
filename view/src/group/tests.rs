use surrealdb_types::{Number, Value};

use super::ids::Ids;
use super::{GroupId, add, number_of, record};

fn int(value: i64) -> Value {
    Value::Number(Number::Int(value))
}

fn float(value: f64) -> Value {
    Value::Number(Number::Float(value))
}

#[test]
fn keys_of_different_kinds_are_one_group_and_leave_the_one_that_they_entered() {
    let mut ids = Ids::default();
    let one = ids.enter(&[int(1)]);
    assert_eq!(ids.enter(&[float(1.0)]), one);
    assert_ne!(ids.enter(&[float(1.5)]), one, "equal bits, another value");
    assert_ne!(ids.enter(&[Value::None]), ids.enter(&[Value::Null]));
    assert_eq!(ids.leave(&[int(1)]), Some(one));
    assert_eq!(ids.leave(&[int(1)]), None, "none is left");
    assert_eq!(ids.enter(&[int(1)]), one, "1.0 holds it");
    for key in [float(1.0), int(1), float(1.5), Value::None, Value::Null] {
        assert!(ids.leave(&[key]).is_some());
    }
    assert_eq!(ids.bytes(), 0);
}

#[test]
fn keys_that_have_no_bits_are_told_apart_by_number() {
    let mut ids = Ids::default();
    let regex = |text: &str| Value::Regex(text.parse().expect("a regex"));
    let (a, b) = (ids.enter(&[regex("a")]), ids.enter(&[regex("b")]));
    assert_eq!((a.hash, a.number, b.number), (b.hash, 0, 1));
    ids.leave(&[regex("a")]);
    assert_eq!(ids.enter(&[regex("c")]), a, "a number that is free");
}

#[test]
fn a_group_is_named_by_a_record_that_nobody_has() {
    let id = GroupId { hash: -5, number: 2 };
    assert_eq!(number_of(&record(id)), Some(id));
    assert_eq!(number_of(&surrealdb_types::RecordId::new("task", 1)), None);
}

#[test]
fn a_sum_is_added_up_as_the_database_does() {
    let sum = |numbers: &[Number]| numbers.iter().try_fold(Number::Int(0), |a, b| add(a, *b));
    assert_eq!(sum(&[Number::Int(i64::MAX), Number::Int(1)]), Ok(Number::Int(i64::MIN)));
    assert_eq!(sum(&[Number::Int(1), Number::Float(0.5)]), Ok(Number::Float(1.5)));
    #[cfg(feature = "surrealql")]
    {
        let decimal = |text: &str| Number::Decimal(text.parse().expect("a decimal"));
        assert_eq!(sum(&[Number::Float(0.5), decimal("1.25")]), Ok(decimal("1.75")));
        let large = decimal("79228162514264337593543950335");
        assert!(sum(&[large, large]).is_err(), "no room");
    }
}
