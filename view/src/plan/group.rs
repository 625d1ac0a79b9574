//! GROUP BY and GROUP ALL.

use serde::{Deserialize, Serialize};

use super::expr::Expr;
use super::path::Path;

/// How rows are gathered, and what is shown of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grouping<L> {
    /// What the rows of a group have in common. None: all rows are one group.
    pub keys: Vec<Expr<L>>,
    /// What is added up: what is no number counts as nothing.
    pub sums: Vec<Expr<L>>,
    /// What a group shows, in order, each with the path that it is put at.
    pub shown: Vec<(Path, Aggregate)>,
    /// Whether the one group of GROUP ALL is there over no rows, too. The database shows it to whom no permission
    /// applies, and to everybody else only where he counts a whole table.
    pub over_nothing: bool,
}

/// One thing that is shown of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Aggregate {
    /// A key, as the first row of the group has it: equal keys may be of different kinds.
    Key(u16),
    /// `count()`.
    Count,
    /// `math::sum(…)`.
    Sum(u16),
}

impl<L> Grouping<L> {
    /// Every expression that is evaluated on a row.
    pub fn parts(&self) -> impl Iterator<Item = &Expr<L>> {
        self.keys.iter().chain(&self.sums)
    }
}
