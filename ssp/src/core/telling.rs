//! What rows of `_00_query` say: when to say it, and when it was said.
//!
//! # Invariants
//! - One write of a row is under way at a time; a change of the count alone is said at most once a second.
//! - `ready` is not said before the last edge of the hydration is committed, nor a count before its edges are.

use std::sync::Arc;
use std::time::Duration;

use service::Moment;
use surreal::query_row::{Saying, State};
use view::delta::ViewNo;

use super::Core;
use super::effect::Effect;
use super::view::Phase;

const COUNT_AGAIN_AFTER: Duration = Duration::from_secs(1);

impl Core {
    /// Looks at a view after something about it changed: what is to be said of it, and whether anybody waits for that.
    pub(super) fn look(&mut self, now: Moment, no: ViewNo, effects: &mut Vec<Effect>) {
        let starting = self.is_starting();
        let Some(view) = self.registry.get_mut(no) else { return };
        if let Phase::Live { hydrating, .. } = &mut view.phase
            && hydrating.is_some_and(|last| self.outstanding.is_committed_of(no, last))
        {
            *hydrating = None;
        }
        let saying = view.saying();
        let only_counts = match &view.telling.said {
            Some(said) if *said == saying => None,
            Some(said) => Some(said.state == saying.state && said.error == saying.error),
            None => Some(false),
        };
        let early = view.telling.at.is_some_and(|then| now.since(then) < COUNT_AGAIN_AFTER)
            || !self.outstanding.is_clear(no);
        // A row that said more in an earlier life goes on saying it until the view is where it was.
        let stands = starting && saying.state == State::Materializing;
        match only_counts {
            _ if view.telling.writing || stands => {}
            None => {
                self.restless.remove(&no);
            }
            Some(true) if early => {
                self.restless.insert(no);
            }
            Some(_) => {
                view.telling.writing = true;
                self.restless.remove(&no);
                effects.push(Effect::Tell { no, row: Arc::clone(&view.row), saying });
            }
        }
        let cleared = view.is_live() || self.outstanding.is_clear(no);
        if view.is_settled() && cleared && !view.telling.writing {
            self.busy.remove(&no);
            self.answer_whoever_waits(no);
        } else {
            self.busy.insert(no);
        }
    }

    /// A row was written, or was found to be another's by now: then its own change is on its way to us.
    pub(super) fn told(
        &mut self,
        now: Moment,
        no: ViewNo,
        saying: Saying,
        effects: &mut Vec<Effect>,
    ) {
        let Some(view) = self.registry.get_mut(no) else { return };
        view.telling.writing = false;
        view.telling.at = Some(now);
        view.telling.said = Some(saying);
        self.look(now, no, effects);
    }

    /// Says the counts whose second has passed.
    pub(super) fn tell_the_restless(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        for no in self.restless.clone() {
            self.look(now, no, effects);
        }
    }
}
