//! The loop of one lane: takes what is next, has it written, and tells what became of it.
//!
//! # Invariants
//! - One transaction is in flight. A lane that was fenced writes nothing any more.
//! - From the moment in which changed definitions were read until they are adopted, no transaction is begun (M6).
//! - Told to end, it goes on until nothing waits.

use std::sync::Arc;
use std::time::Duration;

use protocol::{Code, Problem, ViewKey};
use service::Shutdown;
use surreal::edge::reconcile::difference;
use surreal::edge::{
    Batch, Cleared, EdgeKey, Edges, Flushed, Lane, LaneError, Next, Returned, Target,
};
use surreal::user_table::{self, UserTable};
use surreal::{Database, Error, capture};
use tracing::field::Empty;
use tracing::{Instrument, info_span};
use view::delta::Held;

use super::lanes::{Done, Queue};
use crate::core::{Input, Question};
use crate::desk::Desk;

const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// When to ask again what edges should be, after nobody could say.
const AGAIN_SOON: Duration = Duration::from_millis(100);

/// How often to look whether changed definitions are adopted: the engine's next step but few does it.
const ADOPTED_YET: Duration = Duration::from_millis(1);

/// What the loop of a lane needs.
pub(super) struct Writing {
    pub(super) lane: Lane,
    pub(super) queue: Arc<Queue>,
    pub(super) database: Database,
    pub(super) desk: Desk,
    pub(super) capture: capture::Handle,
    /// Told when nothing more comes in.
    pub(super) ending: Shutdown,
}

/// Why a step of the loop did not do what it should.
enum Stop {
    Fenced,
    Lost(Error),
    /// Nobody knows any more what should stand: the next life reconciles.
    Ended,
}

impl From<LaneError> for Stop {
    fn from(error: LaneError) -> Stop {
        match error {
            LaneError::Fenced => Stop::Fenced,
            LaneError::Database(error) => Stop::Lost(error),
        }
    }
}

