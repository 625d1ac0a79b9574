//! The SSP of the rig `ssp`: started, killed, and waited for.

use std::time::Duration;

use protocol::ViewKey;
use protocol::wire::{RegisteredRow, ViewDetail};
use surreal::{Database, mark};
use surrealdb_types::ToSql;
use tokio::time::timeout;

use super::Stopped;

/// The mark's name.
const ASKER: &str = "scenario";
/// How long a mark may take: a broken SSP must not hang a suite.
const MARK_MAX: Duration = Duration::from_secs(30);
/// How long a start may take.
const READY_MAX: Duration = Duration::from_secs(60);

/// How late a commit may become visible: a scenario has one writer, who waits for each of his commits.
const OVERLAP: Duration = Duration::from_millis(400);

/// A processor in this process, on one database.
pub struct Processor {
    database: Database,
    /// `None` only between two lives.
    running: Option<ssp::Running>,
    client: reqwest::Client,
}

impl Processor {
    /// Starts a processor and waits until it is ready.
    pub async fn start(database: Database) -> Result<Processor, Stopped> {
        let running = Some(live(&database).await?);
        Ok(Processor { database, running, client: reqwest::Client::new() })
    }

    /// Waits until everything that is committed is visible.
    pub async fn mark(&self) -> Result<(), Stopped> {
        let n = mark::raise(&self.database, ASKER).await?;
        if mark::wait(&self.database, ASKER, n, MARK_MAX).await? {
            return self.has_not_panicked().await;
        }
        Err(Stopped::Broken(format!("mark {n} is not answered after {MARK_MAX:?}")))
    }

    /// An engine that panics begins anew, and what it then says may well be right.
    async fn has_not_panicked(&self) -> Result<(), Stopped> {
        let Some(running) = &self.running else { return Ok(()) };
        let broken = |error: reqwest::Error| Stopped::Broken(format!("/metrics: {error}"));
        let request = self.client.get(format!("http://{}/metrics", running.addr));
        let metrics = request.send().await.map_err(broken)?.text().await.map_err(broken)?;
        match metrics.contains("spky_ssp_engine_rebuilds_total 0\n") {
            true => Ok(()),
            false => Err(Stopped::Broken("the engine panicked".to_owned())),
        }
    }

    /// Kills it, with whatever it was about to write, and starts another.
    pub async fn restart(&mut self) -> Result<(), Stopped> {
        drop(self.running.take());
        self.running = Some(live(&self.database).await?);
        Ok(())
    }

    /// A view's answer, in window order.
    pub async fn window(&self, view: &ViewKey) -> Result<Vec<RegisteredRow>, Stopped> {
        let Some(running) = &self.running else { return Ok(Vec::new()) };
        let url = format!("http://{}/debug/view/{}", running.addr, view.id);
        let mut request = self.client.get(url);
        if let Some(auth) = &view.auth {
            request = request.query(&[("auth", auth.to_sql())]);
        }
        let broken = |error: reqwest::Error| Stopped::Broken(format!("/debug/view: {error}"));
        let answer = request.send().await.and_then(reqwest::Response::error_for_status);
        let detail: ViewDetail = answer.map_err(broken)?.json().await.map_err(broken)?;
        Ok(detail.window)
    }

    /// Stops it in order.
    pub async fn stop(self) {
        if let Some(running) = self.running {
            running.stop().await;
        }
    }
}

/// Starts one and waits until it is ready.
async fn live(database: &Database) -> Result<ssp::Running, Stopped> {
    let defaults = ssp::Config::default();
    let config = ssp::Config {
        listen: "127.0.0.1:0".to_owned(),
        database: database.options().clone(),
        capture: ssp::Capture { overlap: OVERLAP, ..defaults.capture.clone() },
        ..defaults
    };
    let broken = |reason: String| Stopped::Broken(format!("ssp: {reason}"));
    let running = Box::pin(ssp::start(config)).await.map_err(|error| broken(error.to_string()))?;
    match timeout(READY_MAX, running.ready()).await {
        Ok(Ok(())) => Ok(running),
        Ok(Err(problem)) => Err(broken(problem.to_string())),
        Err(_) => Err(broken(format!("not ready after {READY_MAX:?}"))),
    }
}
