//! Asks the feed what it is told to ask, on a socket of its own.

use std::sync::Arc;
use std::time::Duration;

use protocol::Stamp;
use tokio::sync::{Notify, mpsc};
use tokio::time::sleep;

use super::super::core::{Input, Lost, Reading};
use super::super::feed::{self, Set};
use super::Desk;
use crate::connection::{Database, vars};
use crate::error::Error;

/// One page to be read, after a pause that a wake-up ends.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) era: u32,
    pub(super) since: Stamp,
    pub(super) limit: usize,
    pub(super) after: Duration,
}

pub(super) async fn run(
    desk: Desk,
    database: Database,
    mut questions: mpsc::Receiver<Question>,
    wake: Arc<Notify>,
    bring: fn(Reading) -> Input,
) {
    while let Some(Question { era, since, limit, after }) = questions.recv().await {
        if !after.is_zero() {
            tokio::select! {
                () = sleep(after) => {}
                () = wake.notified() => {}
            }
        }
        let began = desk.now();
        let outcome = ask(&database, since, limit).await;
        if !desk.bring(bring(Reading { era, began, outcome })).await {
            return;
        }
    }
}

/// Asks for one page.
pub(super) async fn ask(database: &Database, since: Stamp, limit: usize) -> Result<Vec<Set>, Lost> {
    match database.query_one(&feed::question(since, limit), vars([])).await {
        Ok(answer) => feed::decode(answer).map_err(|error| {
            tracing::error!(%error, "feed");
            Lost::Question
        }),
        Err(Error::Unknown { reason }) => {
            tracing::debug!(reason, "a page of the feed got lost");
            Err(Lost::Answer)
        }
        // A row that is nested as deep as the database lets it be is deeper inside of the feed's answer.
        Err(Error::Refused { message }) if message.starts_with("Failed to decode") => {
            tracing::warn!(message, "a page of the feed cannot be decoded");
            Err(Lost::Answer)
        }
        Err(error) => {
            tracing::warn!(%error, "the feed cannot be read");
            Err(Lost::Question)
        }
    }
}
