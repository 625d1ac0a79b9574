//! The rig `surrealdb`: the original query, run by the view's user on a real database after every step. It is the
//! final oracle.
//!
//! # What the database cannot say
//! A refusal is ours, so is the end of a deleted user's views, and so is the name of the record on which a view fails:
//! all come from the reference evaluator, which walks along. *Whether* the query fails is the database's word, except
//! - where a path meets a record link, which it follows and we do not yet;
//! - where it fails on a row that the rule of mechanism M7 excludes, because another condition or the permission
//!   excludes it: there it is asked again without such rows;
//! - where it has seen enough for a LIMIT before it meets the row on which it would fail: there it is asked about that
//!   row alone.

use std::collections::BTreeMap;

use protocol::Code;
use surreal::{Database, Error, vars};
use surrealdb_types::{RecordId, SurrealValue, Value, Variables};
use view::value::{address::Address, as_stored};

use super::Stopped;
use super::database::{Ground, Server, or_empty, rows};
use super::reference::{Failure, Reference};
use super::second_form::{SecondForm, over_records, second_form};
use crate::scenario::board::{Answer, Shown, Standing, once};
use crate::scenario::outcome::{Outcome, Subject, ViewState};
use crate::scenario::script::{Registration, Script, Step};
use crate::scenario::shown::Names;
use crate::scenario::words;

/// The parameter with the records that a query is asked over.
const ROWS: &str = "_00_rows";

/// The rig.
pub struct Surrealdb {
    ground: Ground,
    shadow: Reference,
    views: BTreeMap<String, View>,
    excluded: Excluded,
}

/// How often the database could not be asked as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Excluded {
    /// It failed on a row that the rule of mechanism M7 excludes, and was asked again without such rows.
    pub rows: u64,
    /// It had enough for a LIMIT before it met the row that fails, and was asked about that row alone.
    pub alone: u64,
    /// It followed a record link that we do not follow.
    pub links: u64,
}

struct View {
    registration: Registration,
    standing: Standing,
}

impl Surrealdb {
    /// Makes the rig in a database of its own.
    pub async fn new(server: &Server, script: &Script) -> Result<Surrealdb, Stopped> {
        let ground = Ground::new(server, script).await?;
        Ok(Surrealdb {
            ground,
            shadow: Reference::new(script),
            views: BTreeMap::new(),
            excluded: Excluded::default(),
        })
    }

    /// What was excluded so far.
    pub fn excluded(&self) -> Excluded {
        self.excluded
    }

    /// Removes the database.
    pub async fn end(self) {
        self.ground.remove().await;
    }

    /// Takes a step and says what it did.
    pub async fn step(&mut self, step: &Step) -> Result<Outcome, Stopped> {
        let shadow = self.shadow.step(step)?;
        match step {
            Step::Define(text) => match self.ground.define(text).await {
                Ok(()) if self.views.is_empty() => Ok(Outcome::Quiet),
                Ok(()) => self.look(&shadow).await,
                Err(error) => rejected(error),
            },
            Step::Given(write) => {
                self.ground.write(std::slice::from_ref(write), "COMMIT").await?;
                Ok(Outcome::Quiet)
            }
            Step::View(registration) => self.register(registration, shadow).await,
            Step::Replace(registration) => match &shadow {
                Outcome::Refused(_) => Ok(shadow),
                Outcome::Registered(_) => self.register(registration, shadow).await,
                _ => {
                    if let Some(view) = self.views.get_mut(&registration.name) {
                        view.registration = registration.clone();
                        view.standing.ask_otherwise();
                    }
                    self.look(&shadow).await
                }
            },
            Step::Commit(writes) => match self.ground.write(writes, "COMMIT").await {
                Ok(()) => self.look(&shadow).await,
                Err(error) => rejected(error),
            },
            Step::Cancel(writes) => {
                // The statements of a cancelled transaction answer that they were cancelled.
                match self.ground.write(writes, "CANCEL").await {
                    Ok(()) | Err(Error::Refused { .. }) => self.look(&shadow).await,
                    Err(error) => Err(error.into()),
                }
            }
            Step::Drop(name) => {
                self.views.remove(name);
                Ok(Outcome::Changed(BTreeMap::new()))
            }
            Step::Show(name) => {
                Ok(self.views.get(name).map_or(Outcome::Shown(Vec::new()), |view| {
                    view.standing.show(&Names::of_query(&view.registration.query))
                }))
            }
            Step::Restart => Ok(Outcome::Quiet),
        }
    }

