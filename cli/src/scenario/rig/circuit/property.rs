//! What a property asks of the engine beside its lines.

use std::collections::BTreeMap;

use protocol::{Change, ChangeId, RowVersion, Stamp};
use view::delta::{StateChange, ViewDelta, ViewNo};
use view::engine::{Engine, Input};
use view::row::Row;
use view::value::address::Address;

use super::{Circuit, caller, subjects};
use crate::scenario::outcome::{Outcome, Subject};
use crate::scenario::world::World;

/// A commit that was delivered, and what stood behind it.
#[derive(Clone, Debug)]
pub struct Past {
    changes: Vec<Change>,
    world: World,
    stamps: BTreeMap<Address, (ChangeId, RowVersion)>,
    clock: u64,
}

impl Circuit {
    /// From now on remembers what is delivered, for [`Circuit::begun_later`].
    pub fn remembering(mut self) -> Circuit {
        self.past = Some(Vec::new());
        self
    }

    /// From now on writes down what the engine is told.
    pub fn record(mut self) -> Circuit {
        self.tape = Some(vec![Vec::new()]);
        self
    }

    /// Returns what was written down: the lives of the engine, each its inputs.
    pub fn tape(self) -> Vec<Vec<Input>> {
        self.tape.unwrap_or_default()
    }

    /// The views that live.
    pub fn views(&self) -> Vec<String> {
        let living = self.views.iter().filter(|(_, view)| !view.over);
        living.map(|(name, _)| name.clone()).collect()
    }

    /// Whether a view is failed: then an answer stands that no new view has.
    pub fn failed(&self, name: &str) -> bool {
        self.views.get(name).is_some_and(|view| view.failed)
    }

    /// A view's answer, in window order, then the rows of its subqueries.
    pub fn answer(&self, name: &str) -> Vec<(Subject, Row)> {
        let view = self.views.get(name).filter(|view| !view.over);
        view.map(|view| subjects(&self.engine, view.no)).unwrap_or_default()
    }

    /// Everything that a view was told of.
    pub(super) fn subjects(&self, name: &str) -> Vec<Subject> {
        self.answer(name).into_iter().map(|(subject, _)| subject).collect()
    }

    /// Of a view with groups: how many rows its circuit holds, and how many match.
    pub fn fed(&self, name: &str) -> Option<(usize, usize)> {
        self.engine.fed(self.views.get(name)?.no)
    }

    /// Of a view with subqueries: the ways down to rows and windows that are counted, and that there are; the same of failed
    /// windows.
    pub fn ways(&self, name: &str) -> Option<[(usize, usize); 2]> {
        self.engine.ways(self.views.get(name)?.no)
    }

    /// What the last step told, view by view, in the order in which it was told.
    pub fn said(&self) -> &[(String, ViewDelta)] {
        &self.said
    }

    /// The answer of the same view, registered anew; `None` while it is failed.
    pub fn hydrate_again(&mut self, name: &str) -> Option<Vec<(Subject, Row)>> {
        let view = self.views.get(name).filter(|view| !view.over && !view.failed)?;
        let (no, caller) = (ViewNo(u32::MAX), caller(&view.registration));
        self.engine.register(no, &view.plan, caller).ok()?;
        let rows = subjects(&self.engine, no);
        self.engine.unregister(no);
        Some(rows)
    }

    /// Delivers the newest commit once more and returns what is told about it: it must be nothing.
    pub fn redeliver(&mut self) -> Vec<String> {
        let step = self.tell(Input::Apply(self.delivered.clone()));
        let told = Outcome::Changed(self.told(step.views)).lines();
        told.into_iter().filter(|line| line != "nothing").collect()
    }

    /// How many commits are remembered.
    pub fn remembered(&self) -> usize {
        self.past.as_ref().map_or(0, Vec::len)
    }

    /// Starts another engine from the rows as they were behind the first `prefix` remembered commits, has it hear all
    /// that followed and, once more, the `again` commits before; says where it then differs from this one.
    pub fn begun_later(&self, prefix: usize, again: usize) -> Option<String> {
        let past = self.past.as_ref()?;
        let begin = past.get(prefix.checked_sub(1)?)?;
        let mut engine = ssp::engine();
        for (table, ..) in self.engine.tables() {
            load(&mut engine, table, begin);
        }
        for name in self.views() {
            self.register_in(&mut engine, &name);
        }
        for heard in &past[prefix.saturating_sub(again)..] {
            let mut told = engine.apply(heard.changes.clone()).views;
            loop {
                let (step, more) = engine.refill();
                told.extend(step.views);
                if !more {
                    break;
                }
            }
            for delta in told.iter().filter(|delta| delta.state == Some(StateChange::Ended)) {
                engine.unregister(delta.view);
            }
        }
        if engine.tables() != self.engine.tables() {
            return Some(format!("the rows differ, begun behind commit {prefix}"));
        }
        let mut names = self.views().into_iter().filter(|name| !self.failed(name));
        names.find_map(|name| {
            let no = self.views[&name].no;
            if engine.describe(no).is_none() {
                self.register_in(&mut engine, &name);
            }
            let (other, own) = (subjects(&engine, no), subjects(&self.engine, no));
            (images(&other) != images(&own)).then(|| {
                format!(
                    "{name}, begun behind commit {prefix}: {}\n{name}, as it stands: {}",
                    shown(&other),
                    shown(&own)
                )
            })
        })
    }

    /// Registers a view in another engine; who cannot be registered yet, is later.
    fn register_in(&self, engine: &mut Engine, name: &str) {
        let view = &self.views[name];
        let _ = engine.register(view.no, &view.plan, caller(&view.registration));
    }

    pub(super) fn remember(&mut self, changes: &[Change]) {
        if let Some(past) = &mut self.past {
            past.push(Past {
                changes: changes.to_vec(),
                world: self.world.clone(),
                stamps: self.stamps.clone(),
                clock: self.clock,
            });
        }
    }

    /// A table's removal is no change of its rows: nothing from before it can be heard again.
    pub(super) fn forget_past(&mut self) {
        if let Some(past) = &mut self.past {
            past.clear();
        }
    }
}

fn load(engine: &mut Engine, table: &str, begin: &Past) {
    engine.load_begin(table);
    let rows = begin.world.tables.get(table).cloned().unwrap_or_default();
    let changes = rows.into_iter().map(|(record, content)| {
        let (id, version) = begin.stamps[&Address(record.clone())];
        Change { record, after: Some(content), id, version }
    });
    engine.load_rows(table, changes.collect());
    let now = ChangeId { era: 0, stamp: Stamp(begin.clock).next(), position: 0 };
    engine.load_end(table, now);
}

/// What tells rows apart. A group is what it shows: its number among those that share a hash is of no matter.
pub fn images(rows: &[(Subject, Row)]) -> Vec<String> {
    let image = |(subject, row): &(Subject, Row)| match subject {
        Subject::Record(_) => row.digest().to_string(),
        Subject::Child { .. } => format!("{} {}", subject.text(), row.digest()),
        Subject::Group(_) => subject.text(),
    };
    rows.iter().map(image).collect()
}

/// Prints the records, or the groups, of some rows.
pub fn shown(rows: &[(Subject, Row)]) -> String {
    rows.iter().map(|(subject, _)| subject.text()).collect::<Vec<_>>().join(" ")
}
