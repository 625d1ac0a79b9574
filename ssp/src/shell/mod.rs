//! Does what the coordinator wants done. Nothing is decided here.
//!
//! # Invariants
//! - Effects are begun in their order; what has to stay in order (edges of a lane, errands for users) goes through one
//!   queue, everything else can be repeated and may come late.
//! - A processor that was superseded begins nothing any more, and ends what it had begun.

mod lanes;
mod people;
mod rows;
mod sweeping;
mod telling;
mod upkeep;
mod writing;

use std::sync::Arc;

use protocol::Problem;
use service::Clock;
use service::tasks::{Trigger, shutdown};
use surreal::writer::Writer;
use surreal::{Database, capture, meta};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use crate::config::Config;
use crate::core::{Effect, Input};
use crate::desk::{Desk, Wanted};
use crate::metrics::Metrics;

pub(crate) use lanes::LANES;
use lanes::Lanes;
use people::{Errand, People};
use rows::Rows;
use sweeping::Sweeping;
use telling::{Telling, Told};
use writing::Writing;

/// What effects are done with.
pub(crate) struct Tools {
    pub(crate) database: Database,
    pub(crate) writer: Arc<Writer>,
    pub(crate) secret: surreal::versions::Secret,
    pub(crate) capture: capture::Handle,
    pub(crate) tables: surreal::schema::Settings,
    pub(crate) desk: Desk,
    pub(crate) clock: Clock,
    pub(crate) meta: meta::Settings,
    pub(crate) metrics: Arc<Metrics>,
}

/// Does effects until no more come.
pub(crate) struct Shell {
    tools: Tools,
    lanes: Lanes,
    rows: Rows,
    sweeping: Sweeping,
    errands: mpsc::UnboundedSender<Errand>,
    told: mpsc::UnboundedSender<Told>,
    /// Removals of rows, answers to marks, the sweep.
    jobs: JoinSet<()>,
    /// The lanes and whoever runs errands: they end when nothing waits.
    workers: JoinSet<()>,
    /// Tells the lanes that nothing more comes.
    end: Trigger,
}

/// Why a shell has nothing more to do.
#[derive(Clone, Debug)]
pub(crate) enum Ended {
    /// It was told to end, and everything is written.
    Told,
    /// Another single SSP took over: nothing more may be written.
    Superseded(Problem),
    /// The database is not what it was: everything is read again.
    Undone,
}

impl Shell {
    /// Opens the lanes.
    pub(crate) async fn open(tools: Tools, config: &Config) -> Result<Shell, surreal::Error> {
        let (end, ending) = shutdown();
        let lanes = Lanes::new(&tools, config.ref_mode, config.linger);
        let mut workers = JoinSet::new();
        for (number, queue) in (0..).zip(lanes.queues()) {
            let writing = Writing {
                lane: tools.writer.lane(number).await?,
                queue: Arc::clone(queue),
                database: tools.database.clone(),
                desk: tools.desk.clone(),
                capture: tools.capture.clone(),
                ending: ending.clone(),
            };
            workers.spawn(writing.run());
        }
        let (errands, errand) = mpsc::unbounded_channel();
        let people = People {
            database: tools.database.clone(),
            settings: tools.meta.clone(),
            desk: tools.desk.clone(),
        };
        workers.spawn(people.run(errand));
        let (told, telling) = mpsc::unbounded_channel();
        let teller = Telling { database: tools.database.clone(), desk: tools.desk.clone() };
        workers.spawn(teller.run(telling));
        let fence = tools.writer.record(0);
        let rows = Rows::new(tools.database.clone(), fence);
        let sweeping = Sweeping {
            database: tools.database.clone(),
            lane: Arc::new(Mutex::new(tools.writer.lane(LANES).await?)),
            settings: tools.tables.clone(),
            ref_mode: config.ref_mode,
            lanes: lanes.clone(),
            desk: tools.desk.clone(),
        };
        let jobs = JoinSet::new();
        Ok(Shell { tools, lanes, rows, sweeping, errands, told, jobs, workers, end })
    }

    /// Does effects until no more come; then writes what waits. Where the coordinator cannot go on, nothing more is
    /// written: what stands is right up to some moment, and the next life reconciles.
    pub(crate) async fn run(mut self, mut effects: Wanted) -> Result<Ended, Problem> {
        while let Some(effect) = effects.next().await {
            while self.jobs.try_join_next().is_some() {}
            match effect {
                Effect::Fail { problem } => return Err(problem),
                Effect::BeginAgain => return Ok(Ended::Undone),
                // Whatever else is under way ends here, in the middle: it would be refused.
                Effect::FindSuperseder => {
                    return Ok(Ended::Superseded(upkeep::superseded(&self.tools.writer).await));
                }
                effect => self.begin(effect).await,
            }
        }
        let Shell { errands, told, mut jobs, mut workers, end, .. } = self;
        drop((errands, told));
        while jobs.join_next().await.is_some() {}
        end.fire();
        while workers.join_next().await.is_some() {}
        Ok(Ended::Told)
    }

    async fn begin(&mut self, effect: Effect) {
        match effect {
            Effect::Follow { table } | Effect::Reload { table } => self.tools.capture.follow(table),
            Effect::Forget { table } => self.tools.capture.forget(table),
            Effect::Adopted { digest } => self.tools.capture.definitions_applied(&digest),
            Effect::LookAt { no, table, records } => {
                self.tools.capture.look_at(no, table, records);
            }
            Effect::LookFor { pass, records } => self.tools.capture.unmet(pass, records),
            Effect::CountRebuild => self.tools.metrics.rebuilt(),
            Effect::CountMissed { table, changes } => self.tools.metrics.missed(&table, changes),
            Effect::Activity { views } => self.tools.capture.activity(views),
            Effect::Write(edges) => {
                let done = self.lanes.hand_in(edges);
                if !done.is_empty() {
                    self.tools.desk.tell(Input::Written(done)).await;
                }
            }
            Effect::Tell { no, row, saying } => {
                // Whoever tells ends after this shell.
                let _ = self.told.send((no, row, saying));
            }
            Effect::Remove { row } => {
                self.jobs.spawn(self.rows.clone().remove(row));
            }
            Effect::Settle { asker, n } => {
                self.jobs.spawn(self.rows.clone().settle(asker, n));
            }
            Effect::Provide { schema } => self.errand(Errand::Provide(schema)),
            Effect::Welcome { user } => self.errand(Errand::Welcome(user)),
            Effect::Dismiss { user } => self.errand(Errand::Dismiss(user)),
            Effect::Sweep { views } => {
                self.jobs.spawn(self.sweeping.clone().run(views));
            }
            Effect::FindSuperseder | Effect::BeginAgain | Effect::Fail { .. } => {
                unreachable!("ends the loop")
            }
        }
    }

    fn errand(&self, errand: Errand) {
        // Whoever runs errands ends after this shell.
        let _ = self.errands.send(errand);
    }
}

pub(crate) use upkeep::{Turns, upkeep};
