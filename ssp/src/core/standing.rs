//! The answer of a view that was failed when an earlier life of this processor ended.
//!
//! While a view is failed its answer stands (mechanism M7). After a restart nobody remembers that answer but the edges
//! themselves: they are read when the view is reconciled, and given to the engine as what stands.

use protocol::ViewKey;
use service::Moment;
use view::delta::{Held, ViewNo};

use super::Core;
use super::effect::Effect;
use super::view::{Phase, View};

impl Core {
    /// Notes that an inherited view is failed from its first step on.
    pub(super) fn note_unread(&mut self, no: ViewNo) {
        if let Some(view) = self.registry.get_mut(no) {
            view.unread = matches!(view.phase, Phase::Live { fault: Some(_), .. });
        }
    }

    /// Lets the edges that were read stand, if the view's answer is theirs to say.
    pub(super) fn take_up_standing(
        &mut self,
        now: Moment,
        key: &ViewKey,
        standing: &Held,
        effects: &mut Vec<Effect>,
    ) {
        let Some(view) = self.registry.find(key).filter(|view| view.unread) else { return };
        let (no, Phase::Live { planned, .. }) = (view.no, &view.phase) else { return };
        let (plan, caller) = (planned.query.plan.clone(), planned.caller.clone());
        // The step is not delivered: whoever asked writes the difference to the whole answer.
        let again = self.engine_input(now, effects, |engine| {
            engine.unregister(no);
            engine.reinstate(no, &plan, caller, standing)
        });
        let rows = self.host.engine().answer(no).len() as u64;
        match (again, self.registry.get_mut(no)) {
            (Some(Ok(_)), Some(View { unread, rows: held, .. })) => {
                (*unread, *held) = (false, rows)
            }
            (Some(Err(problem)), _) => self.refuse(now, no, problem, effects),
            (None, _) | (_, None) => {}
        }
    }
}
