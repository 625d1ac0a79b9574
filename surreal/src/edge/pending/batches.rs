//! What goes out, and in which order.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::ViewKey;

use super::counts::Counts;
use super::pace::{Out, Parts};
use super::view::{Mark, View, Waiting};
use super::{Moment, Next, Pending};
use crate::edge::batch::{Batch, Item};

/// Views whose edges are found out with one request, at most.
const RECONCILED_AT_ONCE: usize = 64;

impl Pending {
    /// Says what to do now. Nothing new is given out before the last came back.
    pub fn next(&mut self, now: Moment) -> Next {
        if self.pace.is_out() {
            return Next::Idle;
        }
        self.wake(now);
        let urgent = !self.revoked.is_empty() || self.counts.due >= self.limits.rows_per_flush;
        let Counts { due, fresh, hot, .. } = self.counts;
        let due = Parts { cool: due > fresh, fresh: fresh > 0, hot: hot > 0 };
        let ripe = self.pace.ripe(now, due, urgent);
        // A view of many edges is removed in parts, with others' edges between them.
        if !(self.whole_last && ripe.is_some())
            && let Some(next) = self.whole_view()
        {
            self.give(Out { at: now, cool: 1, hot: 0 }, true);
            return next;
        }
        if let Some(parts) = ripe {
            let batch = self.batch(parts);
            if batch.is_empty() {
                // All of it became hot, whose time is not yet.
                return self.next(now);
            }
            let hot = batch.items.iter().filter(|item| item.hot).count();
            self.give(Out { at: now, cool: batch.items.len() - hot, hot }, false);
            return Next::Write(batch);
        }
        let held =
            |(_, view): &&(Moment, ViewKey)| self.views.get(view).is_some_and(View::holds_any);
        let woken = self.wakes.iter().find(held).map(|(moment, _)| *moment);
        woken.into_iter().chain(self.pace.ripe_at(due)).min().map_or(Next::Idle, Next::Wait)
    }

    fn whole_view(&mut self) -> Option<Next> {
        if let Some(id) = self.clearing.first() {
            return Some(Next::Clear(Arc::clone(&self.views[id].target)));
        }
        let mut targets = Vec::new();
        for id in self.reconciling.iter().take(RECONCILED_AT_ONCE) {
            let view = self.views.get_mut(id).expect("a marked view is known");
            view.mark = Mark::Reconciling;
            targets.push(Arc::clone(&view.target));
        }
        (!targets.is_empty()).then_some(Next::Reconcile(targets))
    }

    fn give(&mut self, out: Out, whole: bool) {
        self.pace.gave(out);
        self.whole_last = whole;
    }

    /// Makes due what was held back until now.
    fn wake(&mut self, now: Moment) {
        while self.wakes.first().is_some_and(|(moment, _)| *moment <= now) {
            let (_, id) = self.wakes.pop_first().expect("it was looked at");
            let Some(view) = self.views.get_mut(&id) else { continue };
            for (key, waiting) in view.let_go(now) {
                self.make_due(&id, key, waiting);
            }
        }
    }

    fn batch(&mut self, parts: Parts) -> Batch {
        let mut items = Vec::new();
        let max = self.limits.rows_per_flush;
        for id in self.revoked.clone() {
            self.take_part(&id, (true, false), max - items.len(), &mut items);
        }
        // Whatever the others leave: what is hot may be there with each flush, and the next one waits until it is written.
        let kept = if parts.hot { self.pace.hot_rows(max) } else { 0 };
        self.fill((max - kept).saturating_sub(items.len()), &mut items);
        self.fill_hot(kept.min(max - items.len()), &mut items);
        let mut batch = Batch { items };
        batch.sort();
        let mut oldest: BTreeMap<&ViewKey, u64> = BTreeMap::new();
        for item in &batch.items {
            let place = oldest.entry(&item.target.view).or_insert(item.position);
            *place = item.position.min(*place);
        }
        for (id, place) in oldest {
            self.views.get_mut(id).expect("it was taken from it").out = Some(place);
        }
        batch
    }

    /// Adds at most `max` to a batch, one user's view after the other's.
    fn fill(&mut self, max: usize, items: &mut Vec<Item>) {
        let before = items.len();
        while items.len() < before + max {
            let Some(id) = self.turns.first().cloned() else { return };
            let (count, room) = (self.views[&id].waiting(false).len(), before + max - items.len());
            // It fits into the next one whole.
            if count > room && count <= max && items.len() > before {
                return;
            }
            self.turns.take();
            self.take_part(&id, (false, false), room, items);
            if let Some(since) = self.views[&id].waiting(false).since() {
                self.turns.queue(&id, since);
            }
        }
    }

    /// Adds at most `max` hot changes to a batch, all of one user before the next: those of one client are written together.
    fn fill_hot(&mut self, max: usize, items: &mut Vec<Item>) {
        let full = items.len() + max;
        while items.len() < full {
            let Some(id) = self.hot_turns.take() else { return };
            let mut next = Some(id);
            while let Some(id) = next.filter(|_| items.len() < full) {
                self.hot_turns.remove(&id);
                self.take_part(&id, (false, true), full - items.len(), items);
                if let Some(since) = self.views[&id].waiting(true).since() {
                    self.hot_turns.queue(&id, since);
                    break;
                }
                next = self.hot_turns.first_of(&id.auth).cloned();
            }
        }
    }

    /// Moves at most `max` of a view's edges into a batch: what leaves first, then what enters, then what changed. A change
    /// that became hot while it waited goes where those are.
    fn take_part(&mut self, id: &ViewKey, which: (bool, bool), max: usize, items: &mut Vec<Item>) {
        let full = items.len() + max;
        while items.len() < full {
            let view = self.views.get_mut(id).expect("a waiting view is known");
            let Some((key, waiting)) = view.take_first(which, &mut self.counts) else { break };
            let hot = which.1;
            if !hot && self.counts.is_hot(&key, &waiting.op) {
                self.make_due(id, key, waiting);
                continue;
            }
            self.counts.forget_change(&key, &waiting.op);
            let (target, generation) = (Arc::clone(&view.target), view.generation);
            let Waiting { op, since, position, fresh } = waiting;
            items.push(Item { target, key, op, since, position, generation, hot, fresh });
        }
        self.look_at(id);
    }
}
