//! What rows come to one after the other: sums in which a number is no integer depend on the order.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rkyv::{Archive, Deserialize, Serialize};
use surrealdb_types::{Number, Value};
use view::fault::Fault;
use view::group::{add, addend};
use view::plan::{Grouping, Slot};
use view::row::Row;

use crate::traits::Member;

/// Sums up to a row, or why one of them has no value.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, Default)]
#[archive_attr(derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash))]
pub(crate) struct Fold(#[with(rkyv::with::Skip)] Option<Arc<Sums>>);

type Sums = Result<Vec<Number>, (Row, Fault)>;

impl Fold {
    /// Takes the next row in.
    pub(crate) fn take(&mut self, grouping: &Grouping<Slot>, member: &Member) {
        let Some(fed) = &member.0 else { return };
        let begin = || Arc::new(Ok(vec![Number::Int(0); grouping.sums.len()]));
        // Nobody else holds it while it is made.
        let sums = Arc::make_mut(self.0.get_or_insert_with(begin));
        let Ok(known) = sums else { return };
        for (sum, expr) in known.iter_mut().zip(&grouping.sums) {
            let Some(number) = addend(expr, fed.row.row(), &fed.args) else { continue };
            match add(*sum, number) {
                Ok(more) => *sum = more,
                Err(fault) => {
                    *sums = Err((fed.row.row().clone(), fault));
                    return;
                }
            }
        }
    }

    /// The sums.
    pub(crate) fn sums(&self) -> Option<&Sums> {
        self.0.as_deref()
    }

    /// Equal for the same sums of the same kinds, and ordered somehow.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.sums() {
            None => {}
            Some(Ok(sums)) => {
                for sum in sums {
                    view::value::write_bytes(&Value::Number(*sum), &mut bytes);
                }
            }
            Some(Err((row, fault))) => {
                bytes.extend(row.number.to_be_bytes());
                bytes.extend(fault.reason.as_bytes());
            }
        }
        bytes
    }
}

impl Ord for Fold {
    fn cmp(&self, other: &Fold) -> Ordering {
        self.bytes().cmp(&other.bytes())
    }
}

impl PartialOrd for Fold {
    fn partial_cmp(&self, other: &Fold) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fold {
    fn eq(&self, other: &Fold) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fold {}

impl Hash for Fold {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes().hash(state);
    }
}
