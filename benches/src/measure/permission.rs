//! Permissions: the same views touched among few and among many, under each of the commonest rules.

use std::time::{Duration, Instant};

use view::engine::Engine;

use super::{Goal, Scale, median};
use crate::documents::{self, RANKS, Rule};
use crate::light::Light;
use crate::workload::{Draw, WINDOW};

/// `owner = $auth`.
pub fn owner(scale: Scale) -> Goal {
    of(
        scale,
        Rule::Owner,
        "views under `owner = $auth`, 1,000 and 1,000,000: step of one's document",
    )
}

/// `members CONTAINS $auth`.
pub fn member(scale: Scale) -> Goal {
    let what = "… under `members CONTAINS $auth`, three each: three views stepped";
    of(scale, Rule::Member, what)
}

/// `owner = $auth OR public OR $auth.admin`.
pub fn owner_or_public_or_admin(scale: Scale) -> Goal {
    of(scale, Rule::OwnerOrPublicOrAdmin, "… under `owner = $auth OR public OR $auth.admin`")
}

fn of(scale: Scale, rule: Rule, what: &'static str) -> Goal {
    let mut engine = documents::loaded(scale.registered);
    let plan = documents::first_permitted(rule);
    let mut stamp = 1;
    let mut measured = |engine: &mut Engine| {
        touch(engine, scale, &mut stamp);
        touch(engine, scale, &mut stamp)
    };
    documents::register(&mut engine, &plan, 0, scale.touched);
    let few = measured(&mut engine);
    documents::register(&mut engine, &plan, scale.touched, scale.registered);
    let many = measured(&mut engine);
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    Goal {
        what,
        measured: format!("{few:?}, {many:?}: {ratio:.2} ×"),
        wanted: "1.2 ×",
        light: Some(format!("{:?}", light(scale, rule))),
    }
}

/// Documents of the first users change their rank.
fn touch(engine: &mut Engine, scale: Scale, stamp: &mut u64) -> Duration {
    let mut draw = Draw::new(6);
    let mut told = 0;
    let times = (0..scale.steps).map(|_| {
        *stamp += 1;
        let change =
            documents::document(draw.below(scale.touched), draw.below(RANKS), *stamp, false);
        let begun = Instant::now();
        let step = engine.apply(vec![change]);
        let took = begun.elapsed();
        told += step.views.len();
        took
    });
    let times = times.collect();
    // One that draws the rank that stands is no change.
    assert!(told as u64 > scale.steps * 9 / 10, "a change is in its owner's view: {told}");
    median(times)
}

/// The same ranks in a set for each user who is told.
fn light(scale: Scale, rule: Rule) -> Duration {
    let mut lights = Light::default();
    let told = if rule == Rule::Member { 3 } else { 1 };
    let mut write = |user: u64, rank: u64| {
        for member in user..user + told {
            // A task of each member's own stands for his place of the document.
            lights.write(member, user * 3 + (member - user), rank, WINDOW as usize);
        }
    };
    (0..scale.registered).for_each(|user| write(user, user % RANKS));
    let mut draw = Draw::new(6);
    let times = (0..scale.steps).map(|_| {
        let (user, rank) = (draw.below(scale.touched), draw.below(RANKS));
        let begun = Instant::now();
        write(user, rank);
        begun.elapsed()
    });
    median(times.collect())
}
