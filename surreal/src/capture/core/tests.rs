//! The histories of mechanisms M1, M2 and M12, played on the core alone: time, visibility and chance are ours.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::{Change, ChangeId, Stamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use surrealdb_types::{Object, RecordId, SurrealValue};

use super::super::Captured;
use super::super::feed::{Entry, Set};
use super::{Beginning, Core, Effect, Feed, Input, Lost, Order, Reading, Shown, Tuning};
use crate::schema::Way;
use crate::versions::Clock;

mod audits;
mod eras;
mod undone;

const OVERLAP: Duration = Duration::from_millis(1_000);

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// One commit: one record, one content or its deletion.
#[derive(Clone, Debug)]
struct Commit {
    stamp: u64,
    visible_at: u64,
    key: i64,
    n: Option<i64>,
    /// Whether the feed shows it.
    silent: bool,
}

/// A database whose commits become visible when we say so, and somebody who applies what is told by M3.
struct World {
    core: Core,
    now: u64,
    commits: Vec<Commit>,
    /// What comes back to the core, and when.
    answers: Vec<(u64, Input)>,
    chance: StdRng,
    held: BTreeMap<i64, (ChangeId, Option<i64>)>,
    loading: BTreeMap<String, BTreeSet<i64>>,
    told: Vec<String>,
    /// Where the tail asked.
    asked: Vec<u64>,
    /// What a pass of the auditor found, and what it found otherwise than it was held.
    met: BTreeSet<i64>,
    found: Vec<(i64, bool)>,
    /// The database's clock, where the reader's own marks are written.
    clock: Option<fn(u64) -> u64>,
    /// A moment at which the connection is lost.
    lost_at: Option<u64>,
    /// The first reading of the definitions that is not older finds the table without its feed, and gives it one.
    given_at: Option<u64>,
    /// How often the definitions are read.
    defined_every: u64,
    /// Whether the auditor's looks are answered: they find what the feed's readers have missed.
    audited: bool,
}

impl World {
    fn new(seed: u64, commits: Vec<Commit>) -> World {
        let own_mark = RecordId::new("_00_mark", "own");
        let tuning = Tuning {
            overlap: OVERLAP,
            own_mark,
            audit_rows_per_second: 2_000,
            way: Way::Feed,
            patience: ms(30_000),
        };
        let core = Core::new(tuning, Clock::begin(1, 0));
        let chance = StdRng::seed_from_u64(seed);
        let (held, loading, answers, told, asked) = Default::default();
        let (met, found) = Default::default();
        let (now, clock, lost_at, given_at) = (0, None, None, None);
        let (defined_every, audited) = (90, true);
        World {
            core,
            now,
            commits,
            answers,
            chance,
            held,
            loading,
            told,
            asked,
            met,
            found,
            clock,
            lost_at,
            given_at,
            defined_every,
            audited,
        }
    }

    fn visible(&self, at: u64) -> impl Iterator<Item = &Commit> {
        self.commits.iter().filter(move |commit| commit.visible_at <= at)
    }

    fn sets(&self, since: Stamp, limit: usize, at: u64) -> Vec<Set> {
        let told = |it: &&Commit| it.stamp >= since.0 && !it.silent;
        let mut seen: Vec<&Commit> = self.visible(at).filter(told).collect();
        seen.sort_by_key(|commit| commit.stamp);
        let set = |commit: &Commit| Set {
            stamp: Stamp(commit.stamp),
            entries: vec![Entry { record: record(commit.key), after: commit.n.map(row) }],
            pairs: 1,
        };
        seen.into_iter().take(limit).map(set).collect()
    }

    fn give(&mut self, input: Input) {
        let mut effects = Vec::new();
        self.core.step(ms(self.now), input, &mut effects);
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        let soon = self.now + self.chance.random_range(1..8);
        match effect {
            Effect::Tell(captured) => self.tell(captured),
            Effect::ReadTail { era, since, limit, after } => {
                let began = self.now + u64::try_from(after.as_millis()).unwrap();
                self.asked.push(since.0);
                let lost = self.lost_at.take_if(|at| *at <= began).is_some();
                let sets = self.sets(since, limit, began);
                let outcome = if lost { Err(Lost::Question) } else { Ok(sets) };
                let reading = Reading { era, began: ms(began), outcome };
                self.answers.push((began + soon - self.now, Input::Tail(reading)));
            }
            Effect::ReadSweep { era, since, limit, .. } => {
                let outcome = Ok(self.sets(since, limit, self.now));
                let reading = Reading { era, began: ms(self.now), outcome };
                self.answers.push((soon, Input::Swept(reading)));
            }
            Effect::Load(order) => self.load(order),
            Effect::ReadDefinitions => {
                let (began, given) = (ms(self.now), Vec::new());
                let defined = Input::Defined { began, schema: Default::default(), given };
                self.answers.push((soon, defined));
            }
            Effect::Audit(look) if self.audited => self.look(look),
            Effect::Audit(_)
            | Effect::NoteAudits(_)
            | Effect::LookAfter(_)
            | Effect::Read { .. } => {}
            Effect::Begin(Beginning::Anew { era } | Beginning::Beyond { era, .. }) => {
                let last = self.visible(self.now).map(|commit| commit.stamp).max();
                let floor = Stamp(last.unwrap_or_default());
                self.answers.push((soon, Input::Begun { era, floor, wait: true }));
            }
            Effect::RaiseMark => self.raise(),
            Effect::Begin(Beginning::First) | Effect::Keep(_) | Effect::CountLate(_) => {}
        }
    }

