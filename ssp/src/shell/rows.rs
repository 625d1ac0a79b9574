//! Rows of control tables that are written one by one: what a registration became, that it is removed, that a mark is
//! settled. Each write is conditional or fenced, so that it can be repeated and may come late.

use std::sync::Arc;
use std::time::Duration;

use surreal::query_row::{self, QueryRow};
use surreal::{Database, Error};
use surrealdb_types::RecordId;
use tokio::sync::Semaphore;
use tracing::{Instrument, info_span};
use view::delta::ViewNo;

use crate::core::{Input, Saying};
use crate::desk::Desk;

/// Writes of rows under way at once.
const WRITES_AT_ONCE: usize = 16;

const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Writes rows, a bounded number at once.
#[derive(Clone)]
pub(super) struct Rows {
    database: Database,
    desk: Desk,
    /// The writer's record that a mark's answer is fenced by.
    fence: RecordId,
    places: Arc<Semaphore>,
}

impl Rows {
    pub(super) fn new(database: Database, desk: Desk, fence: RecordId) -> Rows {
        Rows { database, desk, fence, places: Arc::new(Semaphore::new(WRITES_AT_ONCE)) }
    }

    /// Says what became of a registration.
    pub(super) async fn tell(self, no: ViewNo, row: QueryRow, saying: Saying) {
        let _place = self.places.acquire().await;
        let state = saying.state;
        let span = info_span!("tell", state = state.as_str(), rows = saying.row_count);
        let landed = self
            .patiently("say a view's state", || {
                let (error, rows) = (saying.error.as_ref(), saying.row_count);
                query_row::set_state(&self.database, &row, state, error, rows)
            })
            .instrument(span)
            .await;
        let landed = landed.unwrap_or(false);
        self.desk.tell(Input::Told { no, saying, landed }).await;
    }

    /// Removes a registration.
    pub(super) async fn remove(self, row: QueryRow) {
        let _place = self.places.acquire().await;
        self.patiently("remove a registration", || query_row::delete(&self.database, &row)).await;
    }

    /// Says that everything before a mark is visible.
    pub(super) async fn settle(self, asker: RecordId, n: i64) {
        let _place = self.places.acquire().await;
        self.patiently("settle a mark", || {
            surreal::mark::settle(&self.database, &self.fence, &asker, n)
        })
        .await;
    }

    /// Does what can be repeated until it is done or refused.
    async fn patiently<T, F>(&self, doing: &str, write: impl Fn() -> F) -> Option<T>
    where
        F: Future<Output = Result<T, Error>>,
    {
        loop {
            match write().await {
                Ok(done) => return Some(done),
                Err(error) if error.is_repeatable() => {
                    tracing::warn!(%error, "{doing}, again in a second");
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
                Err(error) => {
                    tracing::error!(%error, "{doing}");
                    return None;
                }
            }
        }
    }
}
