//! What GROUP BY answers: as the database does it, row by row in the order of their ids.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use surrealdb_types::{Number, Value};

use super::{Failure, Match, Shown, View};
use crate::group::{self, Ids};
use crate::plan::{Grouping, Input};
use crate::value;

/// Keys in the database's order, by which it tells groups apart.
struct Keys(Vec<Value>);

/// What rows have come to so far.
struct Group {
    count: i64,
    sums: Vec<Number>,
}

impl View<'_> {
    /// Gathers the matches into groups; in the order of what these show, because GROUP BY says none.
    pub(super) fn groups(
        &self,
        grouping: &Grouping<Input>,
        matches: &[Match<'_>],
    ) -> Result<Vec<Shown>, Failure> {
        let none = || Group { count: 0, sums: vec![Number::Int(0); grouping.sums.len()] };
        let mut groups: BTreeMap<Keys, Group> = BTreeMap::new();
        if grouping.over_nothing {
            groups.insert(Keys(Vec::new()), none());
        }
        for found in matches {
            let failed = |fault| Failure::Row(found.id.clone(), fault);
            let keys = grouping.keys.iter().map(|key| self.value(key, found.row));
            let keys = Keys(keys.collect::<Result<_, _>>().map_err(failed)?);
            let group = groups.entry(keys).or_insert_with(none);
            group.count += 1;
            for (sum, expr) in group.sums.iter_mut().zip(&grouping.sums) {
                if let Value::Number(number) = self.value(expr, found.row).map_err(failed)? {
                    *sum = group::add(*sum, number).map_err(failed)?;
                }
            }
        }
        let mut ids = Ids::default();
        let shown = groups.into_iter().map(|(Keys(keys), group)| Shown {
            id: group::record(ids.enter(&keys)),
            shown: Value::Object(group::content(grouping, &keys, group.count, &group.sums)),
            children: Vec::new(),
        });
        let mut shown: Vec<Shown> = shown.collect();
        shown.sort_by(|a, b| value::compare(&a.shown, &b.shown));
        Ok(shown)
    }
}

impl Ord for Keys {
    fn cmp(&self, other: &Keys) -> Ordering {
        let pairs = self.0.iter().zip(&other.0);
        pairs.map(|(a, b)| value::compare(a, b)).find(|it| it.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Keys {
    fn partial_cmp(&self, other: &Keys) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Keys {
    fn eq(&self, other: &Keys) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Keys {}