    /// A load: a snapshot now, whose pages arrive much later.
    fn load(&mut self, order: Order) {
        let Order { table, load, floor, feed, version, .. } = order;
        let mut shown = Shown { newest: floor.stamp, ..Shown::default() };
        let mut rows = self.snapshot(&table, floor);
        let told = self.sets(floor.stamp, usize::MAX, self.now);
        for set in told.into_iter().filter(|_| feed == Feed::Trusted) {
            shown.newest = set.stamp;
            if let Some((id, _)) = rows.get_mut(&key(&set.entries[0].record)) {
                shown.stamps.insert(set.stamp);
                id.stamp = set.stamp;
            }
        }
        let change = |(key, (id, n)): (i64, (ChangeId, Option<i64>))| Change {
            record: record(key),
            after: n.map(row),
            id,
            version,
        };
        let (there, gone): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, (_, n))| n.is_some());
        let at = ChangeId { stamp: shown.newest.max(floor.stamp), position: u32::MAX, ..floor };
        let mut when = self.now + self.chance.random_range(0..40);
        for page in there.chunks(3) {
            when += self.chance.random_range(1..90);
            let rows = page.iter().copied().map(change).collect();
            self.answers.push((when, Input::Rows { table: table.clone(), load, rows }));
        }
        let gone = gone.into_iter().filter(|(_, (id, _))| *id > floor).map(change).collect();
        self.answers.push((when + 1, Input::Loaded { table, load, shown, gone, at }));
    }

    /// The records of a table as they are now, deleted ones too, each known by the floor.
    fn snapshot(&self, table: &str, floor: ChangeId) -> BTreeMap<i64, (ChangeId, Option<i64>)> {
        let commits = self.visible(self.now);
        let commits = commits.filter(|commit| record(commit.key).table.as_str() == table);
        commits.map(|commit| (commit.key, (floor, commit.n))).collect()
    }

    fn tell(&mut self, captured: Captured) {
        match captured {
            Captured::LoadBegin { table } => {
                self.loading.insert(table, BTreeSet::new());
            }
            Captured::LoadRows { table, rows } => {
                let loaded = self.loading.get_mut(&table).expect("a load began");
                loaded.extend(rows.iter().map(|row| key(&row.record)));
                rows.into_iter().for_each(|row| self.apply(row));
            }
            Captured::LoadEnd { table, at } => {
                let loaded = self.loading.remove(&table).expect("a load began");
                for (key, held) in &mut self.held {
                    let ours = record(*key).table.as_str() == table;
                    if ours && !loaded.contains(key) && held.0 < at && held.1.is_some() {
                        *held = (at, None);
                    }
                }
            }
            Captured::Changes(changes) => changes.into_iter().for_each(|it| self.apply(it)),
            Captured::AuditBegin { .. } => self.met.clear(),
            Captured::Sighted { sightings, expected, .. } => self.compare(sightings, expected),
            Captured::AuditEnd { table, pass, since } => self.ask_for_unmet(&table, pass, since),
            Captured::LookedAt { no } => {
                let right = self.rows() == self.truth();
                self.told.push(format!("looked at {no}, all is right: {right}"));
            }
            Captured::Floor(floor) => {
                self.held.retain(|_, (id, n)| n.is_some() || *id >= floor);
            }
            Captured::CaughtUp { .. } => self.told.push(format!("caught up at {}", self.now)),
            Captured::Behind => self.told.push("behind".into()),
            Captured::Undone => self.told.push("undone".into()),
            Captured::Recovered => self.told.push("recovered".into()),
            Captured::Swept { upto } => self.told.push(format!("swept @{}", upto.stamp.0)),
            Captured::Definitions(_) | Captured::Failed(_) | Captured::Posted { .. } => {}
        }
    }

    fn apply(&mut self, change: Change) {
        let (key, n) = (key(&change.record), change.after.as_ref().map(number));
        let known = self.held.get(&key);
        if known.is_none_or(|(_, n)| n.is_none()) {
            self.met.insert(key);
        }
        if known.is_none_or(|(id, _)| change.id > *id) {
            self.held.insert(key, (change.id, n));
        }
    }

    /// Commits the reader's own mark by the database's clock, if it has one.
    fn raise(&mut self) {
        let Some(clock) = self.clock else { return };
        let before = self.commits.iter().filter(|commit| commit.key == OWN).count() as i64;
        let (n, at) = (before + 1, self.now + 2);
        let commit =
            Commit { stamp: clock(at), visible_at: at, key: OWN, n: Some(n), silent: false };
        let later = self.commits.iter().position(|commit| commit.visible_at > at);
        self.commits.insert(later.unwrap_or(self.commits.len()), commit);
        self.answers.push((at + 1, Input::MarkRaised { n }));
    }

    fn run(&mut self, until: u64) {
        while self.now < until {
            self.now += 1;
            self.answers.sort_by_key(|(at, _)| *at);
            while self.answers.first().is_some_and(|(at, _)| *at <= self.now) {
                let (_, input) = self.answers.remove(0);
                self.give(input);
            }
            if self.now.is_multiple_of(20) {
                self.give(Input::Tick);
            }
            if self.now.is_multiple_of(self.defined_every) {
                let began = self.now - 30;
                let given = self.given_at.take_if(|at| *at <= began);
                let given = given.map(|_| "t".to_owned()).into_iter().collect();
                let schema = Default::default();
                self.give(Input::Defined { began: ms(began), schema, given });
            }
        }
    }

    fn rows(&self) -> BTreeMap<i64, i64> {
        let held = self.held.iter().filter(|(key, _)| **key >= 0);
        held.filter_map(|(key, (_, n))| n.map(|n| (*key, n))).collect()
    }

    fn truth(&self) -> BTreeMap<i64, i64> {
        let commits = self.visible(self.now).filter(|commit| commit.key >= 0);
        let last: BTreeMap<i64, Option<i64>> = commits.map(|it| (it.key, it.n)).collect();
        last.into_iter().filter_map(|(key, n)| n.map(|n| (key, n))).collect()
    }
}

