//! Opening and closing windows.

use std::sync::{Arc, Weak};

use protocol::limits::WINDOW_KEPT_MAX;
use protocol::{Code, Problem};
use surrealdb_types::Value;

use super::nest::Turn;
use super::prepare::{Extent, Identity, Prepared, identity};
use super::{Engine, Known, Open, Table};
use crate::delta::ViewNo;
use crate::family::{self, Family, Reach};
use crate::few::Few;
use crate::index::columns::distinct;
use crate::index::{Column, Columns, Order, Part};
use crate::plan::{self, Plan};
use crate::router::Path;
use crate::shape::Shape;
use crate::window::{Circuit, Grouped, Kept, Listed, Positions, Window};

/// Plans of one family that a new one is compared with.
const PLANS_COMPARED_MAX: usize = 16;

impl Engine {
    /// Finds the window of a view, or opens it. Returns its number, and whether it is new.
    pub(super) fn window_for(&mut self, prepared: Prepared) -> Result<(u32, bool), Problem> {
        let Prepared { shape, args, extent } = prepared;
        let extent = extent?;
        let table = self.table(shape.source.table());
        self.tables[table].followed = true;
        let family = self.family(shape)?;
        let identity = identity(family.number, &args);
        let known = self.identical.get(&identity).copied();
        // What a failed or waiting window shows is of the past, and a new view has none: it gets
        // its own.
        let settled = |number: &u32| {
            let window = &self.open(*number).window;
            !self.has_failed(*number)
                && window.trouble.is_none()
                && !window.refilling()
                && !self.waits_below(*number)
        };
        if let Some(number) = known.filter(settled) {
            return Ok((number, false));
        }
        let window = self.unrouted(family, args);
        let window = match route(&mut self.tables[table], window, extent) {
            Ok(window) => window,
            Err((window, problem)) => {
                self.forget_family(&window.family.shape);
                return Err(problem);
            }
        };
        let identity = known.is_none().then_some(identity);
        let mut turn = Turn::at_once(self.children_max);
        let number = self.keep(window, table, identity, false, &mut turn);
        let admitted = self.pin_subqueries(number).and_then(|()| self.admit_children(number));
        if let Err(problem) = admitted {
            self.close(number, &mut turn);
            return Err(problem);
        }
        Ok((number, true))
    }

    /// Opens a window that has no extent: it only holds what stood.
    pub(super) fn stalled(&mut self, prepared: Prepared) -> u32 {
        let table = self.table(prepared.shape.source.table());
        let family = self.family(prepared.shape).expect("groups have no LIMIT and no list");
        let window = Window { circuit: Circuit::Stalled, ..self.unrouted(family, prepared.args) };
        self.keep(window, table, None, false, &mut Turn::at_once(self.children_max))
    }

    /// The window that will be kept next, with no way to its rows yet.
    pub(super) fn unrouted(&self, family: Arc<Family>, args: Arc<[Value]>) -> Window {
        Window {
            number: self.free.last().copied().unwrap_or(self.windows.len() as u32),
            family,
            args,
            ways: Few::default(),
            circuit: Circuit::Members,
            trouble: None,
            views: Few::default(),
        }
    }

    /// Keeps a window, which has its number already.
    pub(super) fn keep(
        &mut self,
        mut window: Window,
        table: usize,
        identity: Option<Identity>,
        is_subquery: bool,
        turn: &mut Turn,
    ) -> u32 {
        window.hydrate(self.tables[table].scene(), &mut turn.budget);
        let number = window.number;
        if let Some(known) = self.families.get_mut(&window.family.shape) {
            known.windows += 1;
        }
        if let Some(identity) = identity {
            self.identical.insert(identity, number);
        }
        let has_children = !window.family.children.is_empty();
        let nest = (is_subquery || has_children).then(Box::default);
        let open = Some(Open { window, table, identity, is_subquery, nest });
        match self.free.pop() {
            Some(free) => self.windows[free as usize] = open,
            None => self.windows.push(open),
        }
        if self.is_grouped(number) {
            self.hydrate_groups(number);
        }
        if has_children {
            self.hold_rows(number, turn);
        }
        self.note_refilling(number);
        number
    }

    /// A view leaves a window, which closes with its last one.
    pub(super) fn leave(&mut self, number: u32, view: ViewNo) {
        let Some(open) = self.windows[number as usize].as_mut() else { return };
        if let Some(at) = open.window.views.iter().rposition(|known| *known == view) {
            open.window.views.remove(at);
        }
        if open.window.views.is_empty() {
            self.close(number, &mut Turn::at_once(self.children_max));
        }
    }

    /// Closes a window that nobody needs any more, and those that only it held.
    pub(super) fn close(&mut self, number: u32, turn: &mut Turn) {
        self.watch(number, false);
        self.retract_groups(number);
        let Some(open) = self.windows[number as usize].take() else { return };
        let Open { window, table, identity, nest, is_subquery: _ } = open;
        if let Some(nest) = nest {
            self.unpin(number, &nest);
            self.release_all(*nest, number, turn);
        }
        let router = &mut self.tables[table].router;
        router.close(number, &window.ways);
        if let Some(identity) = identity {
            self.identical.remove(&identity);
        }
        self.refilling.remove(&number);
        self.free.push(number);
        if let Some(known) = self.families.get_mut(&window.family.shape) {
            known.windows -= 1;
        }
        self.forget_family(&window.family.shape);
    }

