//! What is known of a registered view, for whoever looks after it.

use serde::Serialize;

use super::Engine;
use crate::delta::ViewNo;
use crate::explain::print;
use crate::window::{Circuit, Window};

/// A registered view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The family's number.
    pub family: u64,
    /// The windows of the family.
    pub windows: usize,
    /// The views that share its window.
    pub views: usize,
    /// How its rows are found.
    pub access: String,
    /// How its answer is maintained.
    pub circuit: &'static str,
    /// Whether it is failed.
    pub failed: bool,
    /// Whether it, or a window of its subqueries, waits for a refill.
    pub refilling: bool,
    /// The rows of its answer.
    pub rows: usize,
    /// About how many bytes its window uses, and its share of its subqueries' windows; the other views of it share them.
    pub bytes: usize,
}

impl Engine {
    /// Describes a view.
    pub fn describe(&self, no: ViewNo) -> Option<Description> {
        let open = self.open(self.views.get(&no)?.window);
        let known = self.families.get(&open.window.family.shape)?;
        let router = &self.tables[open.table].router;
        let ways: Vec<String> = open
            .window
            .ways
            .iter()
            .map(|way| {
                format!(
                    "{} key(s) of ({})",
                    way.keys.len(),
                    print::columns(router.index(way.index).columns())
                )
            })
            .collect();
        Some(Description {
            family: known.family.number,
            windows: known.windows,
            views: open.window.views.len(),
            access: if ways.is_empty() { "nothing".to_owned() } else { ways.join(", ") },
            circuit: open.window.circuit.word(),
            failed: self.has_failed(open.window.number),
            refilling: open.window.refilling() || self.waits_below(open.window.number),
            rows: self.told(open.window.number).len(),
            bytes: self.bytes(open.window.number),
        })
    }
}

impl Engine {
    /// About how many bytes a window uses, and its share of those that it holds.
    pub(super) fn bytes(&self, number: u32) -> usize {
        let open = self.open(number);
        let nest = open.nest.as_ref().map_or(0, |nest| {
            let share = |held: u32| {
                let holders = self.open(held).nest.as_ref().map_or(1, |nest| nest.holders());
                self.bytes(held) / holders.max(1)
            };
            nest.bytes() + nest.held().map(share).sum::<usize>()
        });
        bytes(&open.window) + nest
    }
}

impl Circuit {
    /// Returns its name.
    pub fn word(&self) -> &'static str {
        match self {
            Circuit::Members => "members",
            Circuit::Positions(_) => "positions",
            Circuit::Kept(_) => "kept",
            Circuit::Listed(_) => "listed",
            Circuit::Grouped(_) => "grouped",
            Circuit::Stalled => "stalled",
        }
    }
}

fn bytes(window: &Window) -> usize {
    let keys = window.ways.iter().flat_map(|way| way.keys.iter()).map(|key| 2 * (key.len() + 64));
    let kept = match &window.circuit {
        Circuit::Kept(kept) => kept.bytes(),
        Circuit::Grouped(grouped) => grouped.bytes(),
        _ => 0,
    };
    let args = window.args.len() * size_of::<surrealdb_types::Value>();
    size_of::<Window>() + args + keys.sum::<usize>() + kept + window.views.capacity() * 4
}
