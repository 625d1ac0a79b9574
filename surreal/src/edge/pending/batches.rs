//! What goes out, and in which order.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::ViewKey;

use super::view::{Mark, Waiting};
use super::{Moment, Next, Pending};
use crate::edge::EdgeKey;
use crate::edge::batch::{Batch, Item};

impl Pending {
    /// Says what to do now. Nothing new is given out before the last came back.
    pub fn next(&mut self, now: Moment) -> Next {
        if self.out {
            return Next::Idle;
        }
        self.wake(now);
        let urgent = !self.revoked.is_empty() || self.due >= self.limits.rows_per_flush;
        let ripe = self.due > 0 && (urgent || now >= self.gather_until);
        // A view of many edges is removed in parts, with others' edges between them.
        if !(self.whole_last && ripe)
            && let Some(next) = self.whole_view()
        {
            return self.give(now, next);
        }
        if ripe {
            let batch = self.batch();
            return self.give(now, Next::Write(batch));
        }
        let held = |(_, view): &&(Moment, ViewKey)| {
            self.views.get(view).is_some_and(|view| !view.held.is_empty())
        };
        let woken = self.wakes.iter().find(held).map(|(moment, _)| *moment);
        let gathered = (self.due > 0).then_some(self.gather_until);
        woken.into_iter().chain(gathered).min().map_or(Next::Idle, Next::Wait)
    }

    fn whole_view(&mut self) -> Option<Next> {
        if let Some(id) = self.clearing.first() {
            return Some(Next::Clear(Arc::clone(&self.views[id].target)));
        }
        let id = self.reconciling.first()?;
        let view = self.views.get_mut(id).expect("a marked view is known");
        view.mark = Mark::Reconciling;
        Some(Next::Reconcile(Arc::clone(&view.target)))
    }

    fn give(&mut self, now: Moment, next: Next) -> Next {
        self.out = true;
        self.asked_at = now;
        self.whole_last = !matches!(next, Next::Write(_));
        next
    }

    /// Makes due what was held back until now.
    fn wake(&mut self, now: Moment) {
        while self.wakes.first().is_some_and(|(moment, _)| *moment <= now) {
            let (_, id) = self.wakes.pop_first().expect("it was looked at");
            let Some(view) = self.views.get_mut(&id) else { continue };
            view.pauses.retain(|_, pause| pause.until > now);
            let ripe = |(until, _): &(Moment, Waiting)| *until <= now;
            let keys: Vec<EdgeKey> = view
                .held
                .iter()
                .filter(|(_, held)| ripe(held))
                .map(|(key, _)| key.clone())
                .collect();
            for key in keys {
                let held = self.views.get_mut(&id).and_then(|view| view.held.remove(&key));
                let (_, waiting) = held.expect("it was held");
                self.make_due(&id, key, waiting);
            }
        }
    }

    fn batch(&mut self) -> Batch {
        let mut items = Vec::new();
        let max = self.limits.rows_per_flush;
        for id in self.revoked.clone() {
            self.take_part(&id, (true, false), max - items.len(), &mut items);
        }
        // What is hot gets a quarter, and whatever the others leave.
        let kept = if self.hot_turns.is_empty() { 0 } else { max / 4 };
        self.fill(max.saturating_sub(kept), false, &mut items);
        self.fill(max, true, &mut items);
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

    /// Fills a batch up to `max` with one user's view after the other's.
    fn fill(&mut self, max: usize, hot: bool, items: &mut Vec<Item>) {
        while items.len() < max {
            let turns = if hot { &self.hot_turns } else { &self.turns };
            let Some(id) = turns.first().cloned() else { return };
            let (count, room) = (self.views[&id].waiting(hot).len(), max - items.len());
            // It fits into the next one whole.
            if count > room && count <= self.limits.rows_per_flush && !items.is_empty() {
                return;
            }
            let turns = if hot { &mut self.hot_turns } else { &mut self.turns };
            turns.take();
            self.take_part(&id, (false, hot), room, items);
            if let Some(since) = self.views[&id].waiting(hot).since() {
                let turns = if hot { &mut self.hot_turns } else { &mut self.turns };
                turns.queue(&id, since);
            }
        }
    }

    /// Moves at most `max` of a view's edges into a batch: what leaves first, then what enters, then what changed.
    fn take_part(&mut self, id: &ViewKey, which: (bool, bool), max: usize, items: &mut Vec<Item>) {
        let view = self.views.get_mut(id).expect("a waiting view is known");
        for _ in 0..max {
            let taken = view.take_first(which, &mut self.due, &mut self.changes);
            let Some((key, Waiting { op, since, position })) = taken else { break };
            let (target, generation, hot) = (Arc::clone(&view.target), view.generation, which.1);
            items.push(Item { target, key, op, since, position, generation, hot });
        }
        self.look_at(id);
    }
}
