//! The rig `reference`: every view evaluated anew after every step, by the definition of what is right.

use std::collections::{BTreeMap, BTreeSet};

use protocol::Code;
use surrealdb_types::{RecordId, ToSql, Value};
use view::caller::Caller;
use view::catalog::Catalog;
use view::lower::define::{Defined, define};
use view::plan::{Expr, Input, Path, Plan, Projection, Source};
use view::{group, reference};

use super::{Stopped, definitions};
use crate::scenario::board::{Answer, Shown, Standing, once};
use crate::scenario::outcome::{Outcome, Subject, ViewReport};
use crate::scenario::script::{Registration, Script, Step, Write};
use crate::scenario::shown::Names;
use crate::scenario::world::{World, Written};

/// The rig.
pub struct Reference {
    world: World,
    catalog: Catalog,
    views: BTreeMap<String, View>,
}

/// On what a view fails.
#[derive(Clone, Debug)]
pub struct Failure {
    /// `ROW_FAILED`, `LINK_IN_PATH`.
    pub code: Code,
    /// The record.
    pub record: RecordId,
    /// Whether its permission raises, so that the view's user is not told which it is.
    pub of_permission: bool,
}

impl Failure {
    /// The record, if the view's user is told.
    pub fn told(&self) -> Option<RecordId> {
        (!self.of_permission).then(|| self.record.clone())
    }
}

struct View {
    registration: Registration,
    plan: Plan,
    standing: Standing,
}

impl Reference {
    /// Makes the rig with the tables that exist from the start.
    pub fn new(script: &Script) -> Reference {
        let catalog = definitions::first_catalog(script);
        Reference { world: World::default(), catalog, views: BTreeMap::new() }
    }

    /// Takes a step and says what it did.
    pub fn step(&mut self, step: &Step) -> Result<Outcome, Stopped> {
        Ok(match step {
            Step::Define(text) => self.define(text),
            Step::Given(write) => {
                self.write(std::slice::from_ref(write))
                    .map_err(|_| Stopped::Given(write.record().to_sql()))?;
                Outcome::Quiet
            }
            Step::View(registration) => self.register(registration),
            Step::Replace(registration) => self.replace(registration),
            Step::Commit(writes) => match self.write(writes) {
                Ok(written) => Outcome::Changed(self.look(&deleted(&written))),
                Err(code) => Outcome::Rejected(code),
            },
            Step::Cancel(_) => Outcome::Changed(BTreeMap::new()),
            Step::Drop(name) => {
                self.views.remove(name);
                Outcome::Changed(BTreeMap::new())
            }
            Step::Show(name) => {
                let shown = |view: &View| view.standing.show(&Names::of_plan(&view.plan));
                self.views.get(name).map_or(Outcome::Shown(Vec::new()), shown)
            }
            Step::Restart => Outcome::Quiet,
        })
    }

    /// How a view stands.
    pub fn standing(&self, name: &str) -> Option<&Standing> {
        self.views.get(name).map(|view| &view.standing)
    }

    /// On which record a view fails, and how.
    pub fn failure(&self, name: &str) -> Option<Failure> {
        let view = self.views.get(name).filter(|view| view.standing.failed)?;
        match view.evaluated(&self.world) {
            reference::Answer::Failed { code, record, of_permission, .. } => {
                Some(Failure { code, record, of_permission })
            }
            _ => None,
        }
    }

    /// Whether a subject has a place in what a view asks now.
    pub fn has_place(&self, name: &str, subject: &Subject) -> bool {
        let view = self.views.get(name);
        view.is_some_and(|view| !definitions::levels_of(&view.plan, subject).is_empty())
    }

    /// Whether a view's answer is groups.
    pub fn is_grouped(&self, name: &str) -> bool {
        self.views.get(name).is_some_and(|view| view.plan.group.is_some())
    }

    /// The rows as they are.
    pub fn world(&self) -> &World {
        &self.world
    }

    fn write(&mut self, writes: &[Write]) -> Result<Vec<Written>, Code> {
        let written = self.world.commit(writes)?;
        for write in writes {
            definitions::written_to(&mut self.catalog, write.record().table.as_str());
        }
        Ok(written)
    }

    fn define(&mut self, text: &str) -> Outcome {
        match define(text, &mut self.catalog) {
            Err(problem) => return Outcome::Rejected(problem.code),
            Ok(Defined::Removed(table)) => self.world.remove_table(&table),
            Ok(Defined::Table(_) | Defined::Elsewhere) => {}
        }
        if self.views.is_empty() {
            return Outcome::Quiet;
        }
        let mut reports = BTreeMap::new();
        for (name, view) in self.views.iter_mut().filter(|(_, view)| !view.standing.over) {
            match definitions::plan(&view.registration, &self.catalog) {
                Ok(plan) => view.plan = plan,
                Err(problem) => {
                    reports.insert(name.clone(), view.standing.take(Answer::Refused(problem)));
                }
            }
        }
        reports.extend(self.look(&BTreeSet::new()));
        Outcome::Changed(reports)
    }

    fn register(&mut self, registration: &Registration) -> Outcome {
        if registration.user.as_ref().is_some_and(|user| self.world.row(user).is_none()) {
            return Outcome::Refused(definitions::no_such_user());
        }
        let plan = match definitions::plan(registration, &self.catalog) {
            Ok(plan) => plan,
            Err(problem) => return Outcome::Refused(problem),
        };
        let standing = Standing::default();
        let mut view = View { registration: registration.clone(), plan, standing };
        match view.answer(&self.world) {
            Answer::Refused(problem) => Outcome::Refused(problem),
            answer => {
                let report = view.standing.take(answer);
                self.views.insert(registration.name.clone(), view);
                Outcome::Registered(report)
            }
        }
    }

