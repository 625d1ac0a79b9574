//! One processor's life: reach the database, be its single SSP, stand by while another one is, and again.

use std::sync::Arc;
use std::time::Duration;

use protocol::Problem;
use protocol::wire::Status;
use service::{Clock, Moment, Shutdown};
use surreal::schema::Way;
use surreal::writer::{self, Patience};
use surreal::{Database, Missing, Options};
use tokio::sync::watch;

use crate::config::Config;
use crate::error::problem;
use crate::http::Door;
use crate::pulse::Pulse;
use crate::tenure::{self, Ended};

const CONNECT_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How often who stands by looks whether the other one still lives.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Lives until it is told to stop, or cannot go on.
pub(crate) async fn run(
    config: Config,
    way: Way,
    clock: Clock,
    door: Arc<Door>,
    beat: watch::Sender<Pulse>,
    mut told: Shutdown,
) -> Result<(), Problem> {
    let database = tokio::select! {
        database = reach(&config, &beat) => database?,
        () = told.told() => return Ok(()),
    };
    loop {
        let ended = tenure::serve(&config, &way, clock, &database, &door, &beat, &told).await?;
        let problem = match ended {
            Ended::Told => return Ok(()),
            Ended::Undone => {
                beat.send_replace(Pulse::beginning());
                continue;
            }
            Ended::Superseded(problem) => problem,
        };
        beat.send_modify(|pulse| {
            pulse.status = Status::Failed;
            pulse.problem = Some(problem);
        });
        tokio::select! {
            () = stand_by(&database, &clock) => {}
            () = told.told() => return Ok(()),
        }
        tracing::warn!("the other SSP is gone: taking over");
        beat.send_replace(Pulse::beginning());
    }
}

/// Waits until no other writer is open, or none of them moved for long enough by our own clock.
async fn stand_by(database: &Database, clock: &Clock) {
    let mut patience = Patience::default();
    loop {
        match writer::others(database).await {
            Ok(open) => {
                if patience.is_at_an_end(clock.now().since(Moment::default()), open) {
                    return;
                }
            }
            // Who is not heard is not gone: it may be we who do not hear.
            Err(error) => {
                tracing::debug!(%error, "look for the other SSP");
                patience = Patience::default();
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Connects, however long that takes; only a wrong password ends it.
///
/// A namespace or database that is not there is waited for, too: somebody's migration may be about to define it. To
/// select it would make it, and a slip in a name would go unnoticed.
async fn reach(config: &Config, beat: &watch::Sender<Pulse>) -> Result<Database, Problem> {
    loop {
        let waits = match find(&config.database).await {
            Ok(Ok(database)) => {
                tracing::info!(database = ?config.database, "connected");
                beat.send_replace(Pulse::beginning());
                return Ok(database);
            }
            Err(error @ surreal::Error::Refused { .. }) => {
                return Err(problem("connect", &error)
                    .hint("check SPKY_DB_USER, SPKY_DB_PASS, SPKY_DB_NS and SPKY_DB_NAME"));
            }
            Ok(Err(missing)) => missing
                .problem(&config.database)
                .hint("define it, or name the right one with SPKY_DB_NS and SPKY_DB_NAME"),
            Err(error) => problem("connect", &error).hint("check that it runs, and SPKY_DB_URL"),
        };
        wait(&config.database, beat, waits);
        tokio::time::sleep(CONNECT_AGAIN_AFTER).await;
    }
}

async fn find(options: &Options) -> Result<Result<Database, Missing>, surreal::Error> {
    match Database::missing(options).await? {
        Some(missing) => Ok(Err(missing)),
        None => Database::connect(options.clone()).await.map(Ok),
    }
}

/// Says what is waited for: to whoever asks, and in the log once for each reason.
fn wait(options: &Options, beat: &watch::Sender<Pulse>, waits: Problem) {
    let known = beat.borrow().problem.as_ref().map(|problem| problem.code);
    if known == Some(waits.code) {
        tracing::debug!(problem = %waits, "the database is not there yet");
    } else {
        tracing::warn!(database = ?options, problem = %waits, "waiting for the database");
    }
    beat.send_modify(|pulse| pulse.problem = Some(waits));
}
