//! What holds after every step of the engine, and what a whole case comes to.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use cli::scenario::outcome::Subject;
use cli::scenario::rig::circuit::{Circuit, images, shown};
use cli::scenario::rig::reference::Reference;
use tests::random::Case;
use tests::random::case::Step;
use tests::random::query::Query;
use view::delta::{RowDelta, ViewDelta};
use view::group;

use super::script;
use super::tally::Tally;

/// So many steps apart another engine begins in the middle.
const BEGIN_EVERY: usize = 5;

/// What does not hold of a case. A panic does not hold either.
pub fn wrong(case: &Case, tally: &mut Tally) -> Option<String> {
    let asked = catch_unwind(AssertUnwindSafe(|| {
        walk(case, tally).or_else(|| one_commit_is_its_writes(case)).or_else(|| other_words(case))
    }));
    asked.unwrap_or_else(|_| Some("it panics".to_owned()))
}

/// Runs the engine beside the reference and asks after every step.
pub fn walk(case: &Case, tally: &mut Tally) -> Option<String> {
    let script = match script(case) {
        Ok(script) => script,
        Err(error) => return Some(error),
    };
    let mut circuit = Circuit::new(&script).remembering();
    let (mut reference, mut edges) = (Reference::new(&script), Edges::default());
    tally.case(&script);
    for (at, entry) in script.entries.iter().enumerate() {
        let Some(step) = &entry.step else { continue };
        let place =
            |what: String| Some(format!("line {}: {}\n{what}", entry.line, entry.text.join("\n")));
        let right = match reference.step(step) {
            Ok(right) => right,
            Err(error) => return place(format!("reference: {error}")),
        };
        let told = match circuit.step(step) {
            Ok(told) => told,
            Err(error) => return place(format!("circuit: {error}")),
        };
        tally.step(step, &told);
        let (told, right) = (told.lines().join("\n"), right.lines().join("\n"));
        if told != right {
            return place(format!("told:\n{told}\nright:\n{right}"));
        }
        if matches!(step, cli::scenario::Step::Restart) {
            edges.reconcile_groups(&circuit);
        }
        let begins = at % BEGIN_EVERY == 0;
        let found = edges
            .follow(&circuit)
            .or_else(|| hydrated_now(&mut circuit))
            .or_else(|| fed_is_demanded(&circuit))
            .or_else(|| ways_are_counted(&circuit))
            .or_else(|| begins.then(|| begun_later(&circuit, at)).flatten())
            .or_else(|| delivered_again(&mut circuit));
        if let Some(what) = found {
            return place(what);
        }
    }
    begun_later(&circuit, script.entries.len())
}

/// What the deltas add up to: every record weighs 0 or 1, and a delta names it once.
#[derive(Default)]
struct Edges(BTreeMap<String, BTreeSet<Subject>>);

impl Edges {
    /// Groups that share a hash may have other numbers after a restart: edges are made what is held then.
    fn reconcile_groups(&mut self, circuit: &Circuit) {
        for (name, sum) in &mut self.0 {
            sum.retain(|edge| !is_of_group(edge));
            sum.extend(edges(circuit, name).filter(is_of_group));
        }
    }

    fn follow(&mut self, circuit: &Circuit) -> Option<String> {
        let living = circuit.views();
        self.0.retain(|name, _| living.contains(name));
        for (name, delta) in circuit.said().iter().filter(|(name, _)| living.contains(name)) {
            if let Some(what) = self.add(name, delta) {
                return Some(format!("{name}: {what}"));
            }
        }
        living.iter().find_map(|name| {
            let answer: BTreeSet<Subject> = edges(circuit, name).collect();
            let sum = self.0.entry(name.clone()).or_default();
            (*sum != answer).then(|| format!("{name}: its deltas do not add up to its answer"))
        })
    }

    fn add(&mut self, name: &str, delta: &ViewDelta) -> Option<String> {
        let sum = self.0.entry(name.to_owned()).or_default();
        let mut named = BTreeSet::new();
        let rows = delta.rows.iter().map(|row| (None, row));
        let below = delta.children.iter().map(|child| (Some(&child.under), &child.row));
        for (under, row) in rows.chain(below) {
            let (edge, fits) = match row {
                RowDelta::Leave { record, .. } => {
                    let edge = Subject::of(record.clone(), under);
                    (edge.clone(), sum.remove(&edge))
                }
                RowDelta::Change(row) => {
                    let edge = Subject::of(row.id(), under);
                    (edge.clone(), sum.contains(&edge))
                }
                RowDelta::Enter(row) => {
                    let edge = Subject::of(row.id(), under);
                    (edge.clone(), sum.insert(edge))
                }
            };
            if !fits || !named.insert(edge.clone()) {
                return Some(format!("{} is told once too often", edge.text()));
            }
        }
        None
    }
}

/// What a view has edges of: a group has one by its number.
fn edges(circuit: &Circuit, name: &str) -> impl Iterator<Item = Subject> {
    circuit.answer(name).into_iter().map(|(subject, row)| match subject {
        Subject::Group(_) => Subject::Record(row.id()),
        subject => subject,
    })
}

fn is_of_group(edge: &Subject) -> bool {
    edge.record().is_some_and(|record| group::number_of(record).is_some())
}