    async fn register(
        &mut self,
        registration: &Registration,
        shadow: Outcome,
    ) -> Result<Outcome, Stopped> {
        if let Outcome::Refused(problem) = shadow {
            self.views.remove(&registration.name);
            return Ok(Outcome::Refused(problem));
        }
        let mut view = View { registration: registration.clone(), standing: Standing::default() };
        let answer = answer(&mut self.ground, &self.shadow, &mut self.excluded, &view).await?;
        let report = view.standing.take(answer);
        self.views.insert(registration.name.clone(), view);
        Ok(Outcome::Registered(report))
    }

    /// Asks every view's query again.
    async fn look(&mut self, shadow: &Outcome) -> Result<Outcome, Stopped> {
        let mut reports = BTreeMap::new();
        for (name, view) in self.views.iter_mut().filter(|(_, view)| !view.standing.over) {
            let answer = match end_of(shadow, name) {
                Some(end) => end,
                None => answer(&mut self.ground, &self.shadow, &mut self.excluded, view).await?,
            };
            reports.insert(name.clone(), view.standing.take(answer));
        }
        Ok(Outcome::Changed(reports))
    }
}

fn rejected(error: Error) -> Result<Outcome, Stopped> {
    match error {
        Error::Refused { .. } => Ok(Outcome::Rejected(Code::DatabaseRefused)),
        error => Err(error.into()),
    }
}

/// Whether a view is over: refused, or its user was deleted, be his record back or not.
fn end_of(shadow: &Outcome, name: &str) -> Option<Answer> {
    let Outcome::Changed(reports) = shadow else { return None };
    match reports.get(name)?.state.as_ref()? {
        ViewState::Refused(problem) => Some(Answer::Refused(problem.clone())),
        ViewState::Ended => Some(Answer::Ended),
        ViewState::Ready | ViewState::Failed(..) => None,
    }
}

async fn answer(
    ground: &mut Ground,
    shadow: &Reference,
    excluded: &mut Excluded,
    view: &View,
) -> Result<Answer, Stopped> {
    let Registration { name, user, query, params, .. } = &view.registration;
    if let Some(user) = user
        && !ground.exists(user).await?
    {
        ground.forget(user);
        return Ok(Answer::Ended);
    }
    if shadow.is_grouped(name) {
        return groups(ground, shadow, excluded, view).await;
    }
    let second = second_form(query)
        .ok_or_else(|| Stopped::Broken(format!("`{query}` has no second form")))?;
    let connection = ground.connection(&view.registration).await?;
    let params: Variables = params.clone().into_inner().into_iter().collect();
    let asked = connection.query_one(&second.text, params.clone()).await;
    let named = shadow.failure(name);
    let link = named.as_ref().is_some_and(|failure| failure.code == Code::LinkInPath);
    match (or_empty(asked), named) {
        (Ok(_), Some(failure)) if link => {
            excluded.links += 1;
            failed(ground, shadow, view, &failure).await
        }
        (Ok(answer), None) => rows_of(ground, &second, answer).await,
        (Ok(answer), Some(failure)) => {
            // With a LIMIT the database may stop before it meets the row; alone, the row must fail it.
            excluded.alone += 1;
            match fails_alone(&connection, &second, &params, &failure.record).await? {
                true => failed(ground, shadow, view, &failure).await,
                false => rows_of(ground, &second, answer).await,
            }
        }
        (Err(Error::Refused { .. }), Some(failure)) => failed(ground, shadow, view, &failure).await,
        (Err(Error::Refused { message }), None) => {
            excluded.rows += 1;
            let over = second.over_records(ROWS);
            let again = without_failing_rows(ground, &connection, over, &params).await?;
            let disputed =
                || format!("{name}: the database fails, the reference does not: {message}");
            let answer = again.ok_or_else(|| Stopped::Broken(disputed()))?;
            rows_of(ground, &second, answer).await
        }
        (Err(error), _) => Err(error.into()),
    }
}

