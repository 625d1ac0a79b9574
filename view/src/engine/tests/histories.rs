//! Histories that broke somebody once.

use protocol::limits::FAULTS_KEPT_MAX;
use protocol::{Change, ChangeId, Code, RowVersion, Stamp};
use surrealdb_types::ToSql;

use super::rig::Rig;
use crate::delta::{RowDelta, StateChange, Step, ViewNo};

fn lines(step: &Step) -> Vec<String> {
    let mut lines = Vec::new();
    for delta in &step.views {
        let no = delta.view.0;
        for row in &delta.rows {
            lines.push(match row {
                RowDelta::Leave { record, revoked: false } => format!("{no} - {}", record.to_sql()),
                RowDelta::Leave { record, revoked: true } => format!("{no} ! {}", record.to_sql()),
                RowDelta::Change(row) => format!("{no} ~ {}", row.id().to_sql()),
                RowDelta::Enter(row) => format!("{no} + {}", row.id().to_sql()),
            });
        }
        lines.extend(delta.state.as_ref().map(|state| match state {
            StateChange::Ready => format!("{no} ready"),
            StateChange::Failed { code, record, .. } => format!("{no} {code} {}", record.to_sql()),
            StateChange::Refused(problem) => format!("{no} {}", problem.code),
            StateChange::Ended => format!("{no} ended"),
        }));
    }
    lines
}

fn ranked(rig: &mut Rig, rows: u32) {
    for n in 1..=rows {
        rig.write(&format!("t:{n}"), Some(&format!("{{ list: 'a', n: {n} }}")));
    }
}

#[test]
fn the_next_row_slides_into_the_window() {
    let mut rig = Rig::new("", "");
    ranked(&mut rig, 5);
    rig.register(1, "SELECT * FROM t WHERE list = 'a' ORDER BY n LIMIT 2 START 1", None, "{}");
    assert_eq!(rig.engine.describe(ViewNo(1)).unwrap().circuit, "positions");
    assert_eq!(lines(&rig.write("t:1", None)), ["1 - t:2", "1 + t:4"]);
    let step = rig.write("t:4", Some("{ list: 'a', n: 0 }"));
    assert_eq!(lines(&step), ["1 - t:4", "1 + t:2"]);
    assert_eq!(lines(&rig.write("t:5", Some("{ list: 'a', n: 9 }"))), [] as [&str; 0]);
}

#[test]
fn a_row_of_two_arms_counts_once_and_stays_while_one_holds() {
    let mut rig = Rig::new("owner = $auth OR open = true", "");
    rig.write("user:ann", Some("{}"));
    rig.register(1, "SELECT * FROM t", Some("user:ann"), "{}");
    assert_eq!(lines(&rig.write("t:1", Some("{ owner: user:ann, open: true }"))), ["1 + t:1"]);
    assert_eq!(lines(&rig.write("t:1", Some("{ owner: user:ann, open: false }"))), ["1 ~ t:1"]);
    assert_eq!(lines(&rig.write("t:1", Some("{ owner: user:bob, open: true }"))), ["1 ~ t:1"]);
    assert_eq!(lines(&rig.write("t:1", Some("{ owner: user:bob, open: false }"))), ["1 ! t:1"]);
}

#[test]
fn a_failed_view_stands_but_lets_go_of_what_is_deleted_or_forbidden() {
    let mut rig = Rig::new("open = true", "");
    rig.write("user:ann", Some("{}"));
    for n in 1..=4 {
        rig.write(&format!("t:{n}"), Some("{ open: true, title: 'a' }"));
    }
    let text = "SELECT * FROM t WHERE string::len(title) > 0";
    rig.register(1, text, Some("user:ann"), "{}");
    let step = rig.write("t:9", Some("{ open: true, title: 7 }"));
    assert_eq!(lines(&step), ["1 ROW_FAILED t:9"]);
    assert_eq!(lines(&rig.write("t:1", None)), ["1 - t:1"]);
    assert_eq!(lines(&rig.write("t:2", Some("{ open: false, title: 'a' }"))), ["1 ! t:2"]);
    assert_eq!(lines(&rig.write("t:3", Some("{ open: true, title: 'b' }"))), [] as [&str; 0]);
    rig.register(2, text, Some("user:ann"), "{}");
    assert_eq!(rig.engine.answer(ViewNo(2)), [], "who comes later has no answer that could stand");
    let step = rig.write("t:9", Some("{ open: true, title: 'c' }"));
    let mended = ["1 ~ t:3", "1 + t:9", "1 ready", "2 + t:3", "2 + t:4", "2 + t:9", "2 ready"];
    assert_eq!(lines(&step), mended);
}

