//! A multiset of moments or places, of which the smallest is asked for.

use std::collections::BTreeMap;

/// What something is counted under, and how often each.
#[derive(Debug)]
pub(super) struct Counted<T>(BTreeMap<T, usize>);

impl<T> Default for Counted<T> {
    fn default() -> Counted<T> {
        Counted(BTreeMap::new())
    }
}

impl<T: Ord + Copy> Counted<T> {
    pub(super) fn add(&mut self, at: T) {
        *self.0.entry(at).or_default() += 1;
    }

    /// Takes one out, which must be there.
    pub(super) fn remove(&mut self, at: T) {
        let count = self.0.get_mut(&at).expect("what waits is counted");
        *count -= 1;
        if *count == 0 {
            self.0.remove(&at);
        }
    }

    pub(super) fn first(&self) -> Option<T> {
        self.0.keys().next().copied()
    }
}
