//! The coordinator alone: what it is told stands in column zero, what it wants done below it.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::view::catalog::{Permission, Table};
use ::view::delta::{ChildDelta, RowDelta, Under, ViewNo};
use ::view::lower;
use expect_test::{Expect, expect};
use protocol::{Change, ChangeId, RowVersion, Stamp};
use service::Moment;
use surreal::capture::Captured;
use surreal::schema::{Access, Schema};
use surrealdb_types::{RecordId, ToSql};

use super::{Core, EdgeWork, Edges, Effect, Input, Rules};

/// A coordinator with a clock of its own; everything that it wants done succeeds when it is told so.
struct Desk {
    core: Core,
    now: Moment,
    stamp: u64,
    registered_at: u64,
    said: String,
    effects: Vec<Effect>,
}

impl Desk {
    fn new() -> Desk {
        let core = Core::new(Rules {
            dedicated: true,
            views_per_user_max: VIEWS_MAX,
            posts_only: false,
            memory: 0,
        });
        let (said, effects) = (String::new(), Vec::new());
        Desk { core, now: Moment(0), stamp: 0, registered_at: 0, said, effects }
    }

    /// One that is ready, with users and tasks.
    fn ready(permission: &str) -> Desk {
        let mut desk = Desk::new();
        desk.define(permission);
        for table in ["_00_query", "_00_mark", "user"] {
            desk.load(table, "");
        }
        desk.settle();
        desk.said.clear();
        desk
    }

    fn input(&mut self, line: &str, input: Input) {
        self.now = Moment(self.now.0 + 2_000_000);
        self.said += &format!("{line}\n");
        let mut effects = Vec::new();
        self.core.step(self.now, input, &mut effects);
        if effects.is_empty() {
            self.said += "  nothing\n";
        }
        for effect in &effects {
            self.said += &format!("  {}\n", shown(effect));
        }
        self.effects.extend(effects);
    }

    fn define(&mut self, permission: &str) {
        self.define_both(permission, Permission::Full);
    }

    fn define_both(&mut self, permission: &str, of_users: Permission) {
        let mut schema = Schema { digest: permission.to_owned(), ..Schema::default() };
        let select = Permission::Where(permission.to_owned());
        schema.catalog.tables.insert("task".to_owned(), Table::captured(select));
        schema.catalog.tables.insert("user".to_owned(), Table::captured(of_users));
        schema.user_tables = BTreeSet::from(["user".to_owned()]);
        let tables = schema.user_tables.clone();
        schema.accesses = vec![Access { name: "account".to_owned(), tables }];
        let captured = Captured::Definitions(Arc::new(schema));
        self.input(&format!("define task for {permission}"), Input::Captured(captured));
    }

    fn id(&mut self) -> ChangeId {
        self.stamp += 1;
        ChangeId { era: 0, stamp: Stamp(self.stamp), position: 0 }
    }

    /// Changes: `id { … }` writes, `-id` deletes; one a line.
    fn changes(&mut self, text: &str) -> Vec<Change> {
        let mut id = self.id();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut changes = Vec::new();
        for line in lines {
            id.position += 1;
            let version = RowVersion(id.stamp.0);
            let (record, after) = match line.strip_prefix('-') {
                Some(record) => (lower::record_id(record).unwrap(), None),
                None => {
                    let (record, content) = line.split_once(' ').unwrap();
                    let record = lower::record_id(record).unwrap();
                    let mut content = lower::params(content).unwrap();
                    content.insert("id", record.clone());
                    (record, Some(content))
                }
            };
            changes.push(Change { record, after, id, version });
        }
        changes
    }

    fn commit(&mut self, text: &str) {
        let changes = self.changes(text);
        let line = changes.iter().map(|change| change.record.to_sql()).collect::<Vec<_>>();
        let input = Input::Captured(Captured::Changes(changes));
        self.input(&format!("commit {}", line.join(", ")), input);
    }

