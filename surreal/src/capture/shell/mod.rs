//! Does what the core wants done: one task that steps it, and one for each socket.
//!
//! # Invariants
//! - Effects are begun in their order; what is told goes out in that order.
//! - No version goes out before the bound in the database covers it (M4).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use protocol::{ChangeId, Code, Problem, limits};
use surrealdb_types::RecordId;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

mod announced;
mod auditing;
mod beginning;
mod definitions;
mod loading;
mod pages;
mod reading;
mod seen;

use super::core::{Beginning, Core, Effect, Input, Order, Reading, Tuning};
use super::mailbox::Mailbox;
use super::vitals::Vitals;
use super::{Captured, Handle, Options};
use crate::connection::Database;
use crate::error::Error;
use crate::mark;
use crate::versions::{self, Bound};
use loading::Size;
use reading::Question;

/// How often the core hears that time passes.
const TICK: Duration = Duration::from_millis(25);

/// How often the resume point is written, at most.
const KEEP_EVERY: Duration = Duration::from_secs(1);

const RESULTS_MAX: usize = 16;

/// What all tasks of a reader share.
#[derive(Clone)]
struct Desk {
    options: Arc<Options>,
    results: mpsc::Sender<Input>,
    began: Instant,
    vitals: Arc<Vitals>,
}

impl Desk {
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Brings an input to the core; `false` if it has ended.
    async fn bring(&self, input: Input) -> bool {
        self.results.send(input).await.is_ok()
    }
}

pub(super) async fn start(
    database: &Database,
    options: Options,
    told: mpsc::Sender<Captured>,
) -> Result<Handle, Error> {
    let (clock, bound) = versions::open(database, options.unix_micros).await?;
    let (commands, commanded) = mpsc::unbounded_channel();
    let (results, brought) = mpsc::channel(RESULTS_MAX);
    let wake = Arc::new(Notify::new());
    let own_mark = RecordId::new(mark::TABLE, format!("capture:{}", options.reader));
    let tuning = Tuning {
        overlap: options.overlap,
        own_mark: own_mark.clone(),
        audit_rows_per_second: options.audit_rows_per_second,
        way: options.settings.way.clone(),
        patience: Duration::from_millis(limits::ANNOUNCED_MS),
    };
    let (mailbox, posted) = (Arc::new(Mailbox::default()), Arc::new(Notify::new()));
    let bytes = options.message_bytes_max;
    let began = Instant::now();
    let vitals = Arc::new(Vitals::new(began, &options));
    let handle = Handle {
        commands,
        wake: Arc::clone(&wake),
        mailbox: Arc::clone(&mailbox),
        posted: Arc::clone(&posted),
        vitals: Arc::clone(&vitals),
    };
    let desk = Desk { options: Arc::new(options), results, began, vitals };

    let (tail, questions) = mpsc::channel(1);
    let feed = database.socket_of(bytes).await?;
    let read = reading::run(desk.clone(), feed, questions, Arc::clone(&wake), Input::Tail);
    tokio::spawn(read);
    let (sweep, questions) = mpsc::channel(1);
    let feed = database.socket_of(bytes).await?;
    let undisturbed = Arc::new(Notify::new());
    tokio::spawn(reading::run(desk.clone(), feed, questions, undisturbed, Input::Swept));
    let definitions = Arc::new(Notify::new());
    let socket = database.socket().await?;
    tokio::spawn(definitions::run(desk.clone(), socket, Arc::clone(&definitions)));
    let (floor, floors) = watch::channel(None);
    tokio::spawn(keep(database.clone(), desk.options.reader.clone(), floors));

    let shell = Shell {
        core: Core::new(tuning, clock),
        bound,
        told,
        tail,
        sweep,
        definitions,
        floor,
        loads: database.socket_of(bytes).await?,
        feed: database.socket_of(bytes).await?,
        audits: database.socket_of(bytes).await?,
        looks: database.socket_of(bytes).await?,
        reads: database.socket_of(bytes).await?,
        mailbox,
        posted,
        database: database.clone(),
        own_mark,
        sizes: BTreeMap::new(),
        desk,
    };
    tokio::spawn(shell.run(commanded, brought));
    Ok(handle)
}

struct Shell {
    core: Core,
    bound: Bound,
    told: mpsc::Sender<Captured>,
    tail: mpsc::Sender<Question>,
    sweep: mpsc::Sender<Question>,
    definitions: Arc<Notify>,
    floor: watch::Sender<Option<ChangeId>>,
    loads: Database,
    feed: Database,
    audits: Database,
    /// For announced records: one question of each kind at a time.
    looks: Database,
    reads: Database,
    mailbox: Arc<Mailbox>,
    /// Something lies in the mailbox.
    posted: Arc<Notify>,
    database: Database,
    own_mark: RecordId,
    /// What was found to fit, for tables whose loads were lost.
    sizes: BTreeMap<String, Size>,
    desk: Desk,
}

/// Nobody takes what is told.
struct Unheard;

