//! What events announce, played on the core alone: the database's versions and rows are ours.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use protocol::{ChangeId, Stamp, limits};
use surrealdb_types::{Object, RecordId, ToSql};
use view::catalog::{Capture, Permission, Table};

use super::super::{Core, Effect, Input, LoadNo, Order, Shown, Tuning};
use super::{Announcement, Asked, Found, Seen};
use crate::capture::Captured;
use crate::schema::{Announcing, Schema, Way};
use crate::versions::Clock;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn record(key: i64) -> RecordId {
    RecordId::new("t", key)
}

/// A database, and whoever is told: what is committed is said by each test.
struct World {
    core: Core,
    now: u64,
    versions: BTreeMap<RecordId, u64>,
    rows: BTreeMap<RecordId, i64>,
    told: Vec<String>,
    loads: Vec<(LoadNo, ChangeId)>,
    looks: usize,
}

impl World {
    /// The table is loaded, at the beginning.
    fn new() -> World {
        let tuning = Tuning {
            overlap: ms(1_000),
            own_mark: RecordId::new("_00_mark", "own"),
            audit_rows_per_second: 1,
            way: Way::Events(Announcing { url: "http://here/ingest".into(), bearer: None }),
            patience: ms(limits::ANNOUNCED_MS),
        };
        let core = Core::new(tuning, Clock::begin(1, 0));
        let (versions, rows, told, loads) = Default::default();
        let mut world = World { core, now: 0, versions, rows, told, loads, looks: 0 };
        world.give(Input::Begun { era: 0, floor: Stamp(7), wait: false });
        let table =
            Table { capture: Capture::Captured, select: Permission::Full, fields: BTreeMap::new() };
        let mut schema = Schema { digest: "one".into(), ..Schema::default() };
        schema.catalog.tables.insert("t".into(), table);
        let (began, schema, given) = (ms(0), Arc::new(schema), Vec::new());
        world.give(Input::Defined { began, schema, given });
        world.give(Input::Follow("t".into()));
        world.told.clear();
        world
    }

    fn give(&mut self, input: Input) {
        let mut effects = Vec::new();
        self.core.step(ms(self.now), input, &mut effects);
        effects.into_iter().for_each(|effect| self.perform(effect));
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Tell(Captured::Changes(changes)) => {
                let told = changes.iter().map(|it| {
                    let after =
                        it.after.as_ref().map_or_else(|| "gone".into(), |row| row["n"].to_sql());
                    format!("{} {after}", it.record.to_sql())
                });
                self.told.extend(told);
            }
            Effect::Load(Order { table, load, floor, .. }) => {
                self.loads.push((load, floor));
                let (shown, gone) = (Shown::default(), Vec::new());
                self.give(Input::Loaded { table, load, shown, gone, at: floor });
            }
            Effect::LookAfter(asked) => {
                self.looks += 1;
                let seen = asked.into_iter().map(|Asked { record, deletes }| Seen {
                    version: self.versions.get(&record).copied(),
                    there: deletes.then(|| self.rows.contains_key(&record)),
                    record,
                });
                let (began, seen) = (ms(self.now), Ok(seen.collect()));
                self.give(Input::LookedAfter { began, seen });
            }
            Effect::Read { records, id } => {
                let found = records.into_iter().map(|record| {
                    let after = self.rows.get(&record).map(|n| {
                        let mut row = Object::new();
                        row.insert("n", *n);
                        row
                    });
                    Found { record, after }
                });
                let (began, found) = (ms(self.now), Ok(found.collect()));
                self.give(Input::Read { began, id, found });
            }
            _ => {}
        }
    }

    fn announce(&mut self, key: i64, deletes: bool, version: u64) {
        let said = vec![Announcement { record: record(key), deletes, version: Some(version) }];
        self.give(Input::Announced { said, flooded: Vec::new() });
    }

    fn commit(&mut self, key: i64, version: Option<u64>, n: Option<i64>) {
        let keep = |map: &mut BTreeMap<RecordId, u64>| match version {
            Some(version) => map.insert(record(key), version),
            None => map.remove(&record(key)),
        };
        keep(&mut self.versions);
        match n {
            Some(n) => self.rows.insert(record(key), n),
            None => self.rows.remove(&record(key)),
        };
    }

    fn pass(&mut self, millis: u64) {
        for _ in 0..millis / 25 {
            self.now += 25;
            self.give(Input::Tick);
        }
    }

    fn told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }
}

