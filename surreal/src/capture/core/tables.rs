//! The followed tables: which changes of each were seen, and what is kept while one is loaded (mechanisms M1, M2).
//!
//! # Invariants
//! - A change is told at most once while its set is not older than `floor`; forgetting one that was seen does no harm,
//!   because applying is idempotent (M3).
//! - From before a load's transaction begins until its pages stand, the table's changes are kept and not told.
//! - Skipped is not seen: a table that is followed later finds its changes again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::{Change, Stamp, limits};

use crate::names;

/// Stamps remembered for one table; over it the oldest are forgotten.
const SEEN_MAX: usize = 1_000_000;

/// Which of a table's loads: an earlier one's rows are nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LoadNo(pub(crate) u64);

/// What a load's transaction showed of the feed, beside the pages.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shown {
    /// The sets that have entries of the table.
    pub(crate) stamps: BTreeSet<Stamp>,
    /// The newest set, of any table.
    pub(crate) newest: Stamp,
}

#[derive(Debug)]
enum Stage {
    /// Its turn has not come.
    Waiting,
    /// Under way.
    Loading {
        load: LoadNo,
        kept: BTreeMap<Stamp, Vec<Change>>,
        count: usize,
    },
    /// The pages stand; the tail has to pass what their transaction showed.
    CatchingUp {
        newest: Stamp,
        ended: Duration,
    },
    Current,
}

#[derive(Debug)]
struct Followed {
    stage: Stage,
    seen: BTreeSet<Stamp>,
    /// Load it again as soon as it stands, by difference; until then its changes are told.
    reload: bool,
    /// Go over it again then.
    second_look: Option<Duration>,
}

impl Followed {
    fn is_settled(&self) -> bool {
        matches!(self.stage, Stage::Current) && !self.reload
    }

    fn wants_load(&self) -> bool {
        match self.stage {
            Stage::Waiting => true,
            Stage::Current => self.reload,
            Stage::Loading { .. } | Stage::CatchingUp { .. } => false,
        }
    }
}

/// What becomes of one table's part of a set.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Nobody follows it, or it was seen.
    Skip,
    /// It is new.
    Tell,
    /// It waits for the load's pages.
    Keep,
}

#[derive(Debug, Default)]
pub(crate) struct Tables {
    followed: BTreeMap<String, Followed>,
    loads: u64,
}

impl Tables {
    // -- following -------------------------------------------------------------------------------------------

    /// Follows a table, or loads one that is followed already again.
    pub(crate) fn follow(&mut self, table: &str) {
        match self.followed.get_mut(table) {
            Some(followed) => followed.reload = true,
            None => {
                let (stage, seen) = (Stage::Waiting, BTreeSet::new());
                let followed = Followed { stage, seen, reload: false, second_look: None };
                self.followed.insert(table.to_owned(), followed);
            }
        }
    }

    /// Has the auditor go over a followed table at full speed, then.
    pub(crate) fn look_again(&mut self, table: &str, then: Duration) {
        if let Some(followed) = self.followed.get_mut(table) {
            followed.second_look = Some(then);
        }
    }

    pub(crate) fn forget(&mut self, table: &str) {
        self.followed.remove(table);
    }

    pub(crate) fn is_followed(&self, table: &str) -> bool {
        self.followed.contains_key(table)
    }

    /// Whether records of it can be read one by one: it was loaded, and no load is under way.
    pub(crate) fn is_readable(&self, table: &str) -> bool {
        let loaded = |it: &Followed| matches!(it.stage, Stage::CatchingUp { .. } | Stage::Current);
        self.followed.get(table).is_some_and(loaded)
    }

    /// Loads every table again.
    pub(crate) fn follow_all(&mut self) {
        for followed in self.followed.values_mut() {
            followed.reload = true;
        }
    }

    // -- loads -----------------------------------------------------------------------------------------------

    /// Begins loads that wait, as long as fewer than `most` are under way, of tables that are not busy otherwise.
    pub(crate) fn begin_loads(
        &mut self,
        now: Duration,
        most: usize,
        is_busy: impl Fn(&str) -> bool,
    ) -> Vec<(String, LoadNo)> {
        let loading = |followed: &&Followed| matches!(followed.stage, Stage::Loading { .. });
        let room = most.saturating_sub(self.followed.values().filter(loading).count());
        let wanting = self.followed.iter_mut().filter(|(_, followed)| followed.wants_load());
        let wanting = wanting.filter(|(table, _)| !is_busy(table));
        let mut begun = Vec::new();
        for (table, followed) in wanting.take(room) {
            self.loads += 1;
            let load = LoadNo(self.loads);
            followed.reload = false;
            followed.second_look = followed.second_look.filter(|at| *at > now);
            followed.stage = Stage::Loading { load, kept: BTreeMap::new(), count: 0 };
            begun.push((table.clone(), load));
        }
        begun
    }

    /// Begins one table's load.
    pub(crate) fn begin_load(&mut self, table: &str) -> Option<LoadNo> {
        let followed = self.followed.get_mut(table)?;
        self.loads += 1;
        let load = LoadNo(self.loads);
        followed.reload = false;
        followed.stage = Stage::Loading { load, kept: BTreeMap::new(), count: 0 };
        Some(load)
    }

    /// Loads under way are nobody's any more: their tables wait for others.
    pub(crate) fn give_loads_up(&mut self) {
        for followed in self.followed.values_mut() {
            if !matches!(followed.stage, Stage::Current) {
                followed.stage = Stage::Waiting;
            }
        }
    }

    pub(crate) fn are_loading(&self) -> bool {
        self.followed.values().any(|it| matches!(it.stage, Stage::Loading { .. }))
    }

