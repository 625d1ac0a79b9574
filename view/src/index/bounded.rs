//! The windows of a group that want only the rows above, or below, an argument (mechanism M8).
//!
//! They stand in the order of their arguments, so that a row finds those that it can concern
//! without meeting the others.
//!
//! # Invariants
//! - A window is found for every row that its comparison holds for; leading bits that are equal
//!   find it too, and so does a row whose column raises. The exact predicate judges afterwards.

use std::collections::BTreeMap;

use super::group::Touch;
use super::sort::SortKey;
use crate::few::Few;
use crate::plan::Path;
use crate::row::Row;
use crate::store::Transition;
use crate::value;

/// A column that windows compare with an argument of theirs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Border {
    /// Where it is read.
    pub path: Path,
    /// Whether the rows above the argument are wanted, by `>` or `>=`, or those below.
    pub above: bool,
}

/// A border with a window's argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The column and the side.
    pub border: Border,
    /// The leading bits of the argument.
    pub at: SortKey,
}

/// Windows by their bounds: for each border, in the order of the arguments.
#[derive(Debug, Default)]
pub struct Bounded(Vec<(Border, BTreeMap<SortKey, Few<u32>>)>);

impl Bounded {
    /// Whether no window stands here.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A window wants the rows on its side of a bound.
    pub fn subscribe(&mut self, bound: &Bound, window: u32) {
        let known = self.0.iter().position(|(border, _)| *border == bound.border);
        let known = known.unwrap_or_else(|| {
            self.0.push((bound.border.clone(), BTreeMap::new()));
            self.0.len() - 1
        });
        self.0[known].1.entry(bound.at).or_default().push(window);
    }

    /// It no longer does. Returns whether it did.
    pub fn unsubscribe(&mut self, bound: &Bound, window: u32) -> bool {
        let Some(known) = self.0.iter().position(|(border, _)| *border == bound.border) else {
            return false;
        };
        let arguments = &mut self.0[known].1;
        let Some(windows) = arguments.get_mut(&bound.at) else { return false };
        let Some(at) = windows.iter().rposition(|known| *known == window) else { return false };
        windows.remove(at);
        if windows.is_empty() {
            arguments.remove(&bound.at);
        }
        if arguments.is_empty() {
            self.0.swap_remove(known);
        }
        true
    }

    /// Tells the windows of a transition that a side of it concerns: those of the sides that stand
    /// in the group.
    pub fn touch(&self, touch: Touch, transition: &Transition, touched: &mut Vec<Touch>) {
        let told =
            |old: bool, new: bool| move |window: &u32| Touch { window: *window, old, new, ..touch };
        for (border, arguments) in &self.0 {
            if let Some(row) = transition.old.as_ref().filter(|_| touch.old) {
                border.each(row, arguments, |windows| {
                    touched.extend(windows.iter().map(told(true, false)));
                });
            }
            if let Some(row) = transition.new.as_ref().filter(|_| touch.new) {
                border.each(row, arguments, |windows| {
                    touched.extend(windows.iter().map(told(false, true)));
                });
            }
        }
    }
}

impl Border {
    /// Visits the windows on whose side a row stands.
    fn each(
        &self,
        row: &Row,
        arguments: &BTreeMap<SortKey, Few<u32>>,
        mut visit: impl FnMut(&Few<u32>),
    ) {
        let Ok(value) = value::path::get(row.content(), &self.path) else {
            return arguments.values().for_each(visit);
        };
        let at = SortKey::of(value.as_ref());
        if self.above {
            arguments.range(..=at).for_each(|(_, windows)| visit(windows));
        } else {
            arguments.range(at..).for_each(|(_, windows)| visit(windows));
        }
    }
}

#[cfg(test)]
mod tests {
    use surrealdb_types::{Object, RecordId};

    use super::{Border, Bound, Bounded, Touch, Transition};
    use crate::index::SortKey;
    use crate::plan::Path;
    use crate::row::Row;
    use crate::value::{compare, samples};

    fn row(value: &surrealdb_types::Value) -> Row {
        let content = Object::from_iter([("n".to_owned(), value.clone())]);
        Row::new(&RecordId::new("t", 1), &content, protocol::RowVersion(1), 1)
    }

    #[test]
    fn a_row_finds_every_window_whose_comparison_holds_and_few_others() {
        let values = samples::all();
        for above in [true, false] {
            let border = Border { path: Path::field("n"), above };
            let mut bounded = Bounded::default();
            let bounds: Vec<Bound> = values
                .iter()
                .map(|value| Bound { border: border.clone(), at: SortKey::of(value) })
                .collect();
            bounds.iter().zip(0..).for_each(|(bound, window)| bounded.subscribe(bound, window));
            let (mut found, mut holding) = (0, 0);
            for value in &values {
                let transition = Transition { old: None, new: Some(row(value)) };
                let asked = Touch { window: 0, transition: 0, old: false, new: true };
                let mut touched = Vec::new();
                bounded.touch(asked, &transition, &mut touched);
                let windows: Vec<u32> = touched.iter().map(|touch| touch.window).collect();
                found += windows.len();
                for (argument, window) in values.iter().zip(0..) {
                    let order = compare(value, argument);
                    if if above { order.is_ge() } else { order.is_le() } {
                        holding += 1;
                        assert!(windows.contains(&window), "{value:?} against {argument:?}");
                    }
                }
            }
            assert!(found < holding * 5 / 4, "{found} found, {holding} hold");
            for (bound, window) in bounds.iter().zip(0..) {
                assert!(bounded.unsubscribe(bound, window));
                assert!(!bounded.unsubscribe(bound, window));
            }
            assert!(bounded.is_empty());
        }
    }
}