    fn family(&mut self, shape: Shape) -> Result<Arc<Family>, Problem> {
        if let Some(known) = self.families.get(&shape) {
            return Ok(known.family.clone());
        }
        let mut children = Vec::with_capacity(shape.children.len());
        for child in &shape.children {
            children.push(self.family(Shape::clone(&child.shape))?);
            if let Some(known) = self.families.get_mut(&*child.shape) {
                known.windows += 1;
            }
        }
        self.families_made += 1;
        let family = Arc::new(Family::numbered(self.families_made, shape, children));
        let timed = super::cost::Timed::default();
        let circuit = self.circuit_of(&family)?;
        let (windows, plans) = (0, Vec::new());
        let known = Known { family: family.clone(), windows, plans, timed, circuit };
        self.families.insert(family.shape.clone(), known);
        Ok(family)
    }

    /// Keeps a plan, once for all views of a window's family that have the same.
    pub(super) fn keep_plan(&mut self, window: u32, plan: &Plan) -> Arc<Plan> {
        let shape = self.open(window).window.family.shape.clone();
        let Some(known) = self.families.get_mut(&shape) else { return Arc::new(plan.clone()) };
        known.plans.retain(|kept| kept.strong_count() > 0);
        let same = known.plans.iter().filter_map(Weak::upgrade).find(|kept| **kept == *plan);
        same.unwrap_or_else(|| {
            let kept = Arc::new(plan.clone());
            if known.plans.len() < PLANS_COMPARED_MAX {
                known.plans.push(Arc::downgrade(&kept));
            }
            kept
        })
    }

    fn forget_family(&mut self, shape: &Shape) {
        if self.families.get(shape).is_some_and(|known| known.windows == 0) {
            self.families.remove(shape);
            for child in &shape.children {
                if let Some(known) = self.families.get_mut(&*child.shape) {
                    known.windows -= 1;
                }
                self.forget_family(&child.shape);
            }
        }
    }
}

/// Chooses how a window finds and keeps its rows, and opens the way.
#[expect(
    clippy::result_large_err,
    reason = "a window that is refused goes back to its caller once"
)]
pub(super) fn route(
    table: &mut Table,
    mut window: Window,
    extent: Extent,
) -> Result<Window, (Window, Problem)> {
    let Table { rows, router, .. } = table;
    let Extent { limit, start, records } = extent;
    let family = window.family.clone();
    let (Reach { paths, exact }, order) = match &records {
        Some(records) => (by_record(records), None),
        None => (family::paths(&family.arms, &window.args), Some(order(&family))),
    };
    let dead = paths.is_empty();
    match router.open(window.number, paths, order.as_ref(), || rows.iter()) {
        Ok(ways) => window.ways = ways,
        Err(problem) => return Err((window, problem)),
    }
    if let Some(grouping) = &family.grouping {
        window.circuit = Circuit::Grouped(Box::new(Grouped::new(grouping.clone())));
        return Ok(window);
    }
    let slice = Positions::new(start, limit);
    window.circuit = match records {
        Some(records) => {
            let order = (!family.order.is_empty()).then(|| window.order());
            Circuit::Listed(Box::new(Listed::new(records, order, start, limit)))
        }
        None if dead || !family.windowed => Circuit::Members,
        None if exact && family.shareable && !window.has_loose(router) => Circuit::Positions(slice),
        None if limit != usize::MAX && slice.reach() > WINDOW_KEPT_MAX => {
            router.close(window.number, &window.ways);
            return Err((window, too_long()));
        }
        None => Circuit::Kept(Box::new(Kept::new(window.order(), slice, family.shareable))),
    };
    Ok(window)
}

/// The order that the window's indexes need: its own, if they can have it and it matters.
pub(super) fn order(family: &Family) -> Order {
    if family.windowed && family.shareable {
        Order::new(family.order.clone(), Arc::default())
    } else {
        Order::by_id()
    }
}

fn by_record(records: &[surrealdb_types::RecordId]) -> Reach {
    let ids: Vec<_> = records.iter().cloned().map(surrealdb_types::Value::RecordId).collect();
    let keys = distinct(ids.iter()).unwrap_or_default();
    let keys = keys.iter().map(|key| key.as_bytes().to_vec()).collect();
    let column = Column { path: plan::Path::field("id"), part: Part::Whole };
    Reach {
        paths: vec![Path { columns: Columns([column].into()), keys, bound: None }],
        exact: false,
    }
}

fn too_long() -> Problem {
    let message = format!(
        "START + LIMIT is more than {WINDOW_KEPT_MAX}, and the condition leaves something to be \
         evaluated on each row"
    );
    Problem::new(Code::LimitExceeded, message)
        .hint("use a smaller LIMIT, or conditions that are equalities with texts, records or uuids")
}
