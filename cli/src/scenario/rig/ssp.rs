//! The rig `ssp`: the real SSP on a real database.
//!
//! Instructions become statements that the database runs; a view is registered as its user's client would do it; what
//! happened is read by that user from his edge table. Between them stands a mark (mechanism M12), never a sleep.
//!
//! # Invariants
//! - A record stands in a view's edges once.
//! - `~` needs both: a new version at the edge, and a row that differs. So a version that is not told is missed here,
//!   and one that moves alone is no line.

use std::collections::{BTreeMap, BTreeSet};

use protocol::wire::RegisteredRow;
use protocol::{Code, Problem, ViewKey};
use surreal::edge::EdgeKey;
use surreal::{Database, Error, query_row, vars};
use surrealdb_types::{Object, RecordId, SurrealValue, ToSql, Value};
use view::lower;
use view::value::address::Address;

use super::database::{Ground, Server, or_empty, rows};
use super::processor::Processor;
use super::{Stopped, definitions};
use crate::scenario::board::{Answer, Shown, Standing};
use crate::scenario::outcome::{Outcome, Subject, ViewReport};
use crate::scenario::script::{Registration, Script, Step};
use crate::scenario::shown::{Names, lines};
use crate::scenario::words;

/// Views that one user may register in a scenario: more than any has.
const VIEWS_MAX: usize = 500;

/// The rig.
pub struct Ssp {
    ground: Ground,
    processor: Processor,
    views: BTreeMap<String, View>,
}

struct View {
    registration: Registration,
    /// Derived from what it asks, so that two users who ask the same share it.
    id: String,
    standing: Standing,
    versions: BTreeMap<Subject, Value>,
}

/// The edges of a view that stand.
struct Edges {
    /// Their versions, by what they are of.
    records: BTreeMap<Subject, Value>,
    /// What its groups show.
    groups: Vec<Object>,
}

/// What a client reads of its view.
struct Told {
    state: String,
    problem: Option<Problem>,
}

impl Ssp {
    /// Makes the rig in a database of its own.
    pub async fn new(server: &Server, script: &Script) -> Result<Ssp, Stopped> {
        let ground = Ground::new(server, script).await?;
        let processor = Processor::start(ground.root.clone()).await?;
        Ok(Ssp { ground, processor, views: BTreeMap::new() })
    }

    /// The database, for whoever writes without waiting.
    pub fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Stops the processor and removes the database.
    pub async fn end(self) {
        self.processor.stop().await;
        self.ground.remove().await;
    }

    /// Takes a step and says what it did.
    pub async fn step(&mut self, step: &Step) -> Result<Outcome, Stopped> {
        match step {
            Step::Define(text) => match self.ground.define(text).await {
                Ok(()) if self.views.is_empty() => Ok(Outcome::Quiet),
                Ok(()) => self.look().await,
                Err(error) => rejected(error),
            },
            Step::Given(write) => {
                self.ground.write(std::slice::from_ref(write), "COMMIT").await?;
                Ok(Outcome::Quiet)
            }
            Step::View(registration) => self.register(registration).await,
            Step::Replace(registration) => self.replace(registration).await,
            Step::Commit(writes) => match self.ground.write(writes, "COMMIT").await {
                Ok(()) => self.look().await,
                Err(error) => rejected(error),
            },
            Step::Cancel(writes) => match self.ground.write(writes, "CANCEL").await {
                Ok(()) | Err(Error::Refused { .. }) => self.look().await,
                Err(error) => Err(error.into()),
            },
            Step::Drop(name) => self.unregister(name).await,
            Step::Show(name) => self.show(name).await,
            Step::Restart => {
                self.processor.restart().await?;
                Ok(Outcome::Quiet)
            }
        }
    }

    // -- views -----------------------------------------------------------------------------------------------

