//! A view's whole answer, as it is held.

use view::delta::{ChildRow, ViewNo};
use view::engine::Engine;
use view::row::Row;

/// The rows of an answer, and those of its subqueries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<Row>,
    pub(crate) children: Vec<ChildRow>,
}

impl Answer {
    /// What a view was told so far.
    pub(crate) fn of(engine: &Engine, no: ViewNo) -> Answer {
        Answer { rows: engine.answer(no), children: engine.children(no) }
    }

    /// How many edges that are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + self.children.len()
    }
}
