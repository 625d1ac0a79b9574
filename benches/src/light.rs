//! The speed of light: the same windows over `BTreeMap`s, with neither values, versions,
//! permissions nor sharing.

use std::collections::{BTreeSet, HashMap};

/// Lists of (rank, task), and the tasks' ranks.
#[derive(Debug, Default)]
pub struct Light {
    lists: HashMap<u64, BTreeSet<(u64, u64)>>,
    ranks: HashMap<u64, u64>,
}

impl Light {
    /// Sets a task's rank in its list. Returns how many tasks entered or left the first `window` of
    /// it.
    pub fn write(&mut self, list: u64, task: u64, rank: u64, window: usize) -> usize {
        let set = self.lists.entry(list).or_default();
        let before: Vec<u64> = set.iter().take(window).map(|(_, task)| *task).collect();
        if let Some(old) = self.ranks.insert(task, rank) {
            set.remove(&(old, task));
        }
        set.insert((rank, task));
        let after = set.iter().take(window).map(|(_, task)| *task);
        after.filter(|task| !before.contains(task)).count()
    }

    /// Returns the first tasks of a list: what a view of it begins with.
    pub fn first(&self, list: u64, window: usize) -> Vec<u64> {
        self.lists.get(&list).into_iter().flatten().take(window).map(|(_, task)| *task).collect()
    }
}