    /// A table that was never loaded, or whose load was given up.
    pub(crate) fn waiting(&self) -> Option<&String> {
        let waits = |it: &Followed| matches!(it.stage, Stage::Waiting);
        self.followed.iter().find(|(_, it)| waits(it)).map(|(table, _)| table)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.followed.keys()
    }

    /// A load failed: it begins again.
    pub(crate) fn restart_load(&mut self, table: &str, no: LoadNo) {
        if self.is_loading(table, no)
            && let Some(followed) = self.followed.get_mut(table)
        {
            followed.stage = Stage::Waiting;
        }
    }

    /// Whether this load is the table's present one.
    pub(crate) fn is_loading(&self, table: &str, no: LoadNo) -> bool {
        let followed = self.followed.get(table);
        followed.is_some_and(|it| matches!(it.stage, Stage::Loading { load, .. } if load == no))
    }

    /// The pages stand. Returns the kept changes that their transaction did not show, set by set.
    pub(crate) fn end_load(
        &mut self,
        now: Duration,
        table: &str,
        shown: Shown,
    ) -> Vec<Vec<Change>> {
        let Some(followed) = self.followed.get_mut(table) else { return Vec::new() };
        let stage = Stage::CatchingUp { newest: shown.newest, ended: now };
        let Stage::Loading { kept, .. } = std::mem::replace(&mut followed.stage, stage) else {
            return Vec::new();
        };
        followed.seen.extend(&shown.stamps);
        let mut later = Vec::new();
        for (stamp, changes) in kept {
            followed.seen.insert(stamp);
            if !shown.stamps.contains(&stamp) {
                later.push(changes);
            }
        }
        later
    }

    /// The tail has read everything up to a stamp, in polls that began at that moment or later and reached the feed's end
    /// (`end`), or went on. Returns the tables that stand now.
    pub(crate) fn passed(&mut self, read: Stamp, end: Option<Duration>) -> Vec<String> {
        let mut stand = Vec::new();
        for (table, followed) in &mut self.followed {
            let Stage::CatchingUp { newest, ended } = followed.stage else { continue };
            if read >= newest || end.is_some_and(|began| began >= ended) {
                followed.stage = Stage::Current;
                stand.push(table.clone());
            }
        }
        stand
    }

    /// Tables of which a load is wanted or under way, or not yet passed by the tail.
    pub(crate) fn unsettled(&self) -> impl Iterator<Item = &String> {
        self.followed.iter().filter(|(_, it)| !it.is_settled()).map(|(table, _)| table)
    }

    /// Whether no load holds anything of the table back; of one that nobody follows, nothing is.
    pub(crate) fn is_settled(&self, table: &str) -> bool {
        self.followed.get(table).is_none_or(Followed::is_settled)
    }

    // -- audits ----------------------------------------------------------------------------------------------

    /// Tables of users that stand, and that wait for no second look: its findings would be taken for the feed's failures.
    pub(crate) fn auditable(&self) -> impl Iterator<Item = &String> {
        let stands = |it: &Followed| it.is_settled() && it.second_look.is_none();
        self.followed
            .iter()
            .filter(move |(table, it)| is_users(table) && stands(it))
            .map(|(it, _)| it)
    }

    /// Tables that are audited as long as they are followed.
    pub(crate) fn audited(&self) -> impl Iterator<Item = &String> {
        self.followed.keys().filter(|table| is_users(table))
    }

    /// Takes a table that is to be gone over again by now.
    pub(crate) fn take_second_look(&mut self, now: Duration) -> Option<String> {
        let due = |it: &Followed| it.is_settled() && it.second_look.is_some_and(|at| at <= now);
        let (table, followed) = self.followed.iter_mut().find(|(_, it)| due(it))?;
        followed.second_look = None;
        Some(table.clone())
    }

    // -- sets ------------------------------------------------------------------------------------------------

    /// Judges a table's part of a set, and remembers that it was seen.
    pub(crate) fn judge(&mut self, table: &str, stamp: Stamp) -> Verdict {
        let Some(followed) = self.followed.get_mut(table) else { return Verdict::Skip };
        match &followed.stage {
            // Its pages will show it.
            Stage::Waiting => Verdict::Skip,
            Stage::Loading { kept, .. } if kept.contains_key(&stamp) => Verdict::Skip,
            Stage::Loading { .. } => Verdict::Keep,
            Stage::CatchingUp { .. } | Stage::Current if !followed.seen.insert(stamp) => {
                Verdict::Skip
            }
            Stage::CatchingUp { .. } | Stage::Current => {
                if followed.seen.len() > SEEN_MAX {
                    followed.seen.pop_first();
                }
                Verdict::Tell
            }
        }
    }

    /// Keeps what was judged so. When too much is kept, the load begins again.
    pub(crate) fn keep(&mut self, table: &str, stamp: Stamp, changes: Vec<Change>) {
        let Some(followed) = self.followed.get_mut(table) else { return };
        let Stage::Loading { kept, count, .. } = &mut followed.stage else { return };
        *count += changes.len();
        kept.insert(stamp, changes);
        if *count > limits::LOAD_KEPT_CHANGES_MAX {
            tracing::warn!(table, "more changes than a load may keep, it begins again");
            followed.stage = Stage::Waiting;
        }
    }

    /// Forgets stamps that will not be read again.
    pub(crate) fn forget_below(&mut self, floor: Stamp) {
        for followed in self.followed.values_mut() {
            followed.seen = followed.seen.split_off(&floor);
        }
    }
}

/// Ours are looked at by whoever writes them.
fn is_users(table: &str) -> bool {
    !table.starts_with(names::OURS)
}
