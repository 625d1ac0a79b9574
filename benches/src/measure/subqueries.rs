//! Lists, each shown with the first of its tasks: a window for every list.

use std::time::Instant;

use protocol::{Change, ChangeId, RowVersion, Stamp};
use surrealdb_types::{Object, Value};
use view::caller::Caller;
use view::delta::ViewNo;
use view::engine::Engine;
use view::plan::{BinaryOp, Child, Expr, Input, Path, Plan, Source};

use super::{Goal, Scale, step};
use crate::workload::{self, TASKS_PER_LIST};

/// Tasks that are shown of each list.
const SHOWN: i64 = 5;

/// `SELECT *, (SELECT * FROM task WHERE list = $parent.id ORDER BY rank LIMIT 5) AS first FROM list`.
fn lists_with_tasks() -> Plan {
    let parent = Expr::Leaf(Input::Parent(Path::field("id")));
    let column = Expr::Field(Path::field("list"));
    let tied = Expr::Binary(BinaryOp::Equal, Box::new(column), Box::new(parent));
    let tasks = Plan { filter: Some(tied), ..workload::some_of_list(Some(SHOWN)) };
    let child = Child { alias: "first".to_owned(), at: 0, first: false, plan: tasks };
    Plan {
        source: Source::Table("list".to_owned()),
        filter: None,
        order: Vec::new(),
        limit: None,
        children: vec![child],
        ..workload::some_of_list(None)
    }
}

fn loaded(scale: Scale) -> Engine {
    let mut engine = workload::loaded(scale.rows);
    engine.load_begin("list");
    let lists = (scale.rows / TASKS_PER_LIST).max(1);
    let row = |number| {
        let record = workload::list(number);
        let id = ("id".to_owned(), Value::RecordId(record.clone()));
        let after = Some(Object::from_iter([id]));
        let id = ChangeId { era: 0, stamp: Stamp(1), position: 0 };
        Change { record, after, id, version: RowVersion(1) }
    };
    engine.load_rows("list", (0..lists).map(row).collect());
    engine.load_end("list", ChangeId::default());
    engine
}

/// Registering a view, and one that asks the same for the same rows with another text.
pub fn hydration(scale: Scale) -> Goal {
    let mut engine = loaded(scale);
    let mut register = |no, plan: &Plan| {
        let begun = Instant::now();
        engine.register(ViewNo(no), plan, Caller::default()).expect("a plan that is accepted");
        begun.elapsed()
    };
    let first = register(1, &lists_with_tasks());
    let start = Some(Expr::Leaf(Input::Literal(Value::Number(0.into()))));
    let second = register(2, &Plan { start, ..lists_with_tasks() });
    let lists = engine.answer(ViewNo(1)).len();
    let rows = engine.children(ViewNo(1)).len();
    let bytes = engine.describe(ViewNo(1)).map_or(0, |view| view.bytes) / lists.max(1);
    Goal {
        what: "lists with five tasks each: registering, the index included; again with another text",
        measured: format!(
            "{lists} lists, {rows} tasks: {first:?}, {second:?}; {bytes} bytes a list, shared by two"
        ),
        wanted: "",
        light: None,
    }
}

/// A change of a task, in the windows of one view.
pub fn change(scale: Scale) -> Goal {
    let mut engine = loaded(scale);
    engine
        .register(ViewNo(1), &lists_with_tasks(), Caller::default())
        .expect("a plan that is accepted");
    Goal {
        what: "… a change of a task in one of its windows",
        measured: format!("{:?}", step::random_writes(&mut engine, scale)),
        wanted: "",
        light: None,
    }
}