    fn load(&mut self, table: &str, rows: &str) {
        let rows = self.changes(rows);
        let at = self.id();
        let name = || table.to_owned();
        for captured in [
            Captured::LoadBegin { table: name() },
            Captured::LoadRows { table: name(), rows },
            Captured::LoadEnd { table: name(), at },
        ] {
            self.core.step(self.now, Input::Captured(captured), &mut self.effects);
        }
        let captured = Captured::CaughtUp { table: name() };
        self.input(&format!("loaded {table}"), Input::Captured(captured));
    }

    /// A registration as the function writes it.
    fn register(&mut self, id: &str, auth: &str, surql: &str) {
        self.registered_at = self.stamp;
        let row = registration(id, auth, surql, self.stamp, "state: 'materializing'");
        self.commit(&row);
    }

    /// Everything that was wanted is done, and so on until nothing more is wanted.
    fn settle(&mut self) {
        while !self.effects.is_empty() || self.core.is_refilling() {
            if self.core.is_refilling() {
                self.input("tick", Input::Tick);
            }
            for effect in std::mem::take(&mut self.effects) {
                let (line, input) = match effect {
                    Effect::Write(edges) => {
                        for Edges { no, ticket, .. } in edges {
                            self.input("written", Input::Written(vec![(no, ticket)]));
                        }
                        continue;
                    }
                    Effect::Tell { no, saying, .. } => {
                        (format!("told {no:?}"), Input::Told(vec![(no, saying)]))
                    }
                    Effect::Welcome { user } => (
                        format!("welcomed {}", user.to_sql()),
                        Input::Welcomed { user, stands: true },
                    ),
                    Effect::Sweep { .. } => {
                        ("swept".to_owned(), Input::Swept { made: BTreeSet::new() })
                    }
                    _ => continue,
                };
                self.input(&line, input);
            }
        }
    }

    fn check(&mut self, expected: Expect) {
        expected.assert_eq(&std::mem::take(&mut self.said));
    }
}

/// A row of `_00_query`, made at `at`.
fn registration(id: &str, auth: &str, surql: &str, at: u64, says: &str) -> String {
    format!(
        "_00_query:{id} {{ surql: {surql:?}, params: {{}}, clientId: 'c', ttl: 10m, \
         lastActiveAt: d'2026-01-01T00:00:00Z', registeredAt: d'2026-01-01T00:00:00.{at:03}Z', \
         auth_id: {auth}, access: 'account', {says} }}"
    )
}

fn work(edges: &Edges) -> String {
    let view = &edges.whose.view;
    match &edges.what {
        EdgeWork::Write(rows, children) => {
            let under = |child: &ChildDelta| {
                let Under { parent, alias } = &child.under;
                format!("{} under {} as {alias}", line(&child.row), parent.to_sql())
            };
            let rows: Vec<String> =
                rows.iter().map(line).chain(children.iter().map(under)).collect();
            format!("write {view}: {}", rows.join(", "))
        }
        EdgeWork::Reconcile => format!("reconcile {view}"),
        EdgeWork::Clear { ended } => format!("clear {view}{}", if *ended { ", ended" } else { "" }),
    }
}

fn shown(effect: &Effect) -> String {
    match effect {
        Effect::Follow { table } => format!("follow {table}"),
        Effect::Reload { table } => format!("reload {table}"),
        Effect::Forget { table } => format!("forget {table}"),
        Effect::Provide { .. } => "provide for sign-ups".to_owned(),
        Effect::Write(edges) => edges.iter().map(work).collect::<Vec<_>>().join("\n  "),
        Effect::Tell { row, saying, .. } => {
            let code = saying.error.as_ref().map(|problem| problem.code.as_str());
            let count = saying.row_count.map(|count| count.to_string());
            let words = [Some(saying.state.as_str()), count.as_deref(), code];
            let words: Vec<&str> = words.into_iter().flatten().collect();
            format!("tell {}: {}", row.view, words.join(" "))
        }
        Effect::Remove { row } => format!("remove {}", row.view),
        Effect::Welcome { user } => format!("welcome {}", user.to_sql()),
        Effect::Dismiss { user } => format!("dismiss {}", user.to_sql()),
        Effect::Settle { asker, n } => format!("settle {} at {n}", asker.to_sql()),
        Effect::Sweep { views } => format!("sweep all but {} views", views.len()),
        Effect::Adopted { .. } => "adopted".to_owned(),
        Effect::LookAt { records, .. } => format!("look at {} records", records.len()),
        Effect::LookFor { records, .. } => format!("look for {} records", records.len()),
        Effect::CountRebuild => "rebuilt".to_owned(),
        Effect::CountMissed { table, changes } => format!("missed {changes} of {table}"),
        Effect::Activity { views } => format!("{views} views"),
        Effect::FindSuperseder => "find out who took over".to_owned(),
        Effect::BeginAgain => "begin again".to_owned(),
        Effect::Fail { problem } => format!("fail {problem}"),
    }
}

