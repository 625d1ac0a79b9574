//! `spky watch`: registers a query and prints what happens to its answer.
//!
//! # Invariants
//! - The registration is taken back however the command ends; when even that is impossible, its ttl ends it.
//! - LIVE is asked first and the edges are read then, so that nothing falls between.

mod answer;
mod line;

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Duration;

use protocol::literal;
use protocol::wire::{Registered, RegisteredRow};
use surreal::names::{self, RefMode};
use surreal::schema::Settings;
use surreal::{Database, Live, mark, vars};
use surrealdb_types::{Object, RecordId, ToSql, Value};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;
use view::catalog::Principal;

use crate::args::Watch;
use crate::connection::{Site, lost};
use crate::failure::{Exit, Failure};
use crate::processor::{Registration, Ssp};
use crate::screen::{self, DIM, YELLOW};
use crate::{explain, parameters};

use answer::{Answer, Line, Subject};
use line::Form;

/// Well below the registration's ttl of a minute.
const TOUCH_EVERY: Duration = Duration::from_secs(20);
const MARK_WITHIN: Duration = Duration::from_secs(60);
const STATE_EVERY: Duration = Duration::from_secs(1);

/// Watches one query until Ctrl-C; with `--once`, prints its answer.
pub async fn run(args: &Watch) -> Result<ExitCode, Failure> {
    let view = Registration {
        id: format!("watch-{}", Uuid::new_v4().simple()),
        surql: args.query.clone(),
        auth: args.auth.as_deref().map(parameters::user).transpose()?,
        access: args.access.clone(),
        params: parameters::params(&args.params)?,
    };
    let site = Site::find(&args.site).await?;
    let single = site.about.clone()?.ref_mode == "single";
    let ref_mode = if single { RefMode::Single } else { RefMode::Dedicated };
    let (database, ssp) = (site.database().await?, site.ssp);
    let form = if args.json { Form::Json } else { Form::Text };
    let watching = Watching { view, ssp, database, ref_mode, form };
    let registered = watching.ssp.register(&watching.view).await?;
    let watched = async {
        match args.once {
            true => watching.once(&registered).await,
            false => watching.follow(&registered).await,
        }
    };
    let outcome = tokio::select! {
        outcome = watched => outcome,
        () = service::tasks::interrupted() => Ok(()),
    };
    let taken_back = watching.ssp.unregister(&watching.view).await;
    outcome.and(taken_back).map(|()| ExitCode::SUCCESS)
}

struct Watching {
    view: Registration,
    ssp: Ssp,
    database: Database,
    ref_mode: RefMode,
    form: Form,
}

impl Watching {
    /// Prints the answer once everything that was committed before is in it.
    async fn once(&self, registered: &Registered) -> Result<(), Failure> {
        self.everything_before().await?;
        let edges = self.edges(registered).await?;
        let subjects: Vec<Subject> = edges.iter().filter_map(answer::subject).collect();
        if subjects.is_empty() {
            self.begin(0).await;
        }
        self.print(subjects.into_iter().map(|subject| ('+', subject)).collect()).await
    }

    /// Waits until every commit that was acknowledged before is in the answer.
    async fn everything_before(&self) -> Result<(), Failure> {
        let (database, asker) = (&self.database, self.view.id.as_str());
        let n = mark::raise(database, asker).await.map_err(lost)?;
        let answered = mark::wait(database, asker, n, MARK_WITHIN).await;
        mark::end(database, asker).await.map_err(lost)?;
        match answered.map_err(lost)? {
            true => Ok(()),
            false => Err(Failure::new(
                Exit::Unavailable,
                format!("the SSP did not answer a mark within {MARK_WITHIN:?}"),
            )),
        }
    }

    /// Prints the answer and then what happens to it.
    async fn follow(&self, registered: &Registered) -> Result<(), Failure> {
        let mut answer = Answer::default();
        let mut live = self.live().await?;
        let edges = self.edges(registered).await?;
        let lines: Vec<Line> = edges.iter().filter_map(|edge| answer.read(edge)).collect();
        self.begin(lines.len()).await;
        self.print(lines).await?;
        let mut state = registered.state.clone();
        let (mut touch, mut look) = (every(TOUCH_EVERY), every(STATE_EVERY));
        loop {
            tokio::select! {
                told = live.next() => match told {
                    Some(told) => {
                        let line = answer.told(&told.map_err(lost)?);
                        self.print(line.into_iter().collect()).await?;
                    }
                    None => return Err(Failure::new(Exit::Unavailable, "the subscription ended")),
                },
                _ = touch.tick() => drop(self.ssp.register(&self.view).await?),
                _ = look.tick() => self.look(&mut state).await?,
            }
        }
    }

