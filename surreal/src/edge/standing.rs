//! The edges of views as they stand in the database.
//!
//! A start reads those of every view: of many views with one request, of each the next page.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::RowVersion;
use surrealdb_types::{Number, Object, RecordIdKey, SurrealValue, Value};

use super::lane::missing_table;
use super::reconcile::Standing;
use super::{EdgeKey, Lane, Target, flush};
use crate::connection::vars;
use crate::error::Error;

/// Edges in one answer, at most.
const ROWS: usize = 16_000;

/// … and of one view.
const ROWS_OF_ONE: usize = 1_000;

/// What stands of one view.
pub type Edges = BTreeMap<EdgeKey, Standing>;

/// A view while it is read.
struct Reading<'a> {
    target: &'a Target,
    edges: Edges,
    /// Where the next page begins; none when there is no more.
    from: Option<Value>,
}

impl Lane {
    /// Reads the edges of views; the answers are in their order. Nobody else may write them: whoever did is closed.
    pub async fn read(&self, targets: &[Arc<Target>]) -> Result<Vec<Edges>, Error> {
        let mut readings: Vec<_> = targets.iter().map(|target| Reading::new(target)).collect();
        loop {
            let mut open: Vec<_> = readings.iter_mut().filter(|it| it.from.is_some()).collect();
            if open.is_empty() {
                return Ok(readings.into_iter().map(|it| it.edges).collect());
            }
            let rows = (ROWS / open.len()).clamp(1, ROWS_OF_ONE);
            let views: Vec<Value> = open.iter().map(|it| it.bound(rows)).collect();
            let bound = vars([("views", views.into_value())]);
            match self.database.repeat(flush::PAGES, bound).await {
                Ok(mut results) => {
                    let Some(Value::Array(pages)) = results.pop() else {
                        return Err(Error::refused("the pages of edges are not a list"));
                    };
                    for (reading, page) in open.iter_mut().zip(pages) {
                        reading.take(page, rows);
                    }
                }
                // Without its table, a view has no edges.
                Err(error) => match missing_table(&error) {
                    Some(table) if open.iter().any(|it| it.target.table == table) => {
                        open.iter_mut()
                            .filter(|it| it.target.table == table)
                            .for_each(|it| it.from = None);
                    }
                    _ => return Err(error),
                },
            }
        }
    }
}

impl Reading<'_> {
    fn new(target: &Target) -> Reading<'_> {
        let (from, _) = target.bounds();
        Reading { target, edges: Edges::new(), from: Some(from) }
    }

    fn bound(&self, rows: usize) -> Value {
        let mut bound = Object::new();
        bound.insert("table", self.target.table.as_str());
        bound.insert("from", self.from.clone().unwrap_or_default());
        bound.insert("to", self.target.bounds().1);
        bound.insert("rows", rows as i64);
        Value::Object(bound)
    }

    /// Takes a page in that has at most so many rows.
    fn take(&mut self, page: Value, rows_max: usize) {
        self.from = None;
        let Value::Array(rows) = page else { return };
        let full = rows.len() == rows_max;
        for row in rows {
            let Value::Object(row) = row else { continue };
            let Some(Value::RecordId(id)) = row.get("id") else { continue };
            if let (true, RecordIdKey::Array(last)) = (full, &id.key) {
                self.from = Some(Value::Array(last.clone()));
            }
            if let Some(key) = self.target.key(id) {
                self.edges.insert(key, stands(&row));
            }
        }
    }
}

fn stands(row: &Object) -> Standing {
    let int = |field: &str| match row.get(field) {
        Some(Value::Number(Number::Int(int))) => *int,
        _ => 0,
    };
    let value = row.get("value").cloned().unwrap_or_default();
    Standing { version: RowVersion(int("version") as u64), hash: int("hash"), value }
}