    /// A view that stands asks something else: the difference is to the answer that stood.
    fn replace(&mut self, registration: &Registration) -> Outcome {
        let name = &registration.name;
        let Some(view) = self.views.get_mut(name).filter(|view| !view.standing.over) else {
            self.views.remove(name);
            return self.register(registration);
        };
        if registration.user.as_ref().is_some_and(|user| self.world.row(user).is_none()) {
            return Outcome::Refused(definitions::no_such_user());
        }
        let answer = match definitions::plan(registration, &self.catalog) {
            Ok(plan) => {
                (view.plan, view.registration) = (plan, registration.clone());
                view.answer(&self.world)
            }
            Err(problem) => Answer::Refused(problem),
        };
        view.standing.ask_otherwise();
        Outcome::Changed(BTreeMap::from([(name.clone(), view.standing.take(answer))]))
    }

    /// Evaluates every view that lives. A user who was deleted is another one when his record is back.
    fn look(&mut self, deleted: &BTreeSet<RecordId>) -> BTreeMap<String, ViewReport> {
        let mut reports = BTreeMap::new();
        for (name, view) in self.views.iter_mut().filter(|(_, view)| !view.standing.over) {
            let gone = view.registration.user.as_ref().is_some_and(|user| deleted.contains(user));
            let answer = if gone { Answer::Ended } else { view.answer(&self.world) };
            reports.insert(name.clone(), view.standing.take(answer));
        }
        reports
    }
}

fn deleted(written: &[Written]) -> BTreeSet<RecordId> {
    let gone = written.iter().filter(|(_, after)| after.is_none());
    gone.map(|(id, _)| id.clone()).collect()
}

impl View {
    fn answer(&self, world: &World) -> Answer {
        if self.registration.user.as_ref().is_some_and(|user| world.row(user).is_none()) {
            return Answer::Ended;
        }
        match self.evaluated(world) {
            reference::Answer::Refused(problem) => Answer::Refused(problem),
            reference::Answer::Rows(rows) => {
                Answer::Rows(once(rows.into_iter().flat_map(|row| shown(row, world))))
            }
            reference::Answer::Failed { code, record, of_permission, .. } => {
                let remaining = self.permitted(world);
                let record = (!of_permission).then_some(record);
                Answer::Failed { code, record, remaining }
            }
        }
    }

    fn evaluated(&self, world: &World) -> reference::Answer {
        reference::answer(&self.plan, &caller(&self.registration), &world.tables)
    }

    /// Of what stands, that which exists and the caller may select.
    fn permitted(&self, world: &World) -> Vec<Subject> {
        let mut standing = self.standing.subjects();
        standing.retain(|subject| {
            let levels = definitions::levels_of(&self.plan, subject);
            let record = subject.record();
            levels.iter().any(|plan| record.is_some_and(|it| self.permits(plan, it, world)))
        });
        standing
    }

    fn permits(&self, plan: &Plan, id: &RecordId, world: &World) -> bool {
        let table = plan.source.table().to_owned();
        let ids = vec![Expr::Leaf(Input::Literal(Value::RecordId(id.clone())))];
        let plan = Plan {
            source: Source::Records { table, ids },
            projection: Projection::Value(Expr::Field(Path::field("id"))),
            group: None,
            filter: None,
            order: Vec::new(),
            limit: None,
            start: None,
            children: Vec::new(),
            ..plan.clone()
        };
        let answer = reference::answer(&plan, &caller(&self.registration), &world.tables);
        matches!(answer, reference::Answer::Rows(rows) if !rows.is_empty())
    }
}

/// Who asks.
pub fn caller(registration: &Registration) -> Caller {
    Caller {
        auth: registration.user.clone(),
        access: registration.user.as_ref().map(|_| registration.access.clone()),
        params: registration.params.clone(),
    }
}

/// A row with its content in the answer of this moment, and those of its subqueries; a group is what it shows.
pub fn shown(row: reference::Shown, world: &World) -> Vec<Shown> {
    let reference::Shown { id, shown, children } = row;
    let shown = match shown {
        Value::Object(shown) if group::number_of(&id).is_some() => {
            return vec![Shown::group(shown)];
        }
        Value::Object(mut shown) => {
            children.iter().for_each(|(alias, _)| drop(shown.remove(alias.as_str())));
            Value::Object(shown)
        }
        shown => shown,
    };
    let stored = world.row(&id).cloned().unwrap_or_default();
    let mut all = vec![Shown { id: Subject::Record(id.clone()), stored, shown: Some(shown) }];
    below(&id, children, world, &mut all);
    all
}

/// What a subquery shows of a row may depend on the row around it, and is no content of its own.
fn below(
    parent: &RecordId,
    children: Vec<(String, Vec<reference::Shown>)>,
    world: &World,
    all: &mut Vec<Shown>,
) {
    for (alias, rows) in children {
        for reference::Shown { id, children, .. } in rows {
            let stored = world.row(&id).cloned().unwrap_or_default();
            let (record, parent) = (id.clone(), parent.clone());
            let subject = Subject::Child { record, parent, alias: alias.clone() };
            all.push(Shown { id: subject, stored, shown: None });
            below(&id, children, world, all);
        }
    }
}
