//! Makes a failing case as small as it can be and still fail.

use super::Case;

/// Tries that one shrinking may take: each runs the case.
const TRIES_MAX: usize = 400;

/// Leaves parts out (views, clauses, steps, rows), as long as `fails` says that the rest still fails.
pub fn shrink(case: Case, mut fails: impl FnMut(&Case) -> bool) -> Case {
    let mut smallest = case;
    let mut tries = 0;
    loop {
        let found = smaller(&smallest).into_iter().find(|candidate| {
            tries += 1;
            tries <= TRIES_MAX && fails(candidate)
        });
        match found {
            Some(candidate) => smallest = candidate,
            None => return smallest,
        }
    }
}

/// Every case with one part less, the largest parts first.
fn smaller(case: &Case) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut with = |change: &dyn Fn(&mut Case)| {
        let mut less = case.clone();
        change(&mut less);
        cases.push(less);
    };
    if case.steps.len() > 3 {
        let half = case.steps.len() / 2;
        with(&|less| less.steps.truncate(half));
        with(&|less| drop(less.steps.drain(..half)));
    }
    if case.views.len() > 1 {
        for at in 0..case.views.len() {
            with(&|less| drop(less.views.remove(at)));
        }
    }
    for at in 0..case.steps.len() {
        with(&|less| drop(less.steps.remove(at)));
    }
    for at in 0..case.rows.len() {
        with(&|less| drop(less.rows.remove(at)));
    }
    if case.permission.is_some() {
        with(&|less| less.permission = None);
    }
    for (at, step) in case.steps.iter().enumerate().filter(|(_, step)| step.len() > 1) {
        for write in 0..step.len() {
            with(&|less| drop(less.steps[at].remove(write)));
        }
    }
    for (at, view) in case.views.iter().enumerate() {
        for conjunct in 0..view.query.conjuncts.len() {
            with(&|less| drop(less.views[at].query.conjuncts.remove(conjunct)));
        }
        for key in 0..view.query.order.len() {
            with(&|less| drop(less.views[at].query.order.remove(key)));
        }
        if view.query.limit.is_some() {
            with(&|less| less.views[at].query.limit = None);
        }
        if view.query.start.is_some() {
            with(&|less| less.views[at].query.start = None);
        }
        if view.query.source.is_some() {
            with(&|less| less.views[at].query.source = None);
        }
        if view.query.shown != "*" {
            with(&|less| "*".clone_into(&mut less.views[at].query.shown));
        }
        for param in 0..view.params.len() {
            with(&|less| drop(less.views[at].params.remove(param)));
        }
    }
    cases
}
