//! The rig `circuit`: the engine, fed change by change, and what it says as it says it.
//!
//! Nothing is compared here: a delta too many or too few is a line too many or too few.

mod property;

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Change, ChangeId, Code, Problem, RowVersion, Stamp};
use surrealdb_types::{Object, RecordId, ToSql};
use view::catalog::Catalog;
use view::delta::{self, ChildDelta, Held, RowDelta, StateChange, ViewDelta, ViewNo};
use view::digest::Digest;
use view::engine::{Engine, Input};
use view::group;
use view::lower::define::{Defined, define};
use view::plan::Plan;
use view::row::Row;
use view::value::address::Address;

pub use property::{Past, images, shown};

use super::{Stopped, definitions, reference::caller};
use crate::scenario::outcome::{Outcome, Subject, ViewReport, ViewState};
use crate::scenario::script::{Registration, Script, Step, Write};
use crate::scenario::shown::{Names, lines};
use crate::scenario::world::{World, Written};

/// The rig.
pub struct Circuit {
    world: World,
    catalog: Catalog,
    engine: Engine,
    clock: u64,
    /// Change id and version of every row, as the capture keeps them.
    stamps: BTreeMap<Address, (ChangeId, RowVersion)>,
    views: BTreeMap<String, View>,
    views_made: u32,
    /// The newest commit, as it was delivered.
    delivered: Vec<Change>,
    /// What each engine was told: the last one is that of this life.
    tape: Option<Vec<Vec<Input>>>,
    /// The commits so far, where somebody asks what an engine says that begins behind one of them.
    past: Option<Vec<Past>>,
    /// What the last step told.
    said: Vec<(String, ViewDelta)>,
}

struct View {
    no: ViewNo,
    registration: Registration,
    plan: Plan,
    /// What a processor that starts again finds in the edges.
    edges: Vec<RecordId>,
    /// … of subqueries' rows.
    children: BTreeSet<Subject>,
    /// What the edges of groups show.
    groups: BTreeMap<RecordId, Object>,
    /// The hashes of the edges that stood while the view was failed and its processor started again. When it is mended,
    /// just those are written whose rows have other ones: what the new engine compares with is what it found.
    stood: BTreeMap<Subject, Digest>,
    failed: bool,
    over: bool,
}

impl Circuit {
    /// Makes the rig with the tables that exist from the start.
    pub fn new(script: &Script) -> Circuit {
        Circuit {
            world: World::default(),
            catalog: definitions::first_catalog(script),
            engine: ssp::engine(),
            clock: 0,
            stamps: BTreeMap::new(),
            views: BTreeMap::new(),
            views_made: 0,
            delivered: Vec::new(),
            tape: None,
            past: None,
            said: Vec::new(),
        }
    }

    /// Takes a step and says what it did.
    pub fn step(&mut self, step: &Step) -> Result<Outcome, Stopped> {
        self.said.clear();
        Ok(match step {
            Step::Define(text) => self.define(text),
            Step::Given(write) => {
                self.write(std::slice::from_ref(write))
                    .map_err(|_| Stopped::Given(write.record().to_sql()))?;
                Outcome::Quiet
            }
            Step::View(registration) => self.register(registration),
            Step::Replace(registration) => self.register_again(registration),
            Step::Commit(writes) => match self.write(writes) {
                Ok(changes) => {
                    self.delivered.clone_from(&changes);
                    self.remember(&changes);
                    let step = self.tell(Input::Apply(changes));
                    Outcome::Changed(self.told(step.views))
                }
                Err(code) => Outcome::Rejected(code),
            },
            Step::Cancel(_) => Outcome::Changed(BTreeMap::new()),
            Step::Drop(name) => {
                if let Some(view) = self.views.remove(name) {
                    self.tell(Input::Unregister(view.no));
                }
                Outcome::Changed(BTreeMap::new())
            }
            Step::Show(name) => {
                let names = self.views.get(name).map(|view| Names::of_plan(&view.plan));
                let names = names.unwrap_or_default();
                Outcome::Shown(lines(self.subjects(name), self.failed(name), &names))
            }
            Step::Restart => self.restart()?,
        })
    }

    // -- the engine ------------------------------------------------------------------------------------------

    /// Tells the engine what it cannot refuse.
    fn tell(&mut self, input: Input) -> delta::Step {
        self.ask(input).unwrap_or_default()
    }

    fn ask(&mut self, input: Input) -> Result<delta::Step, Problem> {
        self.write_down(&input);
        self.engine.take(input)
    }

