//! The ways to what subqueries show, kept open as long as a view may ask.
//!
//! An index goes with its last window, and a subquery has none while no row asks. Whoever asks first would make the
//! index of a whole table inside of a commit, for each first row anew.

use protocol::Problem;
use surrealdb_types::Value;

use super::Nest;
use super::stand::Reader;
use crate::engine::{Engine, Table, open};
use crate::family::{self, Sought};
use crate::few::Few;
use crate::router::{Access, Path};

/// A way that is kept open.
#[derive(Debug)]
pub(super) struct Pin {
    table: usize,
    ways: Few<Access>,
}

impl Engine {
    /// Opens the ways that the windows of a view's subqueries will go, whichever rows ask.
    pub(in crate::engine) fn pin_subqueries(&mut self, number: u32) -> Result<(), Problem> {
        for Reader { family, args, .. } in self.readers(number) {
            let args = stand_ins(&family, &args);
            let ways = family::paths(&family.arms, &args).paths;
            let ways = ways.into_iter().map(|way| Path { keys: Vec::new(), bound: None, ..way });
            let table = self.table(family.shape.source.table());
            let Table { rows, router, .. } = &mut self.tables[table];
            let order = open::order(&family);
            let ways = router.open(number, ways.collect(), Some(&order), || rows.iter())?;
            if let Some(nest) = self.nest(number) {
                nest.pins.push(Pin { table, ways });
            }
        }
        Ok(())
    }

    /// A window closes: its ways are kept open no longer.
    pub(in crate::engine) fn unpin(&mut self, number: u32, nest: &Nest) {
        for Pin { table, ways } in &nest.pins {
            self.tables[*table].router.close(number, ways);
        }
    }
}

/// Puts something into the place of each list that a row will give: in which index is looked does not depend on what.
fn stand_ins(family: &family::Family, args: &[Value]) -> Vec<Value> {
    let mut args = args.to_vec();
    let keys = family.arms.iter().flat_map(|arm| &arm.keys).filter(|key| key.many);
    for key in keys {
        if let Sought::Argument(slot) = key.sought
            && let arg @ Value::None = &mut args[usize::from(slot.0)]
        {
            *arg = Value::Array(vec![Value::None].into());
        }
    }
    args
}
