//! What came of it.

use protocol::ViewKey;

use super::view::{After, Mark, Pause, PauseKind, Waiting};
use super::{HOT_PAUSE, Moment, Pending};
use crate::edge::batch::Batch;
use crate::edge::{EdgeKey, EdgeOp};

impl Pending {
    /// The batch, or this part of it, is committed.
    pub fn written(&mut self, now: Moment, batch: &Batch) {
        self.came_back(now);
        if batch.items.iter().any(|item| item.fresh) {
            self.pace.hydrated(now, self.limits.linger);
        }
        for item in &batch.items {
            let id = &item.target.view;
            let Some(view) = self.views.get_mut(id) else { continue };
            view.out = None;
            view.mature(&mut self.counts);
            let (kind, pause) = match item.op {
                EdgeOp::Leave { .. } => (PauseKind::Removed, self.limits.recreate_pause),
                EdgeOp::Change(_) if item.hot => (PauseKind::Hot, HOT_PAUSE),
                _ => continue,
            };
            let until = now + pause;
            view.pauses.insert(item.key.clone(), Pause { until, kind });
            self.wakes.insert((until, id.clone()));
            self.keep_again(now, id, &item.key);
        }
    }

    /// The batch, or this part of it, is not known to be committed: it goes out again, unless something newer waits.
    pub fn put_back(&mut self, now: Moment, batch: Batch) {
        self.came_back(now);
        for item in batch.items {
            let id = &item.target.view;
            let Some(view) = self.views.get_mut(id) else { continue };
            view.out = None;
            if let EdgeOp::Leave { .. } = item.op {
                let until = now + self.limits.recreate_pause;
                let pause = Pause { until, kind: PauseKind::Unknown };
                view.pauses.insert(item.key.clone(), pause);
                self.wakes.insert((until, id.clone()));
            }
            if item.generation != view.generation {
                continue;
            }
            let (key, since, position) = (item.key, item.since, item.position);
            let newer = view.forget(&key, &mut self.counts);
            let op = newer.map_or(item.op, |newer| newer.op);
            self.keep(now, id, key, Waiting { op, since, position, fresh: false });
        }
    }

    /// The batch, or this part of it, will never be written: its table, or the right to write it, is gone.
    pub fn abandon(&mut self, now: Moment, batch: &Batch) {
        self.came_back(now);
        for item in &batch.items {
            if let Some(view) = self.views.get_mut(&item.target.view) {
                view.out = None;
            }
        }
    }

    /// Some, or with `done` all, of a view's edges were removed.
    pub fn cleared(&mut self, now: Moment, id: &ViewKey, done: bool) {
        self.came_back(now);
        let Some(view) = self.views.get_mut(id).filter(|_| done) else { return };
        let Mark::Clear(after) = view.mark else { return };
        self.clearing.remove(id);
        match after {
            After::Forget => self.forget(id),
            After::GoOn | After::Reconcile => {
                view.mark = Mark::None;
                view.pauses.clear();
                view.created_from = now + self.limits.recreate_pause;
                for key in view.keys() {
                    self.keep_again(now, id, &key);
                }
                if after == After::Reconcile {
                    self.reconcile(id);
                }
            }
        }
    }

    /// The difference between a view's edges and what they should be was found: what to do, older than whatever came
    /// since the question.
    pub fn reconciled(
        &mut self,
        now: Moment,
        id: &ViewKey,
        difference: impl IntoIterator<Item = (EdgeKey, EdgeOp)>,
    ) {
        self.came_back(now);
        let Some(view) = self.views.get_mut(id) else { return };
        if view.mark != Mark::Reconciling {
            return;
        }
        view.mark = Mark::None;
        let position = view.marked_at;
        self.reconciling.remove(id);
        for (key, op) in difference {
            if self.views[id].waits_for(&key) {
                continue;
            }
            self.keep(now, id, key, Waiting { op, since: now, position, fresh: false });
        }
        let view = self.views.get_mut(id).expect("it was there");
        view.allowed = 2 * view.len();
    }

    /// Nobody could find out what the view's edges should be: it is asked for again.
    pub fn not_reconciled(&mut self, now: Moment, id: &ViewKey) {
        self.came_back(now);
        if let Some(view) = self.views.get_mut(id).filter(|view| view.mark == Mark::Reconciling) {
            view.mark = Mark::Reconcile;
        }
    }

    fn came_back(&mut self, now: Moment) {
        self.pace.came_back(now, self.limits.linger);
    }

    /// Judges what waits of an edge anew.
    fn keep_again(&mut self, now: Moment, id: &ViewKey, key: &EdgeKey) {
        let Some(view) = self.views.get_mut(id) else { return };
        if let Some(waiting) = view.forget(key, &mut self.counts) {
            self.keep(now, id, key.clone(), waiting);
        }
    }
}
