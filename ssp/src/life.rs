//! One processor's life: reach the database, install what is ours, close others, listen, and write until it is told to
//! stop.

use std::sync::Arc;
use std::time::Duration;

use protocol::{Problem, limits};
use service::{Clock, Shutdown};
use surreal::Database;
use surreal::capture::{self, Options};
use surreal::meta;
use surreal::versions::Secret;
use surreal::writer::{Others, Writer};
use tokio::sync::{mpsc, watch};

use crate::config::Config;
use crate::core::{Core, Rules};
use crate::desk;
use crate::error::problem;
use crate::http::{Door, Inner};
use crate::pulse::Pulse;
use crate::shell::{self, LANES, Shell, Tools};

/// What capture may tell ahead of the engine.
const CAPTURED_MAX: usize = 256;

const CONNECT_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Lives until it is told to stop, or cannot go on.
pub(crate) async fn run(
    config: Config,
    clock: Clock,
    door: Arc<Door>,
    beat: watch::Sender<Pulse>,
    mut told: Shutdown,
) -> Result<(), Problem> {
    let database = tokio::select! {
        database = reach(&config) => database?,
        () = told.told() => return Ok(()),
    };
    let meta = meta::Settings {
        ref_mode: config.ref_mode,
        retention: config.capture.retention,
        views_per_user_max: limits::VIEWS_PER_USER_MAX,
    };
    meta::install(&database, &meta).await.map_err(|error| error.problem())?;
    let lost = |doing: &'static str| move |error: surreal::Error| problem(doing, &error);
    let writer = Writer::open(&database, &config.id, LANES + 1, Others::Close).await;
    let writer = Arc::new(writer.map_err(lost("open a writer"))?);
    let secret = Secret::of(&database).await.map_err(lost("read the secret of edges"))?;

    let (tell, captured) = mpsc::channel(CAPTURED_MAX);
    let options = capture_options(&config, &clock);
    let capture = capture::start(&database, options, tell).await.map_err(lost("start capture"))?;
    let core =
        Core::new(Rules { dedicated: config.ref_mode == surreal::names::RefMode::Dedicated });
    let (want, effects) = mpsc::unbounded_channel();
    let pulse = beat.subscribe();
    let (desk, threads) = desk::start(core, clock, captured, want, beat)
        .map_err(|error| Problem::new(protocol::Code::Internal, error.to_string()))?;
    door.open(Inner { desk: desk.clone(), database: database.clone(), capture: capture.clone() });

    let tools = Tools {
        database: database.clone(),
        writer: Arc::clone(&writer),
        secret,
        capture: capture.clone(),
        desk: desk.clone(),
        clock,
        meta,
        metrics: Arc::clone(&door.metrics),
    };
    let shell = Shell::open(tools, &config).await.map_err(lost("open lanes"))?;
    let upkeep = shell::upkeep(
        database,
        Arc::clone(&writer),
        desk.clone(),
        config.ttl_sweep,
        pulse,
        told.clone(),
    );
    let upkeep = tokio::spawn(upkeep);
    let outcome = {
        let working = shell.run(effects);
        tokio::pin!(working);
        tokio::select! {
            outcome = &mut working => outcome,
            () = told.told() => {
                tracing::info!("writing what waits");
                desk.end();
                working.await
            }
        }
    };
    upkeep.abort();
    desk.end();
    if let Err(error) = writer.close().await {
        tracing::warn!(%error, "close the writer");
    }
    drop((capture, desk));
    tokio::task::spawn_blocking(move || threads.join());
    outcome
}

/// Connects, however long that takes; only a wrong password ends it.
async fn reach(config: &Config) -> Result<Database, Problem> {
    let mut said = false;
    loop {
        match Database::connect(config.database.clone()).await {
            Ok(database) => {
                tracing::info!(database = ?config.database, "connected");
                return Ok(database);
            }
            Err(error @ surreal::Error::Refused { .. }) => {
                return Err(problem("connect", &error)
                    .hint("check SPKY_DB_USER, SPKY_DB_PASS, SPKY_DB_NS and SPKY_DB_NAME"));
            }
            Err(error) if said => tracing::debug!(%error, "the database is not reached yet"),
            Err(error) => {
                said = true;
                tracing::warn!(database = ?config.database, %error, "waiting for the database");
            }
        }
        tokio::time::sleep(CONNECT_AGAIN_AFTER).await;
    }
}

fn capture_options(config: &Config, clock: &Clock) -> Options {
    Options {
        overlap: config.capture.overlap,
        schema_poll: config.capture.schema_poll,
        retention: config.capture.retention,
        page_rows: config.page_rows,
        settings: config.capture.tables(),
        ..Options::starting_at(clock.unix_micros())
    }
}