/// *A function fails on a wrong type*: but only on a row that nothing else has excluded, wherever that stands.
#[test]
fn a_row_fails_a_view_when_all_that_cannot_fail_lets_it_pass() {
    let mut rig = Rig::new("open != false", "");
    rig.write("user:ann", Some("{}"));
    let text = "SELECT * FROM t WHERE string::len(title) > 0 AND kind != 'b'";
    rig.register(1, text, Some("user:ann"), "{}");
    // None of it is a key: every row is judged.
    let row = |open: bool, kind: &str| format!("{{ open: {open}, kind: '{kind}', title: 7 }}");
    assert_eq!(lines(&rig.write("t:1", Some(&row(false, "a")))), [] as [&str; 0], "not permitted");
    assert_eq!(lines(&rig.write("t:1", Some(&row(true, "b")))), [] as [&str; 0], "of another kind");
    assert_eq!(lines(&rig.write("t:1", Some(&row(true, "a")))), ["1 ROW_FAILED t:1"]);
    assert_eq!(lines(&rig.write("t:1", Some(&row(true, "b")))), ["1 ready"]);
}

/// *A permission meets a record link, and its rows are missing from a view that says it is ready.*
#[test]
fn a_permission_that_raises_fails_the_view_and_the_row_is_not_told() {
    let mut rig = Rig::new("owner.name = 'Ann' OR public", "");
    rig.write("user:ann", Some("{}"));
    rig.register(1, "SELECT * FROM t", Some("user:ann"), "{}");
    rig.register(2, "SELECT * FROM t WHERE kind = 'b'", Some("user:ann"), "{}");
    let step = rig.write("t:1", Some("{ owner: user:ann, kind: 'a' }"));
    assert_eq!(
        lines(&step),
        ["1 LINK_IN_PATH t:1"],
        "of the other one it is no row, whoever may see it"
    );
    let hidden = |state: &Option<StateChange>| {
        matches!(state, Some(StateChange::Failed { of_permission: true, .. }))
    };
    assert!(hidden(&step.views[0].state));
    let step = rig.write("t:1", Some("{ owner: { name: 'Ann' }, kind: 'a' }"));
    assert_eq!(lines(&step), ["1 + t:1", "1 ready"]);
}

#[test]
fn a_view_that_fails_on_more_rows_than_are_kept_fails_until_all_are_mended() {
    let mut rig = Rig::new("", "");
    let last = FAULTS_KEPT_MAX + 9;
    let all = |rig: &mut Rig, keys: std::ops::RangeInclusive<usize>, row: &str| {
        let changes = keys.map(|n| rig.change(&format!("t:{n}"), Some(row))).collect();
        rig.apply(changes)
    };
    all(&mut rig, 1..=last, "{ n: 'x' }");
    rig.register(1, "SELECT * FROM t WHERE math::abs(n) > 1", None, "{}");
    assert_eq!(lines(&all(&mut rig, 1..=FAULTS_KEPT_MAX, "{ n: 0 }")), [] as [&str; 0]);
    assert_eq!(lines(&all(&mut rig, FAULTS_KEPT_MAX + 1..=last, "{ n: 1 }")), ["1 ready"]);
}

#[test]
fn a_row_that_no_key_finds_makes_a_window_keep_its_own_matches() {
    let mut rig = Rig::new("", "");
    for n in 1..=6 {
        rig.write(&format!("t:{n}"), Some(&format!("{{ tags: ['x'], n: {n} }}")));
    }
    rig.register(1, "SELECT * FROM t WHERE tags CONTAINS 'x' ORDER BY n LIMIT 2", None, "{}");
    assert_eq!(rig.engine.describe(ViewNo(1)).unwrap().circuit, "positions");
    let step = rig.write("t:7", Some("{ tags: 'a text with an x', n: 0 }"));
    assert_eq!(lines(&step), ["1 - t:2", "1 + t:7"]);
    assert_eq!(rig.engine.describe(ViewNo(1)).unwrap().circuit, "kept");
    assert_eq!(lines(&rig.write("t:1", None)), ["1 - t:1", "1 + t:2"]);
}

