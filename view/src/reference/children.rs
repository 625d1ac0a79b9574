//! What subqueries answer, for one row.

use surrealdb_types::Value;

use super::{Failure, Match, Shown, View};
use crate::eval::Outer;
use crate::shape::lift;

/// What a subquery answered.
pub(super) struct Asked {
    pub(super) rows: Vec<Shown>,
    /// What is shown of them.
    pub(super) value: Value,
}

impl View<'_> {
    /// Asks every subquery for a row.
    pub(super) fn children(&self, found: &Match<'_>) -> Result<Vec<Asked>, Failure> {
        let outer = Outer { parent: Some(found.row.into()), ..self.outer };
        let children = self.plan.children.iter().map(|child| {
            let view = View { plan: &child.plan, outer, ..*self };
            let mut rows = view.answer()?;
            let value = |row: &Shown| row.shown.clone();
            let value = if child.first {
                rows.truncate(1);
                rows.first().map(value).unwrap_or_default()
            } else {
                Value::Array(rows.iter().map(value).collect::<Vec<Value>>().into())
            };
            Ok(Asked { rows, value })
        });
        children.collect()
    }

    /// A row fails that meets a record link in what a subquery takes of it, whether the subquery has rows or not.
    pub(super) fn takes_arguments(&self, found: &Match<'_>) -> Result<(), Failure> {
        for child in &self.plan.children {
            for argument in lift(&child.plan).arguments.iter().filter(|it| it.reads_parent()) {
                self.value(&argument.of_parent(), found.row)
                    .map_err(|fault| Failure::Row(found.id.clone(), fault))?;
            }
        }
        Ok(())
    }
}
