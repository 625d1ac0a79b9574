//! Random plans, rows and changes against the reference evaluator.

use protocol::{Change, ChangeId, Stamp};

use super::draw::{self, Draw};
use super::rig::Rig;
use crate::engine::Engine;

const USERS: &[&str] = &["user:ann", "user:bob", "user:cid"];

fn commit(rig: &mut Rig, draw: &mut Draw, wild: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    for _ in 0..=draw.below(4) {
        let change = if draw.one_in(7) {
            let user = draw.of(USERS);
            let row = (!draw.one_in(8)).then(|| draw::user(draw));
            rig.change(user, row.as_deref())
        } else {
            let record = format!("t:{}", draw.below(12));
            let row = (!draw.one_in(4)).then(|| draw::row(draw, wild));
            rig.change(&record, row.as_deref())
        };
        changes.push(change);
    }
    changes
}

fn register(rig: &mut Rig, draw: &mut Draw, no: u32) {
    let user = if draw.one_in(4) { None } else { Some(draw.of(USERS)) };
    let text = draw::query(draw);
    let params = draw::params(draw);
    rig.register(no, &text, user, &params);
    if draw.one_in(4) {
        // The same once more: both share a window.
        rig.register(no + 100, &text, user, &params);
    }
}

fn run(seed: u64, loud: bool) {
    let mut draw = Draw::new(seed);
    let wild = draw.one_in(3);
    let mut rig = Rig::new(draw.of(draw::PERMISSIONS), draw.of(draw::USER_PERMISSIONS));
    rig.loud = loud;
    rig.engine.refill_entries = draw.of(&[0, 1, 2, 1_000]);
    for user in USERS {
        let row = draw::user(&mut draw);
        rig.write(user, Some(&row));
    }
    let mut heard: Vec<Vec<Change>> = Vec::new();
    for no in 0..5 {
        let changes = commit(&mut rig, &mut draw, wild);
        rig.apply(changes);
        register(&mut rig, &mut draw, no);
    }
    for step in 0..30 {
        let changes = commit(&mut rig, &mut draw, wild);
        heard.push(changes.clone());
        rig.hurried = draw.one_in(3);
        rig.apply(changes);
        if rig.hurried {
            continue;
        }
        match draw.below(12) {
            0 => {
                let again = heard[draw.below(heard.len())].clone();
                assert_eq!(rig.engine.apply(again).views, [], "redelivered");
            }
            1 => reload(&mut rig),
            2 => register(&mut rig, &mut draw, step % 6),
            3 => {
                let no = crate::delta::ViewNo(draw.below(6) as u32);
                rig.engine.unregister(no);
                rig.views.remove(&no);
            }
            _ => {}
        }
    }
    rig.hurried = false;
    rig.apply(Vec::new());
    hydrate_now(&rig);
}

/// A load by difference of what is there anyway says nothing.
fn reload(rig: &mut Rig) {
    rig.stamp += 1;
    let id = ChangeId { era: 0, stamp: Stamp(rig.stamp), position: 0 };
    rig.engine.load_begin("t");
    let rows = rig.tables["t"].iter().map(|(record, row)| Change {
        record: record.clone(),
        after: Some(row.clone()),
        id,
        version: protocol::RowVersion(rig.stamp),
    });
    let rows: Vec<Change> = rows.collect();
    assert_eq!(rig.engine.load_rows("t", rows).views, []);
    assert_eq!(rig.engine.load_end("t", id).views, []);
}

/// Whoever registers now is told what the others were told bit by bit.
fn hydrate_now(rig: &Rig) {
    let mut fresh = Engine::new();
    for (table, rows) in &rig.tables {
        fresh.load_begin(table);
        let loaded = rows.iter().map(|(record, row)| Change {
            record: record.clone(),
            after: Some(row.clone()),
            id: ChangeId::default(),
            version: protocol::RowVersion(1),
        });
        fresh.load_rows(table, loaded.collect());
        fresh.load_end(table, ChangeId::default());
    }
    for (no, told) in rig.views.iter().filter(|(_, told)| !told.failed) {
        fresh.register(*no, &told.plan, told.caller.clone()).unwrap();
        assert_eq!(fresh.digest(*no), rig.engine.digest(*no), "{}", told.text);
    }
    let digests = |engine: &Engine| {
        engine
            .tables()
            .iter()
            .map(|(name, rows, digest)| (name.to_string(), *rows, *digest))
            .collect::<Vec<_>>()
    };
    assert_eq!(digests(&fresh), digests(&rig.engine));
}

#[test]
fn views_follow_the_reference_evaluator() {
    let seeds = std::env::var("SPKY_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(120);
    let only = std::env::var("SPKY_SEED").ok().and_then(|n| n.parse().ok());
    for seed in only.map_or(0..seeds, |seed| seed..seed + 1) {
        let run = std::panic::catch_unwind(|| run(seed, only.is_some()));
        assert!(run.is_ok(), "seed {seed}");
    }
}
