//! What windows of subqueries cost, share and leave behind.

use protocol::limits::FAULTS_KEPT_MAX;
use protocol::{Change, Code};
use surrealdb_types::ToSql;

use super::rig::Rig;
use crate::delta::{RowDelta, StateChange, Step, ViewNo};

const KIDS: &str = "SELECT *, (SELECT * FROM t WHERE up = $parent.id) AS kids FROM t WHERE top";

fn lines(step: &Step) -> Vec<String> {
    let mut lines = Vec::new();
    for delta in &step.views {
        let no = delta.view.0;
        for child in &delta.children {
            let (mark, record) = match &child.row {
                RowDelta::Leave { record, revoked: false } => ('-', record.clone()),
                RowDelta::Leave { record, revoked: true } => ('!', record.clone()),
                RowDelta::Change(row) => ('~', row.id()),
                RowDelta::Enter(row) => ('+', row.id()),
            };
            let under = child.under.parent.to_sql();
            lines.push(format!("{no} {mark} {} under {under}", record.to_sql()));
        }
        if let Some(StateChange::Refused(problem)) = &delta.state {
            lines.push(format!("{no} {}", problem.code));
        }
    }
    lines
}

/// Windows that are open, and families that are known.
fn held(rig: &Rig) -> (usize, usize) {
    (rig.engine.windows.iter().flatten().count(), rig.engine.families.len())
}

#[test]
fn rows_that_ask_the_same_share_a_window_and_the_last_one_closes_it() {
    let mut rig = Rig::new("", "");
    rig.write("t:1", Some("{ top: true, up: t:9 }"));
    rig.write("t:2", Some("{ top: true, up: t:9 }"));
    let text =
        "SELECT *, (SELECT * FROM t WHERE id = $parent.up LIMIT 1)[0] AS up FROM t WHERE top";
    rig.register(1, text, None, "{}");
    // Another text, and the same subquery.
    rig.register(2, &format!("{text} AND up = t:9"), None, "{}");
    assert_eq!(held(&rig), (3, 3), "a window for each view, and one for all four rows");
    let step = rig.write("t:9", Some("{ up: t:8 }"));
    let told = ["1 + t:9 under t:1", "1 + t:9 under t:2", "2 + t:9 under t:1", "2 + t:9 under t:2"];
    assert_eq!(lines(&step), told);
    rig.write("t:1", Some("{ top: true, up: t:8 }"));
    assert_eq!(held(&rig).0, 4, "the first row asks for another now");
    rig.write("t:1", None);
    assert_eq!(held(&rig).0, 3, "and is gone with its window");
    rig.drop_view(1);
    rig.drop_view(2);
    assert_eq!(held(&rig), (0, 0));
}

#[test]
fn a_row_that_changes_and_asks_the_same_is_told_of_alone() {
    let mut rig = Rig::new("", "");
    rig.write("t:1", Some("{ top: true }"));
    rig.write("t:2", Some("{ up: t:1 }"));
    rig.register(1, KIDS, None, "{}");
    assert_eq!(lines(&rig.write("t:1", Some("{ top: true, n: 1 }"))), [] as [&str; 0]);
    assert_eq!(lines(&rig.write("t:1", None)), ["1 - t:2 under t:1"]);
}

#[test]
fn a_child_that_may_not_be_selected_any_more_goes_ahead() {
    let mut rig = Rig::new("owner = $auth", "");
    rig.write("user:ann", Some("{}"));
    rig.write("t:1", Some("{ top: true, owner: user:ann }"));
    rig.write("t:2", Some("{ up: t:1, owner: user:ann }"));
    rig.write("t:3", Some("{ up: t:1, owner: user:ann }"));
    rig.register(1, KIDS, Some("user:ann"), "{}");
    let revoked = rig.write("t:2", Some("{ up: t:1, owner: user:bob }"));
    assert_eq!(lines(&revoked), ["1 ! t:2 under t:1"]);
    // Its parent may not, it may: it only loses its place.
    let parent = rig.write("t:1", Some("{ top: true, owner: user:bob }"));
    assert_eq!(lines(&parent), ["1 - t:3 under t:1"]);
}

