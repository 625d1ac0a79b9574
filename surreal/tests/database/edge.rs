//! Edges as they are written, and the histories of mechanism M11.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use protocol::{RowVersion, ViewKey};
use surreal::edge::{
    Cleared, EdgeKey, EdgeOp, EdgeRow, Lane, LaneError, Limits, Next, Pending, Returned, Target,
    reconcile,
};
use surreal::names::RefMode;
use surreal::user_table::{self, UserTable};
use surreal::writer::{self, Others, Touched, Writer};
use surreal::{Database, Error, vars};
use surrealdb_types::{RecordId, SurrealValue, Value};

use crate::people::{ask, installed, told, user};

fn view(user: &str, id: &str) -> ViewKey {
    ViewKey { auth: Some(RecordId::new("user", user)), id: id.to_owned() }
}

fn target(user: &str, id: &str) -> Target {
    Target::new(RefMode::Dedicated, view(user, id), "client".into())
}

fn edge(key: i64) -> EdgeKey {
    EdgeKey::top(RecordId::new("task", key))
}

fn row(version: u64) -> EdgeRow {
    EdgeRow { version: RowVersion(version), hash: version as i64, value: None }
}

const LEAVE: EdgeOp = EdgeOp::Leave { revoked: false };

/// What a lane writes, one batch at a time.
struct Desk {
    pending: Pending,
    lane: Lane,
    now: Duration,
}

impl Desk {
    fn new(lane: Lane) -> Desk {
        Desk { pending: Pending::new(Limits::default()), lane, now: Duration::ZERO }
    }

    fn push(&mut self, target: &Target, key: EdgeKey, op: EdgeOp) {
        self.pending.admit(target.clone());
        self.pending.push(self.now, &target.view, key, op);
    }

    /// Writes all that waits; time passes as far as it must.
    async fn flush(&mut self) -> Result<Vec<Returned>, LaneError> {
        let mut returned = Vec::new();
        loop {
            match self.pending.next(self.now) {
                Next::Write(batch) => {
                    let flushed = self.lane.flush(batch).await?;
                    self.pending.written(self.now, &flushed.written);
                    for (batch, why) in flushed.returned {
                        self.pending.abandon(self.now, &batch);
                        returned.push(why);
                    }
                }
                Next::Clear(target) => {
                    let cleared = self.lane.clear(&target).await?;
                    self.pending.cleared(self.now, &target.view, cleared == Cleared::All);
                }
                Next::Reconcile(_) => panic!("nobody asked for it"),
                Next::Wait(until) => self.now = until,
                Next::Idle => return Ok(returned),
            }
        }
    }
}

/// A database with a user whose table stands.
async fn with_ann() -> Database {
    let database = installed().await;
    user(&database, "ann").await;
    user_table::make(&database, &RecordId::new("user", "ann")).await.unwrap();
    database
}

async fn opened(database: &Database) -> (Writer, Desk) {
    let writer = Writer::open(database, "ssp", 1, Others::Close).await.unwrap();
    let lane = writer.lane(0).await.unwrap();
    (writer, Desk::new(lane))
}

const ANNS: &str = "SELECT VALUE [in, out, version] FROM _00_list_ref_user_ann";

#[tokio::test]
async fn an_edge_is_one_row_of_the_users_table() {
    let database = installed().await;
    let ann = user(&database, "ann").await;
    let bob = user(&database, "bob").await;
    assert_eq!(
        user_table::make(&database, &RecordId::new("user", "ann")).await,
        Ok(UserTable::Stands)
    );
    let (_, mut desk) = opened(&database).await;
    let top = target("ann", "top");
    desk.push(&top, edge(1), EdgeOp::Enter(row(5)));
    let child = EdgeKey {
        parent: Some(RecordId::new("task", 1)),
        alias: Some("notes".into()),
        record: RecordId::new("note", 7),
    };
    desk.push(&top, child, EdgeOp::Enter(row(6)));
    assert_eq!(desk.flush().await, Ok(vec![]));
    let columns = "SELECT * OMIT updatedAt FROM _00_list_ref_user_ann";
    assert_eq!(
        told(&ann, columns).await,
        "[{ clientId: 'client', hash: 5, id: _00_list_ref_user_ann:['top', NONE, NONE, task:1], \
         in: _00_query:top, out: task:1, version: 5 }, \
         { clientId: 'client', hash: 6, id: _00_list_ref_user_ann:['top', task:1, 'notes', note:7], \
         in: _00_query:top, out: note:7, parent: task:1, parent_rel: 'notes', version: 6 }]"
    );
    assert_eq!(told(&bob, columns).await, "[]");
    assert_eq!(told(&ann, "DELETE _00_list_ref_user_ann RETURN BEFORE").await, "[]");

    desk.push(&top, edge(1), EdgeOp::Change(row(9)));
    assert_eq!(desk.flush().await, Ok(vec![]));
    let top_one = "SELECT VALUE version FROM _00_list_ref_user_ann WHERE out = task:1";
    assert_eq!(told(&ann, top_one).await, "[9]");
    desk.pending.clear(&top.view, true);
    assert_eq!(desk.flush().await, Ok(vec![]));
    assert_eq!(told(&ann, ANNS).await, "[]");
}

