//! One tenure as a database's single SSP: close the others, listen, and write until it is told to stop, cannot go on, or
//! is closed itself.

use std::sync::Arc;

use protocol::{Code, Problem, limits};
use service::{Clock, Shutdown};
use surreal::Database;
use surreal::capture::{self, Options};
use surreal::meta;
use surreal::schema::{Settings, Way};
use surreal::versions::Secret;
use surreal::writer::{Others, Writer};
use tokio::sync::{mpsc, watch};

use crate::announcing;
use crate::config::Config;
use crate::core::{Core, Rules};
use crate::desk;
use crate::error::problem;
use crate::http::{Door, Inner};
use crate::pulse::Pulse;
use crate::shell::{self, LANES, Shell, Tools, Turns};

pub(crate) use crate::shell::Ended;

/// What capture may tell ahead of the engine.
const CAPTURED_MAX: usize = 256;

/// Serves until it ends.
pub(crate) async fn serve(
    config: &Config,
    way: &Way,
    clock: Clock,
    database: &Database,
    door: &Arc<Door>,
    beat: &watch::Sender<Pulse>,
    told: &Shutdown,
) -> Result<Ended, Problem> {
    let meta = meta::Settings {
        ref_mode: config.ref_mode,
        retention: config.capture.retention,
        views_per_user_max: limits::VIEWS_PER_USER_MAX,
    };
    meta::install(database, &meta).await.map_err(|error| error.problem())?;
    announcing::check(database, way).await?;
    let lost = |doing: &'static str| move |error: surreal::Error| problem(doing, &error);
    let writer = Writer::open(database, &config.id, LANES + 1, Others::Close).await;
    let writer = Arc::new(writer.map_err(lost("open a writer"))?);
    let secret = Secret::of(database).await.map_err(lost("read the secret of edges"))?;

    let (tell, captured) = mpsc::channel(CAPTURED_MAX);
    let tables = config.capture.tables(way.clone());
    let options = capture_options(config, tables.clone(), &clock);
    let capture = capture::start(database, options, tell).await.map_err(lost("start capture"))?;
    let core = Core::new(Rules {
        dedicated: config.ref_mode == surreal::names::RefMode::Dedicated,
        views_per_user_max: meta.views_per_user_max,
        posts_only: *way == Way::Posts,
        memory: clock.unix_micros(),
    });
    let (want, effects) = desk::wanted();
    let (desk, threads) = desk::start(core, clock, captured, want, beat.clone())
        .map_err(|error| Problem::new(Code::Internal, error.to_string()))?;
    door.open(Inner { desk: desk.clone(), database: database.clone(), capture: capture.clone() });

    let tools = Tools {
        database: database.clone(),
        writer: Arc::clone(&writer),
        secret,
        capture: capture.clone(),
        tables,
        desk: desk.clone(),
        clock,
        meta,
        metrics: Arc::clone(&door.metrics),
    };
    let shell = Shell::open(tools, config).await.map_err(lost("open lanes"))?;
    let upkeep = tokio::spawn(shell::upkeep(
        database.clone(),
        Arc::clone(&writer),
        desk.clone(),
        Turns { ttl_sweep: config.ttl_sweep, sweep: config.sweep },
        beat.subscribe(),
        told.clone(),
    ));
    let mut told = told.clone();
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
    door.close();
    desk.end();
    if let Err(error) = writer.close().await {
        tracing::warn!(%error, "close the writer");
    }
    drop((capture, desk));
    // Nobody tells of the state of this tenure any more, once its threads have ended.
    let ended = tokio::task::spawn_blocking(move || threads.join());
    if matches!(outcome, Ok(Ended::Superseded(_) | Ended::Undone)) {
        let _ = ended.await;
    }
    outcome
}

fn capture_options(config: &Config, settings: Settings, clock: &Clock) -> Options {
    Options {
        overlap: config.capture.overlap,
        schema_poll: config.capture.schema_poll,
        retention: config.capture.retention,
        page_rows: config.page_rows,
        audit_rows_per_second: config.capture.audit_rows_per_second,
        settings,
        ..Options::starting_at(clock.unix_micros())
    }
}
