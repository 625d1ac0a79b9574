use surrealdb_types::{Datetime, Duration, Number, Object, RecordId, RecordIdKey, Value};

use super::super::address::{Address, compare_addresses, is_same_key};
use super::super::samples::{Draw, all, simple};
use super::super::{KeyBits, path, write_bytes};
use super::{Packed, Packer};
use crate::plan::{Path, Step};

struct Held {
    bytes: Vec<u8>,
    kept: Vec<Value>,
}

impl Held {
    fn of(id: &RecordId, content: &Object) -> Held {
        let mut packer = Packer::default();
        let (bytes, kept) = packer.pack(id, content);
        Held { bytes: bytes.to_vec(), kept }
    }

    fn packed(&self) -> Packed<'_> {
        Packed::new(&self.bytes, &self.kept)
    }
}

/// All samples, what is at the ends of its range, and as many drawn values.
fn values() -> Vec<Value> {
    let (simple, mut draw) = (simple(), Draw(11));
    let time = |seconds, nanos| Datetime::from_timestamp(seconds, nanos).expect("a time");
    let ends = [
        Value::Datetime(Datetime::MIN_UTC),
        Value::Datetime(Datetime::MAX_UTC),
        Value::Datetime(time(-1, 999_999_999)),
        Value::Datetime(time(1_483_228_799, 1_500_000_000)),
        Value::Duration(Duration::MAX),
        Value::String("é".repeat(40_000)),
    ];
    let drawn = (0..400).map(|_| draw.value(&simple, 3));
    all().into_iter().chain(ends).chain(drawn).collect()
}

/// Whatever can be told of a value: its bits, and the zeros of its decimals.
fn told(value: &Value) -> (Vec<u8>, String) {
    let mut bytes = Vec::new();
    write_bytes(value, &mut bytes);
    (bytes, format!("{value:?}"))
}

fn object(fields: &[(&str, &Value)]) -> Object {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())).collect()
}

#[test]
fn what_is_read_is_what_was_written() {
    let id = RecordId::new("t", 1);
    for pair in values().windows(2) {
        let own = Value::RecordId(id.clone());
        let content = object(&[("", &pair[0]), ("b", &pair[1]), ("id", &own), ("é", &pair[0])]);
        let held = Held::of(&id, &content);
        let read = held.packed().content();
        let whole = Value::Object(read.object());
        assert_eq!(told(&whole), told(&Value::Object(content.clone())));
        for (name, value) in &content {
            assert_eq!(told(&read.get(name).expect(name)), told(value));
        }
        for missing in ["a", "c", "idd", "z", "ê"] {
            assert!(read.get(missing).is_none());
        }
    }
}

#[test]
fn a_field_is_found_among_many() {
    let id = RecordId::new("t", 1);
    for count in [0, 1, 2, 3, 100, 2_000, 30_000] {
        let content: Object =
            (0..count).map(|n| (format!("f{n}"), Value::Number(Number::Int(n)))).collect();
        let held = Held::of(&id, &content);
        let read = held.packed().content();
        assert_eq!(read.object(), content);
        for n in (0..count).step_by(7) {
            assert_eq!(read.get(&format!("f{n}")).as_deref(), content.get(&format!("f{n}")));
        }
        assert!(read.get("f").is_none() && read.get("g").is_none());
    }
}

#[test]
fn an_id_of_any_kind_is_read_and_compared() {
    let mut ids: Vec<RecordId> = values()
        .into_iter()
        .filter_map(|value| if let Value::RecordId(id) = value { Some(id) } else { None })
        .collect();
    ids.push(RecordId::new("long".repeat(100), "k".repeat(200)));
    ids.push(RecordId::new("t", RecordIdKey::Number(i64::MIN)));
    let content = |id: &RecordId| object(&[("id", &Value::RecordId(id.clone()))]);
    let held: Vec<Held> = ids.iter().map(|id| Held::of(id, &content(id))).collect();
    for (id, held) in ids.iter().zip(&held) {
        let packed = held.packed();
        assert_eq!(told(&Value::RecordId(packed.id())), told(&Value::RecordId(id.clone())));
        assert_eq!(
            told(&packed.content().get("id").expect("id")),
            told(&Value::RecordId(id.clone()))
        );
    }
    for (a, id) in held.iter().zip(&ids) {
        for (b, other) in held.iter().zip(&ids) {
            let (a, b) = (a.packed(), b.packed());
            assert_eq!(a.is(other), Address(id) == Address(other), "{id:?} {other:?}");
            assert_eq!(a.key() == b.key(), is_same_key(&id.key, &other.key), "{id:?} {other:?}");
            assert_eq!(a.compare_ids(b), compare_addresses(id, other), "{id:?} {other:?}");
        }
    }
}

/// Paths of up to three steps that begin with a field.
fn paths() -> Vec<Path> {
    let name = |name: &str| Step::Field(name.to_owned());
    let steps =
        [name("x"), name("y"), name("0"), Step::Index(0), Step::All, Step::Last, Step::Optional];
    let mut paths: Vec<Path> = steps.iter().map(|step| Path(vec![step.clone()])).collect();
    for first in [name("x"), Step::Index(0)] {
        for second in &steps {
            paths.push(Path(vec![first.clone(), second.clone()]));
            for third in &steps {
                paths.push(Path(vec![first.clone(), second.clone(), third.clone()]));
                let fourth = name("y");
                let four = [first.clone(), second.clone(), third.clone(), fourth];
                paths.push(Path(four.to_vec()));
            }
        }
    }
    paths
}

#[test]
fn a_path_reads_the_same_of_both_forms() {
    let (id, paths) = (RecordId::new("t", 1), paths());
    let samples = values();
    let nested = samples.iter().map(|value| {
        Value::Object(object(&[("x", &Value::Object(object(&[("y", value)]))), ("y", value)]))
    });
    for value in samples.iter().cloned().chain(nested) {
        let content = object(&[("0", &value), ("x", &value)]);
        let held = Held::of(&id, &content);
        let read = held.packed().content();
        for at in &paths {
            let (a, b) = (path::get(&content, at), path::get(read, at));
            match (a, b) {
                (Ok(a), Ok(b)) => assert_eq!(told(&a), told(&b), "{at:?} {value:?}"),
                (a, b) => assert_eq!(a, b, "{at:?} {value:?}"),
            }
            let (a, b) = (path::stored(&content, at), path::stored(read, at));
            assert_eq!(told(&a), told(&b), "{at:?} {value:?}");
        }
    }
}

#[test]
fn a_packed_value_has_the_key_of_the_value() {
    let id = RecordId::new("t", 1);
    for value in values() {
        let content = object(&[("id", &Value::RecordId(id.clone())), ("x", &value)]);
        let held = Held::of(&id, &content);
        for name in ["id", "x"] {
            let place = held.packed().content().place(name).expect(name);
            let (mut a, mut b) = (Vec::new(), Vec::new());
            let keyed = KeyBits::append(&content[name], &mut a);
            assert_eq!(KeyBits::append_packed(place, &mut b), keyed, "{value:?}");
            assert!(keyed.is_none() || a == b, "{value:?}");
        }
    }
}