/// The groups that the query itself answers.
async fn groups(
    ground: &mut Ground,
    shadow: &Reference,
    excluded: &mut Excluded,
    view: &View,
) -> Result<Answer, Stopped> {
    let Registration { name, query, params, .. } = &view.registration;
    let connection = ground.connection(&view.registration).await?;
    let params: Variables = params.clone().into_inner().into_iter().collect();
    if let Some(failure) = shadow.failure(name) {
        let (code, record) = (failure.code, failure.told());
        return Ok(Answer::Failed { code, record, remaining: Vec::new() });
    }
    let mut asked = or_empty(connection.query_one(query, params.clone()).await);
    if let Err(Error::Refused { .. }) = &asked {
        excluded.rows += 1;
        let over = over_records(query, ROWS);
        if let Some(answer) = without_failing_rows(ground, &connection, over, &params).await? {
            asked = Ok(answer);
        }
    }
    match asked {
        Ok(answer) => {
            let shown = |row| match row {
                Value::Object(row) => Ok(Shown::group(as_stored(row))),
                other => Err(Stopped::Broken(format!("{name}: {other:?} is no group"))),
            };
            let mut rows = list(answer).into_iter().map(shown).collect::<Result<Vec<_>, _>>()?;
            rows.sort_by(|a, b| a.id.cmp(&b.id));
            Ok(Answer::Rows(rows))
        }
        Err(error) => Err(error.into()),
    }
}

async fn rows_of(ground: &Ground, second: &SecondForm, answer: Value) -> Result<Answer, Stopped> {
    let mut split: Vec<(Subject, Option<Value>)> = Vec::new();
    for row in list(answer).into_iter().filter_map(|row| second.split(row)) {
        split.push((Subject::Record(row.id.clone()), Some(row.shown.clone())));
        row.each_below(&mut |parent, alias, record| {
            let (parent, alias) = (parent.clone(), alias.to_owned());
            split.push((Subject::Child { record: record.clone(), parent, alias }, None));
        });
    }
    let ids: Vec<RecordId> = split.iter().filter_map(|(it, _)| it.record().cloned()).collect();
    let stored = ground.rows(&ids).await?;
    let rows = split.into_iter().map(|(id, shown)| {
        let stored = id.record().and_then(|record| stored.get(&Address(record.clone())));
        Shown { stored: stored.cloned().unwrap_or_default(), id, shown }
    });
    Ok(Answer::Rows(once(rows)))
}

/// Whether the query fails on one record, its window left out.
async fn fails_alone(
    connection: &Database,
    second: &SecondForm,
    params: &Variables,
    record: &RecordId,
) -> Result<bool, Stopped> {
    let Some((_, text)) = second.over_records(ROWS) else { return Ok(false) };
    let ends = ["LIMIT", "START"].map(|word| words::find_keyword(&text, word));
    let end = ends.into_iter().flatten().min().unwrap_or(text.len());
    match connection.query(&text[..end], with_rows(params, vec![record.clone()])).await {
        Ok(_) => Ok(false),
        Err(Error::Refused { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Asks a query over the rows on which it by itself does not fail; `None` where that does not help either.
async fn without_failing_rows(
    ground: &Ground,
    connection: &Database,
    over: Option<(&str, String)>,
    params: &Variables,
) -> Result<Option<Value>, Stopped> {
    let Some((source, text)) = over else { return Ok(None) };
    let mut kept = Vec::new();
    for id in ground.records(source, params).await? {
        let one = with_rows(params, vec![id.clone()]);
        match connection.query(&text, one).await {
            Ok(_) => kept.push(id),
            Err(Error::Refused { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    match connection.query_one(&text, with_rows(params, kept)).await {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn with_rows(params: &Variables, ids: Vec<RecordId>) -> Variables {
    let mut params = params.clone();
    params.insert(ROWS, ids);
    params
}

/// A failed view, with the rows that stay: asked as the user, so that rows go which he may no longer select.
async fn failed(
    ground: &mut Ground,
    shadow: &Reference,
    view: &View,
    failure: &Failure,
) -> Result<Answer, Stopped> {
    let connection = ground.connection(&view.registration).await?;
    let mut remaining = Vec::new();
    // One by one: a permission that raises on one of them is not the others'.
    for subject in view.standing.subjects() {
        let Some(id) = subject.record() else { continue };
        // What the view asked before, about which it asks nothing any more, is not in the answer that stands.
        if !shadow.has_place(&view.registration.name, &subject) {
            continue;
        }
        let asked = vars([("id", id.clone().into_value())]);
        match or_empty(connection.query_one("SELECT id FROM $id", asked).await) {
            Ok(answer) => remaining.extend((!rows(answer).is_empty()).then_some(subject)),
            Err(Error::Refused { .. }) if failure.of_permission => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Answer::Failed { code: failure.code, record: failure.told(), remaining })
}

fn list(answer: Value) -> Vec<Value> {
    match answer {
        Value::Array(items) => items.into_iter().collect(),
        _ => Vec::new(),
    }
}
