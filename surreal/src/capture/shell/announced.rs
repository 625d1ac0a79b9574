//! Looks after announced records, and reads them: one question of each kind at a time.

use std::collections::{BTreeMap, BTreeSet};

use protocol::ChangeId;
use surrealdb_types::{Array, Number, Object, RecordId, RecordIdKey, SurrealValue, Value};
use view::value::address::Address;

use super::super::core::{Asked, Found, Input, Lost, Seen};
use super::Desk;
use crate::connection::{Database, vars};
use crate::error::Error;
use crate::meta::announce::VERSIONS;
use crate::rows::unlike;

/// Asks which versions are committed, and where it matters whether the rows are there.
pub(super) async fn look(desk: Desk, database: Database, asked: Vec<Asked>) {
    let began = desk.now();
    let seen = match seen(&database, &asked).await {
        Ok(seen) => Ok(seen),
        Err(error) => {
            tracing::debug!(%error, "announced records are looked after again");
            Err(asked)
        }
    };
    desk.bring(Input::LookedAfter { began, seen }).await;
}

/// Reads records.
pub(super) async fn read(desk: Desk, database: Database, records: Vec<RecordId>, id: ChangeId) {
    let began = desk.now();
    let found = match found(&database, records).await {
        Ok(found) => Ok(found),
        Err(error) => {
            tracing::warn!(%error, "announced records are read again");
            Err(match error {
                Error::Unknown { .. } => Lost::Answer,
                _ => Lost::Question,
            })
        }
    };
    desk.bring(Input::Read { began, id, found }).await;
}

async fn seen(database: &Database, asked: &[Asked]) -> Result<Vec<Seen>, Error> {
    let version = |record: &RecordId| {
        let key = RecordIdKey::Array(Array::from(vec![record.clone().into_value()]));
        RecordId::new(VERSIONS, key)
    };
    let mut versions: BTreeMap<Address, u64> = BTreeMap::new();
    for rows in unlike(asked.iter().map(|asked| version(&asked.record))) {
        let rows = vars([("rows", rows.into_value())]);
        for row in objects(database.query_one("SELECT record_id, version FROM $rows", rows).await?)
        {
            if let (Some(Value::RecordId(record)), Some(Value::Number(Number::Int(version)))) =
                (row.get("record_id"), row.get("version"))
            {
                versions.insert(Address(record.clone()), u64::try_from(*version).unwrap_or(0));
            }
        }
    }
    let deleted: Vec<RecordId> =
        asked.iter().filter(|asked| asked.deletes).map(|asked| asked.record.clone()).collect();
    let there = present(database, deleted).await?;
    let seen = asked.iter().map(|Asked { record, deletes }| Seen {
        record: record.clone(),
        version: versions.get(&Address(record.clone())).copied(),
        there: deletes.then(|| there.contains(&Address(record.clone()))),
    });
    Ok(seen.collect())
}

async fn present(database: &Database, records: Vec<RecordId>) -> Result<BTreeSet<Address>, Error> {
    let mut there = BTreeSet::new();
    for records in by_table(records) {
        let rows = list(records.into_iter().map(Value::RecordId).collect());
        let told = asked(database, "SELECT id FROM $rows", rows).await?;
        there.extend(told.into_iter().filter_map(|row| match row.get("id") {
            Some(Value::RecordId(record)) => Some(Address(record.clone())),
            _ => None,
        }));
    }
    Ok(there)
}

async fn found(database: &Database, records: Vec<RecordId>) -> Result<Vec<Found>, Error> {
    let mut found = Vec::with_capacity(records.len());
    for records in by_table(records) {
        let rows = list(records.iter().cloned().map(Value::RecordId).collect());
        let mut rows: BTreeMap<Address, Object> = asked(database, "SELECT * FROM $rows", rows)
            .await?
            .into_iter()
            .filter_map(|row| match row.get("id") {
                Some(Value::RecordId(record)) => Some((Address(record.clone()), row)),
                _ => None,
            })
            .collect();
        found.extend(records.into_iter().map(|record| {
            let after = rows.remove(&Address(record.clone()));
            Found { record, after }
        }));
    }
    Ok(found)
}

/// Records of one table, of which a statement says whether there is such a table; no two of them equal.
fn by_table(records: Vec<RecordId>) -> Vec<Vec<RecordId>> {
    let mut tables: BTreeMap<String, Vec<RecordId>> = BTreeMap::new();
    for record in records {
        tables.entry(record.table.as_str().to_owned()).or_default().push(record);
    }
    tables.into_values().flat_map(unlike).collect()
}

async fn asked(database: &Database, text: &str, rows: Value) -> Result<Vec<Object>, Error> {
    match database.query_one(text, vars([("rows", rows)])).await {
        Ok(answer) => Ok(objects(answer)),
        // A table that is gone has no rows.
        Err(Error::Refused { message }) if message.contains("does not exist") => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn list(values: Vec<Value>) -> Value {
    Value::Array(Array::from(values))
}

fn objects(answer: Value) -> Vec<Object> {
    let Value::Array(rows) = answer else { return Vec::new() };
    let rows = rows.into_vec().into_iter().filter_map(|row| match row {
        Value::Object(row) => Some(row),
        _ => None,
    });
    rows.collect()
}