    /// Says how much there is, and where that is nothing, what may be the reason.
    async fn begin(&self, records: usize) {
        let who = self.view.auth.as_ref().map_or_else(|| "the system".to_owned(), ToSql::to_sql);
        let records = match records {
            0 => "the answer is empty so far".to_owned(),
            1 => "1 record".to_owned(),
            many => format!("{many} records"),
        };
        screen::note(format_args!("{DIM}as {who}: {records}{DIM:#}"));
        if let Some(slip) = self.slip().await {
            screen::note(format_args!("{YELLOW}warning:{YELLOW:#} {slip}"));
        }
    }

    /// A table that does not exist is no error, but it may be a slip.
    async fn slip(&self) -> Option<String> {
        let schema = surreal::schema::read(&self.database, &Settings::default()).await.ok()?;
        let principal = Principal::System;
        let plan = view::lower::plan(&self.view.surql, &schema.catalog, principal).ok()?;
        plan.tables().into_iter().find_map(|table| explain::unknown_table(table, &schema.catalog))
    }

    /// Where the view's edges stand.
    fn table(&self) -> String {
        match (&self.view.auth, self.ref_mode) {
            (Some(user), RefMode::Dedicated) => names::edge_table(user).name,
            (None, _) | (_, RefMode::Single) => names::SHARED.to_owned(),
        }
    }

    async fn live(&self) -> Result<Live, Failure> {
        let view = names::query_record(&self.view.id).to_sql();
        // LIVE takes no parameters that outlive its request.
        let text = format!("LIVE SELECT * FROM {} WHERE in = {view}", names::quoted(&self.table()));
        self.database.live(&text, vars([])).await.map_err(lost)
    }

    /// Reads the edges, in the order of the answer as far as the registration told it.
    async fn edges(&self, registered: &Registered) -> Result<Vec<Object>, Failure> {
        let text = format!("SELECT * FROM {} WHERE in = $view", names::quoted(&self.table()));
        let view = Value::RecordId(names::query_record(&self.view.id));
        let edges = self.database.query_one(&text, vars([("view", view)])).await.map_err(lost)?;
        let rows = registered.rows.iter().enumerate();
        let place = |row: &RegisteredRow| match (&row.out, &row.parent, &row.parent_rel) {
            (Some(out), Some(parent), Some(alias)) => Some(literal::child(out, parent, alias)),
            (out, ..) => out.clone(),
        };
        let order: HashMap<String, usize> =
            rows.filter_map(|(at, row)| Some((place(row)?, at))).collect();
        let Value::Array(edges) = edges else { return Ok(Vec::new()) };
        let mut edges: Vec<Object> = edges
            .into_iter()
            .filter_map(|edge| if let Value::Object(edge) = edge { Some(edge) } else { None })
            .collect();
        edges.sort_by_cached_key(|edge| match answer::subject(edge) {
            Some(Subject::Record(edge)) => {
                let at = order.get(&edge.to_string()).copied();
                (at.unwrap_or(usize::MAX), edge.to_string())
            }
            Some(Subject::Group(value)) => (0, value.to_sql()),
            None => (usize::MAX, String::new()),
        });
        Ok(edges)
    }

    /// Prints lines with the records' contents as they are now.
    async fn print(&self, lines: Vec<Line>) -> Result<(), Failure> {
        for (mark, subject) in lines {
            match subject {
                Subject::Record(edge) => {
                    let gone = mark == '-';
                    let content = if gone { None } else { self.content(&edge.record).await? };
                    self.form.print(mark, &edge, content.as_ref());
                }
                Subject::Group(value) => self.form.group(mark, &value),
            }
        }
        Ok(())
    }

    async fn content(&self, record: &RecordId) -> Result<Option<Object>, Failure> {
        let record = Value::RecordId(record.clone());
        let read =
            self.database.query_one("SELECT * FROM ONLY $record", vars([("record", record)]));
        match read.await.map_err(lost)? {
            Value::Object(content) => Ok(Some(content)),
            _ => Ok(None),
        }
    }

    /// Says when the view fails, or is well again.
    async fn look(&self, state: &mut String) -> Result<(), Failure> {
        let row = Value::RecordId(names::query_record(&self.view.id));
        let asked = "SELECT state, error FROM ONLY $row";
        let row = self.database.query_one(asked, vars([("row", row)])).await.map_err(lost)?;
        let Value::Object(row) = row else { return Ok(()) };
        let Some(Value::String(now)) = row.get("state") else { return Ok(()) };
        if now != state {
            let error = row.get("error").filter(|error| !error.is_none()).map(ToSql::to_sql);
            self.form.state(now, error.as_deref());
            state.clone_from(now);
        }
        Ok(())
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
