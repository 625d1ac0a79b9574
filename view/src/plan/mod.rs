//! What a query asks, as plain serialisable data of our own.
//!
//! A [`Plan`] is one query under one principal's permissions. Its leaves are [`Input`]s: literals, parameters and
//! what is known of the caller. [`crate::shape`] lifts them out, so that all queries of one shape share one family.
//!
//! # Invariants
//! - What cannot be said here was refused by [`crate::lower`]; nothing of a query is ever dropped.
//! - `order` and `filter` name stored fields only: aliases were resolved when the plan was made.

mod child;
pub mod expr;
mod group;
pub mod path;
mod window;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use child::Child;
pub use expr::{BinaryOp, Expr, Function, Input, Slot};
pub use group::{Aggregate, Grouping};
pub use path::{Path, Step};
pub use window::{records, window};

/// One query, as registered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Where the rows come from.
    pub source: Source<Input>,
    /// What the answer shows of them; nothing, where it shows groups.
    pub projection: Projection<Input>,
    /// GROUP BY: then the answer is groups, not rows.
    #[serde(default)]
    pub group: Option<Grouping<Input>>,
    /// The query's WHERE.
    pub filter: Option<Expr<Input>>,
    /// The table's select permission for this caller: `None` is FULL (and what a system user has).
    /// A row for which it fails to evaluate is not permitted.
    pub permission: Option<Expr<Input>>,
    /// ORDER BY; ties break by id, ascending.
    pub order: Vec<OrderKey<Input>>,
    /// LIMIT: evaluated once, at registration.
    pub limit: Option<Expr<Input>>,
    /// START: evaluated once, at registration.
    pub start: Option<Expr<Input>>,
    /// The select permission of the table that holds the caller's own record, where the query (not a permission)
    /// reads `$auth.x`: the record reads as NONE while it does not hold (facts §14.2). `None` is FULL.
    pub auth_permission: Option<Expr<Input>>,
    /// The child subqueries that are shown of each row.
    #[serde(default)]
    pub children: Vec<Child>,
}

impl Plan {
    /// Every expression that the query itself says, its child subqueries aside: a permission is said by its table.
    pub fn parts(&self) -> impl Iterator<Item = &Expr<Input>> {
        let Plan {
            source,
            projection,
            group,
            filter,
            permission: _,
            order,
            limit,
            start,
            auth_permission: _,
            children: _,
        } = self;
        let ids: &[Expr<Input>] = match source {
            Source::Table(_) => &[],
            Source::Records { table: _, ids } => ids,
        };
        let order = order.iter().map(|OrderKey { key, descending: _, collation: _ }| key);
        let shown = projection.parts().chain(group.iter().flat_map(Grouping::parts));
        filter.iter().chain(order).chain(limit).chain(start).chain(shown).chain(ids)
    }

    /// This plan, and those of the subqueries in it, outermost first.
    pub fn levels(&self) -> impl Iterator<Item = &Plan> {
        std::iter::once(self)
            .chain(self.children.iter().flat_map(|child| child.plan.boxed_levels()))
    }

    /// The same where it has no end to its type.
    fn boxed_levels(&self) -> Box<dyn Iterator<Item = &Plan> + '_> {
        Box::new(self.levels())
    }

    /// Every table that rows are read of.
    pub fn tables(&self) -> BTreeSet<&str> {
        self.levels().map(|plan| plan.source.table()).collect()
    }
}

/// Where the rows come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source<L> {
    /// Every row of a table.
    Table(String),
    /// The records that the expression names, each evaluating to a record id or an array of record ids; all of
    /// `table`. Without ORDER BY they come in the order of the list.
    Records {
        /// The one table of all ids.
        table: String,
        /// What evaluates to the ids.
        ids: Vec<Expr<L>>,
    },
}

impl<L> Source<L> {
    /// Returns the table that the rows are of.
    pub fn table(&self) -> &str {
        match self {
            Source::Table(table) | Source::Records { table, .. } => table,
        }
    }
}

/// What the answer shows of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Projection<L> {
    /// `SELECT VALUE expr`.
    Value(Expr<L>),
    /// `SELECT *, expr AS path, … OMIT path, …`.
    Fields {
        /// Whether `*` is among them: the whole row comes first.
        all: bool,
        /// The other fields, in order, each with the path that it is put at.
        fields: Vec<(Path, Expr<L>)>,
        /// OMIT.
        omit: Vec<Path>,
    },
}

impl<L> Projection<L> {
    /// Nothing of a row.
    pub fn nothing() -> Projection<L> {
        Projection::Fields { all: false, fields: Vec::new(), omit: Vec::new() }
    }

    /// `SELECT *`.
    pub fn all() -> Projection<L> {
        Projection::Fields { all: true, fields: Vec::new(), omit: Vec::new() }
    }

    /// Every expression that is evaluated on a row.
    pub fn parts(&self) -> impl Iterator<Item = &Expr<L>> {
        let (value, fields) = match self {
            Projection::Value(expr) => (Some(expr), &[][..]),
            Projection::Fields { all: _, fields, omit: _ } => (None, &fields[..]),
        };
        value.into_iter().chain(fields.iter().map(|(_, expr)| expr))
    }
}

/// One key of ORDER BY.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderKey<L> {
    /// What is compared.
    pub key: Expr<L>,
    /// DESC.
    pub descending: bool,
    /// How two texts are compared.
    pub collation: Collation,
}

/// How ORDER BY compares two texts; what is no text has one order only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Collation {
    /// By their bytes.
    #[default]
    Bytes,
    /// `COLLATE`: without regard to case and accents, punctuation before letters; by their bytes where that is equal.
    Lexical,
    /// `NUMERIC`: digits that follow each other are a number.
    Natural,
    /// `COLLATE NUMERIC`.
    NaturalLexical,
}

impl Collation {
    /// The collation of the two words of a key.
    pub fn of(collate: bool, numeric: bool) -> Collation {
        match (collate, numeric) {
            (false, false) => Collation::Bytes,
            (true, false) => Collation::Lexical,
            (false, true) => Collation::Natural,
            (true, true) => Collation::NaturalLexical,
        }
    }
}