/// The reader's own mark.
const OWN: i64 = -99;

fn record(key: i64) -> RecordId {
    match key {
        OWN => RecordId::new("_00_mark", "own"),
        _ if key < 0 => RecordId::new("_00_mark", key),
        _ => RecordId::new("t", key),
    }
}

fn key(record: &RecordId) -> i64 {
    match record.key {
        surrealdb_types::RecordIdKey::Number(key) => key,
        _ => OWN,
    }
}

fn row(n: i64) -> Object {
    let mut row = Object::new();
    row.insert("n", n.into_value());
    row
}

fn number(row: &Object) -> i64 {
    match row.get("n") {
        Some(surrealdb_types::Value::Number(n)) => n.to_int().unwrap_or_default(),
        _ => 0,
    }
}

fn begun(wait: bool) -> Input {
    Input::Begun { era: 0, floor: Stamp(0), wait }
}

/// Commits of one record never overlap; those of others take up to most of the overlap to become visible.
fn draw(chance: &mut StdRng, until: u64) -> Vec<Commit> {
    let mut free = BTreeMap::new();
    let mut commits = Vec::new();
    let mut at = 0;
    for stamp in 1.. {
        at += chance.random_range(0..25);
        if at > until {
            return commits;
        }
        let key = chance.random_range(0..12);
        if free.get(&key).is_some_and(|visible_at| *visible_at >= at) {
            continue;
        }
        let slow = chance.random_ratio(1, 10);
        let late = if slow { chance.random_range(0..900) } else { chance.random_range(0..3) };
        free.insert(key, at + late);
        let n = chance.random_ratio(2, 3).then_some(stamp as i64);
        commits.push(Commit { stamp, visible_at: at + late, key, n, silent: false });
    }
    unreachable!("stamps do not end")
}

