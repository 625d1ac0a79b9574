use protocol::{Change, ChangeId, RowVersion, Sighting, Stamp};
use surrealdb_types::{Number, Object, RecordId, RecordIdKey, Value};

use super::Rows;
use crate::digest::Digest;

fn id(stamp: u64) -> ChangeId {
    ChangeId { era: 0, stamp: Stamp(stamp), position: 0 }
}

fn change(key: i64, n: Option<i64>, stamp: u64) -> Change {
    let record = RecordId::new("t", key);
    let after = n.map(|n| {
        let mut row = Object::new();
        row.insert("id", Value::RecordId(record.clone()));
        row.insert("n", Value::Number(Number::Int(n)));
        row
    });
    Change { record, after, id: id(stamp), version: RowVersion(stamp) }
}

fn row(rows: &Rows, key: i64) -> Option<(u64, u64)> {
    rows.get(&key.into()).map(|row| (row.number, row.version.0))
}

#[test]
fn a_redelivered_change_does_nothing() {
    let (mut rows, mut number) = (Rows::default(), 0);
    assert!(rows.apply(change(1, Some(1), 5), &mut number).is_some());
    assert!(rows.apply(change(1, Some(2), 5), &mut number).is_none());
    assert!(rows.apply(change(1, None, 4), &mut number).is_none());
    assert!(rows.apply(change(1, None, 6), &mut number).is_some());
    assert!(rows.apply(change(1, Some(1), 5), &mut number).is_none(), "behind the tombstone");
    assert_eq!((rows.len(), rows.digest()), (0, Digest::default()));
}

#[test]
fn a_deletion_stands_until_the_floor_has_passed_it() {
    let (mut rows, mut number) = (Rows::default(), 0);
    rows.apply(change(1, Some(1), 5), &mut number);
    rows.apply(change(1, None, 7), &mut number);
    rows.forget_before(id(7));
    assert!(rows.apply(change(1, Some(1), 5), &mut number).is_none(), "read again from the floor");
    rows.forget_before(id(8));
    assert!(rows.apply(change(1, Some(1), 9), &mut number).is_some());
}

#[test]
fn equal_content_keeps_the_image_and_moves_the_change() {
    let (mut rows, mut number) = (Rows::default(), 0);
    rows.apply(change(1, Some(1), 5), &mut number);
    let before = row(&rows, 1);
    assert!(rows.apply(change(1, Some(1), 9), &mut number).is_none());
    assert_eq!(row(&rows, 1), before);
    assert!(rows.apply(change(1, Some(2), 8), &mut number).is_none(), "the change id moved to 9");
}

#[test]
fn a_version_only_rises_over_a_deletion_too() {
    let (mut rows, mut number) = (Rows::default(), 0);
    rows.apply(change(1, Some(1), 50), &mut number);
    rows.apply(Change { version: RowVersion(3), ..change(1, Some(2), 51) }, &mut number);
    assert_eq!(row(&rows, 1), Some((2, 51)));
    rows.apply(Change { version: RowVersion(0), ..change(1, None, 52) }, &mut number);
    rows.apply(Change { version: RowVersion(7), ..change(1, Some(2), 53) }, &mut number);
    assert_eq!(row(&rows, 1), Some((3, 52)));
    rows.forget_before(id(99));
}

#[test]
fn a_load_by_difference_deletes_what_it_did_not_meet() {
    let (mut rows, mut number) = (Rows::default(), 0);
    rows.load_begin();
    for key in 1..=3 {
        rows.load_row(change(key, Some(key), 10), &mut number);
    }
    assert!(rows.missed(id(10)).is_empty());
    rows.apply(change(4, Some(4), 30), &mut number);
    rows.apply(change(3, None, 31), &mut number);
    rows.load_begin();
    assert!(rows.load_row(change(1, Some(1), 20), &mut number).is_none());
    assert!(
        rows.load_row(change(3, Some(3), 20), &mut number).is_none(),
        "older than the tombstone"
    );
    let missed = rows.missed(id(20));
    let gone = rows.delete_missed(&missed, id(20));
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0].row().id(), RecordId::new("t", 2));
    assert_eq!(rows.len(), 2, "what a newer change made stays");
}

