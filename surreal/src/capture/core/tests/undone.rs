//! The history of mechanism M1 in which the database comes back without its newest commits.

use super::*;

const LOST_FROM: u64 = 1_300;
const BACK_AT: u64 = 1_700;
const MARKED_AT: u64 = 2_500;
const END: u64 = 8_000;

/// Ten stamps a millisecond: the clock goes on.
fn clock(at: u64) -> u64 {
    10 * at
}

fn commits(chance: &mut StdRng) -> Vec<Commit> {
    let mut commits = Vec::new();
    let mut at = 0;
    loop {
        at += chance.random_range(5..60);
        // Nothing is committed behind the mark: what it promises is then the whole truth.
        if at >= MARKED_AT {
            break;
        }
        if (LOST_FROM + 200..BACK_AT).contains(&at) {
            continue;
        }
        let (key, n) = (chance.random_range(0..12), chance.random_ratio(2, 3).then_some(at as i64));
        let stamp = clock(at) + 1 + chance.random_range(0..5);
        commits.push(Commit { stamp, visible_at: at, key, n, silent: false });
    }
    let (stamp, visible_at) = (clock(MARKED_AT), MARKED_AT);
    commits.push(Commit { stamp, visible_at, key: -1, n: Some(1), silent: false });
    commits
}

/// Plays until the mark is answered; meanwhile the database is away, and comes back as `change` says.
fn play(seed: u64, mut change: impl FnMut(&mut World)) -> World {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut world = World::new(seed, commits(&mut chance));
    world.clock = Some(clock);
    world.lost_at = Some(LOST_FROM + 200);
    world.give(begun(false));
    world.give(Input::Follow("t".into()));
    world.give(Input::Follow("_00_mark".into()));
    world.run(BACK_AT - 100);
    change(&mut world);
    while !world.told.iter().any(|line| line.starts_with("swept")) {
        world.run(world.now + 1);
        assert!(world.now < END, "seed {seed}: the mark is not answered: {:?}", world.told);
    }
    world
}

#[test]
fn what_the_database_has_lost_is_loaded_again_before_a_mark_is_answered() {
    for seed in 0..40 {
        let world = play(seed, |world| {
            let lost = |it: &Commit| (LOST_FROM..BACK_AT).contains(&it.visible_at);
            world.commits.retain(|commit| !lost(commit));
        });
        assert_eq!(world.rows(), world.truth(), "seed {seed}, at the mark");
        let undone = world.told.iter().filter(|line| *line == "undone").count();
        assert_eq!(undone, 1, "seed {seed}: {:?}", world.told);
    }
}

#[test]
fn a_database_that_lost_nothing_is_not_accused() {
    for seed in 0..40 {
        let world = play(seed, |_| {});
        assert_eq!(world.rows(), world.truth(), "seed {seed}, at {}: {:?}", world.now, world.told);
        assert!(!world.told.contains(&"undone".into()), "seed {seed}: {:?}", world.told);
        let mut chance = StdRng::seed_from_u64(seed);
        let mut world = World::new(seed, draw(&mut chance, 3_000));
        world.give(begun(false));
        world.give(Input::Follow("t".into()));
        world.run(6_000);
        assert!(!world.told.contains(&"undone".into()), "seed {seed}: late is not lost");
    }
}
