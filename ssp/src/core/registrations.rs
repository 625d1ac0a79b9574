//! Rows of `_00_query`: views begin, are touched, are replaced, end.
//!
//! # Invariants
//! - The same text, parameters and access again touch the view and nothing else, whatever wrote the row: a client, a
//!   heartbeat, or we ourselves.
//! - A row that was deleted and created in one commit is a replacement.
//! - A row that is being removed registers nothing any more, whatever is still written into it.

use std::sync::Arc;

use protocol::Change;
use service::Moment;
use surreal::query_row::{QueryRow, Saying, State};
use surrealdb_types::RecordId;
use view::delta::ViewNo;

use super::Core;
use super::effect::{EdgeWork, Effect};
use super::surplus::Room;

/// Returns what a row says, where all of that is known: errors are not read back.
fn said_by(row: &QueryRow) -> Option<Saying> {
    let state = row.state.filter(|state| matches!(state, State::Materializing | State::Ready))?;
    Some(Saying { state, error: None, row_count: row.row_count })
}

impl Core {
    pub(super) fn registered(
        &mut self,
        now: Moment,
        changes: Vec<Change>,
        effects: &mut Vec<Effect>,
    ) {
        for change in self.registrations.admit(changes) {
            let Some(content) = &change.after else {
                self.unregistered(now, &change.record, effects);
                continue;
            };
            match QueryRow::decode(content) {
                Ok(row) => self.admit(now, row, &change, effects),
                Err(malformed) => {
                    let row = protocol::literal::row(&change.record, &Default::default());
                    tracing::warn!(row, %malformed, "registration ignored");
                    self.unregistered(now, &change.record, effects);
                }
            }
        }
    }

    fn admit(&mut self, now: Moment, row: QueryRow, change: &Change, effects: &mut Vec<Effect>) {
        let Some(view) = self.registry.find(&row.view) else {
            if self.removed.get(&row.record) == Some(&row.registered_at) {
                return;
            }
            let room = self.room_for(&row);
            if room == Room::Gone {
                return self.turn_away(row, effects);
            }
            let no = self.registry.add(now, row, change.id);
            let inherited = self.is_starting();
            let view = self.registry.get_mut(no).expect("it was just added");
            view.inherited = inherited;
            view.surplus = room == Room::Surplus;
            view.telling.said = said_by(&view.row);
            self.plan_view(now, no, effects);
            return;
        };
        let no = view.no;
        let same = view.row.surql == row.surql
            && view.row.params == row.params
            && view.row.access == row.access;
        let anew = view.row.registered_at != row.registered_at || view.row.record != row.record;
        let view = self.registry.get_mut(no).expect("it was just found");
        if anew {
            view.born = change.id;
            view.telling.said = said_by(&row);
        }
        // What the row says may be older than what is being written; it is newer than what was written.
        if view.telling.said.as_ref().is_some_and(|said| Some(said.state) != row.state) {
            view.telling.said = said_by(&row);
        }
        if !same {
            view.begin_again(self.outstanding.last());
        }
        self.registry.rewrite(now, no, row);
        if same {
            self.look(now, no, effects);
        } else {
            self.plan_view(now, no, effects);
        }
    }

    /// A registration's row is gone.
    pub(super) fn unregistered(
        &mut self,
        now: Moment,
        record: &RecordId,
        effects: &mut Vec<Effect>,
    ) {
        self.removed.remove(record);
        if let Some(no) = self.registry.of_row(record) {
            self.end(now, no, effects);
        }
    }

    /// Ends a view: it is forgotten, and its edges go.
    pub(super) fn end(&mut self, now: Moment, no: ViewNo, effects: &mut Vec<Effect>) {
        self.hand_out(no, EdgeWork::Clear { ended: true }, effects);
        let Some(view) = self.registry.remove(no) else { return };
        if view.is_live() {
            self.engine_input(now, effects, |engine| engine.unregister(no));
        }
        self.busy.remove(&no);
        self.restless.remove(&no);
        tracing::info!(view = %view.row.view, "view ended");
        if let Some(user) = &view.row.view.auth {
            self.leaves_room(user);
        }
        self.outstanding.leave(no, view.row.view.clone());
    }

    /// Ends a view and removes its row: its user or his access is gone.
    pub(super) fn end_with_row(&mut self, now: Moment, no: ViewNo, effects: &mut Vec<Effect>) {
        if let Some(view) = self.registry.get(no) {
            self.removed.insert(view.row.record.clone(), view.row.registered_at);
            effects.push(Effect::Remove { row: Arc::clone(&view.row) });
        }
        self.end(now, no, effects);
    }
}