#[test]
fn both_lose_their_reader_in_one_commit() {
    let mut rig = Rig::new("owner = $auth", "");
    rig.write("user:ann", Some("{}"));
    rig.write("t:1", Some("{ top: true, owner: user:ann }"));
    rig.write("t:2", Some("{ up: t:1, owner: user:ann }"));
    rig.register(1, KIDS, Some("user:ann"), "{}");
    let changes: Vec<Change> = vec![
        rig.change("t:1", Some("{ top: true, owner: user:bob }")),
        rig.change("t:2", Some("{ up: t:1, owner: user:bob }")),
    ];
    assert_eq!(lines(&rig.apply(changes)), ["1 ! t:2 under t:1"]);
}

#[test]
fn what_shows_too_much_is_refused_whenever_that_happens() {
    let mut rig = Rig::new("", "");
    rig.engine.children_max = 9;
    let all = "SELECT *, (SELECT * FROM t WHERE up = $parent.up) AS kids FROM t";
    for n in 1..=2 {
        rig.write(&format!("t:{n}"), Some("{ up: 1 }"));
    }
    // Two rows that ask, each for two.
    rig.register(1, all, None, "{}");
    let step = rig.write("t:3", Some("{ up: 1 }"));
    assert_eq!(lines(&step), ["1 LIMIT_EXCEEDED"], "three rows ask, each for three");
    assert_eq!(held(&rig), (0, 0), "nothing is left of it");
    let plan = rig.plan(all, None);
    let refused = rig.engine.register(ViewNo(2), &plan, Default::default());
    assert_eq!(refused.map_err(|problem| problem.code), Err(Code::LimitExceeded));
    assert_eq!(held(&rig), (0, 0));
    rig.write("t:3", None);
    rig.register(2, all, None, "{}");
    assert_eq!(rig.engine.children(ViewNo(2)).len(), 4);
}

#[test]
fn who_asks_while_a_window_waits_for_a_refill_is_told_of_what_is() {
    let mut rig = Rig::new("", "");
    rig.write("t:1", Some("{ top: true, k: 'x' }"));
    for n in 6..=9 {
        rig.write(&format!("t:{n}"), Some(&format!("{{ k: 'x', n: {n} }}")));
    }
    let text = "SELECT *, (SELECT * FROM t WHERE k = $parent.k AND n > 5 ORDER BY n LIMIT 1) AS next \
                FROM t WHERE top";
    rig.register(1, text, None, "{}");
    let mut apply = |record: &str, row: Option<&str>| {
        let change = rig.change(record, row);
        lines(&rig.engine.apply(vec![change]))
    };
    assert_eq!(apply("t:6", None), ["1 - t:6 under t:1", "1 + t:7 under t:1"]);
    // Two are kept for one that is shown: now the index has to be walked, and nobody may.
    rig.engine.refill_entries = 0;
    let mut apply = |record: &str, row: Option<&str>| {
        let change = rig.change(record, row);
        lines(&rig.engine.apply(vec![change]))
    };
    assert_eq!(apply("t:7", None), [] as [&str; 0]);
    assert_eq!(apply("t:2", Some("{ top: true, k: 'x' }")), [] as [&str; 0]);
    rig.engine.refill_entries = 10;
    let told = lines(&rig.engine.refill().0);
    assert_eq!(told, ["1 - t:7 under t:1", "1 + t:8 under t:1", "1 + t:8 under t:2"]);
}

#[test]
fn who_asks_something_new_walks_a_bounded_number_of_entries_at_a_time() {
    let mut rig = Rig::new("", "");
    let row = |n| rig.change(&format!("t:{n}"), Some(&format!("{{ n: {n} }}")));
    let rows: Vec<Change> = (0..3_000).map(row).collect();
    rig.apply(rows);
    let text = "SELECT *, (SELECT * FROM t WHERE (n = $parent.asks) = true ORDER BY n LIMIT 1) AS found \
                FROM t WHERE asks";
    rig.register(1, text, None, "{}");
    rig.hurried = true;
    assert_eq!(lines(&rig.write("t:a", Some("{ asks: 2_900 }"))), [] as [&str; 0]);
    assert_eq!(lines(&rig.write("t:b", Some("{ asks: 2_900 }"))), [] as [&str; 0]);
    assert_eq!(held(&rig), (2, 2), "who asks the same waits for the same");
    assert!(rig.engine.describe(ViewNo(1)).unwrap().refilling);
    // A view that comes now is told of its whole answer.
    let plan = rig.plan(text, None);
    let step = rig.engine.register(ViewNo(2), &plan, Default::default()).unwrap();
    assert_eq!(lines(&step), ["2 + t:2900 under t:a", "2 + t:2900 under t:b"]);
    let (mut step, mut more) = rig.engine.refill();
    while more {
        assert_eq!(step.views, []);
        (step, more) = rig.engine.refill();
    }
    assert_eq!(lines(&step), ["1 + t:2900 under t:a", "1 + t:2900 under t:b"]);
}

