//! Tasks in lists: each view watches the first twenty tasks of one list.

use protocol::{Change, ChangeId, RowVersion, Stamp};
use surrealdb_types::{Number, Object, RecordId, Value};
use view::caller::Caller;
use view::delta::ViewNo;
use view::engine::Engine;
use view::plan::{BinaryOp, Collation, Expr, Input, OrderKey, Path, Plan, Projection, Source};

/// Tasks in each list.
pub const TASKS_PER_LIST: u64 = 50;

/// How many of them a view shows.
pub const WINDOW: i64 = 20;

/// Draws numbers: the same seed gives the same run.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// Starts at a seed.
    pub fn new(seed: u64) -> Draw {
        Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Draws a number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % n
    }
}

/// The id of a task.
pub fn task(number: u64) -> RecordId {
    RecordId::new("task", format!("t{number:08}"))
}

/// The id of a list.
pub fn list(number: u64) -> RecordId {
    RecordId::new("list", format!("l{number:07}"))
}

/// How tasks stand in lists: task number n in list number n modulo their count.
#[derive(Clone, Copy, Debug)]
pub struct Grouping {
    /// Tasks in all.
    pub rows: u64,
    /// Lists.
    pub lists: u64,
}

impl Grouping {
    /// Lists of fifty.
    pub fn of_fifty(rows: u64) -> Grouping {
        Grouping { rows, lists: (rows / TASKS_PER_LIST).max(1) }
    }

    /// Writes a task, as the changefeed would bring it.
    pub fn write(self, number: u64, rank: u64, stamp: u64) -> Change {
        let record = task(number);
        let content = Object::from_iter([
            ("id".to_owned(), Value::RecordId(record.clone())),
            ("done".to_owned(), Value::Bool(rank.is_multiple_of(2))),
            ("list".to_owned(), Value::RecordId(list(number % self.lists))),
            ("rank".to_owned(), Value::Number(Number::Int(rank as i64))),
            ("title".to_owned(), Value::String(format!("the task with the number {number}"))),
        ]);
        let id = ChangeId { era: 0, stamp: Stamp(stamp), position: 0 };
        Change { record, after: Some(content), id, version: RowVersion(stamp) }
    }

    /// An engine with these tasks, of random ranks.
    pub fn loaded(self) -> Engine {
        let mut engine = Engine::new();
        engine.load_begin("task");
        let mut draw = Draw::new(1);
        let pages: Vec<u64> = (0..self.rows).collect();
        for page in pages.chunks(500) {
            let rows = page.iter().map(|number| self.write(*number, draw.below(1_000_000), 1));
            engine.load_rows("task", rows.collect());
        }
        engine.load_end("task", ChangeId::default());
        engine
    }
}

/// Writes a task of lists of fifty.
pub fn write(number: u64, rank: u64, stamp: u64, tasks: u64) -> Change {
    Grouping::of_fifty(tasks).write(number, rank, stamp)
}

/// Deletes a record.
pub fn deletion(record: RecordId, stamp: u64) -> Change {
    let id = ChangeId { era: 0, stamp: Stamp(stamp), position: 0 };
    Change { record, after: None, id, version: RowVersion(stamp) }
}

/// An engine with that many tasks, in lists of fifty.
pub fn loaded(tasks: u64) -> Engine {
    Grouping::of_fifty(tasks).loaded()
}

/// `SELECT * FROM task WHERE list = $list ORDER BY rank LIMIT 20`.
pub fn first_of_list() -> Plan {
    some_of_list(Some(WINDOW))
}

/// The same with another LIMIT, or none.
pub fn some_of_list(limit: Option<i64>) -> Plan {
    let list = Expr::Leaf(Input::Param("list".to_owned()));
    let column = Expr::Field(Path::field("list"));
    let limit = limit.map(|limit| Value::Number(Number::Int(limit)));
    Plan {
        source: Source::Table("task".to_owned()),
        projection: Projection::all(),
        group: None,
        filter: Some(Expr::Binary(BinaryOp::Equal, Box::new(column), Box::new(list))),
        permission: None,
        order: vec![OrderKey {
            key: Expr::Stored(Path::field("rank")),
            descending: false,
            collation: Collation::Bytes,
        }],
        limit: limit.map(|limit| Expr::Leaf(Input::Literal(limit))),
        start: None,
        auth_permission: None,
        children: Vec::new(),
    }
}

/// The caller who watches a list.
pub fn watcher(number: u64) -> Caller {
    let params = Object::from_iter([("list".to_owned(), Value::RecordId(list(number)))]);
    Caller { auth: None, access: None, params }
}

/// Registers views number `from` to `until`, each of its own list; lists beyond the tasks are
/// empty.
pub fn register(engine: &mut Engine, plan: &Plan, from: u64, until: u64) {
    for number in from..until {
        let no = ViewNo(u32::try_from(number).expect("fewer views than 2^32"));
        engine.register(no, plan, watcher(number)).expect("a plan that is accepted");
    }
}