#[test]
fn what_is_announced_is_told_once_it_is_committed() {
    let mut world = World::new();
    world.announce(1, false, 5);
    world.pass(1_000);
    assert_eq!(world.told(), [""; 0], "it is not committed");
    world.commit(1, Some(5), Some(10));
    world.pass(500);
    assert_eq!(world.told(), ["t:1 10"]);
    world.pass(1_000);
    assert_eq!(world.told(), [""; 0], "once");

    world.announce(1, true, 5);
    world.pass(500);
    assert_eq!(world.told(), [""; 0], "it is still there, of no greater version");
    world.commit(1, None, None);
    world.pass(500);
    assert_eq!(world.told(), ["t:1 gone"]);

    world.commit(2, Some(4), Some(20));
    world.announce(2, true, 3);
    world.pass(500);
    assert_eq!(world.told(), ["t:2 20"], "deleted and made again since");
}

#[test]
fn what_is_never_committed_is_forgotten_in_time_and_delays_no_mark() {
    let mut world = World::new();
    let settled = |world: &World, since| world.core.announced.is_settled(since, &world.core.tables);
    world.announce(1, false, 5);
    world.pass(100);
    let met = ms(world.now);
    assert!(world.core.announced.is_open(&record(1)));
    world.pass(500);
    assert!(settled(&world, met), "one look since is enough");
    world.pass(limits::ANNOUNCED_MS - 1_000);
    assert!(world.core.announced.is_open(&record(1)), "it may still be committed");
    world.pass(2_000);
    assert!(!world.core.announced.is_open(&record(1)));
    let looks = world.looks;
    world.pass(2_000);
    assert_eq!((world.looks, world.told()), (looks, Vec::new()));
}

#[test]
fn of_more_than_may_wait_the_tables_are_loaded_again() {
    let mut world = World::new();
    let loads = world.loads.len();
    let said = (0..i64::try_from(limits::ANNOUNCED_MAX).expect("it is small") + 1)
        .map(|key| Announcement { record: record(key), deletes: false, version: Some(1) })
        .collect();
    world.give(Input::Announced { said, flooded: Vec::new() });
    world.pass(25);
    assert_eq!(world.loads.len(), loads + 1);
    world.give(Input::Announced { said: Vec::new(), flooded: vec!["t".into(), "other".into()] });
    world.pass(25);
    assert_eq!(world.loads.len(), loads + 2);
}

#[test]
fn what_was_announced_to_nobody_alive_is_found_by_the_second_load() {
    let mut world = World::new();
    assert_eq!(world.loads.len(), 1);
    world.pass(limits::ANNOUNCED_MS - 1_000);
    assert_eq!(world.loads.len(), 1);
    world.pass(2_000);
    assert_eq!(world.loads.len(), 2, "30 s after the start");
    assert!(world.loads[0].1 < world.loads[1].1, "what it reads is newer");
    world.pass(2 * limits::ANNOUNCED_MS);
    assert_eq!(world.loads.len(), 2, "once");
}

#[test]
fn a_look_for_a_write_decides_no_deletion_that_is_announced_meanwhile() {
    let mut core = World::new().core;
    let (tables, announced) = (&core.tables, &mut core.announced);
    let said = |deletes| Announcement { record: record(1), deletes, version: Some(5) };
    assert!(announced.announce(ms(0), said(false), true));
    let look = vec![Asked { record: record(1), deletes: false }];
    assert_eq!(announced.take_looks(ms(0), tables), look);
    assert!(announced.announce(ms(1), said(true), true));
    let seen = Seen { record: record(1), version: Some(5), there: None };
    announced.looked(ms(2), ms(0), Ok(vec![seen]));
    assert_eq!(announced.take_reads(ms(2), tables), [record(1)], "the write is committed");
    announced.read(ms(2));
    assert!(announced.is_open(&record(1)), "nobody asked whether the row is gone");
    let look = vec![Asked { record: record(1), deletes: true }];
    assert_eq!(announced.take_looks(ms(500), tables), look);
    let seen = Seen { record: record(1), version: None, there: Some(false) };
    announced.looked(ms(501), ms(500), Ok(vec![seen]));
    assert_eq!(announced.take_reads(ms(501), tables), [record(1)]);
}