/// *A commit with an older stamp can become visible after a newer one; pages read from T1 to T9, then a tail from T0.*
/// Loads at random moments, again and again, under commits that become visible late.
#[test]
fn whatever_becomes_visible_late_or_beside_a_load_is_not_missed() {
    for seed in 0..100 {
        let mut chance = StdRng::seed_from_u64(seed);
        let until = chance.random_range(800..3_000);
        let mut world = World::new(seed, draw(&mut chance, until));
        world.give(begun(false));
        // The last load ends about when the commits do: nothing later mends what it broke.
        world.run(until - 700 + chance.random_range(0..600));
        world.give(Input::Follow("t".into()));
        for _ in 0..chance.random_range(0..4) {
            world.run(world.now + chance.random_range(1..300));
            world.give(Input::Follow("t".into()));
        }
        world.run(world.now.max(until) + 3_000);
        assert_eq!(world.rows(), world.truth(), "seed {seed}");
        assert!(world.told.iter().any(|line| line.starts_with("caught up")), "seed {seed}");
    }
}

#[test]
fn a_late_older_stamp_is_found_by_the_sweep() {
    let commit =
        |stamp, visible_at, key| Commit { stamp, visible_at, key, n: Some(1), silent: false };
    let mut world = World::new(1, vec![commit(20, 100, 1), commit(10, 900, 2)]);
    world.audited = false;
    world.give(begun(false));
    world.give(Input::Follow("t".into()));
    world.run(890);
    assert_eq!(world.rows(), BTreeMap::from([(1, 1)]));
    assert!(*world.asked.last().unwrap() > 10, "the tail alone looks no longer back so far");
    world.run(1_400);
    assert_eq!(world.rows(), BTreeMap::from([(1, 1), (2, 1)]));
}

/// *One huge commit would be transferred with every poll.*
#[test]
fn a_set_that_was_read_twice_is_not_asked_for_again() {
    let mut world =
        World::new(1, vec![Commit { stamp: 20, visible_at: 0, key: 1, n: Some(1), silent: false }]);
    world.give(begun(false));
    world.give(Input::Follow("t".into()));
    world.run(1_500);
    let polls = world.asked.len();
    world.run(4_000);
    assert!(world.asked.len() > polls + 5);
    assert!(world.asked[polls..].iter().all(|since| *since == 21), "{:?}", world.asked);
}

#[test]
fn where_older_commits_may_be_under_way_the_load_waits() {
    let mut world = World::new(1, Vec::new());
    world.give(begun(true));
    world.give(Input::Follow("t".into()));
    world.run(950);
    assert!(world.told.is_empty());
    world.run(1_300);
    assert_eq!(world.told.len(), 1);
}

/// *The tail alone may not have met an older commit that was late.*
#[test]
fn a_mark_waits_for_a_sweep_that_began_after_it_was_met() {
    // The definitions, which it waits for too, are read before the sweep or after it.
    for seed in 0..40 {
        let late = Commit { stamp: 10, visible_at: 600, key: 1, n: Some(7), silent: false };
        let mark = Commit { stamp: 40, visible_at: 700, key: -1, n: Some(1), silent: false };
        let other = Commit { stamp: 30, visible_at: 100, key: 2, n: Some(1), silent: false };
        let mut world = World::new(seed, vec![late, other, mark]);
        world.audited = false;
        world.give(begun(false));
        world.give(Input::Follow("t".into()));
        world.give(Input::Follow("_00_mark".into()));
        while !world.told.iter().any(|line| line == "swept @40") {
            world.run(world.now + 1);
            assert!(world.now < 1_500, "seed {seed}: {:?}", world.told);
        }
        let there = world.rows().get(&1) == Some(&7);
        assert!(there, "seed {seed}: what was acknowledged before is there");
    }
}

/// *The database comes back with an older clock: its new entries stand below the feed's last one.*
#[test]
fn a_pulse_that_does_not_come_back_is_told_once_and_begins_anew_when_it_does() {
    let mut world = World::new(
        1,
        vec![Commit { stamp: 1_000, visible_at: 0, key: 1, n: Some(1), silent: false }],
    );
    world.give(begun(false));
    world.run(500);
    world.give(Input::MarkRaised { n: 5 });
    world.run(900);
    assert!(world.told.is_empty(), "it has half the overlap");
    world.run(3_000);
    assert_eq!(world.told, ["behind"]);
    world.give(Input::MarkRaised { n: 6 });
    world.run(5_000);
    assert_eq!(world.told, ["behind"]);
    let own = Entry { record: RecordId::new("_00_mark", "own"), after: Some(row(7)) };
    world.give(Input::MarkRaised { n: 7 });
    let set = Set { stamp: Stamp(2_000), entries: vec![own], pairs: 1 };
    let reading = Reading { era: 0, began: ms(world.now), outcome: Ok(vec![set]) };
    world.give(Input::Tail(reading));
    assert_eq!(world.told, ["behind", "recovered"]);
}
