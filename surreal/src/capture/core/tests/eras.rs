//! The history of mechanism M1 in which the database comes back with an older clock.

use super::*;

const BACK_AT: u64 = 1_500;
const CAUGHT_UP_AT: u64 = 12_000;

/// A clock that goes back by far, and has caught up much later. Ten stamps a millisecond.
fn clock(at: u64) -> u64 {
    match at {
        0..BACK_AT => 10_000_000 + at * 10,
        BACK_AT..CAUGHT_UP_AT => 1_000_000 + at * 10,
        CAUGHT_UP_AT.. => 20_000_000 + at * 10,
    }
}

fn commits(chance: &mut StdRng) -> Vec<Commit> {
    let mut commits = Vec::new();
    let mut at = 0;
    while at < CAUGHT_UP_AT + 6_000 {
        at += chance.random_range(5..60);
        // Nobody writes while somebody compares.
        if (6_500..9_000).contains(&at) || (CAUGHT_UP_AT + 4_000..).contains(&at) {
            continue;
        }
        let (key, n) = (chance.random_range(0..12), chance.random_ratio(2, 3).then_some(at as i64));
        // Beside the reader's own marks.
        let stamp = clock(at) + 1 + chance.random_range(0..5);
        commits.push(Commit { stamp, visible_at: at, key, n, silent: false });
    }
    let mark =
        Commit { stamp: clock(6_500), visible_at: 6_500, key: -1, n: Some(1), silent: false };
    let place = commits.partition_point(|commit| commit.visible_at < mark.visible_at);
    commits.insert(place, mark);
    commits
}

#[test]
fn after_a_step_back_of_the_clock_loads_take_the_feeds_place() {
    for seed in 0..40 {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut world = World::new(seed, commits(&mut chance));
        world.clock = Some(clock);
        // Whose clock goes back was restarted: the connection is lost.
        world.lost_at = Some(BACK_AT);
        world.give(begun(false));
        world.give(Input::Follow("t".into()));
        world.give(Input::Follow("_00_mark".into()));
        // Between the marks and the rows of a round there is a load.
        world.give(Input::Follow("_00_query".into()));
        world.run(6_499);
        assert!(world.told.iter().any(|line| line == "behind"), "seed {seed}: {:?}", world.told);
        let (told, found) = (world.told.len(), world.found.len());
        while !world.told[told..].iter().any(|line| line.starts_with("swept")) {
            world.run(world.now + 10);
            assert!(world.now < 9_000, "seed {seed}: the mark is not answered");
        }
        assert_eq!(world.rows(), world.truth(), "seed {seed}, at the mark");
        world.run(CAUGHT_UP_AT + 6_000);
        let behind = world.told.iter().filter(|line| *line == "behind" || *line == "recovered");
        assert_eq!(behind.collect::<Vec<_>>(), ["behind", "recovered"], "seed {seed}");
        assert_eq!(world.rows(), world.truth(), "seed {seed}, after it has caught up");
        assert_eq!(world.found.len(), found, "seed {seed}: loads are no findings");
    }
}

/// *One that starts then reads the feed from its beginning: its first mark is in the first page, below what came before.*
#[test]
fn who_begins_while_the_clock_is_behind_finds_that_out() {
    let before = Commit { stamp: 10_000, visible_at: 0, key: 1, n: Some(1), silent: false };
    let own = Commit { stamp: 10, visible_at: 0, key: OWN, n: Some(1), silent: false };
    let mut world = World::new(1, vec![before, own]);
    world.give(begun(false));
    world.give(Input::MarkRaised { n: 1 });
    world.clock = Some(|at| 10 + at);
    world.run(4_000);
    assert_eq!(world.told, ["behind"]);
}
