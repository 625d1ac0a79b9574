//! An engine beside the reference evaluator, compared after every input.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Change, ChangeId, RowVersion, Stamp};
use surrealdb_types::{Object, RecordId, ToSql, Value};

use crate::caller::Caller;
use crate::catalog::{Catalog, Permission, Principal, Table};
use crate::delta::{ChildRow, RowDelta, StateChange, Step, Under, ViewDelta, ViewNo};
use crate::digest::Digest;
use crate::engine::Engine;
use crate::lower;
use crate::plan::{Expr, Input, Plan, Projection, Source};
use crate::reference::{self, Answer, Shown, Tables};
use crate::row::Row;

#[derive(Debug)]
pub struct Told {
    pub text: String,
    pub plan: Plan,
    pub caller: Caller,
    pub rows: BTreeMap<RecordId, Object>,
    pub children: BTreeSet<Place>,
    pub failed: bool,
}

#[derive(Default)]
pub struct Rig {
    pub engine: Engine,
    pub tables: Tables,
    pub views: BTreeMap<ViewNo, Told>,
    pub catalog: Catalog,
    pub stamp: u64,
    /// The users that the last commit deleted, whether they are back or not.
    pub deleted: Vec<RecordId>,
    /// Whether the next input comes before refills are done.
    pub hurried: bool,
    /// Whether to print what happens.
    pub loud: bool,
}

pub fn permission(text: &str) -> Permission {
    if text.is_empty() { Permission::Full } else { Permission::Where(text.to_owned()) }
}

impl Rig {
    pub fn new(select: &str, user_select: &str) -> Rig {
        let mut rig = Rig::default();
        rig.catalog.tables.insert("t".into(), Table::captured(permission(select)));
        rig.catalog.tables.insert("user".into(), Table::captured(permission(user_select)));
        for table in ["t", "user"] {
            rig.engine.load_begin(table);
            rig.tables.insert(table.into(), reference::Table::default());
        }
        rig
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.loud {
            eprintln!("{}", what());
        }
    }

    pub fn change(&mut self, record: &str, row: Option<&str>) -> Change {
        self.stamp += 1;
        let record = lower::record_id(record).unwrap();
        let after = row.map(|row| {
            let mut row = lower::params(row).unwrap();
            row.insert("id", Value::RecordId(record.clone()));
            // As the database stores it: NONE is no field.
            Object::from_iter(row.into_iter().filter(|(_, value)| !value.is_none()))
        });
        let id = ChangeId { era: 0, stamp: Stamp(self.stamp), position: 0 };
        Change { record, after, id, version: RowVersion(self.stamp) }
    }

    pub fn apply(&mut self, changes: Vec<Change>) -> Step {
        let gone = changes.iter().filter(|change| change.after.is_none());
        self.deleted = gone.map(|change| change.record.clone()).collect();
        for change in &changes {
            let table = self.tables.get_mut(change.record.table.as_str()).unwrap();
            match &change.after {
                Some(row) => drop(table.insert(change.record.clone(), row.clone())),
                None => drop(table.remove(&change.record)),
            }
        }
        for change in &changes {
            let after = change.after.as_ref().map(|row| Value::Object(row.clone()).to_sql());
            self.say(|| format!("{} {after:?}", change.record.to_sql()));
        }
        self.say(|| "commit".to_owned());
        let mut told = self.engine.apply(changes);
        self.fold(&told);
        if self.hurried {
            return told;
        }
        self.engine.refill_entries = self.engine.refill_entries.max(1);
        loop {
            let (step, more) = self.engine.refill();
            self.fold(&step);
            told.views.extend(step.views);
            if !more {
                break;
            }
        }
        self.compare();
        told
    }

    pub fn write(&mut self, record: &str, row: Option<&str>) -> Step {
        let change = self.change(record, row);
        self.apply(vec![change])
    }

