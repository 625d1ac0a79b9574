//! Where edges wait: for each lane what is pending, and who is to be told when it is committed.
//!
//! # Invariants
//! - A view belongs to one lane, by its user: all edges of a user go through one.
//! - A ticket comes back when everything that was handed in for its view up to then is committed, or came to nothing.
//! - Handing in never waits for a writer.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use protocol::ViewKey;
use service::{Clock, Moment};
use surreal::edge::{EdgeKey, EdgeOp, EdgeRow, Limits, Pending, Target};
use surreal::names::RefMode;
use surreal::versions::{Secret, row_hash};
use tokio::sync::Notify;
use view::delta::{ChildDelta, RowDelta, Under, ViewNo};
use view::digest::Digest;
use view::group;
use view::row::Row;

use super::Tools;
use crate::core::{Answer, EdgeWork, Edges, Ticket, Whose};
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
    /// Behind a lock that is fair within half a millisecond: one step's edges come piece by piece, and the writer must get
    /// in between.
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
    /// The views that have, or are to have, edges; and those of which the last edges are to go.
    views: HashMap<ViewKey, View, foldhash::fast::RandomState>,
    /// Of rows, by their digests: an engine that begins anew counts its images anew.
    hashes: HashMap<Digest, i64>,
}

#[derive(Default)]
struct View {
    /// As it was handed in last; none of a view that ended.
    whose: Option<Arc<Whose>>,
    /// Who is to be told what is committed, in order.
    awaited: VecDeque<Awaited>,
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
                    views: HashMap::default(),
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
        let state = self.0[lane_of(view)].state();
        state.views.get(view).is_some_and(|view| view.whose.is_some())
    }

    /// Takes edges in; returns what is committed already, because nothing had to be written.
    pub(super) fn hand_in(&self, edges: Vec<Edges>) -> Vec<Done> {
        let mut of_lane = vec![Vec::new(); self.0.len()];
        for edges in edges {
            of_lane[lane_of(&edges.whose.view)].push(edges);
        }
        let mut done = Vec::new();
        for (queue, edges) in self.0.iter().zip(of_lane) {
            if !edges.is_empty() {
                queue.hand_in(edges, &mut done);
                queue.wake.notify_one();
            }
        }
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
        self.state.lock()
    }

    fn hand_in(&self, edges: Vec<Edges>, done: &mut Vec<Done>) {
        let now = self.now();
        let mut state = self.state();
        for edges in edges {
            self.take_in(&mut state, now, edges, done);
        }
    }

    fn take_in(
        &self,
        state: &mut State,
        now: surreal::edge::Moment,
        edges: Edges,
        done: &mut Vec<Done>,
    ) {
        let Edges { whose, no, what, hydrates, ticket } = edges;
        let view = &whose.view;
        state.admit(self.ref_mode, &whose);
        let mut renewed = false;
        match what {
            EdgeWork::Write(rows, children) => {
                renewed = true;
                if hydrates {
                    state.pending.hydrate(view);
                }
                for row in rows {
                    let (record, op) = self.operation(state, row);
                    renewed &= state.pending.push(now, view, EdgeKey::top(record), op);
                }
                for ChildDelta { under, row } in children {
                    let (record, op) = self.operation(state, row);
                    renewed &= state.pending.push(now, view, child_key(&under, record), op);
                }
            }
            EdgeWork::Reconcile => state.pending.reconcile(view),
            EdgeWork::Clear { ended } => {
                state.pending.clear(view, ended);
                if ended {
                    state.views.get_mut(view).expect("it was admitted").whose = None;
                }
            }
        }
        let position = state.pending.position();
        let awaited = &mut state.views.get_mut(view).expect("it was admitted").awaited;
        match awaited.back_mut() {
            // What it changes waits already, and so does somebody for all of that.
            Some(last) if renewed && last.no == no => last.ticket = ticket,
            _ => {
                awaited.push_back(Awaited { position, no, ticket, since: now });
                done.extend(self.done_of(state, view));
            }
        }
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
    pub(super) fn wanted(&self, answer: &Answer) -> Vec<(EdgeKey, EdgeRow)> {
        let edge = |row: &Row| edge_row(row, self.hash(row));
        let top = answer.rows.iter().map(|row| (EdgeKey::top(row.id()), edge(row)));
        let below = answer.children.iter();
        let below = below.map(|it| (child_key(&it.under, it.row.id()), edge(&it.row)));
        top.chain(below).collect()
    }

    fn hash(&self, row: &Row) -> i64 {
        row_hash(&self.secret, &row.id(), &row.content().object())
    }
}

fn child_key(under: &Under, record: surrealdb_types::RecordId) -> EdgeKey {
    EdgeKey { parent: Some(under.parent.clone()), alias: Some(under.alias.to_string()), record }
}

fn edge_row(row: &Row, hash: i64) -> EdgeRow {
    EdgeRow { version: row.version, hash, value: group::shown(row) }
}

impl State {
    fn admit(&mut self, ref_mode: RefMode, whose: &Arc<Whose>) {
        if self.views.get(&whose.view).is_some_and(|view| view.whose.as_ref() == Some(whose)) {
            return;
        }
        let Whose { view, client } = Whose::clone(whose);
        self.views.entry(view.clone()).or_default().whose = Some(Arc::clone(whose));
        self.pending.admit(Target::new(ref_mode, view, client));
    }

    fn take_written(&mut self, view: &ViewKey) -> Vec<Awaited> {
        let Some(known) = self.views.get_mut(view) else { return Vec::new() };
        let oldest = self.pending.oldest(view);
        let is_written = |first: &&Awaited| oldest.is_none_or(|oldest| first.position < oldest);
        let written = known.awaited.iter().take_while(is_written).count();
        let written = known.awaited.drain(..written).collect();
        if known.whose.is_none() && known.awaited.is_empty() {
            self.views.remove(view);
        }
        written
    }

    /// Forgets a view whose edges the database refuses.
    pub(super) fn forget(&mut self, view: &ViewKey) {
        self.pending.forget(view);
        if let Some(known) = self.views.get_mut(view) {
            known.whose = None;
        }
    }
}
