//! The histories of mechanism M16: what the feed keeps to itself, and what only looks so.

use protocol::Sighting;
use surrealdb_types::RecordIdKey;

use super::super::{AskedFor, Look, Looked, Place, Went};
use super::*;

/// Rows of one look here, so that a pass takes many.
const LOOK_ROWS: usize = 3;

impl World {
    /// A look: a snapshot now, of which is told later, piece by piece.
    pub(super) fn look(&mut self, look: Look) {
        let Look { table, pass, place, floor, version, .. } = look;
        let mut rows = self.snapshot(&table, floor);
        let mut shown = BTreeSet::new();
        for set in self.sets(floor.stamp, usize::MAX, self.now) {
            let key = key(&set.entries[0].record);
            if let Some((id, _)) = rows.get_mut(&key) {
                id.stamp = set.stamp;
                shown.insert(key);
            }
        }
        let at = |key: i64, (id, n): (ChangeId, Option<i64>)| Sighting {
            found: Change { record: record(key), after: n.map(row), id, version },
            shown: shown.contains(&key),
        };
        let (sightings, rest) = match place {
            Place::Behind(behind) => {
                let there = rows.into_iter().filter(|(_, (_, n))| n.is_some());
                let behind = behind.map(|key| match key {
                    RecordIdKey::Number(key) => key,
                    _ => unreachable!("keys are numbers here"),
                });
                let page: Vec<Sighting> = there
                    .filter(|(key, _)| behind.is_none_or(|behind| *key > behind))
                    .take(LOOK_ROWS)
                    .map(|(key, row)| at(key, row))
                    .collect();
                let last = page.last().map(|it| it.found.record.key.clone());
                let rest = last.filter(|_| page.len() == LOOK_ROWS);
                (page, rest)
            }
            Place::At(records) => {
                let known = |key| rows.get(&key).copied().unwrap_or((floor, None));
                let keys = records.iter().map(key);
                (keys.map(|key| at(key, known(key))).collect(), None)
            }
        };
        let mut when = self.now;
        let read = sightings.len();
        for one in sightings {
            when += self.chance.random_range(0..60);
            self.answers.push((when, Input::Sighted { pass, sightings: vec![one] }));
        }
        let outcome = self.chance.random_ratio(9, 10).then_some(Went { rest, read });
        self.answers.push((when + 1, Input::Audited(Looked { pass, outcome })));
    }

    /// Judges as whoever holds the rows has to.
    pub(super) fn compare(&mut self, sightings: Vec<Sighting>, expected: bool) {
        for Sighting { found, shown } in sightings {
            let key = key(&found.record);
            let n = found.after.as_ref().map(number);
            if n.is_some() {
                self.met.insert(key);
            }
            let known = self.held.get(&key).copied();
            let judged = match known {
                Some((id, _)) => id == found.id || (!shown && id < found.id),
                None => !shown,
            };
            if judged && known.and_then(|(_, n)| n) != n {
                self.found.push((key, expected));
                self.apply(Change { id: ChangeId { position: u32::MAX, ..found.id }, ..found });
            }
        }
    }

    pub(super) fn ask_for_unmet(&mut self, table: &str, pass: u64, since: ChangeId) {
        let held = self.held.iter().filter(|(key, (id, n))| {
            let ours = record(**key).table.as_str() == table;
            ours && n.is_some() && *id <= since && !self.met.contains(key)
        });
        let records = held.map(|(key, _)| record(*key)).collect();
        let soon = self.now + self.chance.random_range(0..50);
        self.answers.push((soon, Input::Unmet { pass, records }));
    }
}

/// Commits of others that go on, as the reader's own mark does: the floor rises with them.
fn and_on(commits: &mut Vec<Commit>, from: u64) {
    let last = commits.last().map_or(1, |commit| commit.stamp);
    let others = (1..=38).map(|n| Commit {
        stamp: last + n,
        visible_at: from + n * 200,
        key: 1_000,
        n: Some(n as i64),
        silent: false,
    });
    commits.extend(others);
}

fn play(seed: u64, silent: bool) -> World {
    let mut chance = StdRng::seed_from_u64(seed);
    let until = chance.random_range(1_000..3_000);
    let mut commits = draw(&mut chance, until);
    for commit in &mut commits {
        commit.silent = silent && chance.random_ratio(1, 6);
    }
    and_on(&mut commits, until);
    let mut world = World::new(seed, commits);
    world.give(begun(false));
    world.give(Input::Follow("t".into()));
    for _ in 0..chance.random_range(0..4) {
        world.run(world.now + chance.random_range(100..900));
        world.give(Input::Follow("t".into()));
    }
    world.run(until + 8_000);
    world
}