/// Hydrating now gives what hydrating at the start and following the deltas gave.
fn hydrated_now(circuit: &mut Circuit) -> Option<String> {
    circuit.views().iter().find_map(|name| {
        let (now, stands) = (circuit.hydrate_again(name)?, circuit.answer(name));
        (images(&now) != images(&stands)).then(|| {
            format!("{name} hydrated now: {}\n{name} stands: {}", shown(&now), shown(&stands))
        })
    })
}

/// A circuit of groups holds as many rows as match.
fn fed_is_demanded(circuit: &Circuit) -> Option<String> {
    circuit.views().iter().find_map(|name| {
        let (fed, demanded) = circuit.fed(name)?;
        (fed != demanded).then(|| format!("{name}: {fed} rows are fed, {demanded} match"))
    })
}

/// A view with subqueries counts the ways down to their rows and windows.
fn ways_are_counted(circuit: &Circuit) -> Option<String> {
    circuit.views().iter().find_map(|name| {
        let ways = circuit.ways(name)?;
        let differ = ways.iter().any(|(counted, there)| counted != there);
        differ.then(|| format!("{name}: ways that are counted, and that there are: {ways:?}"))
    })
}

/// An engine that begins behind some commit, and hears some twice, comes to the same.
fn begun_later(circuit: &Circuit, at: usize) -> Option<String> {
    let remembered = circuit.remembered();
    let prefix = 1 + at.wrapping_mul(7) % remembered.max(1);
    if prefix > remembered { None } else { circuit.begun_later(prefix, at % 3) }
}

fn delivered_again(circuit: &mut Circuit) -> Option<String> {
    let again = circuit.redeliver();
    (!again.is_empty()).then(|| format!("delivered again, it says:\n{}", again.join("\n")))
}

// -- whole cases ---------------------------------------------------------------------------------------------

/// The answers of the views that stand and are not failed, in window order.
fn last_answers(case: &Case) -> Result<BTreeMap<String, String>, String> {
    let script = script(case)?;
    let mut circuit = Circuit::new(&script);
    for step in script.steps() {
        circuit.step(step).map_err(|error| format!("circuit: {error}"))?;
    }
    let views = circuit.views().into_iter().filter(|name| !circuit.failed(name));
    Ok(views.map(|name| (name.clone(), shown(&circuit.answer(&name)))).collect())
}

/// Of the views that neither run failed, those whose answers differ.
fn differing(title: &str, a: &Case, b: &Case) -> Option<String> {
    let (one, other) = match (last_answers(a), last_answers(b)) {
        (Ok(one), Ok(other)) => (one, other),
        (Err(error), _) | (_, Err(error)) => return Some(format!("{title}: {error}")),
    };
    one.iter().find_map(|(name, rows)| {
        let others = other.get(name).filter(|others| *others != rows)?;
        Some(format!("{title}: {name}: {others}\nbut: {rows}\n{}", b.print()))
    })
}

/// One commit comes to what the same writes come to one by one.
fn one_commit_is_its_writes(case: &Case) -> Option<String> {
    let mut together = case.clone();
    for step in &mut together.steps {
        if let Step::Commit(writes) = step {
            *writes = writes.drain(..).flat_map(|write| never_rejected(&write)).collect();
        }
    }
    let mut apart = together.clone();
    let steps = std::mem::take(&mut apart.steps);
    apart.steps = steps.into_iter().flat_map(one_by_one).collect();
    differing("one by one", &together, &apart)
}

/// A rejected write takes its transaction along, but not its neighbours.
fn never_rejected(write: &str) -> Vec<String> {
    match write.strip_prefix("create ").and_then(|rest| rest.split_once(" {")) {
        Some((record, _)) => vec![format!("delete {record}"), write.to_owned()],
        None => vec![write.to_owned()],
    }
}

fn one_by_one(step: Step) -> Vec<Step> {
    match step {
        Step::Commit(writes) => writes.into_iter().map(|write| Step::Commit(vec![write])).collect(),
        step => vec![step],
    }
}

/// What is said otherwise, and how.
type Variant = (&'static str, fn(&mut tests::random::case::View));

const VARIANTS: [Variant; 5] = [
    ("a conjunct twice", |view| {
        let first = view.query.conjuncts.first().cloned();
        view.query.conjuncts.extend(first);
    }),
    ("a conjunct that always holds", |view| {
        // The count of a whole table is there over no rows, that of some of it is not.
        if view.query.group.is_none() || !view.query.conjuncts.is_empty() {
            view.query.conjuncts.push("(id = id)".to_owned());
        }
    }),
    ("conjuncts in another order", |view| view.query.conjuncts.reverse()),
    ("a LIMIT that does not bind", |view| {
        if view.query.group.is_none() {
            view.query.limit.get_or_insert_with(|| "1000".to_owned());
        }
    }),
    ("other names of parameters", |view| {
        rename(&mut view.query);
        for (name, _) in view.params.iter_mut().filter(|(name, _)| *name == "p") {
            *name = "renamed";
        }
    }),
];

fn rename(query: &mut Query) {
    for conjunct in &mut query.conjuncts {
        // `$parent` is none.
        let kept = conjunct.replace("$parent", "$\0arent");
        *conjunct = kept.replace("$p", "$renamed").replace("$\0arent", "$parent");
    }
    query.children.iter_mut().for_each(|child| rename(&mut child.query));
}

/// The same question in other words has the same answer.
fn other_words(case: &Case) -> Option<String> {
    VARIANTS.iter().find_map(|(title, change)| {
        let mut other = case.clone();
        other.views_mut().for_each(change);
        differing(title, case, &other)
    })
}