    pub fn plan(&self, text: &str, user: Option<&str>) -> Plan {
        let principal = match user {
            Some(_) => Principal::User { table: "user" },
            None => Principal::System,
        };
        lower::plan(text, &self.catalog, principal).unwrap_or_else(|p| panic!("{text}: {p}"))
    }

    pub fn register(&mut self, no: u32, text: &str, user: Option<&str>, params: &str) -> bool {
        let plan = self.plan(text, user);
        let caller = Caller {
            auth: user.map(|user| lower::record_id(user).unwrap()),
            access: None,
            params: lower::params(params).unwrap(),
        };
        self.say(|| format!("view {no} as {user:?}: {text} with {params}"));
        let no = ViewNo(no);
        let step = match self.engine.register(no, &plan, caller.clone()) {
            Ok(step) => step,
            Err(problem) => {
                let answer = reference::answer(&plan, &caller, &self.tables);
                let gone = caller.auth.is_some_and(|user| self.tables["user"].get(&user).is_none());
                assert!(gone || matches!(answer, Answer::Refused(_)), "{text}: {problem}");
                return false;
            }
        };
        let (rows, children) = match self.views.remove(&no) {
            Some(old) => (old.rows, old.children),
            None => Default::default(),
        };
        let text = text.to_owned();
        let told = Told { text, plan, caller, rows, children, failed: false };
        self.views.insert(no, told);
        self.fold(&step);
        self.compare();
        true
    }

    pub fn drop_view(&mut self, no: u32) {
        self.engine.unregister(ViewNo(no));
        self.views.remove(&ViewNo(no));
    }

    /// Adds up what is told of the rows of subqueries.
    fn fold_children(told: &mut Told, delta: &ViewDelta) {
        for child in &delta.children {
            let place = |record: RecordId| {
                let Under { parent, alias } = &child.under;
                (parent.clone(), alias.to_string(), record)
            };
            let fits = match &child.row {
                RowDelta::Leave { record, .. } => told.children.remove(&place(record.clone())),
                RowDelta::Change(row) => told.children.contains(&place(row.id())),
                RowDelta::Enter(row) => told.children.insert(place(row.id())),
            };
            assert!(fits, "{:?} {:?} of {}", child.under, child.row, told.text);
        }
    }

