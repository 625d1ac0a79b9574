//! Edges: what stands in the edge tables against what the SSP says should stand.

use std::collections::{BTreeMap, BTreeSet};

use protocol::ViewKey;
use protocol::wire::{EdgeHeld, ViewHeld};
use surreal::edge::Target;
use surreal::names::{self, RefMode, quoted};
use surreal::query_row::QueryRow;
use surreal::versions::{Secret, row_hash};
use surreal::{Error, vars};
use surrealdb_types::{Number, Object, RecordId, SurrealValue, ToSql, Value};
use view::group;

use super::difference::Difference;
use super::{Comparison, Look};
use crate::connection::lost;
use crate::failure::Failure;
use crate::scenario::rig::database::{or_empty, rows};

/// The edges that stand of one view.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// By what names them in the view.
    edges: BTreeMap<String, Edge>,
    /// Rows that name the view and have no id of an edge.
    foreign: Vec<RecordId>,
}

/// What one edge says.
#[derive(Clone, Debug)]
struct Edge {
    version: i64,
    hash: i64,
    /// What it shows, as its literal, and the hash that this should have.
    shown: Option<(String, Option<i64>)>,
}

/// Says what differs between the edges of a view and what they should be.
pub(super) fn compare(row: &QueryRow, held: &ViewHeld, standing: &Standing) -> Vec<Difference> {
    let view = || row.view.clone();
    let mut left = standing.edges.clone();
    let mut found = Vec::new();
    for edge @ EdgeHeld { value, version, hash, .. } in &held.rows {
        let record = edge.place();
        let version = i64::try_from(*version).unwrap_or(i64::MAX);
        match left.remove(&record) {
            None => found.push(Difference::Missing { view: view(), record, version }),
            // With its row's hash an edge may say an older version (M4), never a newer one; a group's rises by itself.
            Some(edge) if edge.hash != *hash || (value.is_none() && edge.version > version) => {
                let (edge, row) = ((edge.version, edge.hash), (version, *hash));
                found.push(Difference::Wrong { view: view(), record, edge, row });
            }
            // The edge's own hash says what was meant to be shown.
            Some(edge) if !edge.shows(value.is_some(), *hash) => {
                let edge = edge.shown.map(|(shown, _)| shown);
                let group = value.clone();
                found.push(Difference::Shown { view: view(), record, edge, group });
            }
            Some(_) => {}
        }
    }
    let superfluous = left.into_iter().map(|(record, edge)| Difference::Superfluous {
        view: view(),
        record,
        version: edge.version,
    });
    found.extend(superfluous);
    let foreign = standing.foreign.iter().cloned();
    found.extend(foreign.map(|edge| Difference::Foreign { view: view(), edge }));
    found
}

impl Edge {
    /// Reads one; `secret` is what hashes are keyed with.
    fn read(secret: &Secret, record: &RecordId, row: &Object) -> Edge {
        let shown = row.get("value").filter(|value| **value != Value::None).map(|value| {
            let hash = match value {
                Value::Object(shown) => Some(row_hash(secret, record, shown)),
                _ => None,
            };
            (value.to_sql(), hash)
        });
        Edge { version: int(row, "version"), hash: int(row, "hash"), shown }
    }

    /// Whether it shows what a group of that hash does, and of a record nothing.
    fn shows(&self, grouped: bool, hash: i64) -> bool {
        match &self.shown {
            Some((_, shown)) => grouped && *shown == Some(hash),
            None => !grouped,
        }
    }
}

impl Comparison {
    /// Reads what stands of a view, by what names it, whatever its id is.
    pub(super) async fn edges(&self, row: &QueryRow) -> Result<Standing, Failure> {
        let target = Target::new(self.mode, row.view.clone(), String::new());
        let shared = self.mode == RefMode::Single;
        let of_user = if shared { " AND auth_id = $user" } else { "" };
        let text = format!(
            "SELECT id, out, value, version, hash FROM {} WHERE in = $view{of_user}",
            quoted(&target.table)
        );
        let user = row.view.auth.clone().map_or(Value::None, Value::RecordId);
        let named = [("view", names::query_record(&row.view.id).into_value()), ("user", user)];
        let answer = self.database.query_one(&text, vars(named)).await;
        let mut standing = Standing::default();
        for edge in rows(or_empty(answer).map_err(lost)?) {
            let Some(Value::RecordId(id)) = edge.get("id") else { continue };
            match target.key(id) {
                Some(key) if names_its_record(&edge, &key.record) => {
                    let read = Edge::read(&self.secret, &key.record, &edge);
                    standing.edges.insert(key.to_string(), read);
                }
                _ => standing.foreign.push(id.clone()),
            }
        }
        Ok(standing)
    }

    /// Looks for edges of views that nobody registered.
    pub(super) async fn strays(&self, look: &mut Look) -> Result<(), Failure> {
        let registered: BTreeSet<ViewKey> =
            self.registrations().await?.into_iter().map(|row| row.view).collect();
        let settings = surreal::schema::Settings::default();
        let schema = surreal::schema::read(&self.database, &settings);
        let users = schema.await.map_err(lost)?.edge_tables.into_keys();
        for table in users.chain([names::SHARED.to_owned()]) {
            let text = format!(
                "SELECT in, auth_id, count() AS n FROM {} GROUP BY in, auth_id",
                quoted(&table)
            );
            let answer = self.database.query_one(&text, vars([])).await;
            for group in rows(strays_or_empty(answer)?) {
                let edges = int(&group, "n").unsigned_abs();
                let of = match group.get("in") {
                    None | Some(Value::None) => {
                        look.found
                            .insert(Difference::Nameless { table: table.clone(), rows: edges });
                        continue;
                    }
                    Some(of) => of.to_sql(),
                };
                let mut its =
                    registered.iter().filter(|view| of == names::query_record(&view.id).to_sql());
                if its.any(|view| self.writes_to(view, &table, &group)) {
                    continue;
                }
                look.found.insert(Difference::Stray { table: table.clone(), of, edges });
            }
        }
        Ok(())
    }

    /// Whether a group of edges can be this view's.
    fn writes_to(&self, view: &ViewKey, table: &str, group: &Object) -> bool {
        let target = Target::new(self.mode, view.clone(), String::new());
        let owner = match group.get("auth_id") {
            Some(Value::RecordId(owner)) => Some(owner),
            _ => None,
        };
        target.table == table && (self.mode == RefMode::Dedicated || owner == view.auth.as_ref())
    }
}

fn strays_or_empty(answer: Result<Value, Error>) -> Result<Value, Failure> {
    or_empty(answer).map_err(lost)
}

fn names_its_record(edge: &Object, record: &RecordId) -> bool {
    match edge.get("out") {
        Some(Value::RecordId(out)) => out == record,
        _ => group::number_of(record).is_some(),
    }
}

fn int(row: &Object, field: &str) -> i64 {
    match row.get(field) {
        Some(Value::Number(Number::Int(int))) => *int,
        _ => 0,
    }
}