impl Shell {
    async fn run(
        mut self,
        mut commanded: mpsc::UnboundedReceiver<Input>,
        mut brought: mpsc::Receiver<Input>,
    ) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.begin(Beginning::First);
        let mut effects = Vec::new();
        loop {
            let input = tokio::select! {
                command = commanded.recv() => match command {
                    Some(command) => command,
                    None => return,
                },
                result = brought.recv() => match result {
                    Some(result) => result,
                    None => return,
                },
                () = self.told.closed() => return,
                // It is taken out below, before any input is.
                () = self.posted.notified() => Input::Tick,
                _ = ticks.tick() => Input::Tick,
            };
            if let Input::Tail(Reading { began, outcome: Ok(_), .. }) = &input {
                self.desk.vitals.tail_read(*began);
            }
            self.note_size(&input);
            if let Some(announced) = self.mailbox.take() {
                self.core.step(self.desk.now(), announced, &mut effects);
            }
            self.core.step(self.desk.now(), input, &mut effects);
            for effect in effects.drain(..) {
                if Box::pin(self.perform(effect)).await.is_err() {
                    return;
                }
            }
        }
    }

    async fn perform(&mut self, effect: Effect) -> Result<(), Unheard> {
        match effect {
            Effect::Tell(captured) => {
                // What carries no version is told though nothing can be written: that the database is another one, say.
                if captured.carries_versions() {
                    self.cover().await?;
                }
                self.told.send(captured).await.map_err(|_| Unheard)
            }
            Effect::Begin(beginning) => {
                self.begin(beginning);
                Ok(())
            }
            Effect::ReadTail { era, since, limit, after } => {
                let question = Question { era, since, limit, after };
                self.tail.send(question).await.map_err(|_| Unheard)
            }
            Effect::ReadSweep { era, since, limit, after } => {
                let question = Question { era, since, limit, after };
                self.sweep.send(question).await.map_err(|_| Unheard)
            }
            Effect::Load(order) => self.load(order).await,
            Effect::Audit(look) => {
                tokio::spawn(auditing::run(self.desk.clone(), self.audits.clone(), look));
                Ok(())
            }
            Effect::LookAfter(asked) => {
                tokio::spawn(announced::look(self.desk.clone(), self.looks.clone(), asked));
                Ok(())
            }
            Effect::Read { records, id } => {
                tokio::spawn(announced::read(self.desk.clone(), self.reads.clone(), records, id));
                Ok(())
            }
            Effect::NoteAudits(audits) => {
                self.desk.vitals.audited(audits);
                Ok(())
            }
            Effect::ReadDefinitions => {
                self.definitions.notify_one();
                Ok(())
            }
            Effect::RaiseMark => {
                self.raise_mark();
                Ok(())
            }
            Effect::CountLate(late) => {
                self.desk.vitals.count_late(late);
                Ok(())
            }
            Effect::Keep(floor) => {
                self.floor.send_replace(Some(floor));
                Ok(())
            }
        }
    }

    fn begin(&self, beginning: Beginning) {
        let mark = self.own_mark.clone();
        tokio::spawn(beginning::run(self.desk.clone(), self.feed.clone(), mark, beginning));
    }

    async fn load(&mut self, order: Order) -> Result<(), Unheard> {
        let rows = self.desk.options.page_rows;
        let size = self.sizes.get(&order.table).copied().unwrap_or_else(|| Size::of_rows(rows));
        if size.is_nothing() {
            let message = format!("a row or a commit of table `{}` cannot be read", order.table);
            let problem = Problem::new(Code::SetTooLarge, message)
                .hint("make the row smaller, or exclude the table: `capture.exclude`");
            return self.told.send(Captured::Failed(problem)).await.map_err(|_| Unheard);
        }
        tokio::spawn(loading::run(self.desk.clone(), self.loads.clone(), order, size));
        Ok(())
    }

    /// A load that got lost is tried with half the size, a load that ended has found its size.
    fn note_size(&mut self, input: &Input) {
        match input {
            Input::LoadFailed { table, lost: true, .. } => {
                let rows = self.desk.options.page_rows;
                let size = self.sizes.entry(table.clone()).or_insert_with(|| Size::of_rows(rows));
                *size = size.half();
            }
            Input::Loaded { table, .. } => {
                self.sizes.remove(table);
            }
            _ => {}
        }
    }

    fn raise_mark(&self) {
        let (desk, database, own) =
            (self.desk.clone(), self.database.clone(), self.own_mark.clone());
        tokio::spawn(async move {
            let input = match mark::beat(&database, &own).await {
                Ok(n) => Input::MarkRaised { n },
                Err(error) => {
                    tracing::debug!(%error, "the reader's own mark was not raised");
                    Input::MarkFailed
                }
            };
            desk.bring(input).await;
        });
    }

    async fn cover(&mut self) -> Result<(), Unheard> {
        while let Err(error) = self.bound.cover(self.core.last_version()).await {
            tracing::warn!(%error, "the bound of versions was not raised");
            if self.told.is_closed() {
                return Err(Unheard);
            }
            sleep(KEEP_EVERY).await;
        }
        Ok(())
    }
}

/// Writes the resume point down, at most once a second.
async fn keep(database: Database, reader: String, mut floors: watch::Receiver<Option<ChangeId>>) {
    while floors.changed().await.is_ok() {
        let Some(floor) = *floors.borrow_and_update() else { continue };
        if let Err(error) = beginning::keep(&database, &reader, floor).await {
            tracing::warn!(%error, "the resume point was not written");
        }
        sleep(KEEP_EVERY).await;
    }
}