    pub fn fold(&mut self, step: &Step) {
        let numbers: Vec<ViewNo> = step.views.iter().map(|delta| delta.view).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "one delta a view, sorted");
        for delta in &step.views {
            let says = !delta.rows.is_empty() || !delta.children.is_empty();
            assert!(says || delta.state.is_some(), "an empty delta");
            if delta.state == Some(StateChange::Ended) {
                let ended = self.views.remove(&delta.view).unwrap();
                let user = ended.caller.auth.unwrap();
                assert!(self.deleted.contains(&user), "{user:?} is there");
                continue;
            }
            let told = self.views.get_mut(&delta.view).unwrap();
            Rig::fold_children(told, delta);
            let permitted = permitted(told, &self.tables);
            let mut last = None;
            for row in &delta.rows {
                let (rank, record) = match row {
                    RowDelta::Leave { record, revoked } => {
                        assert!(
                            told.rows.remove(record).is_some(),
                            "- {record:?} of {}",
                            told.text
                        );
                        let stands = self.tables["t"].get(record).is_some();
                        let may = permitted.contains(record);
                        assert_eq!(*revoked, stands && !may, "- {record:?} of {}", told.text);
                        (0, record.clone())
                    }
                    RowDelta::Change(row) => {
                        let old = told.rows.insert(row.id(), row.content().object());
                        let old =
                            old.unwrap_or_else(|| panic!("~ {:?} of {}", row.id(), told.text));
                        let digest = |content| Digest::of_row(&row.id(), content);
                        assert_ne!(digest(&old), row.digest(), "~ of {}", told.text);
                        (1, row.id())
                    }
                    RowDelta::Enter(row) => {
                        let old = told.rows.insert(row.id(), row.content().object());
                        assert!(old.is_none(), "+ {:?} of {}", row.id(), told.text);
                        (2, row.id())
                    }
                };
                assert!(last.as_ref() < Some(&(rank, record.clone())), "sorted");
                last = Some((rank, record));
            }
            match &delta.state {
                Some(StateChange::Failed { .. }) => {
                    assert!(!told.failed, "failed twice: {}", told.text);
                    told.failed = true;
                }
                Some(StateChange::Ready) => told.failed = false,
                Some(StateChange::Refused(_)) => drop(self.views.remove(&delta.view)),
                Some(StateChange::Ended) | None => {}
            }
        }
    }

    pub fn compare(&self) {
        for (no, told) in &self.views {
            let about = || {
                format!("{} {:?}", told.text, Value::Object(told.caller.params.clone()).to_sql())
            };
            let answer = reference::answer(&told.plan, &told.caller, &self.tables);
            let engine = self.engine.answer(*no);
            let folded: Vec<_> = told.rows.keys().cloned().collect();
            let mut kept: Vec<_> = engine.iter().map(Row::id).collect();
            match answer {
                Answer::Rows(shown) => {
                    assert!(!told.failed, "should be ready: {}", about());
                    let ids: Vec<_> = shown.iter().map(|shown| shown.id.clone()).collect();
                    assert_eq!(kept, ids, "window order of {}", about());
                    let mut right = BTreeSet::new();
                    shown.iter().for_each(|row| below(row, &mut right));
                    assert_eq!(told.children, right, "children of {}", about());
                }
                Answer::Failed { .. } | Answer::Refused(_) => {
                    assert!(
                        told.failed,
                        "should be failed: {} {answer:?} {:?}",
                        about(),
                        self.engine.describe(*no)
                    );
                    let permitted = permitted(told, &self.tables);
                    let stands = folded.iter().all(|record| permitted.contains(record));
                    assert!(stands, "gone or forbidden: {}", about());
                }
            }
            let children = self.engine.children(*no).into_iter();
            let children = children.map(|ChildRow { under: Under { parent, alias }, row }| {
                (parent, alias.to_string(), row.id())
            });
            assert_eq!(children.collect::<BTreeSet<_>>(), told.children, "of {}", about());
            if let Some(ways) = self.engine.ways(*no) {
                let right = ways.iter().all(|(counted, there)| counted == there);
                assert!(right, "ways {ways:?} of {}", about());
            }
            kept.sort();
            assert_eq!(kept, folded, "folded deltas of {}", about());
            for row in &engine {
                let told = Digest::of_row(&row.id(), &told.rows[&row.id()]);
                assert_eq!(told, row.digest(), "content of {:?} in {}", row.id(), about());
            }
        }
    }
}

/// Every row that the view's user may select: that his permission raises on another one does not matter.
fn permitted(told: &Told, tables: &Tables) -> BTreeSet<RecordId> {
    let may = |id: &&RecordId| {
        let only = Expr::Leaf(Input::Literal(Value::RecordId((*id).clone())));
        let plan = Plan {
            source: Source::Records { table: "t".into(), ids: vec![only] },
            projection: Projection::all(),
            group: None,
            filter: None,
            permission: told.plan.permission.clone(),
            order: Vec::new(),
            limit: None,
            start: None,
            auth_permission: None,
            children: Vec::new(),
        };
        let answer = reference::answer(&plan, &told.caller, tables);
        matches!(answer, Answer::Rows(rows) if !rows.is_empty())
    };
    let rows = tables.get("t").into_iter().flat_map(|table| table.iter());
    rows.map(|(id, _)| id).filter(may).cloned().collect()
}

/// A subquery's row: under which record, as what.
type Place = (RecordId, String, RecordId);

fn below(row: &Shown, found: &mut BTreeSet<Place>) {
    for (alias, rows) in &row.children {
        for child in rows {
            found.insert((row.id.clone(), alias.clone(), child.id.clone()));
            below(child, found);
        }
    }
}
