//! Subscribers: LIVE queries on a few sockets, each told of records in one of its fields.

use std::collections::HashMap;
use std::time::Instant;

use surreal::{Database, Options, Told, vars};
use surrealdb_types::{ToSql as _, Value};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Sockets that they share.
const SOCKETS: usize = 8;

/// LIVE queries that follow what they are told.
pub struct Subscribers {
    told: mpsc::UnboundedReceiver<(String, Instant)>,
    _following: JoinSet<()>,
}

impl Subscribers {
    /// Opens one for each statement; `field` holds the record that is asked for.
    pub async fn open(options: &Options, lives: Vec<String>, field: &'static str) -> Subscribers {
        let mut sockets = Vec::new();
        for _ in 0..SOCKETS.min(lives.len()) {
            sockets.push(Database::connect(options.clone()).await.unwrap());
        }
        let (tell, told) = mpsc::unbounded_channel();
        let mut following = JoinSet::new();
        for (number, live) in lives.into_iter().enumerate() {
            let mut live = sockets[number % sockets.len()].live(&live, vars([])).await.unwrap();
            let tell = tell.clone();
            following.spawn(async move {
                while let Some(Ok(told)) = live.next().await {
                    let (Told::Created(row) | Told::Updated(row)) = told else { continue };
                    let Some(Value::RecordId(record)) = row.get(field) else { continue };
                    let _ = tell.send((record.to_sql(), Instant::now()));
                }
            });
        }
        Subscribers { told, _following: following }
    }

    /// Waits until so many different records were told of, each when it was first.
    pub async fn first_told(&mut self, records: usize) -> HashMap<String, Instant> {
        let mut first = HashMap::new();
        while first.len() < records {
            let (record, at) = self.told.recv().await.expect("the subscribers live");
            first.entry(record).or_insert(at);
        }
        first
    }

    /// Takes what was told by now, and forgets it.
    pub fn forget(&mut self) -> usize {
        let mut count = 0;
        while self.told.try_recv().is_ok() {
            count += 1;
        }
        count
    }
}