/// Edges that stand are updated, in all of their columns; one that somebody deleted is made again.
#[tokio::test]
async fn what_changed_is_there_afterwards_even_if_somebody_deleted_it() {
    let database = with_ann().await;
    let (_, mut desk) = opened(&database).await;
    let (one, other) = (target("ann", "v"), target("ann", "w"));
    for key in 1..=3 {
        desk.push(&one, edge(key), EdgeOp::Enter(row(1)));
        desk.push(&other, edge(key), EdgeOp::Enter(row(1)));
    }
    assert_eq!(desk.flush().await, Ok(vec![]));
    ask(&database, "DELETE _00_list_ref_user_ann WHERE out IN [task:2, task:3]").await;
    ask(&database, "UPDATE _00_list_ref_user_ann SET value = {}").await;
    for target in [&one, &other] {
        desk.push(target, edge(1), EdgeOp::Change(row(2)));
        desk.push(target, edge(2), EdgeOp::Change(row(2)));
    }
    desk.push(&other, edge(3), EdgeOp::Change(row(7)));
    assert_eq!(desk.flush().await, Ok(vec![]));
    let columns = "SELECT VALUE [<string> in, <string> out, version, hash, value, clientId, \
        updatedAt > time::now() - 1m] FROM _00_list_ref_user_ann ORDER BY id";
    let line = |view, key, version| {
        format!("['_00_query:{view}', 'task:{key}', {version}, {version}, NONE, 'client', true]")
    };
    let right =
        [line("v", 1, 2), line("v", 2, 2), line("w", 1, 2), line("w", 2, 2), line("w", 3, 7)];
    assert_eq!(told(&database, columns).await, format!("[{}]", right.join(", ")));
}

/// One record in many views: its edges are changed together, each client's; one that somebody deleted is made again.
#[tokio::test]
async fn what_changes_in_many_views_is_there_afterwards_even_if_somebody_deleted_it() {
    let database = with_ann().await;
    let (_, mut desk) = opened(&database).await;
    let client = |n: usize| if n < 30 { "one" } else { "other" };
    let target = |n: usize| {
        Target::new(RefMode::Dedicated, view("ann", &format!("v{n:02}")), client(n).into())
    };
    let targets: Vec<Target> = (0..60).map(target).collect();
    let mut expected = Vec::new();
    for version in 1..=3 {
        let becomes = if version == 1 { EdgeOp::Enter } else { EdgeOp::Change };
        targets.iter().for_each(|it| desk.push(it, edge(1), becomes(row(version))));
        if version == 3 {
            ask(&database, "DELETE _00_list_ref_user_ann WHERE in = _00_query:v07").await;
        }
        assert_eq!(desk.flush().await, Ok(vec![]));
        let columns = "SELECT count() AS n, version, hash, clientId, out FROM _00_list_ref_user_ann \
            GROUP BY version, hash, clientId, out";
        expected.clear();
        for client in ["one", "other"] {
            expected.push(format!(
                "{{ clientId: '{client}', hash: {version}, n: 30, out: task:1, version: {version} }}"
            ));
        }
        assert_eq!(told(&database, columns).await, format!("[{}]", expected.join(", ")));
    }
    let moments =
        "array::len(array::distinct((SELECT VALUE updatedAt FROM _00_list_ref_user_ann)))";
    assert_eq!(told(&database, moments).await, "1");
}