/// What a look found whose feed shows a change of the record, or none since the floor.
fn shown(key: i64, n: Option<i64>, stamp: u64) -> Sighting {
    Sighting { found: change(key, n, stamp), shown: true }
}

fn unshown(key: i64, n: Option<i64>, floor: u64) -> Sighting {
    Sighting { found: change(key, n, floor), shown: false }
}

#[test]
fn what_differs_in_silence_is_told_above_what_is_held_and_below_what_comes() {
    let (mut rows, mut number) = (Rows::default(), 0);
    rows.apply(change(1, Some(1), 5), &mut number);
    assert!(rows.difference(unshown(1, Some(1), 9)).is_none(), "as it is held");
    let missed = rows.difference(unshown(1, Some(2), 9)).unwrap();
    assert!(missed.id > id(9) && missed.id < id(10));
    assert!(rows.apply(missed, &mut number).is_some());
    assert!(rows.difference(unshown(1, Some(2), 9)).is_none());
    assert!(rows.difference(unshown(1, Some(3), 9)).is_none(), "the next look says it");
    assert!(rows.difference(unshown(1, Some(3), 10)).is_some());
    assert!(rows.difference(unshown(2, Some(1), 9)).is_some(), "a row that nobody told of");
    assert!(rows.difference(unshown(1, None, 10)).is_some(), "a row that went");
    assert!(rows.difference(unshown(3, None, 10)).is_none(), "nobody knows it");
}

#[test]
fn what_the_feed_will_tell_or_has_told_since_is_not_judged() {
    let (mut rows, mut number) = (Rows::default(), 0);
    rows.apply(change(1, Some(1), 12), &mut number);
    rows.apply(change(2, None, 12), &mut number);
    assert!(rows.difference(unshown(1, Some(7), 9)).is_none(), "changed after the look");
    assert!(rows.difference(unshown(2, Some(7), 9)).is_none(), "deleted after the look");
    assert!(rows.difference(shown(1, Some(7), 15)).is_none(), "about to be told");
    assert!(rows.difference(shown(1, None, 15)).is_none(), "its deletion is about to be told");
    assert!(rows.difference(shown(3, Some(7), 15)).is_none(), "its creation is about to be told");
    assert!(rows.difference(shown(1, Some(7), 12)).is_some(), "written over in silence");
    assert!(rows.difference(shown(2, Some(7), 12)).is_some(), "made again in silence");
}

#[test]
fn a_look_from_before_what_is_remembered_brings_no_deleted_row_back() {
    let (mut rows, mut number) = (Rows::default(), 0);
    rows.apply(change(1, Some(1), 5), &mut number);
    rows.apply(change(1, None, 12), &mut number);
    rows.forget_before(id(20));
    assert!(rows.difference(unshown(1, Some(1), 9)).is_none(), "it was deleted since");
    assert!(rows.difference(unshown(1, Some(1), 20)).is_some(), "made again in silence");
}

#[test]
fn a_pass_knows_which_rows_no_look_found() {
    let (mut rows, mut number) = (Rows::default(), 0);
    (1..=4).for_each(|key| drop(rows.apply(change(key, Some(key), 5), &mut number)));
    rows.audit_begin();
    rows.difference(unshown(1, Some(1), 9));
    rows.difference(unshown(2, None, 9));
    rows.apply(change(3, Some(9), 11), &mut number);
    rows.apply(change(5, Some(5), 12), &mut number);
    let mut unmet = rows.unmet(id(9), 10);
    unmet.sort_unstable();
    assert_eq!(unmet, [RecordIdKey::from(2), 4.into()], "not what changed, or came, since");
    assert_eq!(rows.unmet(id(9), 1).len(), 1);
}