    fn write_down(&mut self, input: &Input) {
        if let Some(life) = self.tape.as_mut().and_then(|lives| lives.last_mut()) {
            life.push(input.clone());
        }
    }

    // -- rows ------------------------------------------------------------------------------------------------

    fn write(&mut self, writes: &[Write]) -> Result<Vec<Change>, Code> {
        let written = self.world.commit(writes)?;
        for write in writes {
            definitions::written_to(&mut self.catalog, write.record().table.as_str());
        }
        self.clock += 1;
        Ok(written.into_iter().enumerate().map(|(at, written)| self.change(at, written)).collect())
    }

    fn change(&mut self, at: usize, (record, after): Written) -> Change {
        let position = u32::try_from(at).unwrap_or(u32::MAX);
        let id = ChangeId { era: 0, stamp: Stamp(self.clock), position };
        let version = RowVersion(self.clock);
        self.stamps.insert(Address(record.clone()), (id, version));
        Change { record, after, id, version }
    }

    /// Loads the tables that a view needs and that nobody has loaded.
    fn load(&mut self, tables: impl IntoIterator<Item = String>) -> Vec<ViewDelta> {
        let mut told = Vec::new();
        for table in tables {
            if self.engine.follows(&table) {
                continue;
            }
            self.tell(Input::LoadBegin(table.clone()));
            let rows = self.world.tables.get(&table).cloned().unwrap_or_default();
            for (record, content) in rows {
                let (id, version) = self.stamps[&Address(record.clone())];
                let row = Change { record, after: Some(content), id, version };
                told.extend(self.tell(Input::LoadRows(table.clone(), vec![row])).views);
            }
            let now = ChangeId { era: 0, stamp: Stamp(self.clock).next(), position: 0 };
            told.extend(self.tell(Input::LoadEnd(table, now)).views);
        }
        told
    }

    // -- views -----------------------------------------------------------------------------------------------

    fn register(&mut self, registration: &Registration) -> Outcome {
        if registration.user.as_ref().is_some_and(|user| self.world.row(user).is_none()) {
            return Outcome::Refused(definitions::no_such_user());
        }
        let plan = match definitions::plan(registration, &self.catalog) {
            Ok(plan) => plan,
            Err(problem) => return Outcome::Refused(problem),
        };
        let caller = caller(registration);
        self.load(Engine::needs(&plan, &caller));
        self.views_made += 1;
        let no = ViewNo(self.views_made);
        let step = match self.ask(Input::Register(no, Box::new(plan.clone()), caller)) {
            Ok(step) => step,
            Err(problem) => return Outcome::Refused(problem),
        };
        let name = registration.name.clone();
        let view = View {
            no,
            registration: registration.clone(),
            plan,
            edges: Vec::new(),
            children: BTreeSet::new(),
            groups: BTreeMap::new(),
            stood: BTreeMap::new(),
            failed: false,
            over: false,
        };
        self.views.insert(name.clone(), view);
        Outcome::Registered(self.told(step.views).remove(&name).unwrap_or_default())
    }

    /// A view that stands asks something else.
    fn register_again(&mut self, registration: &Registration) -> Outcome {
        let name = &registration.name;
        let Some(view) = self.views.get(name).filter(|view| !view.over) else {
            if let Some(over) = self.views.remove(name) {
                self.tell(Input::Unregister(over.no));
            }
            return self.register(registration);
        };
        if registration.user.as_ref().is_some_and(|user| self.world.row(user).is_none()) {
            return Outcome::Refused(definitions::no_such_user());
        }
        let no = view.no;
        let again = definitions::plan(registration, &self.catalog)
            .and_then(|plan| self.replace(no, plan, registration));
        match again {
            Ok(views) => Outcome::Changed(self.told(views)),
            Err(problem) => {
                let report = self.refuse(name, ViewState::Refused(problem));
                Outcome::Changed(BTreeMap::from([(name.clone(), report)]))
            }
        }
    }

    fn define(&mut self, text: &str) -> Outcome {
        let mut told = match define(text, &mut self.catalog) {
            Err(problem) => return Outcome::Rejected(problem.code),
            Ok(Defined::Removed(table)) => {
                self.world.remove_table(&table);
                self.forget_past();
                self.delivered.clear();
                self.tell(Input::DropTable(table)).views
            }
            Ok(Defined::Table(_) | Defined::Elsewhere) => Vec::new(),
        };
        if self.views.is_empty() {
            return Outcome::Quiet;
        }
        let mut refused = BTreeMap::new();
        let names: Vec<String> = self.views.keys().cloned().collect();
        for name in names {
            if self.views[&name].over {
                continue;
            }
            let (no, registration) = (self.views[&name].no, self.views[&name].registration.clone());
            let again = definitions::plan(&registration, &self.catalog)
                .and_then(|plan| self.replace(no, plan, &registration));
            match again {
                Ok(views) => told.extend(views),
                Err(problem) => {
                    refused.insert(name.clone(), ViewState::Refused(problem));
                }
            }
        }
        let mut reports = self.told(told);
        for (name, state) in refused {
            reports.insert(name.clone(), self.refuse(&name, state));
        }
        Outcome::Changed(reports)
    }

