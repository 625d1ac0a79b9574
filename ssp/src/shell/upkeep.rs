//! What is done by the clock: views that nobody touches end, the writer shows that it lives, a sweep is due.

use std::sync::Arc;
use std::time::Duration;

use protocol::wire::Status;
use protocol::{Code, Problem};
use service::Shutdown;
use surreal::writer::{TOUCH_EVERY, Touched, Writer};
use surreal::{Database, query_row};
use surrealdb_types::ToSql;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::core::{Input, Question};
use crate::desk::Desk;
use crate::pulse::Pulse;

/// Registrations that one statement looks at.
const EXPIRED_AT_ONCE: usize = 400;

/// How often things are due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turns {
    /// Views that nobody touched for their ttl are ended.
    pub(crate) ttl_sweep: Duration,
    /// What belongs to nobody is swept.
    pub(crate) sweep: Duration,
}

/// Does what is due until it is told to end.
pub(crate) async fn upkeep(
    database: Database,
    writer: Arc<Writer>,
    desk: Desk,
    Turns { ttl_sweep, sweep }: Turns,
    pulse: watch::Receiver<Pulse>,
    mut ending: Shutdown,
) {
    let every = |length: Duration| {
        let mut ticks = interval(length.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let (mut touch, mut expire, mut sweep) = (every(TOUCH_EVERY), every(ttl_sweep), every(sweep));
    // The first one is the start's own.
    sweep.tick().await;
    // Who could not be heard is not silent: a ttl counts from when we listened.
    let mut listening = None;
    loop {
        tokio::select! {
            _ = touch.tick() => touched(&writer, &desk).await,
            _ = expire.tick() => {
                if pulse.borrow().status != Status::Ready {
                    listening = None;
                } else if let Some(since) = &listening {
                    let Ok(silent) = desk.ask(|reply| Question::Silent { reply }).await else { continue };
                    for some in silent.chunks(EXPIRED_AT_ONCE) {
                        ended(query_row::expire(&database, Some(some), since).await);
                    }
                } else {
                    listening = query_row::clock(&database).await.ok();
                }
            }
            _ = sweep.tick() => {
                // Rows that are no registrations are nobody's view, so that they are looked for.
                if let Some(since) = &listening {
                    ended(query_row::expire(&database, None, since).await);
                }
                desk.tell(Input::SweepDue).await;
            }
            () = ending.told() => return,
        }
    }
}

async fn touched(writer: &Writer, desk: &Desk) {
    match writer.touch().await {
        Ok(Touched::Open) => {}
        Ok(Touched::Closed { .. }) => desk.tell(Input::Fenced).await,
        Err(error) => tracing::warn!(%error, "show that this writer lives"),
    }
}

fn ended(expired: Result<Vec<surrealdb_types::RecordId>, surreal::Error>) {
    match expired {
        Ok(rows) => {
            for row in rows {
                tracing::info!(registration = row.to_sql(), "nobody touched it for its ttl");
            }
        }
        Err(error) => tracing::warn!(%error, "end views that nobody touches"),
    }
}

/// Says who took over, and since when.
pub(super) async fn superseded(writer: &Writer) -> Problem {
    let (by, at) = match writer.touch().await {
        Ok(Touched::Closed { by, at }) => (by, at),
        Ok(Touched::Open) | Err(_) => (None, None),
    };
    let by = by.map(|by| format!(" `{by}`")).unwrap_or_default();
    let at = at.map(|at| format!(" since {}", at.to_sql())).unwrap_or_default();
    Problem::new(Code::Superseded, format!("another single SSP{by} has this database{at}"))
        .hint("run one SSP for a database; restart this one if it should be the one")
}