impl Writing {
    /// Writes until it is told to end and nothing waits, or until somebody closed the lane.
    pub(super) async fn run(mut self) {
        loop {
            while self.capture.has_unapplied_definitions() {
                // Then nobody adopts them any more: the next life reconciles.
                if self.ending.is_told() {
                    return;
                }
                tokio::time::sleep(ADOPTED_YET).await;
            }
            let now = self.queue.now();
            let next = self.queue.state().pending.next(now);
            let step = match next {
                Next::Write(batch) => self.write(batch).await,
                Next::Clear(target) => self.clear(&target).await,
                Next::Reconcile(targets) => self.reconcile(&targets).await,
                Next::Wait(until) => {
                    self.rest(Some(until.saturating_sub(now))).await;
                    Ok(())
                }
                Next::Idle if self.ending.is_told() => return,
                Next::Idle => {
                    self.rest(None).await;
                    Ok(())
                }
            };
            match step {
                Ok(()) => {}
                Err(Stop::Ended) => return,
                Err(Stop::Fenced) => return self.desk.tell(Input::Fenced).await,
                Err(Stop::Lost(error)) => {
                    tracing::warn!(%error, "edges wait for the database");
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
            }
        }
    }

    async fn rest(&mut self, at_most: Option<Duration>) {
        let told = self.ending.is_told();
        let length = at_most.unwrap_or(Duration::from_secs(3_600));
        tokio::select! {
            () = self.queue.wake.notified() => {}
            () = tokio::time::sleep(length) => {}
            () = self.ending.told(), if !told => {}
        }
    }

    async fn write(&mut self, batch: Batch) -> Result<(), Stop> {
        let views: Vec<ViewKey> = batch.views().into_iter().cloned().collect();
        let flushed = self.flush(batch, views.len()).await?;
        let now = self.queue.now();
        self.queue.state().pending.written(now, &flushed.written);
        self.queue.metrics.flushed(flushed.written.items.len());
        let mut lost = None;
        for (batch, why) in flushed.returned {
            match why {
                Returned::Missing { table } => self.without_table(batch, &table).await,
                Returned::Refused { view, reason } => self.refused(&view, &batch, reason).await,
                Returned::Lost(error) => {
                    self.queue.state().pending.put_back(self.queue.now(), batch);
                    lost = Some(error);
                }
            }
        }
        self.tell_done(&views).await;
        lost.map_or(Ok(()), |error| Err(Stop::Lost(error)))
    }

    /// Has a batch committed, within its span.
    async fn flush(&mut self, batch: Batch, views: usize) -> Result<Flushed, LaneError> {
        let edges = batch.items.len();
        tracing::debug!(edges, views, "flush");
        let span = info_span!("flush", edges, views, written = Empty, otel.status_code = Empty);
        let flushed = self.lane.flush(batch).instrument(span.clone()).await;
        // That a user's table is gone, with him, is no failure.
        let failed = |(_, why): &(Batch, Returned)| !matches!(why, Returned::Missing { .. });
        if let Ok(flushed) = &flushed {
            span.record("written", flushed.written.items.len());
        }
        if flushed.as_ref().map_or(true, |flushed| flushed.returned.iter().any(failed)) {
            span.record("otel.status_code", "ERROR");
        }
        flushed
    }

    /// Edges whose table does not exist: its user is gone, and so are they; or it is made, and they follow.
    async fn without_table(&mut self, batch: Batch, table: &str) {
        let user = batch.items.first().and_then(|item| item.target.view.auth.clone());
        let stands = match &user {
            Some(user) => user_table::make(&self.database, user).await,
            None => Ok(UserTable::Stands),
        };
        match stands {
            Ok(UserTable::NoUser) => {
                tracing::debug!(table, "edges dropped, their user is gone");
                self.queue.state().pending.abandon(self.queue.now(), &batch);
            }
            Ok(UserTable::Stands) => {
                self.queue.state().pending.put_back(self.queue.now(), batch);
            }
            Err(error) => {
                tracing::warn!(table, %error, "make a missing edge table");
                self.queue.state().pending.put_back(self.queue.now(), batch);
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }
    }

    async fn refused(&mut self, view: &ViewKey, batch: &Batch, reason: String) {
        tracing::error!(%view, reason, "edges refused");
        {
            let mut state = self.queue.state();
            state.pending.abandon(self.queue.now(), batch);
            state.forget(view);
        }
        let problem = Problem::new(Code::EdgeWrite, format!("the database refuses: {reason}"));
        self.desk.tell(Input::Unwritable { view: view.clone(), problem }).await;
    }

    async fn clear(&mut self, target: &Target) -> Result<(), Stop> {
        let cleared = self.lane.clear(target).await;
        let done = matches!(cleared, Ok(Cleared::All));
        self.queue.state().pending.cleared(self.queue.now(), &target.view, done);
        if let Err(LaneError::Database(Error::Refused { message })) = cleared {
            self.refused(&target.view, &Batch::default(), message).await;
        } else {
            cleared?;
        }
        self.tell_done(std::slice::from_ref(&target.view)).await;
        Ok(())
    }

    async fn reconcile(&mut self, targets: &[Arc<Target>]) -> Result<(), Stop> {
        let views: Vec<ViewKey> = targets.iter().map(|target| target.view.clone()).collect();
        let span =
            info_span!("reconcile", views = views.len(), edges = Empty, otel.status_code = Empty);
        let standing = match self.lane.read(targets).instrument(span.clone()).await {
            Ok(standing) => standing,
            Err(error) => {
                span.record("otel.status_code", "ERROR");
                self.not_reconciled(&views);
                return Err(Stop::Lost(error));
            }
        };
        let asked = views.iter().cloned().zip(standing.iter().map(held)).collect();
        let answers = self.desk.ask(|reply| Question::Answers { standing: asked, reply }).await;
        if answers.is_err() && self.ending.is_told() {
            return Err(Stop::Ended);
        }
        // Busy, or some are being registered anew: then they are asked for again.
        let mut early = answers.is_err();
        let answers = answers.unwrap_or_default();
        self.not_reconciled(views.get(answers.len()..).unwrap_or_default());
        let mut edges = 0;
        for ((view, standing), answer) in views.iter().zip(standing).zip(answers) {
            match answer {
                Some(answer) => {
                    let difference = difference(standing, self.queue.wanted(&answer));
                    edges += difference.len();
                    self.queue.state().pending.reconciled(self.queue.now(), view, difference);
                }
                None => {
                    self.not_reconciled(std::slice::from_ref(view));
                    early = true;
                }
            }
        }
        span.record("edges", edges);
        tracing::debug!(views = views.len(), edges, "reconciled");
        self.tell_done(&views).await;
        if early {
            tokio::time::sleep(AGAIN_SOON).await;
        }
        Ok(())
    }

    fn not_reconciled(&self, views: &[ViewKey]) {
        let mut state = self.queue.state();
        for view in views {
            state.pending.not_reconciled(self.queue.now(), view);
        }
    }

    async fn tell_done(&self, views: &[ViewKey]) {
        let done: Vec<Done> = views.iter().flat_map(|view| self.queue.done(view)).collect();
        if !done.is_empty() {
            self.desk.tell(Input::Written(done)).await;
        }
    }
}

/// The records that edges are of.
fn held(edges: &Edges) -> Held {
    let mut held = Held::default();
    for EdgeKey { parent, alias, record } in edges.keys() {
        match (parent, alias) {
            (Some(parent), Some(alias)) => {
                held.children.push((parent.clone(), alias.clone(), record.clone()));
            }
            _ => held.rows.push(record.clone()),
        }
    }
    held
}
