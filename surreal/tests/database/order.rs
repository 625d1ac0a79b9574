//! What a client makes of the order in which LIVE tells him of edges (mechanism M11).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use protocol::{RowVersion, ViewKey};
use surreal::connection::{Live, Told};
use surreal::edge::{EdgeKey, EdgeOp, EdgeRow, Lane, Limits, Next, Pending, Target};
use surreal::names::RefMode;
use surreal::writer::{Others, Writer};
use surreal::{Database, user_table, vars};
use surrealdb_types::{Datetime, Object, RecordId, Value};

use crate::people::{ask, installed, user};

const TABLE: &str = "_00_list_ref_user_ann";

/// One row crosses a window's border, again and again, as fast as the lane writes.
struct Border {
    pending: Pending,
    lane: Lane,
    began: Instant,
    target: Target,
}

impl Border {
    async fn new(database: &Database, recreate_pause: Duration) -> Border {
        let writer = Writer::open(database, "ssp", 1, Others::Close).await.unwrap();
        let lane = writer.lane(0).await.unwrap();
        let view = ViewKey { auth: Some(RecordId::new("user", "ann")), id: "top".into() };
        let target = Target::new(RefMode::Dedicated, view, "client".into());
        let limits = Limits { recreate_pause, linger: Duration::ZERO, ..Limits::default() };
        let mut pending = Pending::new(limits);
        pending.admit(target.clone());
        Border { pending, lane, began: Instant::now(), target }
    }

    async fn cross(&mut self, op: EdgeOp) {
        let key = EdgeKey::top(RecordId::new("task", 1));
        self.pending.push(self.began.elapsed(), &self.target.view, key, op);
        while !self.pending.is_empty() {
            match self.pending.next(self.began.elapsed()) {
                Next::Write(batch) => {
                    let flushed = self.lane.flush(batch).await.unwrap();
                    self.pending.written(self.began.elapsed(), &flushed.written);
                }
                Next::Wait(until) => {
                    tokio::time::sleep(until.saturating_sub(self.began.elapsed())).await;
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Crosses the border `times` times and returns what LIVE told of it, in the order of its arrival.
async fn told_of(recreate_pause: Duration, times: u64) -> (Database, Vec<Told>) {
    let database = installed().await;
    let ann = user(&database, "ann").await;
    user_table::make(&database, &RecordId::new("user", "ann")).await.unwrap();
    let mut live: Live = ann.live(&format!("LIVE SELECT * FROM {TABLE}"), vars([])).await.unwrap();
    let mut border = Border::new(&database, recreate_pause).await;
    let row = |version| EdgeRow { version: RowVersion(version), hash: 0, value: None };
    for version in 0..times {
        border.cross(EdgeOp::Enter(row(version))).await;
        if version + 1 < times {
            border.cross(EdgeOp::Leave { revoked: false }).await;
        }
    }
    let mut told = Vec::new();
    for _ in 0..2 * times - 1 {
        told.push(live.next().await.expect("the subscription stands").unwrap());
    }
    (database, told)
}

fn parts(told: &Told) -> (&Object, bool) {
    match told {
        Told::Created(row) | Told::Updated(row) => (row, false),
        Told::Deleted(row) => (row, true),
    }
}

fn moment(row: &Object) -> Datetime {
    match row.get("updatedAt") {
        Some(Value::Datetime(moment)) => *moment,
        other => panic!("{other:?}"),
    }
}

async fn standing(database: &Database) -> BTreeMap<Value, Object> {
    let Value::Array(rows) = ask(database, &format!("SELECT * FROM {TABLE}")).await else {
        panic!("no rows")
    };
    let rows = rows.into_vec().into_iter().filter_map(|row| match row {
        Value::Object(row) => Some((row["id"].clone(), row)),
        _ => None,
    });
    rows.collect()
}

fn fold<'a>(told: impl Iterator<Item = &'a Told>) -> BTreeMap<Value, Object> {
    let mut folded = BTreeMap::new();
    for one in told {
        let (row, gone) = parts(one);
        if gone {
            folded.remove(&row["id"]);
        } else {
            folded.insert(row["id"].clone(), row.clone());
        }
    }
    folded
}

#[tokio::test]
async fn a_client_that_goes_by_updated_at_ends_with_the_table() {
    let (database, mut told) = told_of(Duration::ZERO, 300).await;
    told.sort_by_key(|one| {
        let (row, gone) = parts(one);
        (moment(row), gone)
    });
    assert_eq!(fold(told.iter()), standing(&database).await);
    let created: Vec<Datetime> =
        told.iter().map(parts).filter(|(_, gone)| !gone).map(|(row, _)| moment(row)).collect();
    assert!(created.windows(2).all(|two| two[0] < two[1]), "updatedAt rises strictly");
}

#[tokio::test]
async fn a_client_that_goes_by_arrival_ends_with_the_table_because_of_the_pause() {
    let (database, told) = told_of(Duration::from_millis(100), 20).await;
    // What removes an edge follows at once what made it, and LIVE may tell the two the other way round: only a removal
    // and what makes the edge again are kept apart.
    let (mut made, mut removed) = (0, 0);
    for one in &told {
        match parts(one) {
            (_, true) => removed += 1,
            (_, false) => {
                assert!(
                    removed >= made,
                    "an edge was made for the {made}th time before it was removed"
                );
                made += 1;
            }
        }
    }
    assert_eq!(fold(told.iter()), standing(&database).await);
}
