use protocol::RowVersion;
use surrealdb_types::{Number, Object, RecordId, Value};

use super::{Entry, Order, Ordered};
use crate::plan::{Collation, Expr, OrderKey, Path};
use crate::row::Row;

fn entry(order: &Order, key: i64, n: i64, number: u64) -> Entry {
    let id = RecordId::new("t", key);
    let content = Object::from_iter([("n".to_owned(), Value::Number(Number::Int(n)))]);
    order.place(&Row::new(&id, &content, RowVersion(number), number)).unwrap()
}

fn draw(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

#[test]
fn an_ordered_set_is_what_sorting_gives() {
    let by_n = OrderKey {
        key: Expr::Stored(Path::field("n")),
        descending: true,
        collation: Collation::Bytes,
    };
    let order = Order::new([by_n].into(), [].into());
    let (mut set, mut model, mut state) = (Ordered::default(), Vec::<(i64, i64)>::new(), 7);
    let mut entries: Vec<Entry> = Vec::new();
    for number in 0..6_000 {
        if draw(&mut state, 3) == 0 && !entries.is_empty() {
            let at = draw(&mut state, entries.len() as u64) as usize;
            let gone = entries.swap_remove(at);
            assert!(set.remove(&order, &gone));
            assert!(!set.remove(&order, &gone));
            model.swap_remove(at);
        } else {
            let n = draw(&mut state, 500) as i64;
            let new = entry(&order, number, n, number as u64);
            set.insert(&order, new.clone());
            entries.push(new);
            model.push((-n, number));
        }
    }
    let mut sorted = model.clone();
    sorted.sort_unstable();
    let keys = |set: &Ordered| set.iter().map(|entry| entry.row.number as i64).collect::<Vec<_>>();
    assert_eq!(keys(&set), sorted.iter().map(|(_, key)| *key).collect::<Vec<_>>());
    assert_eq!(set.len(), sorted.len());
    for n in [0, 1, 255, 256, 257, 1_000, sorted.len() - 1] {
        let at = set.nth(n);
        let found = set.get(at).unwrap();
        assert_eq!(found.row.number as i64, sorted[n].1);
        assert_eq!(set.lower_bound(&order, found), at);
        for back in [0, 1, 2, 255, 256, 300, n / 2, n] {
            assert_eq!(set.back(at, back), set.nth(n.saturating_sub(back)), "{back} before {n}");
        }
        assert_eq!(set.forward(at, 300), set.nth(n + 300));
        assert_eq!(set.from(at).count(), sorted.len() - n);
    }
    assert_eq!(set.nth(sorted.len()), set.end());
    assert_eq!(set.back(set.end(), 1), set.nth(sorted.len() - 1));
    // Another image of a record at its place, and at another one.
    let (old, n) = (set.get(set.nth(400)).unwrap().clone(), -sorted[400].0);
    let moved = entry(&order, sorted[400].1, n + 1, 9_000);
    assert!(!set.replace(&order, &old, &moved));
    let new = entry(&order, sorted[400].1, n, 9_000);
    assert!(set.replace(&order, &old, &new));
    assert_eq!(set.get(set.nth(400)).unwrap().row.number, 9_000);
    assert!(set.replace(&order, &new, &old));
    assert_eq!(Ordered::of_entries(&order, entries).len(), sorted.len());
    // In the middle of a piece, where one begins, everything.
    let border = (300..).find(|n| set.nth(*n).begins_a_piece()).unwrap();
    for length in [700, border, 0] {
        set.truncate(set.nth(length));
        assert_eq!(keys(&set), sorted[..length].iter().map(|(_, key)| *key).collect::<Vec<_>>());
        assert_eq!((set.len(), set.is_empty()), (length, length == 0));
        set.insert(&order, entry(&order, -1, i64::MIN + 1, 9_001));
        assert_eq!(set.iter().last().unwrap().row.number, 9_001, "behind {length}");
        set.truncate(set.nth(length));
    }
}