#[test]
fn the_views_of_a_deleted_user_end() {
    let mut rig = Rig::new("", "");
    rig.write("user:ann", Some("{}"));
    rig.register(1, "SELECT * FROM t", Some("user:ann"), "{}");
    rig.register(2, "SELECT * FROM t", None, "{}");
    let changes = vec![rig.change("user:ann", None), rig.change("t:1", Some("{}"))];
    assert_eq!(lines(&rig.apply(changes)), ["1 ended", "2 + t:1"]);
    assert!(!rig.register(1, "SELECT * FROM t", Some("user:ann"), "{}"), "no such user");
    rig.write("user:ann", Some("{}"));
    assert!(rig.register(1, "SELECT * FROM t", Some("user:ann"), "{}"));
    assert_eq!(lines(&rig.engine.drop_table("user")), ["1 ended"]);
}

/// *Deleted and made again before we look.*
#[test]
fn the_views_of_a_user_who_is_back_in_the_same_commit_end() {
    let mut rig = Rig::new("", "");
    rig.write("user:ann", Some("{}"));
    rig.register(1, "SELECT * FROM t", Some("user:ann"), "{}");
    let changes = vec![rig.change("user:ann", None), rig.change("user:ann", Some("{}"))];
    assert_eq!(lines(&rig.apply(changes)), ["1 ended"]);
}

#[test]
fn a_users_row_moves_his_views_by_difference() {
    let mut rig = Rig::new("list IN $auth.lists", "");
    rig.write("user:ann", Some("{ lists: ['a', 'b'] }"));
    for (n, list) in ["a", "b", "c"].iter().enumerate() {
        rig.write(&format!("t:{n}"), Some(&format!("{{ list: '{list}' }}")));
    }
    rig.register(1, "SELECT * FROM t", Some("user:ann"), "{}");
    let changes = vec![
        rig.change("user:ann", Some("{ lists: ['b', 'c'] }")),
        rig.change("t:1", Some("{ list: 'b', n: 1 }")),
    ];
    assert_eq!(lines(&rig.apply(changes)), ["1 ! t:0", "1 ~ t:1", "1 + t:2"]);
    assert_eq!(lines(&rig.write("user:ann", Some("{ lists: ['b', 'c'], n: 1 }"))), [] as [&str; 0]);
}

#[test]
fn who_registers_a_known_number_again_is_told_the_difference() {
    let mut rig = Rig::new("open = true", "");
    rig.write("user:ann", Some("{}"));
    ranked(&mut rig, 3);
    rig.write("t:1", Some("{ open: true, list: 'a' }"));
    rig.register(1, "SELECT * FROM t WHERE list = 'a'", None, "{}");
    let plan = rig.plan("SELECT * FROM t", Some("user:ann"));
    let caller = crate::caller::Caller {
        auth: Some(crate::lower::record_id("user:ann").unwrap()),
        ..Default::default()
    };
    let step = rig.engine.register(ViewNo(1), &plan, caller).unwrap();
    assert_eq!(lines(&step), ["1 ! t:2", "1 ! t:3", "1 ready"]);
}

#[test]
fn a_table_has_at_most_so_many_indexes() {
    let mut rig = Rig::new("", "");
    ranked(&mut rig, 3);
    let text = |n: usize| format!("SELECT * FROM t WHERE c{n} = 1 ORDER BY n LIMIT 1");
    let most = protocol::limits::INDEXES_PER_TABLE_MAX;
    for n in 0..most {
        assert!(rig.register(n as u32, &text(n), None, "{}"));
    }
    let plan = rig.plan(&text(most), None);
    let refused = rig.engine.register(ViewNo(1), &plan, Default::default()).unwrap_err();
    assert_eq!(refused.code, Code::LimitExceeded);
    assert_eq!(
        rig.engine.describe(ViewNo(1)).unwrap().circuit,
        "kept",
        "the old view is untouched"
    );
    rig.engine.unregister(ViewNo(5));
    rig.views.remove(&ViewNo(5));
    assert!(rig.register(99, &text(most), None, "{}"), "an index goes with its last window");
}

#[test]
fn a_refill_walks_a_bounded_number_of_entries_at_a_time() {
    let mut rig = Rig::new("", "");
    let rows: Vec<Change> = (0..5_000)
        .map(|n| {
            let m = if n % 2_000 == 0 { 1 } else { 0 };
            rig.change(&format!("t:{n}"), Some(&format!("{{ m: {m}, n: {n} }}")))
        })
        .collect();
    rig.apply(rows);
    rig.register(1, "SELECT * FROM t WHERE m > 0 ORDER BY n LIMIT 1", None, "{}");
    // Two matches are kept; both go in one commit, and the next is 2,000 entries on.
    rig.hurried = true;
    let gone = vec![rig.change("t:0", None), rig.change("t:2000", None)];
    assert_eq!(rig.apply(gone).views, [], "the deltas wait");
    assert!(rig.engine.describe(ViewNo(1)).unwrap().refilling);
    assert_eq!(rig.engine.answer(ViewNo(1)).len(), 1, "what was told stands");
    rig.hurried = false;
    let (mut step, mut more) = rig.engine.refill();
    while more {
        assert_eq!(step.views, []);
        (step, more) = rig.engine.refill();
    }
    assert_eq!(lines(&step), ["1 - t:0", "1 + t:4000"]);
}

