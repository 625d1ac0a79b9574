//! Who is next: windows whose head is deleted again and again, with nothing but positions to move, far down, and with
//! a condition that hardly any row meets.

use std::time::{Duration, Instant};

use surrealdb_types::{Number, Value};
use view::delta::ViewNo;
use view::engine::Engine;
use view::plan::{BinaryOp, Expr, Input, Path, Plan};

use super::{Goal, Scale, median};
use crate::workload::{self, Draw, Grouping};

/// The head of a window without a residual is deleted: START 0, and START 10,000.
pub fn storm(scale: Scale) -> Goal {
    let near = deletions(scale, workload::first_of_list());
    let far = deletions(scale, plan(workload::first_of_list(), scale.start, None));
    Goal {
        what: "delete storm at the head of a window of 20, median and worst: START 0, START 10,000",
        measured: format!("{}, {}", near.text(), far.text()),
        wanted: "",
        light: None,
    }
}

/// Of a million rows ten meet the condition, and a window of two loses its head.
pub fn residual(scale: Scale) -> Goal {
    // What the rows were given: of every tenth part one.
    let mut draw = Draw::new(1);
    let ranks = (0..scale.rows).map(|_| draw.below(1_000_000));
    let rare = ranks.step_by((scale.rows / 10).max(1) as usize).collect();
    let told = deletions(scale, plan(workload::first_of_list(), 0, Some(rare)));
    Goal {
        what: "… where one row in 100,000 meets the condition: one input, and until the next row is found",
        measured: format!("{}, {:?} in {} pieces", told.text(), told.found, told.pieces),
        wanted: "",
        light: None,
    }
}

struct Told {
    times: Vec<Duration>,
    /// The longest that a view waited for its next row, and in how many pieces.
    found: Duration,
    pieces: u64,
}

impl Told {
    fn text(&self) -> String {
        let worst = self.times.iter().max().copied().unwrap_or_default();
        format!("{:?} and {worst:?}", median(self.times.clone()))
    }
}

/// Deletes the first row of a window's answer, until the steps are done or no row is left.
fn deletions(scale: Scale, plan: Plan) -> Told {
    let all = Grouping { rows: scale.rows, lists: 1 };
    let mut engine = all.loaded();
    let view = ViewNo(0);
    workload::register(&mut engine, &plan, 0, 1);
    let mut told = Told { times: Vec::new(), found: Duration::ZERO, pieces: 0 };
    for step in 0..scale.storm {
        let answer = engine.answer(view);
        let Some(head) = answer.first() else { break };
        let deletion = workload::deletion(head.id(), 2 + step);
        let begun = Instant::now();
        engine.apply(vec![deletion]);
        told.times.push(begun.elapsed());
        let pieces = refill(&mut engine, &mut told.times);
        if begun.elapsed() > told.found {
            (told.found, told.pieces) = (begun.elapsed(), pieces);
        }
    }
    assert!(told.times.len() > 1, "the window has rows to lose");
    told
}

/// Goes on until nobody waits, and says how often. Each piece is an input of its own.
fn refill(engine: &mut Engine, times: &mut Vec<Duration>) -> u64 {
    let mut pieces = 0;
    loop {
        let begun = Instant::now();
        let (_, more) = engine.refill();
        if !more {
            return pieces;
        }
        times.push(begun.elapsed());
        pieces += 1;
    }
}

/// Adds START, and a condition that some ranks meet and no index knows, because it is not of the column alone.
fn plan(plan: Plan, start: i64, rare: Option<Vec<u64>>) -> Plan {
    let value = |n: i64| Value::Number(Number::Int(n));
    let int = |n: i64| Expr::Leaf(Input::Literal(value(n)));
    let limit = if rare.is_some() { Some(int(2)) } else { plan.limit.clone() };
    let rare = rare.map(|ranks| {
        let negated: Vec<Value> = ranks.into_iter().map(|rank| value(-(rank as i64))).collect();
        let rank = Expr::Negate(Box::new(Expr::Field(Path::field("rank"))));
        let among = Box::new(Expr::Leaf(Input::Literal(Value::Array(negated.into()))));
        let meets = Expr::Binary(BinaryOp::Contains, among, Box::new(rank));
        let list = plan.filter.clone().expect("of one list");
        Expr::And(Box::new(list), Box::new(meets))
    });
    let filter = rare.or_else(|| plan.filter.clone());
    Plan { filter, limit, start: (start > 0).then(|| int(start)), ..plan }
}