fn line(row: &RowDelta) -> String {
    match row {
        RowDelta::Enter(row) => format!("+ {}", row.id().to_sql()),
        RowDelta::Change(row) => format!("~ {}", row.id().to_sql()),
        RowDelta::Leave { record, revoked: true } => format!("-! {}", record.to_sql()),
        RowDelta::Leave { record, .. } => format!("- {}", record.to_sql()),
    }
}

const OWN: &str = "owner = $auth.id";

/// Views that one user may hold here.
const VIEWS_MAX: usize = 2;

#[test]
fn a_view_hydrates_when_its_table_stands_and_its_user_is_welcomed() {
    let mut desk = Desk::ready(OWN);
    desk.commit("user:ann {}");
    desk.register("v", "user:ann", "SELECT * FROM task");
    desk.load("task", "task:1 { owner: user:ann }\n task:2 { owner: user:bob }");
    let user = RecordId::new("user", "ann");
    desk.input("welcomed", Input::Welcomed { user, stands: true });
    desk.effects.retain(|effect| !matches!(effect, Effect::Welcome { .. }));
    desk.settle();
    desk.check(expect![[r#"
        commit user:ann
          nothing
        commit _00_query:v
          follow task
          welcome user:ann
          1 views
        loaded task
          nothing
        welcomed
          write v of user:ann: + task:1
        tick
          nothing
        written
          tell v of user:ann: ready 1
        told ViewNo(1)
          nothing
    "#]]);
}

#[test]
fn the_start_reconciles_and_sweeps_before_it_is_ready() {
    let mut desk = Desk::new();
    desk.define(OWN);
    desk.effects.clear();
    let row = registration("v", "user:ann", "SELECT * FROM task", 1, "state: 'ready', rowCount: 1");
    desk.load("_00_query", &row);
    desk.load("_00_mark", "");
    desk.load("user", "user:ann {}");
    desk.load("task", "task:1 { owner: user:ann }");
    desk.settle();
    desk.check(expect![[r#"
        define task for owner = $auth.id
          provide for sign-ups
          follow _00_query
          follow _00_mark
          follow user
          adopted
        loaded _00_query
          nothing
        loaded _00_mark
          nothing
        loaded user
          nothing
        loaded task
          nothing
        tick
          nothing
        welcomed user:ann
          reconcile v of user:ann
        written
          sweep all but 1 views
        swept
          nothing
    "#]]);
    assert_eq!(desk.core.pulse().status, protocol::wire::Status::Ready);
}

/// Whichever view is older.
#[test]
fn what_a_rule_takes_away_goes_before_what_another_one_gives() {
    let mut desk = Desk::ready(OWN);
    desk.define_both(OWN, Permission::None);
    desk.commit("user:ann {}");
    desk.register("older", "user:ann", "SELECT * FROM user");
    desk.register("younger", "user:ann", "SELECT * FROM task");
    desk.load("task", "task:1 { owner: user:ann }");
    desk.settle();
    desk.said.clear();
    desk.define("$session.x = 1");
    desk.check(expect![[r#"
        define task for $session.x = 1
          provide for sign-ups
          clear younger of user:ann
          tell younger of user:ann: refused PERMISSION_REFUSED
          write older of user:ann: + user:ann
          tell older of user:ann: materializing
          adopted
    "#]]);
}

/// One view of Ann's over one task of hers.
fn with_a_view() -> Desk {
    let mut desk = Desk::ready(OWN);
    desk.commit("user:ann {}");
    desk.register("v", "user:ann", "SELECT * FROM task");
    desk.load("task", "task:1 { owner: user:ann }");
    desk.settle();
    desk.said.clear();
    desk
}

#[test]
fn a_heartbeat_and_our_own_writing_change_nothing() {
    let mut desk = with_a_view();
    let at = desk.registered_at;
    let text = "SELECT * FROM task";
    desk.commit(&registration("v", "user:ann", text, at, "state: 'ready', rowCount: 1"));
    // Deleted and made again, its state is to be said again.
    desk.commit(&registration("v", "user:ann", text, at + 1, "state: 'materializing'"));
    desk.check(expect![[r#"
        commit _00_query:v
          nothing
        commit _00_query:v
          tell v of user:ann: ready 1
    "#]]);
}

#[test]
fn another_text_replaces_the_answer_by_its_difference() {
    let mut desk = with_a_view();
    desk.commit("task:2 { owner: user:ann, n: 1 }");
    desk.settle();
    desk.register("v", "user:ann", "SELECT * FROM task WHERE n = 1");
    desk.settle();
    desk.check(expect![[r#"
        commit task:2
          write v of user:ann: + task:2
        tick
          nothing
        written
          tell v of user:ann: ready 2
        told ViewNo(1)
          nothing
        commit _00_query:v
          write v of user:ann: - task:1
        written
          tell v of user:ann: ready 1
        told ViewNo(1)
          nothing
    "#]]);
}

#[test]
fn a_permission_that_is_not_understood_takes_everything_away() {
    let mut desk = with_a_view();
    desk.define("fn::x(owner)");
    desk.settle();
    desk.define(OWN);
    desk.settle();
    desk.check(expect![[r#"
        define task for fn::x(owner)
          provide for sign-ups
          clear v of user:ann
          tell v of user:ann: refused PERMISSION_REFUSED
          adopted
        written
          nothing
        told ViewNo(1)
          nothing
        define task for owner = $auth.id
          provide for sign-ups
          write v of user:ann: + task:1
          tell v of user:ann: materializing
          adopted
        written
          nothing
        told ViewNo(1)
          tell v of user:ann: ready 1
        told ViewNo(1)
          nothing
    "#]]);
}

#[test]
fn a_deletion_ends_the_views_that_are_older_though_the_user_is_back() {
    let mut desk = with_a_view();
    desk.commit("-user:ann\n user:ann {}");
    desk.settle();
    desk.check(expect![[r#"
        commit user:ann, user:ann
          remove v of user:ann
          clear v of user:ann, ended
          0 views
        tick
          nothing
        written
          dismiss user:ann
    "#]]);
}

/// *A flush that was under way while the table went would leave its edges to the next user of that name.*
#[test]
fn a_users_table_goes_behind_his_edges_and_is_seen_to_behind_that() {
    let mut desk = with_a_view();
    desk.commit("-user:ann\n user:ann {}");
    desk.register("v", "user:ann", "SELECT * FROM task");
    desk.settle();
    desk.check(expect![[r#"
        commit user:ann, user:ann
          remove v of user:ann
          clear v of user:ann, ended
          0 views
        commit _00_query:v
          1 views
        tick
          nothing
        written
          dismiss user:ann
          welcome user:ann
        welcomed user:ann
          write v of user:ann: + task:1
        written
          tell v of user:ann: ready 1
        told ViewNo(2)
          nothing
    "#]]);
}

/// *Its state was being told while its user was deleted; that comes back before the row is removed.*
#[test]
fn what_is_written_into_a_row_that_is_being_removed_registers_nothing() {
    let mut desk = with_a_view();
    desk.commit("-user:ann");
    desk.settle();
    desk.said.clear();
    let text = "SELECT * FROM task";
    let at = desk.registered_at;
    desk.commit(&registration("v", "user:ann", text, at, "state: 'ready', rowCount: 1"));
    desk.commit("-_00_query:v");
    desk.commit("user:ann {}");
    desk.register("v", "user:ann", text);
    desk.check(expect![[r#"
        commit _00_query:v
          nothing
        commit _00_query:v
          nothing
        commit user:ann
          nothing
        commit _00_query:v
          welcome user:ann
          1 views
    "#]]);
}

/// *Her table was being seen to when she was deleted; she is back and has registered before that is told.*
#[test]
fn an_answer_about_the_table_of_an_earlier_life_counts_for_nothing() {
    let user = RecordId::new("user", "ann");
    for (stands, late) in [(true, false), (true, true), (false, false), (false, true)] {
        let mut desk = Desk::ready(OWN);
        desk.commit("user:ann {}");
        desk.register("v", "user:ann", "SELECT * FROM task");
        desk.load("task", "task:1 { owner: user:ann }");
        desk.commit("-user:ann\n user:ann {}");
        desk.register("v", "user:ann", "SELECT * FROM task");
        let no = ViewNo(1);
        let ticket = desk.core.outstanding.last();
        let old = Input::Welcomed { user: user.clone(), stands };
        let cleared = Input::Written(vec![(no, ticket)]);
        let inputs = if late { [cleared, old] } else { [old, cleared] };
        desk.said.clear();
        inputs.into_iter().for_each(|input| desk.input("-", input));
        let (nothing, seen_to) = ("-\n  nothing\n", "-\n  dismiss user:ann\n  welcome user:ann\n");
        let expected = if late { [seen_to, nothing] } else { [nothing, seen_to] };
        assert_eq!(desk.said, expected.concat());
        desk.said.clear();
        desk.input("of the new one", Input::Welcomed { user: user.clone(), stands: true });
        desk.check(expect![[r#"
            of the new one
              write v of user:ann: + task:1
        "#]]);
    }
}

/// The new Ann registered before the old one's deletion came by.
#[test]
fn a_deletion_that_is_older_than_a_registration_leaves_it_alone() {
    let mut desk = Desk::ready(OWN);
    desk.commit("user:ann {}");
    let gone = desk.changes("-user:ann");
    desk.commit("user:ann { again: true }");
    desk.register("v", "user:ann", "SELECT * FROM task");
    desk.load("task", "task:1 { owner: user:ann }");
    desk.settle();
    desk.said.clear();
    desk.input("the old deletion", Input::Captured(Captured::Changes(gone)));
    desk.settle();
    desk.check(expect![[r#"
        the old deletion
          nothing
        tick
          nothing
    "#]]);
}

#[test]
fn a_mark_waits_for_the_sweep_and_for_everything_that_is_not_committed() {
    let mut desk = with_a_view();
    desk.commit("_00_mark:t { n: 1 }");
    desk.commit("task:2 { owner: user:ann }");
    let upto = desk.id();
    desk.input("capture swept", Input::Captured(Captured::Swept { upto }));
    desk.settle();
    desk.check(expect![[r#"
        commit _00_mark:t
          nothing
        commit task:2
          write v of user:ann: + task:2
        capture swept
          nothing
        tick
          nothing
        written
          tell v of user:ann: ready 2
          settle _00_mark:t at 1
        told ViewNo(1)
          nothing
    "#]]);
}

#[test]
fn a_removed_row_takes_the_edges_along() {
    let mut desk = with_a_view();
    desk.commit("-_00_query:v");
    desk.settle();
    desk.check(expect![[r#"
        commit _00_query:v
          clear v of user:ann, ended
          0 views
        written
          nothing
    "#]]);
}

#[test]
fn after_a_panic_rows_and_views_begin_anew() {
    let mut desk = with_a_view();
    let mut effects = Vec::new();
    desk.core.engine_input(desk.now, &mut effects, |_| -> () { panic!("at row 7") });
    let told: Vec<String> = effects.iter().take(3).map(shown).collect();
    assert_eq!(told, ["rebuilt", "reload task", "reload user"]);
    desk.load("user", "user:ann {}");
    desk.load("task", "task:1 { owner: user:ann }");
    desk.settle();
    desk.check(expect![[r#"
        loaded user
          nothing
        loaded task
          reconcile v of user:ann
        tick
          nothing
        written
          nothing
    "#]]);
}

#[test]
fn a_feed_that_is_behind_is_told_and_views_go_on() {
    let mut desk = with_a_view();
    desk.input("behind", Input::Captured(Captured::Behind));
    desk.check(expect![[r#"
        behind
          nothing
    "#]]);
    let pulse = desk.core.pulse();
    assert!(pulse.stalled && pulse.status == protocol::wire::Status::Ready);
    desk.input("recovered", Input::Captured(Captured::Recovered));
    assert!(!desk.core.pulse().stalled);
}

#[test]
fn an_engine_that_panics_again_and_again_is_given_up() {
    let mut desk = with_a_view();
    let mut effects = Vec::new();
    for _ in 0..6 {
        desk.core.engine_input(desk.now, &mut effects, |_| -> () { panic!("again") });
    }
    assert!(matches!(effects.last(), Some(Effect::Fail { .. })));
    assert_eq!(desk.core.pulse().status, protocol::wire::Status::Failed);
}

#[test]
fn a_user_without_a_record_is_refused() {
    let mut desk = with_a_view();
    desk.register("w", "user:nobody", "SELECT * FROM task");
    let user = RecordId::new("user", "nobody");
    desk.effects.retain(|effect| !matches!(effect, Effect::Welcome { .. }));
    desk.input("no such user", Input::Welcomed { user, stands: false });
    desk.settle();
    desk.check(expect![[r#"
        commit _00_query:w
          welcome user:nobody
          2 views
        no such user
          tell w of user:nobody: refused NO_SUCH_USER
        told ViewNo(2)
          nothing
    "#]]);
}

/// *Events announce the sign-up, and the feed tells of the registration before the user's row is read.*
#[test]
fn a_user_whose_row_comes_after_his_registration_is_found() {
    for way in ["commit", "load"] {
        let mut desk = with_a_view();
        desk.register("w", "user:late", "SELECT * FROM task");
        desk.settle();
        assert!(desk.said.contains("tell w of user:late: refused NO_SUCH_USER"), "{}", desk.said);
        desk.said.clear();
        match way {
            "commit" => desk.commit("user:late {}"),
            _ => desk.load("user", "user:late {}"),
        }
        desk.settle();
        let late = RecordId::new("user", "late");
        let lives = |no: ViewNo| desk.core.registry.get(no).is_some_and(|view| view.is_live());
        assert!(desk.core.registry.of_user(&late).into_iter().all(lives), "{way}: {}", desk.said);
    }
}

#[test]
fn what_is_one_too_many_is_refused_until_another_ends() {
    let mut desk = with_a_view();
    for id in ["w", "x", "y", "z"] {
        desk.register(id, "user:ann", "SELECT * FROM task");
        desk.settle();
    }
    desk.commit("-_00_query:v");
    desk.settle();
    desk.commit("-_00_query:y");
    desk.settle();
    desk.check(expect![[r#"
        commit _00_query:w
          write w of user:ann: + task:1
          2 views
        written
          tell w of user:ann: ready 1
        told ViewNo(2)
          nothing
        commit _00_query:x
          tell x of user:ann: refused LIMIT_EXCEEDED
          3 views
        told ViewNo(3)
          nothing
        commit _00_query:y
          tell y of user:ann: refused LIMIT_EXCEEDED
          4 views
        told ViewNo(4)
          nothing
        commit _00_query:z
          remove z of user:ann
        commit _00_query:v
          clear v of user:ann, ended
          write x of user:ann: + task:1
          tell x of user:ann: materializing
          3 views
        written
          nothing
        written
          nothing
        told ViewNo(3)
          tell x of user:ann: ready 1
        told ViewNo(3)
          nothing
        commit _00_query:y
          clear y of user:ann, ended
          2 views
        written
          nothing
    "#]]);
}
