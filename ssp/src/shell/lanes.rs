//! Where edges wait: for each lane what is pending, and who is to be told when it is committed.
//!
//! # Invariants
//! - A view belongs to one lane, by its user: all edges of a user go through one.
//! - A ticket comes back when everything that was handed in for its view up to then is committed, or came to nothing.
//! - Handing in never waits for a writer.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::ViewKey;
use service::{Clock, Moment};
use surreal::edge::{EdgeKey, EdgeOp, EdgeRow, Limits, Pending, Target};
use surreal::names::RefMode;
use surreal::versions::{Secret, row_hash};
use tokio::sync::Notify;
use view::delta::{RowDelta, ViewNo};
use view::digest::Digest;
use view::group;
use view::row::Row;

use super::Tools;
use crate::core::{Edges, Ticket};
use crate::metrics::Metrics;

/// Lanes of one processor; one more is the sweep's.
pub(crate) const LANES: u32 = 2;

/// Hashes that are remembered: one changed row stands in many views.
const HASHES_KEPT: usize = 4_096;

/// Leads to the lanes.
#[derive(Clone)]
pub(super) struct Lanes(Vec<Arc<Queue>>);

/// One lane's queue, between whoever hands in and the one who writes.
pub(super) struct Queue {
    state: Mutex<State>,
    pub(super) wake: Notify,
    clock: Clock,
    ref_mode: RefMode,
    secret: Secret,
    pub(super) metrics: Arc<Metrics>,
}

/// What waits, and whom it concerns.
pub(super) struct State {
    pub(super) pending: Pending,
    /// The client that each view's edges name.
    clients: BTreeMap<ViewKey, String>,
    awaited: BTreeMap<ViewKey, VecDeque<Awaited>>,
    /// Of rows, by their digests: an engine that begins anew counts its images anew.
    hashes: HashMap<Digest, i64>,
}

struct Awaited {
    position: u64,
    no: ViewNo,
    ticket: Ticket,
    since: surreal::edge::Moment,
}

/// A view's edges are committed up to the ticket.
pub(super) type Done = (ViewNo, Ticket);

impl Lanes {
    pub(super) fn new(tools: &Tools, ref_mode: RefMode, linger: Duration) -> Lanes {
        let Tools { clock, secret, metrics, .. } = tools;
        let queue = |_| {
            let limits = Limits { linger, ..Limits::default() };
            Arc::new(Queue {
                state: Mutex::new(State {
                    pending: Pending::new(limits),
                    clients: BTreeMap::new(),
                    awaited: BTreeMap::new(),
                    hashes: HashMap::new(),
                }),
                wake: Notify::new(),
                clock: *clock,
                ref_mode,
                secret: secret.clone(),
                metrics: Arc::clone(metrics),
            })
        };
        Lanes((0..LANES).map(queue).collect())
    }

    pub(super) fn queues(&self) -> impl Iterator<Item = &Arc<Queue>> {
        self.0.iter()
    }

    /// Whether a view has, or is to have, edges.
    pub(super) fn knows(&self, view: &ViewKey) -> bool {
        self.0[lane_of(view)].state().clients.contains_key(view)
    }

    /// Takes edges in; returns what is committed already, because nothing had to be written.
    pub(super) fn hand_in(&self, edges: Edges) -> Vec<Done> {
        let queue = &self.0[lane_of(&edges.view)];
        let done = queue.hand_in(edges);
        queue.wake.notify_one();
        done
    }
}

fn lane_of(view: &ViewKey) -> usize {
    let mut hasher = DefaultHasher::new();
    view.auth.hash(&mut hasher);
    (hasher.finish() % u64::from(LANES)) as usize
}

impl Queue {
    pub(super) fn now(&self) -> surreal::edge::Moment {
        self.clock.now().since(Moment::default())
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with the lock left a state that is whole: no operation of it can end in the middle.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hand_in(&self, edges: Edges) -> Vec<Done> {
        let now = self.now();
        let mut state = self.state();
        let Edges { view, no, client, what, ticket } = edges;
        state.admit(self.ref_mode, &view, client);
        match what {
            crate::core::EdgeWork::Write(rows) => {
                for row in rows {
                    let (record, op) = self.operation(&mut state, row);
                    state.pending.push(now, &view, EdgeKey::top(record), op);
                }
            }
            crate::core::EdgeWork::Reconcile => state.pending.reconcile(&view),
            crate::core::EdgeWork::Clear { ended } => {
                state.pending.clear(&view, ended);
                if ended {
                    state.clients.remove(&view);
                }
            }
        }
        let position = state.pending.position();
        let awaited = Awaited { position, no, ticket, since: now };
        state.awaited.entry(view.clone()).or_default().push_back(awaited);
        self.done_of(&mut state, &view)
    }

    /// Takes what is committed of a view by now, and counts how long that took.
    pub(super) fn done(&self, view: &ViewKey) -> Vec<Done> {
        self.done_of(&mut self.state(), view)
    }

    fn done_of(&self, state: &mut State, view: &ViewKey) -> Vec<Done> {
        let now = self.now();
        let mut last: BTreeMap<ViewNo, Ticket> = BTreeMap::new();
        for awaited in state.take_written(view) {
            self.metrics.committed(now.saturating_sub(awaited.since));
            last.insert(awaited.no, awaited.ticket);
        }
        last.into_iter().collect()
    }

    fn operation(&self, state: &mut State, row: RowDelta) -> (surrealdb_types::RecordId, EdgeOp) {
        match row {
            RowDelta::Leave { record, revoked } => (record, EdgeOp::Leave { revoked }),
            RowDelta::Enter(row) => (row.id(), EdgeOp::Enter(self.edge(state, &row))),
            RowDelta::Change(row) => (row.id(), EdgeOp::Change(self.edge(state, &row))),
        }
    }

    fn edge(&self, state: &mut State, row: &Row) -> EdgeRow {
        if state.hashes.len() >= HASHES_KEPT {
            state.hashes.clear();
        }
        let hash = *state.hashes.entry(row.digest()).or_insert_with(|| self.hash(row));
        edge_row(row, hash)
    }

    /// Returns what a view's edges should be.
    pub(super) fn wanted(&self, rows: &[Row]) -> Vec<(EdgeKey, EdgeRow)> {
        rows.iter().map(|row| (EdgeKey::top(row.id()), edge_row(row, self.hash(row)))).collect()
    }

    fn hash(&self, row: &Row) -> i64 {
        row_hash(&self.secret, &row.id(), &row.content().object())
    }
}

fn edge_row(row: &Row, hash: i64) -> EdgeRow {
    EdgeRow { version: row.version, hash, value: group::shown(row) }
}

impl State {
    fn admit(&mut self, ref_mode: RefMode, view: &ViewKey, client: String) {
        if self.clients.get(view) != Some(&client) {
            self.pending.admit(Target::new(ref_mode, view.clone(), client.clone()));
            self.clients.insert(view.clone(), client);
        }
    }

    fn take_written(&mut self, view: &ViewKey) -> Vec<Awaited> {
        let Some(awaited) = self.awaited.get_mut(view) else { return Vec::new() };
        let is_written = |first: &Awaited| self.pending.is_written(view, first.position);
        let written = awaited.iter().take_while(|first| is_written(first)).count();
        let written = awaited.drain(..written).collect();
        if awaited.is_empty() {
            self.awaited.remove(view);
        }
        written
    }

    /// Forgets a view whose edges the database refuses.
    pub(super) fn forget(&mut self, view: &ViewKey) {
        self.pending.forget(view);
        self.clients.remove(view);
    }
}
