//! Rows of control tables that are written one by one: that a registration is removed, that a mark is settled. Each write
//! is conditional or fenced, so that it can be repeated and may come late.

use std::sync::Arc;
use std::time::Duration;

use surreal::query_row::{self, QueryRow};
use surreal::{Database, Error};
use surrealdb_types::RecordId;
use tokio::sync::Semaphore;

/// Writes of rows under way at once.
const WRITES_AT_ONCE: usize = 16;

const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Writes rows, a bounded number at once.
#[derive(Clone)]
pub(super) struct Rows {
    database: Database,
    /// The writer's record that a mark's answer is fenced by.
    fence: RecordId,
    places: Arc<Semaphore>,
}

impl Rows {
    pub(super) fn new(database: Database, fence: RecordId) -> Rows {
        Rows { database, fence, places: Arc::new(Semaphore::new(WRITES_AT_ONCE)) }
    }

    /// Removes a registration.
    pub(super) async fn remove(self, row: Arc<QueryRow>) {
        let _place = self.places.acquire().await;
        let remove = || query_row::delete(&self.database, &row);
        if let Err(error) = patiently("remove a registration", remove).await {
            tracing::error!(%error, "remove a registration");
        }
    }

    /// Says that everything before a mark is visible.
    pub(super) async fn settle(self, asker: RecordId, n: i64) {
        let _place = self.places.acquire().await;
        let settle = || surreal::mark::settle(&self.database, &self.fence, &asker, n);
        if let Err(error) = patiently("settle a mark", settle).await {
            tracing::error!(%error, "settle a mark");
        }
    }
}

/// Does what can be repeated until it is done or refused.
pub(super) async fn patiently<T, F>(doing: &str, write: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    loop {
        match write().await {
            Err(error) if error.is_repeatable() => {
                tracing::warn!(%error, "{doing}, again in a second");
                tokio::time::sleep(AGAIN_AFTER).await;
            }
            done => return done,
        }
    }
}
