//! Saying what can be repeated again, until it is known to have happened.

use std::time::Duration;

use rand::Rng;
use tokio::time::{Instant, sleep};

use super::Database;
use crate::error::Error;

/// How long a repeatable write is said again before its last error is passed on.
const RETRY_FOR: Duration = Duration::from_secs(30);
const PAUSE_MIN: Duration = Duration::from_millis(1);
const PAUSE_MAX: Duration = Duration::from_millis(500);

impl Database {
    /// Runs what may be run any number of times, and runs it again after a conflict, a lost answer or a lost
    /// connection, with growing pauses of random length, for at most 30 s.
    pub async fn retry<T, F, Running>(&self, run: F) -> Result<T, Error>
    where
        F: Fn(Database) -> Running,
        Running: Future<Output = Result<T, Error>>,
    {
        let began = Instant::now();
        let mut pause = PAUSE_MIN;
        loop {
            let error = match Box::pin(run(self.clone())).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if !error.is_repeatable() || began.elapsed() > RETRY_FOR {
                return Err(error);
            }
            tracing::debug!(%error, "say it again");
            let share = rand::rng().random_range(0.5..1.0);
            sleep(pause.mul_f64(share)).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Runs statements that may be run any number of times: [`Database::retry`] over [`Database::query`].
    pub async fn repeat(
        &self,
        text: &str,
        vars: impl Into<surrealdb::types::Variables>,
    ) -> Result<Vec<surrealdb::types::Value>, Error> {
        let vars = vars.into();
        self.retry(|database| {
            let vars = vars.clone();
            async move { database.query(text, vars).await }
        })
        .await
    }
}
