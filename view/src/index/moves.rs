//! Moving the rows of a commit from group to group, and telling the windows.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::columns::Stand;
use super::{Index, Key, Placed, Slot, Touch};
use crate::few::Few;
use crate::row::Row;
use crate::store::Transition;

impl Index {
    /// Forgets a commit's places, while what they hold of old rows is still at hand.
    pub fn forget_placed(&mut self) {
        self.slots.iter_mut().flatten().for_each(|slot| slot.placed.clear());
    }

    /// Reads ahead the group that a row is coming to. Returns a window of it.
    pub fn read_ahead(&self, key: &Key) -> Option<u32> {
        self.groups.get(key)?.read_ahead()
    }

    /// Moves the rows of a commit, and tells which windows each concerns.
    pub fn apply(&mut self, transitions: &[Transition], touched: &mut Vec<Touch>) {
        for slot in self.slots.iter_mut().flatten() {
            let mut placed = std::mem::take(&mut slot.placed);
            placed.clear();
            placed.extend(transitions.iter().map(|transition| slot.place(transition)));
            slot.placed = placed;
        }
        for (number, transition) in transitions.iter().enumerate() {
            let stand = |row: &Option<Row>| match row {
                Some(row) => self.columns.stand(row.content()),
                None => Stand::Under(Few::default()),
            };
            let (old, new) = (stand(&transition.old), stand(&transition.new));
            if old == new {
                self.stay((number, transition), old, touched);
            } else {
                self.leave((number, transition), old, touched);
                self.enter((number, transition), new, touched);
            }
        }
    }

    fn stay(&mut self, moved: Moved<'_>, stand: Stand, touched: &mut Vec<Touch>) {
        let (number, transition) = moved;
        let Index { groups, loose, slots, windows, .. } = self;
        let routes_only = slots.iter().all(Option::is_none);
        match stand {
            Stand::Under(keys) => {
                for key in keys.as_slice() {
                    // A row that had no place may have had no group either, and now need one.
                    if routes_only && !groups.contains_key(key) {
                        continue;
                    }
                    let group = groups.entry_ref(&key[..]).or_default();
                    group.touch(sides(number, true, true), transition, touched);
                    each(slots, number, |at, slot, placed| group.change(at, &slot.order, placed));
                    if group.is_empty() {
                        groups.remove(key);
                    }
                }
            }
            Stand::Loose => {
                each(slots, number, |at, slot, placed| loose.change(at, &slot.order, placed));
                touch_all(windows, number, true, true, touched);
            }
        }
    }

    fn leave(&mut self, moved: Moved<'_>, stand: Stand, touched: &mut Vec<Touch>) {
        let (number, transition) = moved;
        let Index { groups, loose, slots, windows, .. } = self;
        match stand {
            Stand::Under(keys) => {
                for key in keys.as_slice() {
                    let Some(group) = groups.get_mut(key) else { continue };
                    group.touch(sides(number, true, false), transition, touched);
                    each(slots, number, |at, slot, placed| group.take(at, &slot.order, placed));
                    if group.is_empty() {
                        groups.remove(key);
                    }
                }
            }
            Stand::Loose => {
                each(slots, number, |at, slot, placed| loose.take(at, &slot.order, placed));
                touch_all(windows, number, true, false, touched);
            }
        }
    }

    fn enter(&mut self, moved: Moved<'_>, stand: Stand, touched: &mut Vec<Touch>) {
        let (number, transition) = moved;
        let Index { groups, loose, slots, windows, .. } = self;
        let routes_only = slots.iter().all(Option::is_none);
        match stand {
            Stand::Under(keys) => {
                for key in keys.as_slice() {
                    if routes_only && !groups.contains_key(key) {
                        continue;
                    }
                    let group = groups.entry_ref(&key[..]).or_default();
                    group.touch(sides(number, false, true), transition, touched);
                    each(slots, number, |at, slot, placed| group.put(at, &slot.order, placed));
                }
            }
            Stand::Loose => {
                each(slots, number, |at, slot, placed| loose.put(at, &slot.order, placed));
                touch_all(windows, number, false, true, touched);
            }
        }
    }
}

/// A transition with its number in the commit.
type Moved<'a> = (usize, &'a Transition);

fn sides(transition: usize, old: bool, new: bool) -> Touch {
    Touch { window: 0, transition, old, new }
}

fn each(slots: &[Option<Slot>], number: usize, mut f: impl FnMut(usize, &Slot, &Placed)) {
    for (at, slot) in slots.iter().enumerate() {
        if let Some(slot) = slot {
            f(at, slot, &slot.placed[number]);
        }
    }
}

fn touch_all(
    windows: &HashMap<u32, u32, RandomState>,
    transition: usize,
    old: bool,
    new: bool,
    touched: &mut Vec<Touch>,
) {
    touched.extend(windows.keys().map(|window| Touch { window: *window, transition, old, new }));
}

impl Slot {
    fn place(&mut self, transition: &Transition) -> Placed {
        let old = transition.old.as_ref().and_then(|row| match self.order.place(row) {
            Ok(entry) => Some(entry),
            Err(_) => {
                self.unplaced.remove(&row.id());
                None
            }
        });
        let new = transition.new.as_ref().and_then(|row| match self.order.place(row) {
            Ok(entry) => Some(entry),
            Err(_) => {
                self.unplaced.insert(row.id(), row.clone());
                None
            }
        });
        Placed { old, new }
    }
}
