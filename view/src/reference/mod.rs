//! The definition: what a plan answers, evaluated the obvious way.
//!
//! Every row of the table is looked at, whatever it costs. Circuits are held to this; this is held to the database.
//!
//! # Invariants
//! - A row that its reader may not select does not exist for him: nothing of the query is evaluated on it.
//! - A row *fails* the view if every conjunct that cannot fail holds for it, and its permission raises, or permits it and
//!   then WHERE, an ORDER key or (inside the window) the projection raises (mechanism M7). One failing row leaves the view
//!   without answer.
//! - Ties break by the order that the rows come in: by id ascending, or as a list of records has them.

mod children;
mod groups;
mod projection;
mod table;
#[cfg(all(test, feature = "surrealql"))]
mod tests;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use protocol::{Code, Problem};
use surrealdb_types::{Object, RecordId, Value};

use crate::caller::Caller;
use crate::eval::{Outer, argument, over_row};
use crate::fault::Fault;
use crate::plan::{self, Expr, Input, Plan, Source};
use crate::value::{compare_as, packed::Fields, truthy};
use children::Asked;
pub use table::Table;

/// The stored rows of every table.
pub type Tables = BTreeMap<String, Table>;

/// What a view shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The rows, in the order of the window.
    Rows(Vec<Shown>),
    /// The database's query fails on a row.
    Failed {
        /// `ROW_FAILED`, `LINK_IN_PATH`.
        code: Code,
        /// The row.
        record: RecordId,
        /// What was raised.
        reason: String,
        /// Whether the select permission raises, so that nothing may be told of the row.
        of_permission: bool,
    },
    /// The database's query fails before it meets a row: on LIMIT, START or the list of records.
    Refused(Problem),
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The record; of a group, the one that stands for it.
    pub id: RecordId,
    /// What the query shows of it.
    pub shown: Value,
    /// What its subqueries show of it, in their order: the name, and the rows.
    pub children: Vec<(String, Vec<Shown>)>,
}

/// Answers a plan for a caller.
pub fn answer(plan: &Plan, caller: &Caller, tables: &Tables) -> Answer {
    let user = caller.auth.as_ref().and_then(|auth| tables.get(auth.table.as_str())?.get(auth));
    let outer = Outer { user: user.map(Fields::from), selectable: true, parent: None };
    let mut view = View { plan, caller, outer, tables };
    if let (Some(user), Some(permission)) = (user, &plan.auth_permission) {
        match view.holds(permission, user) {
            Ok(selectable) => view.outer.selectable = selectable,
            Err(fault) => return Answer::Refused(Outer::unreadable(fault)),
        }
    }
    let windows = plan.levels().try_for_each(|plan| {
        let view = View { plan, caller, outer: view.outer, tables };
        view.window().map(drop)
    });
    match windows.and_then(|()| view.answer()) {
        Ok(rows) => Answer::Rows(rows),
        Err(Failure::Row(record, fault)) => {
            let Fault { code, reason, of_permission } = fault;
            Answer::Failed { code, record, reason, of_permission }
        }
        Err(Failure::Query(problem)) => Answer::Refused(problem),
    }
}

enum Failure {
    Row(RecordId, Fault),
    Query(Problem),
}

struct View<'a> {
    plan: &'a Plan,
    caller: &'a Caller,
    outer: Outer<'a>,
    tables: &'a Tables,
}

/// A matching row with its keys.
struct Match<'a> {
    id: &'a RecordId,
    row: &'a Object,
    keys: Vec<Value>,
}

impl<'a> View<'a> {
    fn answer(&self) -> Result<Vec<Shown>, Failure> {
        let (limit, start) = self.window()?;
        let mut matches = Vec::new();
        for (id, row) in self.source()? {
            if let Some(found) = self.matches(id, row)? {
                matches.push(found);
            }
        }
        if let Some(grouping) = &self.plan.group {
            return self.groups(grouping, &matches);
        }
        matches.sort_by(|a, b| self.order(a, b));
        let window = matches.into_iter().skip(start).take(limit.unwrap_or(usize::MAX));
        let window: Vec<Match<'_>> = window.collect();
        if self.plan.children.is_empty() {
            return window.iter().map(|found| self.show(found, &[])).collect();
        }
        // Where a row fails by itself, no subquery is asked.
        for found in &window {
            self.show(found, &[])?;
            self.takes_arguments(found)?;
        }
        window.iter().map(|found| self.show(found, &self.children(found)?)).collect()
    }

