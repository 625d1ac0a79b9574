//! What rows come to where their order does not matter: their number, and sums of integers.

use std::ops::{Add, AddAssign};

use dbsp::ZWeight;
use dbsp::algebra::{HasZero, MulByRef};
use rkyv::{Archive, Deserialize, Serialize};
use surrealdb_types::Number;
use view::group::addend;
use view::plan::{Grouping, Slot};

use crate::traits::Fed;

/// A count and sums, which add up.
#[derive(
    Archive, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
)]
#[archive_attr(derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash))]
pub(crate) struct Total {
    /// The rows.
    pub(crate) count: i64,
    /// The numbers that are no integers: where there is one, the sums are not those of the database.
    pub(crate) inexact: i64,
    /// The sums of the integers; none is as many zeros.
    sums: Vec<i128>,
}

impl Total {
    /// What one row comes to.
    pub(crate) fn of(grouping: &Grouping<Slot>, fed: &Fed) -> Total {
        let mut total = Total { count: 1, inexact: 0, sums: vec![0; grouping.sums.len()] };
        for (at, sum) in grouping.sums.iter().enumerate() {
            match addend(sum, fed.row.row(), &fed.args) {
                Some(Number::Int(int)) => total.sums[at] = i128::from(int),
                Some(Number::Float(_) | Number::Decimal(_)) => total.inexact += 1,
                None => {}
            }
        }
        total
    }

    /// The sums as the database has them: its integers wrap.
    pub(crate) fn sums(&self, many: usize) -> Vec<Number> {
        let wrapped = |at: usize| self.sums.get(at).map_or(0, |sum| *sum as i64);
        (0..many).map(|at| Number::Int(wrapped(at))).collect()
    }
}

impl AddAssign<&Total> for Total {
    fn add_assign(&mut self, other: &Total) {
        self.count += other.count;
        self.inexact += other.inexact;
        if self.sums.len() < other.sums.len() {
            self.sums.resize(other.sums.len(), 0);
        }
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, more)| *sum += more);
    }
}

impl Add for &Total {
    type Output = Total;

    fn add(self, other: &Total) -> Total {
        let mut sum = self.clone();
        sum += other;
        sum
    }
}

impl MulByRef<ZWeight> for Total {
    type Output = Total;

    fn mul_by_ref(&self, weight: &ZWeight) -> Total {
        let sums = self.sums.iter().map(|sum| sum * i128::from(*weight));
        Total { count: self.count * weight, inexact: self.inexact * weight, sums: sums.collect() }
    }
}

impl HasZero for Total {
    fn is_zero(&self) -> bool {
        self.count == 0 && self.inexact == 0 && self.sums.iter().all(|sum| *sum == 0)
    }

    fn zero() -> Total {
        Total::default()
    }
}
