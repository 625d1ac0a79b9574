//! The normal form of a condition: arms, each with keys and a residual (mechanism M8).
//!
//! # Invariants
//! - Every row that is in a view's answer, or makes its query fail, is found under the keys of some
//!   arm whose conditions hold. The arms find candidates; what a candidate is says
//!   [`super::Family::judge`].
//! - What can fail gives a key only where its failing makes the row loose, so that it is found
//!   under every key: when the reading of the key's own column is all that can fail, and nothing that
//!   could have failed before it, in the permission or in WHERE, is left to the residual.

use protocol::limits::FAMILY_ARMS_MAX;

use crate::index::{Border, Column, Part};
use crate::plan::{BinaryOp, Expr, Path, Slot};
use crate::shape::Shape;

/// One arm of a disjunction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arm {
    /// What a row of the arm is found by; in the order of their columns, no column twice.
    pub keys: Vec<Key>,
    /// Arguments that have to be true: decided when a view registers.
    pub conditions: Vec<Slot>,
    /// What is left to be evaluated on each candidate.
    pub residual: Vec<Expr<Slot>>,
    /// A comparison of the residual by which most candidates are passed over.
    pub range: Option<Range>,
}

/// A comparison of a column with an argument, by `<`, `<=`, `>` or `>=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The column, and the side that is wanted.
    pub border: Border,
    /// The argument.
    pub slot: Slot,
}

/// One key: a column that is compared with an argument.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The row's side.
    pub column: Column,
    /// The view's side.
    pub sought: Sought,
    /// Whether each element of the argument is a key by itself.
    pub many: bool,
    /// Whether reading its column can raise.
    pub fallible: bool,
}

/// What a key's column is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sought {
    /// The argument in a slot.
    Argument(Slot),
    /// What every view of the family seeks: that the column is true, or that it is not.
    Truth(bool),
}

/// Takes a shape's condition apart.
pub fn arms(shape: &Shape) -> Vec<Arm> {
    let mut arms: Vec<Vec<&Expr<Slot>>> = vec![Vec::new()];
    let permission = shape.permission.as_ref().map(conjuncts).unwrap_or_default();
    let filter = shape.filter.as_ref().map(conjuncts).unwrap_or_default();
    for part in permission.into_iter().chain(filter) {
        let whole = || vec![vec![part]];
        let divisible = !fails_beside_keys(part);
        let choices = if divisible { disjuncts(part).unwrap_or_else(whole) } else { whole() };
        let fits = arms.len() * choices.len() <= FAMILY_ARMS_MAX;
        let choices = if fits { choices } else { whole() };
        let mut longer = Vec::with_capacity(arms.len() * choices.len());
        for arm in &arms {
            for choice in &choices {
                let mut atoms = arm.clone();
                atoms.extend(choice);
                longer.push(atoms);
            }
        }
        arms = longer;
    }
    arms.iter().map(|atoms| arm(atoms)).collect()
}

/// Returns the parts that all have to hold.
pub fn conjuncts(expr: &Expr<Slot>) -> Vec<&Expr<Slot>> {
    match expr {
        Expr::And(a, b) => [conjuncts(a), conjuncts(b)].concat(),
        expr => vec![expr],
    }
}

/// Returns the expression as a disjunction of conjunctions, if that is small enough.
fn disjuncts(expr: &Expr<Slot>) -> Option<Vec<Vec<&Expr<Slot>>>> {
    let arms = match expr {
        Expr::Or(a, b) => [disjuncts(a)?, disjuncts(b)?].concat(),
        Expr::And(a, b) => {
            let (a, b) = (disjuncts(a)?, disjuncts(b)?);
            if a.len() * b.len() > FAMILY_ARMS_MAX {
                return None;
            }
            let both = |x: &Vec<_>| b.iter().map(|y| [&x[..], &y[..]].concat()).collect::<Vec<_>>();
            a.iter().flat_map(both).collect()
        }
        expr => vec![vec![expr]],
    };
    (arms.len() <= FAMILY_ARMS_MAX).then_some(arms)
}

