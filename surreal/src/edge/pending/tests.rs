//! Transcripts: instructions in column zero, what [`Pending`] says indented.
//!
//! `at 30` sets the clock (ms). `ann/top + task:1 v2` pushes; `!task:1` is a revocation. `next` shows what is to be
//! done; `written`, `back`, `cleared`, `partly cleared`, `reconciled …` tell what came of it.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use protocol::RowVersion;
use surrealdb_types::{RecordId, ToSql};

use super::*;
use crate::edge::EdgeRow;
use crate::names::RefMode;

fn view(name: &str) -> ViewKey {
    let (user, id) = name.split_once('/').expect("user/view");
    ViewKey { auth: Some(RecordId::new("user", user)), id: id.to_owned() }
}

fn edge(name: &str) -> EdgeKey {
    let (table, key) = name.split_once(':').expect("table:key");
    match key.parse::<i64>() {
        Ok(number) => EdgeKey::top(RecordId::new(table, number)),
        Err(_) => EdgeKey::top(RecordId::new(table, key)),
    }
}

fn row(version: u64) -> EdgeRow {
    EdgeRow { version: RowVersion(version), hash: version as i64, value: None }
}

fn operation(words: &[&str]) -> (EdgeKey, EdgeOp) {
    let version = words.get(2).map_or(1, |word| word[1..].parse().expect("v1"));
    match (words[0], words[1].strip_prefix('!')) {
        ("-", Some(name)) => (edge(name), EdgeOp::Leave { revoked: true }),
        ("-", None) => (edge(words[1]), EdgeOp::Leave { revoked: false }),
        ("+", None) => (edge(words[1]), EdgeOp::Enter(row(version))),
        ("~", None) => (edge(words[1]), EdgeOp::Change(row(version))),
        _ => panic!("{words:?}"),
    }
}

fn shown(item: &crate::edge::Item) -> String {
    let view = &item.target.view;
    let user =
        view.auth.as_ref().map(|user| user.to_sql().replace("user:", "")).unwrap_or_default();
    let record = item.key.record.to_sql();
    match &item.op {
        EdgeOp::Leave { revoked: true } => format!("{user}/{} - !{record}", view.id),
        EdgeOp::Leave { revoked: false } => format!("{user}/{} - {record}", view.id),
        EdgeOp::Enter(row) => format!("{user}/{} + {record} {}", view.id, row.version),
        EdgeOp::Change(row) => format!("{user}/{} ~ {record} {}", view.id, row.version),
    }
}

struct Script {
    pending: Pending,
    now: Moment,
    out: Option<Next>,
    said: String,
}

impl Script {
    fn run(limits: Limits, text: &str) -> String {
        let (pending, said) = (Pending::new(limits), String::new());
        let mut script = Script { pending, now: Moment::ZERO, out: None, said };
        for line in text.lines().map(str::trim_end) {
            if line.is_empty() || line.starts_with("  ") {
                continue;
            }
            script.said += &format!("{line}\n");
            let words: Vec<&str> = line.split(' ').collect();
            script.step(&words);
        }
        script.said
    }

    fn say(&mut self, what: &str) {
        self.said += &format!("  {what}\n");
    }

    fn step(&mut self, words: &[&str]) {
        let now = self.now;
        if let "written" | "back" = words[0] {
            let batch = self.batch();
            match words[0] {
                "written" => self.pending.written(now, &batch),
                _ => self.pending.put_back(now, batch),
            }
            return;
        }
        let pending = &mut self.pending;
        match words[0] {
            "at" => self.now = Duration::from_millis(words[1].parse().expect("ms")),
            "admit" => pending.admit(Target::new(RefMode::Dedicated, view(words[1]), "c".into())),
            "hydrate" => pending.hydrate(&view(words[1])),
            "clear" => pending.clear(&view(words[1]), true),
            "refuse" => pending.clear(&view(words[1]), false),
            "reconcile" => pending.reconcile(&view(words[1])),
            "next" => self.next(),
            "cleared" | "partly" => {
                let Some(Next::Clear(target)) = self.out.take() else { panic!("nothing to clear") };
                self.pending.cleared(now, &target.view, words[0] == "cleared");
            }
            "reconciled" => {
                let Some(Next::Reconcile(targets)) = self.out.take() else { panic!("not asked") };
                let difference = words[1..].chunks(2).map(operation).collect::<Vec<_>>();
                for target in targets {
                    self.pending.reconciled(now, &target.view, difference.clone());
                }
            }
            "all" => {
                let up_to = words[2].parse().expect("a place");
                let written = self.pending.is_all_written(up_to);
                self.say(if written { "yes" } else { "no" });
            }
            name => {
                let (key, op) = operation(&words[1..]);
                pending.push(now, &view(name), key, op);
            }
        }
    }

