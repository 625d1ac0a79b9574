//! What HTTP asks: answered at once, or when a view has become what was wished.

use std::collections::BTreeMap;

use protocol::wire::{Cost, Registered, RegisteredRow, TableViews, ViewDetail};
use protocol::{Problem, ViewKey, limits};
use service::Moment;
use surrealdb_types::{Object, RecordId, ToSql, Value};
use tokio::sync::oneshot;
use view::delta::{Held, Under, ViewNo};
use view::engine::Measured;
use view::group;
use view::plan::Plan;
use view::row::Row;

use super::Core;
use super::answer::Answer;
use super::effect::Effect;
use super::held::Comparison;
use super::view::{Phase, View};

/// A question and where its answer goes. Who asked may have gone: then the answer is lost, and nobody minds.
#[derive(Debug)]
pub(crate) enum Question {
    /// When is this view, with this text, settled?
    Wish { wish: Wish, reply: oneshot::Sender<Result<Registered, Problem>> },
    /// When is this view gone, with its edges? Unknown ones are.
    Gone { key: ViewKey, reply: oneshot::Sender<()> },
    /// What is each view's answer, if the edges of these records stand? `None` while nothing maintains it. When that are
    /// many rows, the last views are left out.
    Answers { standing: Vec<(ViewKey, Held)>, reply: oneshot::Sender<Vec<Option<Answer>>> },
    /// What is known of a view?
    View { key: ViewKey, reply: oneshot::Sender<Option<ViewDetail>> },
    /// Which views read which table?
    Dependencies { reply: oneshot::Sender<Vec<TableViews>> },
    /// Which registrations has nobody touched for their ttl, as far as is known here?
    Silent { reply: oneshot::Sender<Vec<RecordId>> },
    /// What did the family cost that a plan's views belong to?
    Cost { plan: Box<Plan>, reply: oneshot::Sender<Option<Cost>> },
    /// What is held, and is it what stands?
    Compare(Comparison),
    /// Would you begin anew, with nothing in memory?
    Reset { reply: oneshot::Sender<()> },
    /// What is held?
    Overview { reply: oneshot::Sender<Overview> },
}

/// Rows of views that are answered for at once, the last view's excepted.
const ROWS_AT_ONCE: usize = 16_384;

/// A view as somebody registered it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wish {
    pub(crate) key: ViewKey,
    pub(crate) surql: String,
    pub(crate) params: Object,
}

/// The tables that are held: rows and digest of each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overview {
    pub(crate) rows: BTreeMap<String, usize>,
    pub(crate) digests: BTreeMap<String, String>,
}

/// Who waits for which view.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    wishes: Vec<(Wish, oneshot::Sender<Result<Registered, Problem>>)>,
    ends: Vec<(ViewNo, oneshot::Sender<()>)>,
    pub(super) sweeps: Vec<oneshot::Sender<()>>,
    /// Who waits for records to be looked at, by number.
    pub(super) looks: BTreeMap<u64, oneshot::Sender<()>>,
}

impl Wish {
    fn is_of(&self, view: &View) -> bool {
        self.key == view.row.view && self.surql == view.row.surql && self.params == view.row.params
    }
}

impl Core {
    pub(super) fn asked(&mut self, now: Moment, question: Question, effects: &mut Vec<Effect>) {
        match question {
            Question::Wish { wish, reply } => {
                let no = self.registry.find(&wish.key).map(|view| view.no);
                self.questions.wishes.push((wish, reply));
                if let Some(no) = no {
                    self.answer_whoever_waits(no);
                }
            }
            Question::Gone { key, reply } => {
                let held = self.registry.find(&key).map(|view| view.no);
                match held.or_else(|| self.outstanding.leaving(&key)) {
                    Some(no) => self.questions.ends.push((no, reply)),
                    None => {
                        let _ = reply.send(());
                    }
                }
            }
            Question::Answers { standing, reply } => {
                let _ = reply.send(self.answers(now, standing, effects));
            }
            Question::View { key, reply } => {
                let _ = reply.send(self.registry.find(&key).map(|view| self.detail(view)));
            }
            Question::Dependencies { reply } => {
                let _ = reply.send(self.dependencies());
            }
            Question::Silent { reply } => {
                let _ = reply.send(self.registry.silent(now));
            }
            Question::Cost { plan, reply } => {
                let _ = reply.send(self.host.engine().measured(&plan).map(cost));
            }
            Question::Compare(comparison) => self.compared(comparison, effects),
            Question::Reset { reply } => {
                self.reset(now, effects);
                let _ = reply.send(());
            }
            Question::Overview { reply } => {
                let _ = reply.send(self.overview());
            }
        }
    }

    fn answers(
        &mut self,
        now: Moment,
        standing: Vec<(ViewKey, Held)>,
        effects: &mut Vec<Effect>,
    ) -> Vec<Option<Answer>> {
        let (mut answers, mut rows) = (Vec::new(), 0);
        for (key, standing) in standing {
            if rows >= ROWS_AT_ONCE {
                break;
            }
            self.take_up_standing(now, &key, &standing, effects);
            let view = self.registry.find(&key).filter(|view| view.is_live());
            let answer = view.map(|view| Answer::of(self.host.engine(), view.no));
            rows += answer.as_ref().map_or(0, Answer::len);
            answers.push(answer);
        }
        answers
    }