#[test]
fn the_index_of_a_subquery_stands_before_anybody_asks_and_goes_with_the_view() {
    let mut rig = Rig::new("", "");
    let orders = |rig: &Rig| rig.engine.tables[rig.engine.names["t"]].router.orders();
    rig.write("t:1", Some("{ up: t:9 }"));
    rig.register(1, KIDS, None, "{}");
    let before = orders(&rig);
    rig.write("t:2", Some("{ top: true }"));
    assert_eq!(orders(&rig), before);
    rig.write("t:2", None);
    assert_eq!((held(&rig), orders(&rig)), ((1, 2), before));
    rig.drop_view(1);
    assert_eq!(orders(&rig), 0);
    // The same for a list that a row gives.
    rig.register(2, &KIDS.replace("up = $parent.id", "up IN $parent.ups"), None, "{}");
    let before = orders(&rig);
    rig.write("t:2", Some("{ top: true, ups: [t:9] }"));
    assert_eq!((rig.engine.children(ViewNo(2)).len(), orders(&rig)), (1, before));
}

/// Of those that fail only the first are kept: behind them there may be others.
#[test]
fn a_view_fails_until_the_last_row_of_many_is_mended() {
    let own = "SELECT *, (SELECT * FROM t WHERE up = $parent.id) AS kids FROM t WHERE string::len(name) > 0";
    let child = "SELECT *, (SELECT * FROM t WHERE string::len(name) > 0 AND up = $parent.id) AS kids \
                 FROM t WHERE top";
    for text in [own, child] {
        let mut rig = Rig::new("", "");
        rig.write("t:0", Some("{ top: true, name: 'top' }"));
        rig.register(1, text, None, "{}");
        let many = FAULTS_KEPT_MAX as i64 + 2;
        let row = |rig: &mut Rig, n: i64, name: &str| {
            rig.change(&format!("t:{n}"), Some(&format!("{{ up: t:0, name: {name} }}")))
        };
        let failing = (1..=many).map(|n| row(&mut rig, n, "1")).collect();
        rig.apply(failing);
        let failed = |rig: &Rig| rig.engine.describe(ViewNo(1)).unwrap().failed;
        let mended = (1..many).map(|n| row(&mut rig, n, "'a'")).collect();
        rig.apply(mended);
        assert!(failed(&rig), "{text}: there is one more");
        rig.write(&format!("t:{many}"), None);
        assert!(!failed(&rig), "{text}");
    }
}

#[test]
fn all_rows_and_the_first_of_them_are_two_windows() {
    let mut rig = Rig::new("", "");
    rig.write("t:1", Some("{ top: true }"));
    rig.write("t:2", Some("{ up: t:1 }"));
    rig.write("t:3", Some("{ up: t:1 }"));
    let all = "SELECT *, (SELECT * FROM t WHERE up = $parent.id LIMIT 3) AS kids FROM t WHERE top";
    rig.register(1, all, None, "{}");
    rig.register(2, &all.replace("LIMIT 3)", "LIMIT 3)[0]"), None, "{}");
    let shown = |no| rig.engine.children(ViewNo(no)).len();
    assert_eq!((shown(1), shown(2)), (2, 1));
}

#[test]
fn what_changes_while_one_of_two_ways_to_it_goes_is_told_of_as_changed() {
    let mut rig = Rig::new("", "");
    rig.write("t:1", Some("{ top: true, tag: 'a' }"));
    rig.write("t:2", Some("{ top: true, tag: 'a' }"));
    rig.write("t:3", Some("{ tag: 'a' }"));
    rig.write("t:4", Some("{ up: t:3 }"));
    let text = "SELECT *, (SELECT *, (SELECT * FROM t WHERE up = $parent.id) AS kids FROM t \
                WHERE tag = $parent.tag AND top = NONE) AS alike FROM t WHERE top";
    rig.register(1, text, None, "{}");
    let changes =
        vec![rig.change("t:4", Some("{ up: t:3, n: 1 }")), rig.change("t:2", Some("{ tag: 'b' }"))];
    assert_eq!(lines(&rig.apply(changes)), ["1 - t:3 under t:2", "1 ~ t:4 under t:3"]);
    assert_eq!(lines(&rig.write("t:1", None)), ["1 - t:3 under t:1", "1 - t:4 under t:3"]);
}