    fn next(&mut self) {
        let next = self.pending.next(self.now);
        match &next {
            Next::Write(batch) => {
                for item in &batch.items {
                    self.say(&shown(item));
                }
            }
            Next::Clear(target) => self.say(&format!("clear {}", target.view.id)),
            Next::Reconcile(targets) => {
                let ids: Vec<&str> = targets.iter().map(|target| &*target.view.id).collect();
                self.say(&format!("reconcile {}", ids.join(" ")));
            }
            Next::Wait(until) => self.say(&format!("wait until {}", until.as_millis())),
            Next::Idle => self.say("idle"),
        }
        if !matches!(next, Next::Wait(_) | Next::Idle) {
            self.out = Some(next);
        }
    }

    fn batch(&mut self) -> Batch {
        match self.out.take() {
            Some(Next::Write(batch)) => batch,
            other => panic!("no batch is out: {other:?}"),
        }
    }
}

fn check(limits: Limits, transcript: Expect) {
    let data = transcript.data();
    let indent = data.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default();
    let indent = indent.len() - indent.trim_start().len();
    let text: String =
        data.lines().map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect();
    transcript.assert_eq(&Script::run(limits, &text));
}

fn rows(rows_per_flush: usize) -> Limits {
    Limits { rows_per_flush, ..Limits::default() }
}