    /// Answers those whose wish is this view, if nothing of it is under way.
    pub(super) fn answer_whoever_waits(&mut self, no: ViewNo) {
        self.questions.wishes.retain(|(_, reply)| !reply.is_closed());
        let Some(view) = self.registry.get(no) else { return };
        if self.questions.wishes.is_empty() || !view.is_settled() || view.telling.writing {
            return;
        }
        let (mine, others) = std::mem::take(&mut self.questions.wishes)
            .into_iter()
            .partition::<Vec<_>, _>(|(wish, _)| wish.is_of(view));
        let answer = match &view.phase {
            Phase::Refused(problem) | Phase::Broken(problem) => Err(problem.clone()),
            Phase::Waiting(_) | Phase::Live { .. } => Ok(self.reply(view)),
        };
        self.questions.wishes = others;
        for (_, reply) in mine {
            let _ = reply.send(answer.clone());
        }
    }

    /// Answers those who wait for a view to be gone, if it is.
    pub(super) fn answer_whoever_waits_for_its_end(&mut self, no: ViewNo) {
        if self.registry.get(no).is_some() || self.outstanding.is_leaving(no) {
            return;
        }
        let all = std::mem::take(&mut self.questions.ends).into_iter();
        let (mine, others) = all.partition::<Vec<_>, _>(|(awaited, _)| *awaited == no);
        self.questions.ends = others;
        for (_, reply) in mine {
            let _ = reply.send(());
        }
    }

    fn reply(&self, view: &View) -> Registered {
        let saying = view.saying();
        let (rows, truncated) = self.window(view.no);
        Registered {
            id: surreal::names::query_record(&view.row.view.id).to_sql(),
            state: saying.state.as_str().to_owned(),
            error: saying.error,
            row_count: usize::try_from(view.rows).unwrap_or(usize::MAX),
            digest: self.host.engine().digest(view.no).to_string(),
            truncated,
            rows,
        }
    }

    /// The first rows of an answer, in its order, then those of its subqueries; and whether there are more.
    fn window(&self, no: ViewNo) -> (Vec<RegisteredRow>, bool) {
        let Answer { rows, children } = Answer::of(self.host.engine(), no);
        let top = rows.iter().map(|row| registered(row, None));
        let below = children.iter().map(|child| registered(&child.row, Some(&child.under)));
        let mut all = top.chain(below);
        let first = all.by_ref().take(limits::REGISTER_REPLY_ROWS_MAX).collect();
        (first, all.next().is_some())
    }

    fn detail(&self, view: &View) -> ViewDetail {
        let saying = view.saying();
        let live = view.is_live();
        let planned = view.planned();
        ViewDetail {
            id: view.row.view.id.clone(),
            auth: view.row.view.auth.as_ref().map(ToSql::to_sql),
            surql: view.row.surql.clone(),
            state: saying.state.as_str().to_owned(),
            error: saying.error,
            tables: planned.map(|it| it.query.tables.iter().cloned().collect()).unwrap_or_default(),
            family: self
                .host
                .engine()
                .describe(view.no)
                .and_then(|description| serde_json::to_value(description).ok()),
            digest: live.then(|| self.host.engine().digest(view.no).to_string()),
            row_count: usize::try_from(view.rows).unwrap_or(usize::MAX),
            window: if live { self.window(view.no).0 } else { Vec::new() },
        }
    }

    fn dependencies(&self) -> Vec<TableViews> {
        let mut readers: BTreeMap<&String, Vec<String>> = BTreeMap::new();
        for view in self.registry.iter() {
            for table in view.planned().into_iter().flat_map(|planned| planned.query.tables.iter())
            {
                readers.entry(table).or_default().push(view.row.view.to_string());
            }
        }
        let entry =
            |(table, views): (&String, Vec<String>)| TableViews { table: table.clone(), views };
        readers.into_iter().map(entry).collect()
    }

    fn overview(&self) -> Overview {
        let mut overview = Overview::default();
        for (table, rows, digest) in self.host.engine().tables() {
            overview.rows.insert(table.to_owned(), rows);
            overview.digests.insert(table.to_owned(), digest.to_string());
        }
        overview
    }
}

/// A row as it is told; a group has no record, but what it shows.
fn registered(row: &Row, under: Option<&Under>) -> RegisteredRow {
    let (out, value) = match group::shown(row) {
        Some(shown) => (None, Some(Value::Object(shown).into_json_value())),
        None => (Some(row.id().to_sql()), None),
    };
    RegisteredRow {
        out,
        value,
        version: row.version.0,
        parent: under.map(|under| under.parent.to_sql()),
        parent_rel: under.map(|under| under.alias.to_string()),
    }
}

fn cost(measured: Measured) -> Cost {
    let Measured { family, windows, steps, nanos_per_step, bytes_per_view } = measured;
    Cost { family, windows, steps, nanos_per_step, bytes_per_view }
}