#[test]
fn a_row_that_no_key_finds_comes_with_others() {
    let mut rig = Rig::new("", "");
    ranked(&mut rig, 4);
    rig.register(1, "SELECT * FROM t WHERE list = 'a' ORDER BY n LIMIT 2", None, "{}");
    assert_eq!(rig.engine.describe(ViewNo(1)).unwrap().circuit, "positions");
    let commit = vec![rig.change("t:1", None), rig.change("t:9", Some("{ list: 1..2 }"))];
    assert_eq!(lines(&rig.apply(commit)), ["1 - t:1", "1 + t:3"]);
    assert_eq!(rig.engine.describe(ViewNo(1)).unwrap().circuit, "kept");
}

#[test]
fn a_row_that_raises_on_a_condition_without_a_key_is_found_beside_one_with_a_key() {
    let mut rig = Rig::new("", "");
    rig.write("t:1", Some("{ a: { x: 2 }, b: t:9 }"));
    let text = "SELECT * FROM t WHERE b.x = $range AND a.x = 1";
    rig.register(1, text, None, "{ range: 1..2 }");
    assert!(rig.engine.describe(ViewNo(1)).unwrap().failed);
    rig.write("t:1", Some("{ a: { x: 2 }, b: { x: 1..2 } }"));
    assert!(!rig.engine.describe(ViewNo(1)).unwrap().failed);
}

#[test]
fn a_load_by_difference_says_what_it_found() {
    let mut rig = Rig::new("", "");
    ranked(&mut rig, 3);
    rig.register(1, "SELECT * FROM t", None, "{}");
    rig.engine.load_begin("t");
    let kept = rig.change("t:1", Some("{ list: 'a', n: 1 }"));
    let changed = rig.change("t:2", Some("{ list: 'b', n: 2 }"));
    let at = ChangeId { era: 0, stamp: Stamp(rig.stamp), position: 0 };
    assert_eq!(lines(&rig.engine.load_rows("t", vec![kept, changed])), ["1 ~ t:2"]);
    assert_eq!(lines(&rig.engine.load_end("t", at)), ["1 - t:3"]);
}

#[test]
fn a_commit_that_leaves_content_as_it_was_says_nothing() {
    let mut rig = Rig::new("", "");
    ranked(&mut rig, 1);
    rig.register(1, "SELECT * FROM t", None, "{}");
    let version = rig.engine.answer(ViewNo(1))[0].version;
    let gone = rig.change("t:1", None);
    let back = rig.change("t:1", Some("{ list: 'a', n: 1 }"));
    let never = [rig.change("t:2", Some("{}")), rig.change("t:2", None)];
    let step = rig.apply([vec![gone, back], never.to_vec()].concat());
    assert_eq!(step.views, []);
    assert_eq!(rig.engine.answer(ViewNo(1))[0].version, version);
    assert!(version > RowVersion(0));
}

#[test]
fn an_argument_that_raises_fails_the_rows_that_it_is_evaluated_on() {
    let mut rig = Rig::new("", "");
    rig.write("user:ann", Some("{ role: list:1 }"));
    let text = "SELECT * FROM t WHERE $auth.role.x = NONE AND $t IN tags LIMIT 3";
    rig.register(1, text, Some("user:ann"), "{ t: ['x'] }");
    let step = rig.write("t:2", Some("{ tags: ['z', ['x']] }"));
    assert_eq!(lines(&step), ["1 LINK_IN_PATH t:2"]);
    let step = rig.write("user:ann", Some("{ role: 'admin' }"));
    assert_eq!(lines(&step), ["1 + t:2", "1 ready"]);
}

#[test]
fn a_row_that_had_no_place_in_an_order_gets_one() {
    let mut rig = Rig::new("", "");
    rig.write("t:1", Some("{ list: 'b', title: 7 }"));
    let text = "SELECT *, string::lowercase(title) AS k FROM t WHERE list = $l ORDER BY k LIMIT 1";
    rig.register(1, text, None, "{ l: 'a' }");
    rig.write("t:1", Some("{ list: 'b', title: 'x' }"));
    rig.register(2, text, None, "{ l: 'b' }");
    assert_eq!(lines(&rig.write("t:1", None)), ["2 - t:1"]);
}