    async fn register(&mut self, registration: &Registration) -> Result<Outcome, Stopped> {
        if let Some(user) = &registration.user
            && !self.ground.exists(user).await?
        {
            return Ok(Outcome::Refused(definitions::no_such_user()));
        }
        let mut view = View {
            id: self.free_id(registration),
            registration: registration.clone(),
            standing: Standing::default(),
            versions: BTreeMap::new(),
        };
        if let Err(problem) = self.send(&view).await? {
            return Ok(Outcome::Refused(problem));
        }
        self.processor.mark().await?;
        match self.answer(&mut view).await? {
            Answer::Refused(problem) => {
                self.withdraw(&view).await?;
                Ok(Outcome::Refused(problem))
            }
            answer => {
                let report = view.standing.take(answer);
                self.views.insert(registration.name.clone(), view);
                Ok(Outcome::Registered(report))
            }
        }
    }

    /// The same registration, asked something else; where others share it, another one.
    async fn replace(&mut self, registration: &Registration) -> Result<Outcome, Stopped> {
        let name = &registration.name;
        let Some(mut view) = self.views.remove(name).filter(|view| !view.standing.over) else {
            return self.register(registration).await;
        };
        if let Some(user) = &registration.user
            && !self.ground.exists(user).await?
        {
            self.views.insert(name.clone(), view);
            return Ok(Outcome::Refused(definitions::no_such_user()));
        }
        let shared = self.views.values().any(|other| other.key() == view.key());
        let before = &view.registration;
        let another = before.user != registration.user || before.access != registration.access;
        if shared || another {
            self.withdraw(&view).await?;
            view.id = self.free_id(registration);
            view.versions.clear();
        }
        view.registration = registration.clone();
        let answer = match self.send(&view).await? {
            Ok(()) => {
                self.processor.mark().await?;
                self.answer(&mut view).await?
            }
            Err(problem) => Answer::Refused(problem),
        };
        let report = view.standing.take(answer);
        self.views.insert(name.clone(), view);
        Ok(Outcome::Changed(BTreeMap::from([(name.clone(), report)])))
    }

    /// The id that the registration's text gives, unless a view that asks something else by now has it.
    fn free_id(&self, registration: &Registration) -> String {
        let id = derived_id(registration);
        let asks_else = |view: &View| {
            view.id == id
                && view.registration.user == registration.user
                && derived_id(&view.registration) != id
        };
        match self.views.values().any(asks_else) {
            true => format!("{id}{}", registration.name),
            false => id,
        }
    }

    /// Registers as the user's client does; the system's view with the service's own statement.
    async fn send(&mut self, view: &View) -> Result<Result<(), Problem>, Stopped> {
        let registration = &view.registration;
        if registration.user.is_none() {
            let wanted = query_row::Registration {
                view: view.key(),
                access: None,
                surql: registration.query.clone(),
                params: registration.params.clone(),
                client: registration.name.clone(),
                ttl: None,
            };
            return match query_row::register(&self.ground.root, &wanted, VIEWS_MAX).await {
                Ok(_) => Ok(Ok(())),
                Err(query_row::RegisterError::Refused(problem)) => Ok(Err(problem)),
                Err(query_row::RegisterError::Database(error)) => Err(error.into()),
            };
        }
        let mut config = Object::new();
        config.insert("id", view.id.as_str());
        config.insert("surql", registration.query.as_str());
        config.insert("params", registration.params.clone());
        config.insert("clientId", registration.name.as_str());
        let connection = self.ground.connection(registration).await?;
        let config = vars([("config", Value::Object(config))]);
        match connection.query("RETURN fn::query::register($config)", config).await {
            Ok(_) => Ok(Ok(())),
            Err(error) => match query_row::thrown(&error) {
                Some(problem) => Ok(Err(problem)),
                None => Err(error.into()),
            },
        }
    }

    async fn unregister(&mut self, name: &str) -> Result<Outcome, Stopped> {
        if let Some(view) = self.views.remove(name)
            && !view.standing.over
        {
            let shared = self.views.values().any(|other| other.key() == view.key());
            // The system's registrations have no clients who could leave one by one.
            if !shared || view.registration.user.is_some() {
                self.withdraw(&view).await?;
                self.processor.mark().await?;
            }
            let left = self.edges(&view).await?;
            if !shared && !left.is_empty() {
                let count = left.records.len() + left.groups.len();
                return Err(Stopped::Broken(format!("{name} was dropped and has {count} edges")));
            }
        }
        self.look().await
    }

