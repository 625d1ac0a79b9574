//! A query, behind a NUL its table's permission, behind another its parameters: the engine's answer is the reference
//! evaluator's, at first and after each of some changes.

use std::collections::BTreeSet;

use protocol::{Change, ChangeId, RowVersion, Stamp};
use surrealdb_types::{Object, RecordId};
use view::caller::{Caller, check_params};
use view::catalog::{Catalog, Principal};
use view::delta::{ChildRow, StateChange, Step, Under, ViewNo};
use view::engine::Engine;
use view::lower;
use view::plan::Plan;
use view::reference::{self, Answer, Shown, Tables};
use view::value::address::Address;

use crate::world::{SEPARATOR, catalog, rows, stored};

/// What happens to the rows; `None` deletes.
const CHANGES: &[(&str, Option<&str>)] = &[
    ("task:1", Some("{ owner: user:bob, n: 3, k: 'b', tags: ['b'] }")),
    ("task:2", None),
    ("task:6", Some("{ owner: user:ann, n: 0, k: 'aa', public: true }")),
    ("task:4", Some("{ owner: user:ann, n: 4, k: 'x' }")),
    ("user:ann", Some("{ level: 3, admin: true, public: true }")),
    ("task:1", Some("{ owner: user:ann, n: 1, k: 'a', o: { x: 2 } }")),
    ("task:2", Some("{ owner: user:ann, n: 2, k: 'ab', tags: ['a', 'b'] }")),
    ("user:ann", Some("{ level: 1 }")),
];

/// Takes one input.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut parts = text.splitn(3, SEPARATOR);
    let (query, permission) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let params = parts.next().map_or_else(|| Ok(Object::new()), lower::params);
    let Ok(params) = params else { return };
    if check_params(&params).is_err() {
        return;
    }
    let catalog = catalog(permission);
    let mut both =
        Both { catalog, engine: Engine::new(), tables: rows(), views: Vec::new(), clock: 0 };
    both.load();
    let user = RecordId::new("user", "ann");
    for (no, auth) in [(1, None), (2, Some(user))] {
        both.register(ViewNo(no), query, Caller { auth, access: None, params: params.clone() });
    }
    if both.views.is_empty() {
        return;
    }
    for (record, content) in CHANGES {
        both.change(record, *content);
    }
}

struct View {
    no: ViewNo,
    plan: Plan,
    caller: Caller,
    failed: bool,
}

struct Both {
    catalog: Catalog,
    engine: Engine,
    tables: Tables,
    views: Vec<View>,
    clock: u64,
}

impl Both {
    fn load(&mut self) {
        for (table, rows) in self.tables.clone() {
            self.engine.load_begin(&table);
            let rows = rows.into_iter().map(|(record, row)| self.next(record, Some(row)));
            let rows = rows.collect();
            self.engine.load_rows(&table, rows);
            self.engine.load_end(&table, ChangeId::default());
        }
    }

    fn next(&mut self, record: RecordId, after: Option<Object>) -> Change {
        self.clock += 1;
        let id = ChangeId { era: 0, stamp: Stamp(self.clock), position: 0 };
        Change { record, after, id, version: RowVersion(self.clock) }
    }

    fn register(&mut self, no: ViewNo, query: &str, caller: Caller) {
        let principal = match &caller.auth {
            Some(_) => Principal::User { table: "user" },
            None => Principal::System,
        };
        let Ok(plan) = lower::plan(query, &self.catalog, principal) else { return };
        if !Engine::needs(&plan, &caller).iter().all(|table| self.tables.contains_key(table)) {
            return;
        }
        // What keeps groups is in no crate that this one knows: the definition answers, and must not break.
        if plan.group.is_some() {
            return drop(reference::answer(&plan, &caller, &self.tables));
        }
        match self.engine.register(no, &plan, caller.clone()) {
            Ok(step) => {
                self.views.push(View { no, plan, caller, failed: false });
                self.heard(step);
                self.refill();
                self.compare();
            }
            Err(problem) => {
                let answer = reference::answer(&plan, &caller, &self.tables);
                let limit = problem.code == protocol::Code::LimitExceeded;
                assert!(limit || matches!(answer, Answer::Refused(_)), "{problem} {answer:?}");
            }
        }
    }

    fn change(&mut self, record: &str, content: Option<&str>) {
        let record = lower::record_id(record).expect("a record id");
        let content =
            content.map(|content| stored(&record, lower::params(content).expect("an object")));
        let rows = self.tables.get_mut(record.table.as_str()).expect("a table of the world");
        match &content {
            Some(row) => drop(rows.insert(record.clone(), row.clone())),
            None => drop(rows.remove(&record)),
        }
        let change = self.next(record, content);
        let step = self.engine.apply(vec![change]);
        self.heard(step);
        self.refill();
        self.compare();
    }

    fn refill(&mut self) {
        loop {
            let (step, more) = self.engine.refill();
            self.heard(step);
            if !more {
                return;
            }
        }
    }

    fn heard(&mut self, step: Step) {
        for delta in step.views {
            let view = self.views.iter_mut().find(|view| view.no == delta.view);
            let Some(view) = view else { continue };
            match delta.state {
                Some(StateChange::Failed { .. }) => view.failed = true,
                Some(StateChange::Ready) => view.failed = false,
                Some(StateChange::Refused(_) | StateChange::Ended) | None => {}
            }
        }
    }

    fn compare(&self) {
        for View { no, plan, caller, failed } in &self.views {
            let ids: Vec<RecordId> = self.engine.answer(*no).iter().map(|row| row.id()).collect();
            match reference::answer(plan, caller, &self.tables) {
                Answer::Rows(rows) => {
                    let mut below = BTreeSet::new();
                    rows.iter().for_each(|row| children(row, &mut below));
                    let right: Vec<RecordId> = rows.into_iter().map(|row| row.id).collect();
                    assert!(!failed, "it is failed, and should answer {right:?}");
                    assert_eq!(ids, right);
                    let told =
                        self.engine.children(*no).into_iter().map(|ChildRow { under, row }| {
                            let Under { parent, alias } = under;
                            (Address(parent), alias.to_string(), Address(row.id()))
                        });
                    assert_eq!(told.collect::<BTreeSet<Child>>(), below);
                }
                answer => assert!(failed, "it answers {ids:?}, and should fail: {answer:?}"),
            }
        }
    }
}

/// A subquery's row: under which record, as what.
type Child = (Address, String, Address);

fn children(row: &Shown, found: &mut BTreeSet<Child>) {
    for (alias, rows) in &row.children {
        for child in rows {
            found.insert((Address(row.id.clone()), alias.clone(), Address(child.id.clone())));
            children(child, found);
        }
    }
}
