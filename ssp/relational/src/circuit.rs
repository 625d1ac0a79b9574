//! One circuit: rows of groups in, what the groups come to out.
//!
//! ```text
//! rows ─┬─ count and sums ──────────────────┬─ totals
//!       ├─ the first row                     │  firsts
//!       └─ ⋈ groups with an inexact number ─┘─ sums in the order of ids
//! ```
//!
//! Counting and summing integers costs what a change brings along; a group in which a number is a float or a decimal is
//! added up again, in the order of its rows' ids.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, RwLock};

use dbsp::algebra::UnimplementedSemigroup;
use dbsp::operator::{Fold as Folding, Min};
use dbsp::typed_batch::{IndexedZSetReader, SpineSnapshot};
use dbsp::utils::Tup2;
use dbsp::{CircuitHandle, IndexedZSetHandle, OrdIndexedZSet, OutputHandle, RootCircuit, ZWeight};
use view::group::{self, Touched};
use view::plan::{Grouping, Slot};

use crate::fold::Fold;
use crate::total::Total;
use crate::traits::{Fed, Key, Member};

type Output<V> = OutputHandle<SpineSnapshot<OrdIndexedZSet<Key, V>>>;

/// A circuit with what it said last of each group.
pub(crate) struct Circuit {
    handle: CircuitHandle,
    /// Of which shape it is: another one, once it is empty and used again.
    grouping: Arc<RwLock<Arc<Grouping<Slot>>>>,
    rows: IndexedZSetHandle<Key, Member>,
    totals: Output<Total>,
    firsts: Output<Member>,
    folds: Output<Fold>,
    groups: HashMap<Key, Group>,
}

/// What is known of a group.
#[derive(Default)]
struct Group {
    total: Option<Total>,
    first: Option<Fed>,
    fold: Option<Fold>,
}

impl Circuit {
    /// Builds a circuit. Only on a thread of the runtime: traces need it.
    pub(crate) fn build(grouping: Arc<Grouping<Slot>>) -> Result<Circuit, dbsp::Error> {
        let grouping = Arc::new(RwLock::new(grouping));
        let (of_total, of_fold) = (grouping.clone(), grouping.clone());
        let (handle, (rows, totals, firsts, folds)) = RootCircuit::build(move |circuit| {
            let (rows, input) = circuit.add_input_indexed_zset::<Key, Member>();
            let totals = rows.aggregate_linear(move |member: &Member| match &member.0 {
                Some(fed) => Total::of(&shape(&of_total), fed),
                None => Total::default(),
            });
            let firsts = rows.aggregate(Min);
            let inexact = totals.filter(|(_, total): (&Key, &Total)| total.inexact > 0);
            let ordered = rows.join_index(
                &inexact.map_index(|(key, _): (&Key, &Total)| (*key, ())),
                |key: &Key, member: &Member, (): &()| Some((*key, member.clone())),
            );
            let take = move |fold: &mut Fold, member: &Member, _: ZWeight| {
                fold.take(&shape(&of_fold), member);
            };
            let folding =
                Folding::<_, _, UnimplementedSemigroup<_>, _, _>::new(Fold::default(), take);
            let folds = ordered.aggregate(folding);
            let outputs =
                (totals.accumulate_output(), firsts.accumulate_output(), folds.accumulate_output());
            Ok((input, outputs.0, outputs.1, outputs.2))
        })?;
        let groups = HashMap::new();
        Ok(Circuit { handle, grouping, rows, totals, firsts, folds, groups })
    }

    /// Whether it holds no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Becomes the circuit of another shape: it holds nothing that was evaluated for the one before.
    pub(crate) fn reuse(&mut self, grouping: Arc<Grouping<Slot>>) {
        *self.grouping.write().unwrap_or_else(|broken| broken.into_inner()) = grouping;
    }

    /// Feeds rows in one transaction.
    pub(crate) fn step(&mut self, fed: Vec<group::Fed>) -> Result<Vec<Touched>, dbsp::Error> {
        let mut touched = BTreeSet::new();
        let mut rows: Vec<Tup2<Key, Tup2<Member, ZWeight>>> = Vec::with_capacity(fed.len());
        for group::Fed { window, group, row, args, enters } in fed {
            let key = Key::new(window, group);
            touched.insert(key);
            let weight = if enters { 1 } else { -1 };
            rows.push(Tup2(key, Tup2(Member(Some(Fed { row, args })), weight)));
        }
        self.rows.append(&mut rows);
        self.handle.transaction()?;
        let totals = changes(&self.totals);
        let firsts = changes(&self.firsts);
        let folds = changes(&self.folds);
        totals.into_iter().for_each(|(key, total)| self.group(key).total = total);
        firsts.into_iter().for_each(|(key, it)| self.group(key).first = it.and_then(|it| it.0));
        folds.into_iter().for_each(|(key, fold)| self.group(key).fold = fold);
        let many = shape(&self.grouping).sums.len();
        let said = touched.into_iter().map(|key| {
            let now = self.groups.get(&key).and_then(|group| group.total(many));
            if now.is_none() {
                self.groups.remove(&key);
            }
            Touched { window: key.window, group: key.group(), now }
        });
        Ok(said.collect())
    }

    fn group(&mut self, key: Key) -> &mut Group {
        self.groups.entry(key).or_default()
    }
}

impl Group {
    fn total(&self, many: usize) -> Option<group::Total> {
        let (total, first) = (self.total.as_ref()?, self.first.as_ref()?);
        let sums = match self.fold.as_ref().and_then(Fold::sums) {
            Some(sums) if total.inexact > 0 => sums.clone(),
            _ => Ok(total.sums(many)),
        };
        Some(group::Total { first: first.row.row().clone(), count: total.count, sums })
    }
}

fn shape(grouping: &RwLock<Arc<Grouping<Slot>>>) -> Arc<Grouping<Slot>> {
    grouping.read().unwrap_or_else(|broken| broken.into_inner()).clone()
}

/// What an output says of each key: what it is now, or that it is gone.
fn changes<V: dbsp::DBData>(output: &Output<V>) -> BTreeMap<Key, Option<V>> {
    let mut changes = BTreeMap::new();
    for snapshot in output.take_from_all() {
        for (key, value, weight) in snapshot.iter() {
            if weight > 0 {
                changes.insert(key, Some(value));
            } else {
                changes.entry(key).or_insert(None);
            }
        }
    }
    changes
}