    fn replace(
        &mut self,
        no: ViewNo,
        plan: Plan,
        registration: &Registration,
    ) -> Result<Vec<ViewDelta>, Problem> {
        let caller = caller(registration);
        let mut told = self.load(Engine::needs(&plan, &caller));
        told.extend(self.ask(Input::Register(no, Box::new(plan.clone()), caller))?.views);
        if let Some(view) = self.views.get_mut(&registration.name) {
            (view.plan, view.registration) = (plan, registration.clone());
        }
        Ok(told)
    }

    /// A view that is no longer accepted keeps no edge.
    fn refuse(&mut self, name: &str, state: ViewState) -> ViewReport {
        let Some(view) = self.views.get_mut(name) else { return ViewReport::default() };
        view.over = true;
        let (no, edges) = (view.no, std::mem::take(&mut view.edges));
        let mut left: Vec<Subject> = edges.into_iter().map(|record| view.gone(record)).collect();
        left.extend(std::mem::take(&mut view.children));
        self.tell(Input::Unregister(no));
        ViewReport { state: Some(state), left, ..ViewReport::default() }
    }

    /// A new engine, told what the database and the edges say.
    fn restart(&mut self) -> Result<Outcome, Stopped> {
        for view in self.views.values_mut().filter(|view| view.failed) {
            // What stood before an earlier restart stands with the hash that it had then.
            for (subject, row) in subjects(&self.engine, view.no) {
                view.stood.entry(subject).or_insert_with(|| row.digest());
            }
        }
        self.engine = ssp::engine();
        self.tape.iter_mut().for_each(|lives| lives.push(Vec::new()));
        let names: Vec<String> = self.views.keys().cloned().collect();
        for name in names {
            let View { no, registration, plan, edges, children, over, .. } = &self.views[&name];
            if *over {
                continue;
            }
            let (no, plan, held) = (*no, plan.clone(), held(edges, children));
            let caller = caller(registration);
            let broken = |problem| Stopped::Broken(format!("{name} after restart: {problem}"));
            self.load(Engine::needs(&plan, &caller));
            let input = Input::Reinstate(no, Box::new(plan), caller, held);
            self.ask(input).map_err(broken)?;
            let rows = self.engine.answer(no);
            if let Some(view) = self.views.get_mut(&name) {
                view.reconcile_groups(&rows);
            }
        }
        Ok(Outcome::Quiet)
    }

    /// Gathers what the engine said, view by view, and goes on with what it left for later.
    fn told(&mut self, mut deltas: Vec<ViewDelta>) -> BTreeMap<String, ViewReport> {
        loop {
            self.write_down(&Input::Refill);
            let (step, more) = self.engine.refill();
            deltas.extend(step.views);
            if !more {
                break;
            }
        }
        let names: BTreeMap<ViewNo, String> =
            self.views.iter().map(|(name, view)| (view.no, name.clone())).collect();
        let mut reports: BTreeMap<String, ViewReport> = BTreeMap::new();
        for delta in deltas {
            let Some(name) = names.get(&delta.view) else { continue };
            self.said.push((name.clone(), delta.clone()));
            let report = reports.entry(name.clone()).or_default();
            let Some(view) = self.views.get_mut(name) else { continue };
            view.hear(delta, report);
            if !view.failed && !view.stood.is_empty() {
                view.reconcile(&subjects(&self.engine, view.no), report);
            }
        }
        reports.values_mut().for_each(consolidate);
        reports
    }
}

/// A step may be several inputs of the engine: what a group showed in between was not there.
fn consolidate(report: &mut ViewReport) {
    let ViewReport { left, entered, .. } = report;
    left.retain(|subject| match entered.iter().position(|other| other == subject) {
        Some(at) if subject.record().is_none() => {
            entered.swap_remove(at);
            false
        }
        _ => true,
    });
}

/// What a processor that starts again reads.
fn held(edges: &[RecordId], children: &BTreeSet<Subject>) -> Held {
    let children = children.iter().filter_map(|child| {
        let (parent, alias) = child.under()?;
        Some((parent.clone(), alias.to_owned(), child.record()?.clone()))
    });
    Held { rows: edges.to_vec(), children: children.collect() }
}

