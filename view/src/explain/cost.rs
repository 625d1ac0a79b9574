//! What a view is expected to cost, before it is registered.
//!
//! A step's time is mostly waiting for memory: the row, its places in the indexes, the window that it concerns. So the
//! model counts what has to be looked at, and multiplies with what one look at each took, with 200,000 rows, on the machine
//! of `benches/README.md`: derived from the steps of `cargo bench -p benches --bench goals`. It is meant to be right
//! within a factor of two or so; what a running SSP measures stands beside it.

use std::fmt;

use serde::Serialize;
use surrealdb_types::{Number, Value};

use crate::family::Family;
use crate::index::Entry;
use crate::plan::{Expr, Input, Slot, Source};
use crate::shape::Lifted;
use crate::window::FED_ROW_BYTES;

/// Taking a change in: the row store, and the indexes' look at what does not change.
const CHANGE_NANOS: u64 = 1_000;
/// Finding the windows under one arm's key, for the old row and the new one.
const ARM_NANOS: u64 = 200;
/// Stepping a window that keeps nothing.
const MEMBER_NANOS: u64 = 300;
/// Moving a row in an ordered index, and the slice's two places.
const WINDOW_NANOS: u64 = 1_200;
/// Keeping matches in a window's own order.
const KEPT_NANOS: u64 = 500;
/// Stepping a circuit of groups (`ssp/relational/benches`).
const GROUPS_NANOS: u64 = 400_000;
/// Evaluating one node of an expression on the old row and the new one.
const NODE_NANOS: u64 = 60;

/// A view beside its rows: registration, routes, window (benches/README.md: resident bytes for each of 100,000 views).
const VIEW_BYTES: usize = 840;
/// A match that a window keeps.
const KEPT_ROW_BYTES: usize = size_of::<Entry>() * 4 / 3;

/// What a view is expected to cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Predicted {
    /// Of a change that concerns one view: nanoseconds.
    pub nanos_per_change: u64,
    /// Bytes of a view, beside its rows, which are held once for all.
    pub bytes_per_view: usize,
    /// Bytes of each match that a window keeps, where it keeps any, and how many is not known from the text.
    pub bytes_per_kept_row: Option<usize>,
    /// Whether each change of the table is looked at for every view.
    pub every_change: bool,
}

/// Predicts a view's cost; `circuit` is the explanation's own word.
pub(super) fn predict(family: &Family, lifted: &Lifted, circuit: &str) -> Predicted {
    let arms = family.arms.len().max(1) as u64;
    let listed = matches!(family.shape.source, Source::Records { .. });
    let every_change = !listed && family.arms.iter().any(|arm| arm.keys.is_empty());
    let mut nanos = CHANGE_NANOS + arms * ARM_NANOS;
    nanos += family.arms.iter().flat_map(|arm| &arm.residual).map(nodes).sum::<u64>() * NODE_NANOS;
    nanos += family.order.iter().map(|key| nodes(&key.key)).sum::<u64>() * NODE_NANOS;
    let kept = circuit.starts_with("kept");
    let grouped = family.grouping.is_some();
    nanos += match (kept, family.windowed) {
        _ if grouped => MEMBER_NANOS + GROUPS_NANOS,
        (true, _) => WINDOW_NANOS + KEPT_NANOS,
        (false, true) => WINDOW_NANOS,
        (false, false) => MEMBER_NANOS,
    };
    let rows = slice(family, lifted).filter(|_| kept);
    Predicted {
        nanos_per_change: nanos,
        bytes_per_view: VIEW_BYTES + rows.unwrap_or(0) * KEPT_ROW_BYTES,
        bytes_per_kept_row: match grouped {
            true => Some(FED_ROW_BYTES),
            false => (kept && rows.is_none()).then_some(KEPT_ROW_BYTES),
        },
        every_change,
    }
}

/// How many matches a window keeps, where the text says its LIMIT and START as numbers.
fn slice(family: &Family, lifted: &Lifted) -> Option<usize> {
    let number = |slot: &Slot| match &lifted.arguments[usize::from(slot.0)] {
        Expr::Leaf(Input::Literal(Value::Number(Number::Int(count)))) => {
            usize::try_from(*count).ok()
        }
        _ => None,
    };
    let limit = number(family.shape.limit.as_ref()?)?;
    let start = match &family.shape.start {
        Some(slot) => number(slot)?,
        None => 0,
    };
    Some(limit.saturating_add(start).saturating_mul(2))
}

fn nodes<L>(expr: &Expr<L>) -> u64 {
    let mut nodes = 0;
    expr.walk(&mut |_| nodes += 1);
    nodes
}

impl fmt::Display for Predicted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.nanos_per_change as f64 / 1_000.0;
        let whose = if self.every_change {
            "for every change and view"
        } else {
            "for a change and a view that it concerns"
        };
        write!(f, "{micros:.1} µs {whose}; {} bytes a view", self.bytes_per_view)?;
        match self.bytes_per_kept_row {
            Some(bytes) => write!(f, ", {bytes} more a match that it keeps"),
            None => Ok(()),
        }
    }
}