    fn window(&self) -> Result<(Option<usize>, usize), Failure> {
        let limit = self.argument(self.plan.limit.as_ref())?;
        let start = self.argument(self.plan.start.as_ref())?;
        plan::window(limit.as_ref(), start.as_ref()).map_err(Failure::Query)
    }

    /// The rows that the query reads, in the order that they come in.
    fn source(&self) -> Result<Vec<(&'a RecordId, &'a Object)>, Failure> {
        let Some(table) = self.tables.get(self.plan.source.table()) else { return Ok(Vec::new()) };
        match &self.plan.source {
            Source::Table(_) => Ok(table.iter().collect()),
            Source::Records { table: name, ids } => {
                let mut values = Vec::with_capacity(ids.len());
                for id in ids {
                    values.extend(self.argument(Some(id))?);
                }
                let records = plan::records(name, &values).map_err(Failure::Query)?;
                Ok(records.iter().filter_map(|record| table.get_key_value(record)).collect())
            }
        }
    }

    fn matches<'t>(&self, id: &'t RecordId, row: &'t Object) -> Result<Option<Match<'t>>, Failure> {
        let failed = |fault| Failure::Row(id.clone(), fault);
        let permission = self.plan.permission.as_ref();
        let permitted = permission.map_or(Ok(true), |permission| self.holds(permission, row));
        if permitted == Ok(false) {
            return Ok(None);
        }
        if let Some(filter) = &self.plan.filter {
            for conjunct in conjuncts(filter) {
                if !self.can_fail(conjunct) && !self.holds(conjunct, row).map_err(failed)? {
                    return Ok(None);
                }
            }
        }
        permitted.map_err(|fault| failed(Fault { of_permission: true, ..fault }))?;
        if let Some(filter) = &self.plan.filter
            && !self.holds(filter, row).map_err(failed)?
        {
            return Ok(None);
        }
        let keys: Result<Vec<Value>, Fault> =
            self.plan.order.iter().map(|order| self.value(&order.key, row)).collect();
        Ok(Some(Match { id, row, keys: keys.map_err(failed)? }))
    }

    fn order(&self, a: &Match<'_>, b: &Match<'_>) -> Ordering {
        let keys = a.keys.iter().zip(&b.keys).zip(&self.plan.order);
        keys.map(|((a, b), order)| {
            let ordering = compare_as(order.collation, a, b);
            if order.descending { ordering.reverse() } else { ordering }
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
    }

    fn show(&self, found: &Match<'_>, children: &[Asked]) -> Result<Shown, Failure> {
        let evaluate = |expr: &Expr<Input>| self.value(expr, found.row);
        let shown = projection::show(self.plan, found.row, evaluate, children);
        let shown = shown.map_err(|fault| Failure::Row(found.id.clone(), fault))?;
        let aliases = self.plan.children.iter().map(|child| child.alias.clone());
        let children = aliases.zip(children.iter().map(|child| child.rows.clone())).collect();
        Ok(Shown { id: found.id.clone(), shown, children })
    }

    fn value(&self, expr: &Expr<Input>, row: &Object) -> Result<Value, Fault> {
        over_row(expr, row.into(), self.caller, &self.outer)
    }

    fn holds(&self, expr: &Expr<Input>, row: &Object) -> Result<bool, Fault> {
        self.value(expr, row).map(|value| truthy(&value))
    }

    /// Whether evaluating it can raise. What reads no row has raised by now, or never will.
    fn can_fail(&self, expr: &Expr<Input>) -> bool {
        if !expr.reads_row() {
            return argument(expr, self.caller, &self.outer).is_err();
        }
        expr.can_itself_fail() || expr.parts().into_iter().any(|part| self.can_fail(part))
    }

    fn argument(&self, expr: Option<&Expr<Input>>) -> Result<Option<Value>, Failure> {
        expr.map(|expr| argument(expr, self.caller, &self.outer))
            .transpose()
            .map_err(|fault| Failure::Query(Problem::new(Code::ParameterInvalid, fault.reason)))
    }
}

/// The parts of a condition that must all hold.
fn conjuncts(filter: &Expr<Input>) -> Vec<&Expr<Input>> {
    match filter {
        Expr::And(a, b) => [conjuncts(a), conjuncts(b)].concat(),
        other => vec![other],
    }
}