#[tokio::test]
async fn in_single_mode_all_share_a_table_and_each_sees_his_own() {
    let database = installed().await;
    let ann = user(&database, "ann").await;
    let bob = user(&database, "bob").await;
    let (_, mut desk) = opened(&database).await;
    let targets = [
        Target::new(RefMode::Single, view("ann", "top"), "c".into()),
        Target::new(RefMode::Single, view("bob", "top"), "c".into()),
        Target::new(RefMode::Dedicated, ViewKey { auth: None, id: "top".into() }, "c".into()),
    ];
    for (number, target) in targets.iter().enumerate() {
        desk.push(target, edge(number as i64), EdgeOp::Enter(row(1)));
    }
    assert_eq!(desk.flush().await, Ok(vec![]));
    let edges = "SELECT VALUE [id, auth_id] FROM _00_list_ref";
    assert_eq!(
        told(&database, edges).await,
        "[[_00_list_ref:['top', NONE, NONE, task:2], NONE], \
         [_00_list_ref:[user:ann, 'top', NONE, NONE, task:0], user:ann], \
         [_00_list_ref:[user:bob, 'top', NONE, NONE, task:1], user:bob]]"
    );
    let own = "SELECT VALUE out FROM _00_list_ref";
    assert_eq!(told(&ann, own).await, "[task:0]");
    assert_eq!(told(&bob, own).await, "[task:1]");
    ask(&database, "DELETE user:ann").await;
    assert_eq!(told(&ann, own).await, "[]");
    assert_eq!(desk.lane.clear(&targets[1]).await, Ok(Cleared::All));
    assert_eq!(told(&database, own).await, "[task:2, task:0]");
}

// -- the fence -------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_paused_writer_wakes_up_after_it_was_closed_and_nothing_of_it_lands() {
    let database = with_ann().await;
    let (old, mut paused) = opened(&database).await;
    let top = target("ann", "top");
    paused.push(&top, edge(1), EdgeOp::Enter(row(1)));
    paused.flush().await.unwrap();

    let (new, mut desk) = opened(&database).await;
    desk.push(&top, edge(1), LEAVE);
    desk.push(&top, edge(2), EdgeOp::Enter(row(2)));
    desk.flush().await.unwrap();
    let stands = "[[_00_query:top, task:2, 2]]";
    assert_eq!(told(&database, ANNS).await, stands);

    paused.push(&top, edge(1), EdgeOp::Change(row(3)));
    assert_eq!(paused.flush().await, Err(LaneError::Fenced));
    assert_eq!(paused.lane.clear(&top).await, Err(LaneError::Fenced));
    assert_eq!(told(&database, ANNS).await, stands);

    let Touched::Closed { by: Some(by), at: Some(_) } = old.touch().await.unwrap() else {
        panic!("it was closed")
    };
    assert_eq!(by, new.incarnation());
    assert_eq!(new.touch().await, Ok(Touched::Open));
    assert_eq!(new.others().await, Ok(vec![]));
    assert_eq!(old.others().await.unwrap().len(), 1);

    // A day later nothing is left of its record.
    let removed = vars([("lane", old.record(0).into_value())]);
    database.query("DELETE $lane", removed).await.unwrap();
    assert_eq!(paused.lane.clear(&top).await, Err(LaneError::Fenced));
    assert_eq!(told(&database, ANNS).await, stands);
    let writers = told(&database, "count(SELECT * FROM _00_writer)").await;
    assert_eq!(writers, "1", "nor does it come back");
}

#[tokio::test]
async fn a_transaction_that_runs_while_it_is_closed_is_refused_when_it_commits() {
    let database = with_ann().await;
    let (old, _) = opened(&database).await;
    // What a killed process left running in the server: it read an open fence, and commits too late.
    let late = database.transaction().await.unwrap();
    let fence = "UPDATE ONLY $lane SET seq = 1 WHERE !closed";
    late.query(fence, vars([("lane", old.record(0).into_value())])).await.unwrap();
    late.query("CREATE _00_list_ref_user_ann:late", vars([])).await.unwrap();
    writer::close(&database, old.incarnation(), "another").await.unwrap();
    assert!(matches!(late.commit().await, Err(Error::Conflict { .. })));
    assert_eq!(told(&database, ANNS).await, "[]");
}