/// Rows written, changed and deleted under `OPTION IMPORT`, between others, while the table is loaded again.
#[test]
fn what_the_feed_does_not_tell_is_found() {
    let mut found = 0;
    for seed in 0..100 {
        let world = play(seed, true);
        assert_eq!(world.rows(), world.truth(), "seed {seed}");
        found += world.found.len();
    }
    assert!(found > 100, "only {found}: this shows nothing");
}

/// Commits that become visible late, changes between a look and its comparing, deletions and insertions around it, loads
/// in the middle: none of that is the feed's failure.
#[test]
fn what_the_feed_tells_is_never_taken_for_missed() {
    for seed in 0..200 {
        let world = play(seed, false);
        assert_eq!(world.rows(), world.truth(), "seed {seed}");
        assert_eq!(world.found, [], "seed {seed}");
    }
}

/// *A look finds a row; it is deleted, and the floor passes that; then the definitions are read for which what was found
/// had to wait.* With many tables they are read more seldom than the floor rises.
#[test]
fn what_is_told_late_of_a_look_brings_no_deleted_row_back() {
    for seed in 0..100 {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut commits = draw(&mut chance, 6_000);
        and_on(&mut commits, 6_000);
        let mut world = World::new(seed, commits);
        world.defined_every = 2_900;
        world.give(begun(false));
        world.give(Input::Follow("t".into()));
        world.run(14_000);
        assert_eq!((world.rows(), &world.found[..]), (world.truth(), &[][..]), "seed {seed}");
    }
}

/// *A table comes to be, or is defined anew without its feed, and rows are written before we know.* Then it is loaded, and
/// that is nobody's failure.
#[test]
fn what_a_table_without_a_feed_got_is_loaded_and_not_missed() {
    let commit =
        |stamp, visible_at, key, silent| Commit { stamp, visible_at, key, n: Some(1), silent };
    for seed in 0..40 {
        let mut commits = vec![commit(10, 50, 1, false), commit(20, 700, 2, true)];
        and_on(&mut commits, 100);
        let mut world = World::new(seed, commits);
        world.given_at = Some(700);
        world.give(begun(false));
        world.give(Input::Follow("t".into()));
        world.run(6_000);
        assert_eq!((world.rows(), &world.found[..]), (world.truth(), &[][..]), "seed {seed}");
    }
}

/// *Turning a feed on is no barrier: a writer that began before commits without an entry.* That is found by a second look,
/// which is nobody's failure.
#[test]
fn what_the_second_look_finds_was_to_be_expected() {
    let commit =
        |stamp, visible_at, key, silent| Commit { stamp, visible_at, key, n: Some(1), silent };
    let mut commits = vec![commit(10, 50, 1, false), commit(20, 700, 2, true)];
    and_on(&mut commits, 100);
    let mut world = World::new(1, commits);
    world.give(begun(false));
    let (schema, given) = (Default::default(), vec!["t".to_owned()]);
    world.give(Input::Defined { began: ms(0), schema, given });
    world.give(Input::Follow("t".into()));
    world.run(1_900);
    assert_eq!(world.found, [], "writers from before have two overlaps to end");
    world.run(2_600);
    assert_eq!(world.found, [(2, true)]);
}

/// *A load by difference cannot tell a row that was changed in silence from one that it loaded before at the same floor.*
/// A look that somebody asks for can, whatever the auditor was about, though looks fail and a load begins meanwhile.
#[test]
fn what_somebody_asks_for_is_looked_at_and_told_before_he_hears_so() {
    for seed in 0..40 {
        let commit =
            |stamp, visible_at, key, n, silent| Commit { stamp, visible_at, key, n, silent };
        let mut commits: Vec<Commit> =
            (0..10).map(|key| commit(10 + key as u64, 50, key, Some(1), false)).collect();
        commits.extend((3..9).map(|key| {
            let n = (key % 3 > 0).then_some(2);
            commit(30 + key as u64, 1_400, key, n, true)
        }));
        let mut world = World::new(seed, commits);
        world.give(begun(false));
        world.give(Input::Follow("t".into()));
        world.run(1_400);
        let records = (0..10).map(record).collect();
        world.give(Input::LookAt(AskedFor { no: 7, table: "t".into(), records }));
        let nobodys = AskedFor { no: 8, table: "other".into(), records: vec![record(1)] };
        world.give(Input::LookAt(nobodys));
        if seed % 4 == 0 {
            world.run(1_450);
            world.give(Input::Follow("t".into()));
        }
        world.run(9_000);
        let looked = world.told.iter().filter(|line| line.starts_with("looked at"));
        let expected = ["looked at 7, all is right: true", "looked at 8, all is right: true"];
        assert_eq!(looked.collect::<Vec<_>>(), expected, "seed {seed}");
    }
}