    async fn withdraw(&mut self, view: &View) -> Result<(), Stopped> {
        if view.registration.user.is_none() {
            query_row::remove(&self.ground.root, &view.key()).await?;
            return Ok(());
        }
        let connection = self.ground.connection(&view.registration).await?;
        let client = view.registration.name.clone().into_value();
        let of = vars([("id", view.id.clone().into_value()), ("client", client)]);
        connection.query("RETURN fn::query::unsubscribe($id, $client)", of).await?;
        Ok(())
    }

    /// The window's order is no matter of edges: the processor is asked for it.
    async fn show(&self, name: &str) -> Result<Outcome, Stopped> {
        let Some(view) = self.views.get(name).filter(|view| !view.standing.over) else {
            return Ok(Outcome::Shown(Vec::new()));
        };
        if view.standing.subjects().iter().any(|it| it.record().is_none()) {
            return Ok(view.standing.show(&Names::default()));
        }
        let window = self.processor.window(&view.key()).await?;
        let window: Vec<Subject> =
            window.iter().map(subject).collect::<Result<_, Problem>>().map_err(broken)?;
        let stands: BTreeSet<Subject> = view.standing.subjects().into_iter().collect();
        if stands != window.iter().cloned().collect::<BTreeSet<_>>() {
            let shown: Vec<String> = window.iter().map(Subject::text).collect();
            return Err(Stopped::Broken(format!("{name}: edges differ from the window {shown:?}")));
        }
        let names = Names::of_query(&view.registration.query);
        Ok(Outcome::Shown(lines(window, view.standing.failed, &names)))
    }

    // -- reading ---------------------------------------------------------------------------------------------

    /// Waits until everything so far is visible, and reads every view.
    async fn look(&mut self) -> Result<Outcome, Stopped> {
        self.processor.mark().await?;
        let mut reports = BTreeMap::new();
        let mut views = std::mem::take(&mut self.views);
        for (name, view) in views.iter_mut().filter(|(_, view)| !view.standing.over) {
            let answer = self.answer(view).await?;
            let report: ViewReport = view.standing.take(answer);
            reports.insert(name.clone(), report);
        }
        self.views = views;
        Ok(Outcome::Changed(reports))
    }

    async fn answer(&mut self, view: &mut View) -> Result<Answer, Stopped> {
        let name = &view.registration.name;
        let Some(told) = self.told(view).await? else {
            let user = view.registration.user.clone();
            if let Some(user) = user {
                self.ground.forget(&user);
                return Ok(Answer::Ended);
            }
            return Err(Stopped::Broken(format!("{name}: its registration is gone")));
        };
        let edges = self.edges(view).await?;
        let problem = told.problem.unwrap_or_else(|| Problem::new(Code::Internal, "no reason"));
        match told.state.as_str() {
            "refused" if edges.is_empty() => Ok(Answer::Refused(problem)),
            "refused" => Err(Stopped::Broken(format!("{name} is refused and keeps its edges"))),
            "failed" => {
                // Where a permission raises, none is named.
                let (record, _) = words::first_word(&problem.message);
                let record = lower::record_id(record.trim_end_matches(':')).ok();
                if !edges.groups.is_empty() {
                    return Err(Stopped::Broken(format!("{name} failed and keeps its groups")));
                }
                let remaining = edges.records.into_keys().collect();
                Ok(Answer::Failed { code: problem.code, record, remaining })
            }
            "ready" => Ok(Answer::Rows(self.contents(view, edges).await?)),
            state => Err(Stopped::Broken(format!("{name} is `{state}` behind a mark"))),
        }
    }

    /// The view's state, as its user reads it; `None` if there is no such registration.
    async fn told(&mut self, view: &View) -> Result<Option<Told>, Stopped> {
        let text = "SELECT state, error FROM _00_query WHERE auth_id = $user \
             AND (id = $plain OR id = $own)";
        let key = view.key();
        let auth = key.auth.clone().map_or(Value::None, Value::RecordId);
        let of = vars([
            ("user", auth),
            ("plain", surreal::names::query_record(&key.id).into_value()),
            ("own", surreal::names::own_query_record(&key).into_value()),
        ]);
        let Some(row) = rows(self.ground.root.query_one(text, of).await?).into_iter().next() else {
            return Ok(None);
        };
        let state = text_of(&row, "state");
        let problem = match row.get("error") {
            Some(Value::Object(error)) => Code::parse(&text_of(error, "code"))
                .map(|code| Problem::new(code, text_of(error, "message"))),
            _ => None,
        };
        Ok(Some(Told { state, problem }))
    }