/// *A request of a killed process still runs in the server.* The user's database makes it run for a second.
#[tokio::test]
async fn a_flush_that_runs_while_its_writer_is_closed_is_refused_when_it_commits() {
    let database = with_ann().await;
    let (_, mut late) = opened(&database).await;
    let slow = "DEFINE EVENT slow ON _00_list_ref_user_ann WHEN true THEN { sleep(1s) }";
    ask(&database, slow).await;
    late.push(&target("ann", "top"), edge(1), EdgeOp::Enter(row(1)));
    let running = tokio::spawn(async move { late.flush().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (_, mut desk) = opened(&database).await;
    assert_eq!(told(&database, ANNS).await, "[]", "it has not committed yet");
    assert_eq!(running.await.unwrap(), Err(LaneError::Fenced));
    assert_eq!(told(&database, ANNS).await, "[]");
    ask(&database, "REMOVE EVENT slow ON _00_list_ref_user_ann").await;
    desk.push(&target("ann", "top"), edge(2), EdgeOp::Enter(row(1)));
    assert_eq!(desk.flush().await, Ok(vec![]));
    assert_eq!(told(&database, ANNS).await, "[[_00_query:top, task:2, 1]]");
}

#[tokio::test]
async fn a_transaction_that_is_sent_twice_is_written_once() {
    let database = with_ann().await;
    let (writer, mut desk) = opened(&database).await;
    let top = target("ann", "top");
    desk.push(&top, edge(1), EdgeOp::Enter(row(1)));
    desk.flush().await.unwrap();
    // A lane that begins to count again is one whose transactions were all written before.
    let mut again = Desk::new(writer.lane(0).await.unwrap());
    again.push(&top, edge(2), EdgeOp::Enter(row(1)));
    again.flush().await.unwrap();
    assert_eq!(told(&database, ANNS).await, "[[_00_query:top, task:1, 1]]");
    again.push(&top, edge(3), EdgeOp::Enter(row(1)));
    again.flush().await.unwrap();
    assert_eq!(
        told(&database, ANNS).await,
        "[[_00_query:top, task:1, 1], [_00_query:top, task:3, 1]]"
    );
}

#[tokio::test]
async fn who_takes_over_gives_later_moments_whatever_the_clock_says() {
    let database = with_ann().await;
    let (old, _) = opened(&database).await;
    let ahead = "UPDATE $lane SET updatedAt = d'2090-01-01T00:00:00Z'";
    database.query(ahead, vars([("lane", old.record(0).into_value())])).await.unwrap();
    let (_, mut desk) = opened(&database).await;
    let top = target("ann", "top");
    let mut moments = BTreeSet::new();
    for version in 1..4 {
        desk.push(&top, edge(1), EdgeOp::Change(row(version)));
        desk.flush().await.unwrap();
        moments.insert(
            told(&database, "_00_list_ref_user_ann:['top', NONE, NONE, task:1].updatedAt").await,
        );
    }
    let expected =
        ["000001", "000002", "000003"].map(|micros| format!("d'2090-01-01T00:00:00.{micros}Z'"));
    assert_eq!(moments, expected.into());
}

// -- tables that go, and edges that cannot be written ----------------------------------------------------------

#[tokio::test]
async fn a_users_table_vanishes_in_a_shared_flush() {
    let database = installed().await;
    let users: Vec<String> = (0..5).map(|number| format!("u{number}")).collect();
    for name in &users {
        user(&database, name.as_str()).await;
        user_table::make(&database, &RecordId::new("user", name.as_str())).await.unwrap();
    }
    let (_, mut desk) = opened(&database).await;
    ask(&database, "REMOVE TABLE _00_list_ref_user_u1").await;
    ask(&database, "REMOVE TABLE _00_list_ref_user_u3").await;
    ask(&database, "DELETE user:u3").await;
    for name in &users {
        desk.push(&target(name, "top"), edge(1), EdgeOp::Enter(row(1)));
    }
    let Next::Write(batch) = desk.pending.next(desk.now) else { panic!("nothing to write") };
    let flushed = desk.lane.flush(batch).await.unwrap();
    assert_eq!(flushed.written.items.len(), 3);
    desk.pending.written(desk.now, &flushed.written);
    let mut fates = Vec::new();
    for (batch, why) in flushed.returned {
        let Returned::Missing { table } = why else { panic!("{why:?}") };
        let target = &batch.items[0].target;
        assert_eq!(target.table, table);
        let user = target.view.auth.clone().unwrap();
        let fate = user_table::make(&database, &user).await.unwrap();
        fates.push((table, fate));
        match fate {
            UserTable::Stands => desk.pending.put_back(desk.now, batch),
            UserTable::NoUser => desk.pending.abandon(desk.now, &batch),
        }
    }
    let expected = [
        ("_00_list_ref_user_u1".to_owned(), UserTable::Stands),
        ("_00_list_ref_user_u3".to_owned(), UserTable::NoUser),
    ];
    assert_eq!(fates, expected);
    assert_eq!(desk.flush().await, Ok(vec![]));
    let edges = "SELECT VALUE out FROM _00_list_ref_user_u1";
    assert_eq!(told(&database, edges).await, "[task:1]");
    let gone = told(&database, "SELECT * FROM _00_list_ref_user_u3").await;
    assert!(gone.ends_with("does not exist"), "{gone}");
}

#[tokio::test]
async fn what_the_database_refuses_for_one_view_is_written_for_the_others() {
    let database = installed().await;
    for name in ["ann", "bob"] {
        user(&database, name).await;
        user_table::make(&database, &RecordId::new("user", name)).await.unwrap();
    }
    let refuse = "DEFINE FIELD version ON _00_list_ref_user_bob TYPE int ASSERT $value < 5";
    ask(&database, refuse).await;
    let (_, mut desk) = opened(&database).await;
    for id in ["a", "b", "c"] {
        desk.push(&target("ann", id), edge(1), EdgeOp::Enter(row(9)));
        desk.push(&target("bob", id), edge(1), EdgeOp::Enter(row(if id == "b" { 9 } else { 1 })));
    }
    let returned = desk.flush().await.unwrap();
    let [Returned::Refused { view: refused, reason }] = returned.as_slice() else {
        panic!("{returned:?}")
    };
    assert_eq!(refused, &view("bob", "b"));
    assert!(reason.contains("field `version`"), "{reason}");
    let bobs = "SELECT VALUE in FROM _00_list_ref_user_bob";
    assert_eq!(told(&database, bobs).await, "[_00_query:a, _00_query:c]");
    assert_eq!(told(&database, "count(SELECT * FROM _00_list_ref_user_ann)").await, "3");
}

#[tokio::test]
async fn a_dropped_table_comes_back_with_its_user() {
    let database = installed().await;
    user(&database, "ann").await;
    let who = RecordId::new("user", "ann");
    assert_eq!(user_table::make(&database, &who).await, Ok(UserTable::Stands));
    assert_eq!(user_table::drop_if_gone(&database, &who).await, Ok(UserTable::Stands));
    ask(&database, "DELETE user:ann").await;
    assert_eq!(user_table::drop_if_gone(&database, &who).await, Ok(UserTable::NoUser));
    assert_eq!(user_table::make(&database, &who).await, Ok(UserTable::NoUser));
    let gone = told(&database, ANNS).await;
    assert!(gone.ends_with("does not exist"), "{gone}");
}

/// *A flush is under way while its user's table goes, and its process is killed before it clears that.* The database lets
/// both happen, and the edges stand under the name of a table that is none.
#[tokio::test]
async fn what_stands_in_a_table_before_its_users_first_edge_is_nobodys() {
    let database = installed().await;
    let settings = surreal::meta::Settings::default();
    surreal::meta::event_of_sign_up(&database, &settings, "user").await.unwrap();
    user(&database, "ann").await;
    let who = RecordId::new("user", "ann");
    user_table::make(&database, &who).await.unwrap();
    let (_, mut desk) = opened(&database).await;
    let slow = "DEFINE EVENT slow ON _00_list_ref_user_ann WHEN true THEN { sleep(1s) }";
    ask(&database, slow).await;
    desk.push(&target("ann", "top"), edge(1), EdgeOp::Enter(row(1)));
    let running = tokio::spawn(async move { desk.flush().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    ask(&database, "DELETE user:ann").await;
    assert_eq!(user_table::drop_if_gone(&database, &who).await, Ok(UserTable::NoUser));
    assert_eq!(running.await.unwrap(), Ok(vec![]), "the two do not conflict");

    let ann = user(&database, "ann").await;
    assert_eq!(told(&database, ANNS).await, "[[_00_query:top, task:1, 1]]");
    assert_eq!(told(&ann, ANNS).await, "[]");
    assert_eq!(user_table::make_empty(&database, &who).await, Ok(UserTable::Stands));
    assert_eq!(told(&ann, ANNS).await, "[]");
    assert_eq!(told(&database, ANNS).await, "[]");
}

// -- reconciling -----------------------------------------------------------------------------------------------

#[tokio::test]
async fn an_edge_with_its_rows_hash_keeps_its_version() {
    let database = with_ann().await;
    let (_, mut desk) = opened(&database).await;
    let (top, similar) = (target("ann", "top"), target("ann", "top\0"));
    for key in 0..1_200 {
        desk.push(&top, edge(key), EdgeOp::Enter(row(5)));
    }
    desk.push(&similar, edge(1), EdgeOp::Enter(row(5)));
    desk.flush().await.unwrap();

    let read = async |lane: &Lane, target: &Target| {
        let read = lane.read(&[Arc::new(target.clone())]).await.unwrap();
        read.into_iter().next().unwrap()
    };
    let standing = read(&desk.lane, &top).await;
    assert_eq!(standing.len(), 1_200);
    // Since then the row 1 changed, 2 left, and 5000 came; every row was loaded anew, with a new version.
    let mut wanted: BTreeMap<EdgeKey, EdgeRow> =
        (0..1_200).map(|key| (edge(key), EdgeRow { version: RowVersion(9), ..row(5) })).collect();
    wanted.insert(edge(1), row(9));
    wanted.remove(&edge(2));
    wanted.insert(edge(5_000), row(9));
    let difference = reconcile::difference(standing, wanted);
    assert_eq!(
        difference,
        vec![
            (edge(2), LEAVE),
            (edge(1), EdgeOp::Change(row(9))),
            (edge(5_000), EdgeOp::Enter(row(9)))
        ]
    );
    for (key, op) in difference {
        desk.push(&top, key, op);
    }
    desk.flush().await.unwrap();
    let standing = read(&desk.lane, &top).await;
    let versions: BTreeSet<u64> = standing.values().map(|edge| edge.version.0).collect();
    assert_eq!((standing.len(), versions), (1_200, [5, 9].into()));

    desk.pending.clear(&top.view, true);
    desk.flush().await.unwrap();
    assert!(read(&desk.lane, &top).await.is_empty());
    assert_eq!(read(&desk.lane, &similar).await.len(), 1);
    let _: Value = Value::None;
}

// -- on the engine that keeps what it stores -------------------------------------------------------------------

#[tokio::test]
async fn the_fence_holds_on_surrealkv_too() {
    let directory = std::env::temp_dir().join(format!("spky-fence-{}", std::process::id()));
    let server =
        crate::support::Server::start(&format!("surrealkv://{}", directory.display())).await;
    let database = Database::connect(server.options("fence")).await.unwrap();
    surreal::meta::install(&database, &surreal::meta::Settings::default()).await.unwrap();
    ask(&database, "CREATE user:ann").await;
    user_table::make(&database, &RecordId::new("user", "ann")).await.unwrap();
    let (old, mut paused) = opened(&database).await;
    let late = database.transaction().await.unwrap();
    let fence = "UPDATE ONLY $lane SET seq = 1 WHERE !closed";
    late.query(fence, vars([("lane", old.record(0).into_value())])).await.unwrap();
    late.query("CREATE _00_list_ref_user_ann:late", vars([])).await.unwrap();
    let (_, mut desk) = opened(&database).await;
    assert!(matches!(late.commit().await, Err(Error::Conflict { .. })));
    paused.push(&target("ann", "top"), edge(1), EdgeOp::Enter(row(1)));
    assert_eq!(paused.flush().await, Err(LaneError::Fenced));
    desk.push(&target("ann", "top"), edge(2), EdgeOp::Enter(row(1)));
    assert_eq!(desk.flush().await, Ok(vec![]));
    assert_eq!(told(&database, ANNS).await, "[[_00_query:top, task:2, 1]]");
    drop(server);
    let _ = std::fs::remove_dir_all(directory);
}
