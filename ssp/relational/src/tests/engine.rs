//! What an engine makes of its circuits' words.

use protocol::{Change, ChangeId, RowVersion, Stamp};
use surrealdb_types::Value;
use view::caller::Caller;
use view::catalog::{Catalog, Permission, Principal, Table};
use view::delta::{RowDelta, StateChange, Step, ViewNo};
use view::engine::Engine;
use view::lower;

use crate::Relational;

const SUMS: &str = "SELECT k, count() AS n, math::sum(x) AS s FROM t GROUP BY k";

struct Rig {
    engine: Engine,
    catalog: Catalog,
    stamp: u64,
}

impl Rig {
    fn new() -> Rig {
        let mut engine = Engine::with_groups(Box::new(Relational::default()));
        let mut catalog = Catalog::default();
        for (table, select) in [("t", Permission::Where("open".into())), ("user", Permission::Full)]
        {
            engine.load_begin(table);
            engine.load_end(table, ChangeId::default());
            catalog.tables.insert(table.into(), Table::captured(select));
        }
        Rig { engine, catalog, stamp: 0 }
    }

    fn write(&mut self, record: &str, row: &str) -> Vec<String> {
        self.stamp += 1;
        let record = lower::record_id(record).unwrap();
        let mut after = lower::params(row).unwrap();
        after.insert("id", Value::RecordId(record.clone()));
        let id = ChangeId { era: 0, stamp: Stamp(self.stamp), position: 0 };
        let version = RowVersion(self.stamp);
        words(&self.engine.apply(vec![Change { record, after: Some(after), id, version }]))
    }

    fn register(&mut self, no: u32) -> Vec<String> {
        let plan = lower::plan(SUMS, &self.catalog, Principal::User { table: "user" }).unwrap();
        let auth = Some(lower::record_id("user:ann").unwrap());
        words(
            &self.engine.register(ViewNo(no), &plan, Caller { auth, ..Caller::default() }).unwrap(),
        )
    }
}

/// How many groups leave, change and enter, and how the state changes.
fn words(step: &Step) -> Vec<String> {
    let mut words = Vec::new();
    for delta in &step.views {
        words.extend(delta.rows.iter().map(|row| match row {
            RowDelta::Leave { revoked, .. } => format!("- revoked {revoked}"),
            RowDelta::Change(_) => "~".to_owned(),
            RowDelta::Enter(_) => "+".to_owned(),
        }));
        words.extend(delta.state.as_ref().map(|state| match state {
            StateChange::Failed { record, .. } => format!("failed {:?}", record.key),
            other => format!("{other:?}"),
        }));
    }
    words
}

#[test]
fn a_sum_without_room_fails_its_view_until_it_has_room() {
    let mut rig = Rig::new();
    rig.write("user:ann", "{}");
    let large = "{ open: true, k: 'a', x: 79228162514264337593543950335dec }";
    rig.write("t:1", large);
    assert_eq!(rig.register(1), ["+", "Ready"]);
    let failed = rig.write("t:2", large);
    assert_eq!(failed, ["- revoked true", "failed Number(2)"]);
    assert!(rig.engine.describe(ViewNo(1)).unwrap().failed);
    assert_eq!(rig.register(2), ["failed Number(2)"], "who comes now is told, too");
    let mended = rig.write("t:2", "{ open: true, k: 'a', x: 0 }");
    assert_eq!(mended, ["+", "Ready", "+", "Ready"]);
}

/// Which of its rows was taken away is not known: whatever leaves goes ahead.
#[test]
fn a_group_that_leaves_goes_ahead_of_everything_else() {
    let mut rig = Rig::new();
    rig.write("user:ann", "{}");
    rig.write("t:1", "{ open: true, k: 'a', x: 1 }");
    rig.register(1);
    assert_eq!(rig.write("t:1", "{ open: false, k: 'a', x: 1 }"), ["- revoked true"]);
}