    /// The view's edges with their versions, or with what their groups show.
    async fn edges(&mut self, view: &View) -> Result<Edges, Stopped> {
        let connection: Database = self.ground.connection(&view.registration).await?;
        let text = match &view.registration.user {
            Some(_) => "SELECT * FROM type::table(fn::query::table()) WHERE in = $in",
            None => "SELECT * FROM _00_list_ref WHERE in = $in AND auth_id = NONE",
        };
        let of = vars([("in", surreal::names::query_record(&view.id).into_value())]);
        let answer = or_empty(connection.query_one(text, of).await)?;
        let mut edges = Edges { records: BTreeMap::new(), groups: Vec::new() };
        for row in rows(answer) {
            if let (None, Some(Value::Object(value))) = (row.get("out"), row.get("value")) {
                edges.groups.push(value.clone());
                continue;
            }
            let (Some(key), Some(version)) = (EdgeKey::of_row(&row), row.get("version")) else {
                return Err(Stopped::Broken(format!(
                    "an edge without `out` or `version`: {row:?}"
                )));
            };
            let subject = match (key.parent, key.alias) {
                (Some(parent), Some(alias)) => Subject::Child { record: key.record, parent, alias },
                _ => Subject::Record(key.record),
            };
            if edges.records.insert(subject.clone(), version.clone()).is_some() {
                let name = &view.registration.name;
                return Err(Stopped::Broken(format!("{name}: two edges to {}", subject.text())));
            }
        }
        Ok(edges)
    }

    /// The rows that the edges name; a row whose version stands still counts as it was.
    async fn contents(&self, view: &mut View, edges: Edges) -> Result<Vec<Shown>, Stopped> {
        let Edges { records: edges, groups } = edges;
        let mut shown: Vec<Shown> = groups.into_iter().map(Shown::group).collect();
        shown.sort_by(|a, b| a.id.cmp(&b.id));
        let ids: Vec<RecordId> = edges.keys().filter_map(|it| it.record().cloned()).collect();
        let stored = self.ground.rows(&ids).await?;
        let before: BTreeMap<Subject, Object> =
            view.standing.rows.iter().map(|row| (row.id.clone(), row.stored.clone())).collect();
        shown.extend(edges.iter().map(|(subject, version)| {
            let still = view.versions.get(subject) == Some(version);
            let now = subject.record().and_then(|record| stored.get(&Address(record.clone())));
            let stored = before.get(subject).filter(|_| still).or(now);
            Shown { id: subject.clone(), stored: stored.cloned().unwrap_or_default(), shown: None }
        }));
        view.versions = edges;
        Ok(shown)
    }
}

impl Edges {
    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.groups.is_empty()
    }
}

impl View {
    fn key(&self) -> ViewKey {
        ViewKey { auth: self.registration.user.clone(), id: self.id.clone() }
    }
}

fn subject(row: &RegisteredRow) -> Result<Subject, Problem> {
    let record = lower::record_id(row.out.as_deref().unwrap_or_default())?;
    Ok(match (&row.parent, &row.parent_rel) {
        (Some(parent), Some(alias)) => {
            Subject::Child { record, parent: lower::record_id(parent)?, alias: alias.clone() }
        }
        _ => Subject::Record(record),
    })
}

fn broken(problem: Problem) -> Stopped {
    Stopped::Broken(problem.to_string())
}

/// As documented clients do it, from text and parameters; and from the access, because one registration has one.
fn derived_id(registration: &Registration) -> String {
    let Registration { query, params, access, .. } = registration;
    let asked = format!("{query} {} {access}", params.to_sql());
    let digest = asked.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{digest:016x}")
}

fn text_of(row: &Object, field: &str) -> String {
    match row.get(field) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    }
}

fn rejected(error: Error) -> Result<Outcome, Stopped> {
    match error {
        Error::Refused { .. } => Ok(Outcome::Rejected(Code::DatabaseRefused)),
        error => Err(error.into()),
    }
}