/// Everything that a view was told of.
fn subjects(engine: &Engine, no: ViewNo) -> Vec<(Subject, Row)> {
    let top = engine.answer(no).into_iter().map(|row| (subject(&row), row));
    let below = engine.children(no).into_iter();
    top.chain(below.map(|it| (Subject::of(it.row.id(), Some(&it.under)), it.row))).collect()
}

/// What a row is a line of.
fn subject(row: &Row) -> Subject {
    match group::shown(row) {
        Some(shown) => Subject::Group(shown),
        None => Subject::Record(row.id()),
    }
}

impl View {
    /// Notes what a group shows; returns what it showed.
    fn shows(&mut self, row: &Row) -> Option<Object> {
        self.groups.insert(row.id(), group::shown(row)?)
    }

    /// Whoever starts again makes the edges what it holds: groups that share a hash may have other numbers there.
    fn reconcile_groups(&mut self, rows: &[Row]) {
        self.edges.retain(|edge| group::number_of(edge).is_none());
        self.groups.clear();
        for row in rows.iter().filter(|row| group::number_of(&row.id()).is_some()) {
            self.edges.push(row.id());
            self.shows(row);
        }
    }

    /// What a line says of an edge that is gone: of a group, what it showed.
    fn gone(&mut self, record: RecordId) -> Subject {
        match self.groups.remove(&record) {
            Some(shown) => Subject::Group(shown),
            None => Subject::Record(record),
        }
    }

    /// Writes what stood while the view was failed, and is another row's by now.
    fn reconcile(&mut self, rows: &[(Subject, Row)], report: &mut ViewReport) {
        let stood = std::mem::take(&mut self.stood);
        let others = |(subject, row): &&(Subject, Row)| {
            stood.get(subject).is_some_and(|hash| *hash != row.digest())
        };
        report.changed.extend(rows.iter().filter(others).map(|(subject, _)| subject.clone()));
    }

    fn hear_child(&mut self, ChildDelta { under, row }: ChildDelta, report: &mut ViewReport) {
        match row {
            RowDelta::Leave { record, .. } => {
                let subject = Subject::of(record, Some(&under));
                self.children.remove(&subject);
                self.stood.remove(&subject);
                report.left.push(subject);
            }
            RowDelta::Change(row) => {
                let subject = Subject::of(row.id(), Some(&under));
                if !self.stood.contains_key(&subject) {
                    report.changed.push(subject);
                }
            }
            RowDelta::Enter(row) => {
                let subject = Subject::of(row.id(), Some(&under));
                self.children.insert(subject.clone());
                report.entered.push(subject);
            }
        }
    }

    fn hear(&mut self, delta: ViewDelta, report: &mut ViewReport) {
        for row in delta.rows {
            match row {
                RowDelta::Leave { record, .. } => {
                    self.edges.retain(|edge| *edge != record);
                    self.stood.remove(&Subject::Record(record.clone()));
                    report.left.push(self.gone(record));
                }
                RowDelta::Change(row) if self.stood.contains_key(&subject(&row)) => {}
                RowDelta::Change(row) => match self.shows(&row) {
                    Some(before) => {
                        report.left.push(Subject::Group(before));
                        report.entered.push(subject(&row));
                    }
                    None => report.changed.push(subject(&row)),
                },
                RowDelta::Enter(row) => {
                    self.edges.push(row.id());
                    self.shows(&row);
                    report.entered.push(subject(&row));
                }
            }
        }
        for child in delta.children {
            self.hear_child(child, report);
        }
        match delta.state {
            None => {}
            Some(StateChange::Ready) if !self.failed => {}
            Some(StateChange::Ready) => {
                self.failed = false;
                report.state = Some(ViewState::Ready);
            }
            Some(StateChange::Failed { .. }) if self.failed => {}
            Some(StateChange::Failed { code, record, of_permission, .. }) => {
                self.failed = true;
                let told = (!of_permission).then_some(record);
                report.state = Some(ViewState::Failed(code, told));
            }
            Some(StateChange::Refused(problem)) => {
                self.over = true;
                let edges = std::mem::take(&mut self.edges);
                report.left = edges.into_iter().map(|record| self.gone(record)).collect();
                report.left.extend(std::mem::take(&mut self.children));
                report.state = Some(ViewState::Refused(problem));
            }
            Some(StateChange::Ended) => {
                self.over = true;
                report.state = Some(ViewState::Ended);
            }
        }
    }
}
