//! Moving the rows of a commit from group to group, and telling the windows.

use super::columns::Stand;
use super::{Group, Index, Key, Order, Placed, Slot, Touch};
use crate::few::Few;
use crate::row::Row;
use crate::store::Transition;
use crate::value::address::Address;

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
            let sides = |old, new| Touch { window: 0, transition: number, old, new };
            if old == new {
                self.walk(transition, &old, sides(true, true), Group::change, touched);
            } else {
                self.walk(transition, &old, sides(true, false), Group::take, touched);
                self.walk(transition, &new, sides(false, true), Group::put, touched);
            }
        }
    }

    /// Shifts a row in every group of its stand, and tells their windows: `sides`, but for the
    /// window.
    fn walk(
        &mut self,
        transition: &Transition,
        stand: &Stand,
        sides: Touch,
        shift: impl Fn(&mut Group, usize, &Order, &Placed),
        touched: &mut Vec<Touch>,
    ) {
        let Index { groups, loose, slots, windows, .. } = self;
        let shift = |group: &mut Group| {
            let orders = slots.iter().enumerate();
            for (at, slot) in orders.filter_map(|(at, slot)| Some((at, slot.as_ref()?))) {
                shift(group, at, &slot.order, &slot.placed[sides.transition]);
            }
        };
        let Stand::Under(keys) = stand else {
            shift(loose);
            touched.extend(windows.keys().map(|window| Touch { window: *window, ..sides }));
            return;
        };
        let routes_only = slots.iter().all(Option::is_none);
        for key in keys.as_slice() {
            // A row that had no place may have had no group either, and now need one.
            if routes_only && !groups.contains_key(key) {
                continue;
            }
            let group = groups.entry_ref(&key[..]).or_default();
            group.touch(sides, transition, touched);
            shift(group);
            if group.is_empty() {
                groups.remove(key);
            }
        }
    }
}

impl Slot {
    fn place(&mut self, transition: &Transition) -> Placed {
        let old = transition.old.as_ref().and_then(|row| match self.order.place(row) {
            Ok(entry) => Some(entry),
            Err(_) => {
                self.unplaced.remove(&Address(row.id()));
                None
            }
        });
        let new = transition.new.as_ref().and_then(|row| match self.order.place(row) {
            Ok(entry) => Some(entry),
            Err(_) => {
                self.unplaced.insert(Address(row.id()), row.clone());
                None
            }
        });
        Placed { old, new }
    }
}