#[test]
fn the_last_operation_of_an_edge_wins() {
    check(
        rows(400),
        expect![[r#"
            admit ann/top
            ann/top + task:1 v1
            ann/top ~ task:1 v2
            ann/top + task:2 v1
            ann/top - task:2
            next
              ann/top - task:2
              ann/top ~ task:1 v2
            next
              idle
            written
            next
              idle
        "#]],
    );
}

#[test]
fn revocations_go_first_then_what_leaves_enters_and_changed() {
    check(
        rows(4),
        expect![[r#"
            admit ann/top
            admit bob/top
            ann/top ~ task:1 v2
            ann/top + task:2
            ann/top - task:3
            bob/top + task:4
            bob/top + task:5
            bob/top - !task:6
            next
              bob/top - !task:6
              ann/top - task:3
              ann/top + task:2 v1
              ann/top ~ task:1 v2
            written
            next
              bob/top + task:4 v1
              bob/top + task:5 v1
        "#]],
    );
}

#[test]
fn a_large_view_goes_in_parts_with_others_between() {
    check(
        rows(2),
        expect![[r#"
            admit ann/top
            admit ann/low
            admit bob/top
            ann/top + task:1
            ann/top + task:2
            ann/top + task:3
            at 1
            ann/low + task:4
            at 2
            bob/top + task:5
            bob/top + task:6
            next
              ann/top + task:1 v1
              ann/top + task:2 v1
            all written 3
              no
            written
            next
              bob/top + task:5 v1
              bob/top + task:6 v1
            written
            next
              ann/top + task:3 v1
              ann/low + task:4 v1
            all written 3
              no
            written
            all written 6
              yes
        "#]],
    );
}

#[test]
fn an_idle_lane_writes_at_once_and_a_busy_one_gathers() {
    check(
        rows(400),
        expect![[r#"
            admit ann/top
            at 1000
            ann/top + task:1
            next
              ann/top + task:1 v1
            ann/top + task:2
            at 1008
            written
            next
              wait until 1016
            ann/top + task:3
            at 1016
            next
              ann/top + task:2 v1
              ann/top + task:3 v1
            at 1900
            written
            ann/top + task:4
            next
              wait until 2000
            ann/top - !task:1
            next
              ann/top - !task:1
              ann/top + task:4 v1
        "#]],
    );
}

#[test]
fn hydrations_that_follow_each_other_go_together() {
    check(
        rows(400),
        expect![[r#"
            admit ann/one
            admit ann/two
            admit ann/three
            admit bob/old
            hydrate ann/one
            hydrate ann/two
            hydrate ann/three
            at 1000
            bob/old + task:9
            next
              bob/old + task:9 v1
            at 1002
            written
            at 1100
            ann/one + task:1
            next
              ann/one + task:1 v1
            at 1104
            written
            ann/two + task:2
            next
              wait until 1124
            at 1110
            ann/three + task:3
            ann/one + task:4
            next
              ann/two + task:2 v1
              ann/one + task:4 v1
              ann/three + task:3 v1
            at 1112
            written
            ann/two + task:5
            at 1114
            next
              ann/two + task:5 v1
        "#]],
    );
}

#[test]
fn a_removed_edge_is_not_created_again_at_once() {
    check(
        rows(400),
        expect![[r#"
            admit ann/top
            ann/top - task:1
            ann/top - task:2
            next
              ann/top - task:1
              ann/top - task:2
            ann/top + task:1 v2
            at 10
            written
            ann/top + task:2 v2
            at 50
            next
              wait until 110
            ann/top - task:2
            ann/top ~ task:1 v3
            at 109
            next
              wait until 110
            at 110
            next
              ann/top ~ task:1 v3
        "#]],
    );
}

#[test]
fn what_came_back_goes_again_unless_something_newer_waits() {
    check(
        rows(400),
        expect![[r#"
            admit ann/top
            ann/top + task:1 v1
            ann/top + task:2 v1
            next
              ann/top + task:1 v1
              ann/top + task:2 v1
            ann/top - task:2
            back
            all written 1
              no
            next
              ann/top - task:2
              ann/top + task:1 v1
            written
            all written 3
              yes
        "#]],
    );
}

#[test]
fn an_ended_view_is_cleared_and_a_new_one_of_that_id_waits_for_it() {
    check(
        rows(2),
        expect![[r#"
            admit ann/top
            admit bob/top
            ann/top + task:1
            clear ann/top
            ann/top + task:2
            bob/top + task:1
            next
              clear top
            partly cleared
            next
              bob/top + task:1 v1
            written
            admit ann/top
            ann/top + task:3
            next
              clear top
            at 5
            cleared
            next
              wait until 105
            at 105
            next
              ann/top + task:3 v1
            written
            clear ann/top
            next
              clear top
            cleared
            next
              idle
        "#]],
    );
}

#[test]
fn too_much_for_one_view_becomes_a_reconciliation() {
    let limits = Limits { rows_per_view_max: 2, ..Limits::default() };
    check(
        limits,
        expect![[r#"
            admit ann/top
            ann/top + task:1
            ann/top + task:2
            ann/top + task:3
            all written 1
              no
            next
              reconcile top
            ann/top ~ task:1 v9
            reconciled + task:1 + task:2
            all written 3
              no
            next
              ann/top + task:2 v1
              ann/top ~ task:1 v9
            written
            all written 9
              yes
        "#]],
    );
}

#[test]
fn a_record_that_changes_everywhere_delays_nobody_else() {
    let limits = Limits { rows_per_flush: 400, ..Limits::default() };
    let mut pending = Pending::new(limits);
    let hot = edge("task:hot");
    let views: Vec<ViewKey> = (0..10_000).map(|user| view(&format!("u{user}/top"))).collect();
    for id in &views {
        pending.admit(Target::new(RefMode::Dedicated, id.clone(), "c".into()));
    }
    let other = view("ann/top");
    pending.admit(Target::new(RefMode::Dedicated, other.clone(), "c".into()));

    let (mut now, mut written, mut delays) = (Moment::ZERO, 0usize, Vec::new());
    let mut asked = None;
    for round in 0..500u64 {
        if round % 10 == 0 {
            for id in &views {
                pending.push(now, id, hot.clone(), EdgeOp::Change(row(round)));
            }
            pending.push(now, &other, edge("task:1"), EdgeOp::Change(row(round)));
            asked = Some(now);
        }
        if let Next::Write(batch) = pending.next(now) {
            now += Duration::from_micros(50) * batch.items.len() as u32;
            written += batch.items.iter().filter(|item| item.key == hot).count();
            if batch.items.iter().any(|item| item.target.view == other) {
                delays.push(now - asked.take().expect("it was asked for"));
            }
            pending.written(now, &batch);
        } else {
            now += Duration::from_millis(10);
        }
    }
    assert!(delays.len() >= 29, "{}", delays.len());
    assert!(delays.iter().max() <= Some(&Duration::from_millis(15)), "{delays:?}");
    // Once a second at most: of the first thousand edges, before anybody knows, once more.
    let most = views.len() * (now.as_secs() as usize + 2);
    assert!(written <= most && written > views.len(), "{written} of {most} in {now:?}");
}

#[test]
fn hot_changes_of_one_user_go_together_and_then_the_next_ones() {
    let mut pending = Pending::new(Limits::default());
    let views: Vec<ViewKey> =
        (0..2_000).map(|n| view(&format!("u{}/v{:03}", n % 5, n / 5))).collect();
    for id in &views {
        pending.admit(Target::new(RefMode::Dedicated, id.clone(), "c".into()));
        pending.push(Moment::ZERO, id, edge("task:hot"), EdgeOp::Change(row(1)));
    }
    let (mut now, mut served) = (Moment::ZERO, Vec::new());
    for _ in 0..200 {
        if let Next::Write(batch) = pending.next(now) {
            let hot = batch.items.iter().filter(|item| item.hot);
            served.extend(hot.map(|item| item.target.view.auth.clone()));
            pending.written(now + Duration::from_millis(1), &batch);
        }
        now += Duration::from_millis(1);
    }
    let written = served.len();
    served.dedup();
    assert!(
        written > 500 && served.len() < written / 20,
        "{written} edges of {} turns",
        served.len()
    );
    let users: BTreeSet<_> = served.into_iter().collect();
    assert_eq!(users.len(), 5, "everybody has had a turn");
}

// -- whatever happens, the edges become what was pushed last ---------------------------------------------------

#[derive(Clone, Debug)]
enum Act {
    Push(usize, u8, u8),
    Next,
    Written,
    Back,
    Reconcile(usize),
    Clear(usize),
    Later(u16),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (0..3usize, 0..6u8, 0..3u8).prop_map(|(view, edge, op)| Act::Push(view, edge, op)),
        3 => Just(Act::Next),
        3 => Just(Act::Written),
        1 => Just(Act::Back),
        1 => (0..3usize).prop_map(Act::Reconcile),
        1 => (0..3usize).prop_map(Act::Clear),
        2 => (0..150u16).prop_map(Act::Later),
    ];
    proptest::collection::vec(act, 0..120)
}

/// The database, and what each view's edges should be.
#[derive(Default)]
struct World {
    stands: BTreeMap<(ViewKey, EdgeKey), u64>,
    wanted: BTreeMap<(ViewKey, EdgeKey), u64>,
    removed: BTreeMap<(ViewKey, EdgeKey), Moment>,
}

impl World {
    fn apply(&mut self, now: Moment, batch: &Batch) {
        for item in &batch.items {
            let edge = (item.target.view.clone(), item.key.clone());
            match &item.op {
                EdgeOp::Leave { .. } => {
                    self.stands.remove(&edge);
                    self.removed.insert(edge, now);
                }
                EdgeOp::Enter(row) | EdgeOp::Change(row) => {
                    let old = self.stands.insert(edge.clone(), row.version.0);
                    assert!(old.is_none_or(|old| old <= row.version.0), "a version went back");
                    let removed = self.removed.get(&edge).copied();
                    let early = removed.is_some_and(|at| now < at + Duration::from_millis(100));
                    assert!(old.is_some() || !early, "created again too early");
                }
            }
        }
    }

    fn difference(&self, id: &ViewKey) -> Vec<(EdgeKey, EdgeOp)> {
        let of = |edges: &BTreeMap<(ViewKey, EdgeKey), u64>| -> BTreeMap<EdgeKey, u64> {
            let own = edges.iter().filter(|((view, _), _)| view == id);
            own.map(|((_, key), version)| (key.clone(), *version)).collect()
        };
        let standing = of(&self.stands).into_iter().map(|(key, version)| {
            let hash = version as i64;
            let (version, value) = (RowVersion(version), surrealdb_types::Value::None);
            (key, crate::edge::reconcile::Standing { version, hash, value })
        });
        let wanted = of(&self.wanted).into_iter().map(|(key, version)| (key, row(version)));
        crate::edge::reconcile::difference(standing.collect(), wanted)
    }

    fn clear(&mut self, now: Moment, id: &ViewKey) {
        let gone: Vec<_> = self.stands.keys().filter(|(view, _)| view == id).cloned().collect();
        for edge in gone {
            self.stands.remove(&edge);
            self.removed.insert(edge, now);
        }
    }
}

fn play(acts: Vec<Act>, rows_per_flush: usize, rows_per_view_max: usize) {
    let limits = Limits { rows_per_flush, rows_per_view_max, ..Limits::default() };
    let mut pending = Pending::new(limits);
    let views: Vec<ViewKey> = ["ann/top", "ann/low", "bob/top"].map(view).into();
    for id in &views {
        pending.admit(Target::new(RefMode::Dedicated, id.clone(), "c".into()));
    }
    let (mut world, mut now, mut version) = (World::default(), Moment::ZERO, 0);
    let mut out: Option<Next> = None;
    let finish = (0..400).flat_map(|_| [Act::Next, Act::Later(20), Act::Written]);
    for act in acts.into_iter().chain(finish) {
        match act {
            Act::Push(number, name, op) => {
                let (id, key) = (&views[number], edge(&format!("task:{name}")));
                let edge = (id.clone(), key.clone());
                version += 1;
                let op = match (op, world.wanted.contains_key(&edge)) {
                    (0, true) => EdgeOp::Leave { revoked: name % 2 == 0 },
                    (_, true) => EdgeOp::Change(row(version)),
                    (_, false) => EdgeOp::Enter(row(version)),
                };
                match &op {
                    EdgeOp::Leave { .. } => world.wanted.remove(&edge),
                    EdgeOp::Enter(row) | EdgeOp::Change(row) => {
                        world.wanted.insert(edge, row.version.0)
                    }
                };
                pending.push(now, id, key, op);
            }
            Act::Next if out.is_none() => match pending.next(now) {
                Next::Wait(_) | Next::Idle => {}
                next => out = Some(next),
            },
            Act::Written | Act::Back => match out.take() {
                Some(Next::Write(batch)) if matches!(act, Act::Written) => {
                    world.apply(now, &batch);
                    pending.written(now, &batch);
                }
                Some(Next::Write(batch)) => {
                    // Its outcome is unknown: here it was written.
                    if batch.items.len() % 2 == 0 {
                        world.apply(now, &batch);
                    }
                    pending.put_back(now, batch);
                }
                Some(Next::Clear(target)) => {
                    world.clear(now, &target.view);
                    pending.cleared(now, &target.view, true);
                }
                Some(Next::Reconcile(targets)) => {
                    for target in targets {
                        let difference = world.difference(&target.view);
                        pending.reconciled(now, &target.view, difference);
                    }
                }
                Some(Next::Wait(_) | Next::Idle) | None => {}
            },
            Act::Reconcile(number) => pending.reconcile(&views[number]),
            Act::Clear(number) => {
                let id = &views[number];
                world.wanted.retain(|(view, _), _| view != id);
                pending.clear(id, true);
                pending.admit(Target::new(RefMode::Dedicated, id.clone(), "c".into()));
            }
            Act::Later(ms) => now += Duration::from_millis(ms.into()),
            Act::Next => {}
        }
    }
    assert!(pending.is_empty(), "{pending:#?}");
    assert!(pending.is_all_written(pending.position()));
    assert_eq!(world.stands, world.wanted);
}

proptest! {
    #[test]
    fn nothing_is_lost_doubled_or_overtaken(
        acts in acts(), flush in 1..5usize, most in prop_oneof![Just(3usize), Just(100)]
    ) {
        play(acts, flush, most);
    }
}