/// Whether anything in it can raise beside the reading of a column that is compared as a key. In a
/// conjunction below a disjunction, what fails first hides the rest, so that nothing in it may
/// fail.
fn fails_beside_keys(expr: &Expr<Slot>) -> bool {
    match expr {
        Expr::Or(a, b) => fails_beside_keys(a) || fails_beside_keys(b),
        expr => expr.can_fail() && key(expr).is_none(),
    }
}

fn arm(atoms: &[&Expr<Slot>]) -> Arm {
    let mut arm = Arm::default();
    let mut failed_before = false;
    for atom in atoms {
        let fallible = atom.can_fail();
        match (atom, key(atom)) {
            (Expr::Leaf(slot), _) => arm.conditions.push(*slot),
            (_, Some(key)) if arm.takes(&key) && !(fallible && failed_before) => arm.keys.push(key),
            (atom, _) => {
                // What can fail is looked at before it excludes, so that it must not pass over.
                if !fallible && arm.range.is_none() {
                    arm.range = range(atom);
                }
                failed_before |= fallible;
                arm.residual.push((*atom).clone());
            }
        }
    }
    arm.keys.sort();
    arm
}

impl Arm {
    /// A column once; and one list on each side, because their combinations multiply.
    fn takes(&self, key: &Key) -> bool {
        self.keys.iter().all(|known| {
            let elements = known.column.part == Part::Elements && key.column.part == Part::Elements;
            known.column.path != key.column.path && !elements && !(known.many && key.many)
        })
    }
}

fn range(expr: &Expr<Slot>) -> Option<Range> {
    use BinaryOp::{Less, LessOrEqual, More, MoreOrEqual};
    let Expr::Binary(op @ (Less | LessOrEqual | More | MoreOrEqual), a, b) = expr else {
        return None;
    };
    let above = matches!(op, More | MoreOrEqual);
    let (path, slot, above) = match (a.as_ref(), b.as_ref()) {
        (Expr::Field(path), Expr::Leaf(slot)) => (path, *slot, above),
        (Expr::Leaf(slot), Expr::Field(path)) => (path, *slot, !above),
        _ => return None,
    };
    Some(Range { border: Border { path: path.clone(), above }, slot })
}

fn key(expr: &Expr<Slot>) -> Option<Key> {
    let fallible = expr.can_fail();
    let (op, a, b) = match expr {
        Expr::Binary(op, a, b) => (op, a, b),
        Expr::Field(path) => return Some(truth(path, true, fallible)),
        Expr::Not(inner) => match inner.as_ref() {
            Expr::Field(path) => return Some(truth(path, false, fallible)),
            _ => return None,
        },
        _ => return None,
    };
    let (path, slot, field_first) = match (a.as_ref(), b.as_ref()) {
        (Expr::Field(path), Expr::Leaf(slot)) => (path, *slot, true),
        (Expr::Leaf(slot), Expr::Field(path)) => (path, *slot, false),
        _ => return None,
    };
    let (part, many) = match (op, field_first) {
        (BinaryOp::Equal | BinaryOp::Exact, _) => (Part::Whole, false),
        (BinaryOp::Inside, true) => (Part::Whole, true),
        (BinaryOp::Inside, false) | (BinaryOp::Contains, true) => (Part::Elements, false),
        (BinaryOp::Contains, false) => (Part::Whole, true),
        (BinaryOp::ContainsAny | BinaryOp::AnyInside, _) => (Part::Elements, true),
        _ => return None,
    };
    let column = Column { path: path.clone(), part };
    Some(Key { column, sought: Sought::Argument(slot), many, fallible })
}

/// The key of a column that has to be true, or must not be.
fn truth(path: &Path, holds: bool, fallible: bool) -> Key {
    let column = Column { path: path.clone(), part: Part::Truth };
    Key { column, sought: Sought::Truth(holds), many: false, fallible }
}
