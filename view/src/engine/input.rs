//! What an engine is told, as plain serialisable values: to be written down, sent and told again.

use protocol::{Change, ChangeId, Problem};
use serde::{Deserialize, Serialize};

use super::Engine;
use crate::caller::Caller;
use crate::delta::{Held, Step, ViewNo};
use crate::plan::Plan;

/// One call of the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// [`Engine::load_begin`]
    LoadBegin(String),
    /// [`Engine::load_rows`]
    LoadRows(String, Vec<Change>),
    /// [`Engine::load_end`]
    LoadEnd(String, ChangeId),
    /// [`Engine::apply`]
    Apply(Vec<Change>),
    /// [`Engine::drop_table`]
    DropTable(String),
    /// [`Engine::register`]
    Register(ViewNo, Box<Plan>, Caller),
    /// [`Engine::reinstate`]
    Reinstate(ViewNo, Box<Plan>, Caller, Held),
    /// [`Engine::unregister`]
    Unregister(ViewNo),
    /// [`Engine::refill`]
    Refill,
}

impl Engine {
    /// Takes one input. Only a registration can be refused.
    pub fn take(&mut self, input: Input) -> Result<Step, Problem> {
        Ok(match input {
            Input::LoadBegin(table) => {
                self.load_begin(&table);
                Step::default()
            }
            Input::LoadRows(table, rows) => self.load_rows(&table, rows),
            Input::LoadEnd(table, at) => self.load_end(&table, at),
            Input::Apply(changes) => self.apply(changes),
            Input::DropTable(table) => self.drop_table(&table),
            Input::Register(view, plan, caller) => self.register(view, &plan, caller)?,
            Input::Reinstate(view, plan, caller, shown) => {
                self.reinstate(view, &plan, caller, &shown)?
            }
            Input::Unregister(view) => {
                self.unregister(view);
                Step::default()
            }
            Input::Refill => self.refill().0,
        })
    }
}
