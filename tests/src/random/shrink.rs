//! Makes a failing case as small as it can be and still fail.

use super::Case;
use super::case::{Step, View};
use super::query::Query;

/// Tries that one shrinking may take: each runs the case.
const TRIES_MAX: usize = 600;

/// Leaves parts out (steps, views, rows, clauses), as long as `fails` says that the rest still fails.
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
    for parts in [2, 4, 8] {
        let length = case.steps.len().div_ceil(parts);
        if case.steps.len() < 2 * parts {
            continue;
        }
        for part in (0..parts).rev() {
            let (from, to) = (part * length, ((part + 1) * length).min(case.steps.len()));
            if from < to {
                with(&|less| drop(less.steps.drain(from..to)));
            }
        }
    }
    if case.views.len() > 3 {
        let half = case.views.len() / 2;
        with(&|less| less.views.truncate(half));
        with(&|less| drop(less.views.drain(..half)));
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
    for at in 0..case.steps.len() {
        if let Step::Commit(writes) = &case.steps[at]
            && writes.len() > 1
        {
            for write in 0..writes.len() {
                with(&|less| {
                    if let Step::Commit(writes) = &mut less.steps[at] {
                        writes.remove(write);
                    }
                });
            }
        }
    }
    if case.permission.is_some() {
        with(&|less| less.permission = None);
    }
    if case.user_permission.is_some() {
        with(&|less| less.user_permission = None);
    }
    let views = case.clone().views_mut().map(|view| view.clone()).collect::<Vec<_>>();
    for (at, view) in views.iter().enumerate() {
        for simpler in simpler(view) {
            with(&|less| {
                if let Some(view) = less.views_mut().nth(at) {
                    view.clone_from(&simpler);
                }
            });
        }
    }
    cases
}

/// Every view with one part less.
fn simpler(view: &View) -> Vec<View> {
    let mut views = Vec::new();
    let mut with = |change: &dyn Fn(&mut View)| {
        let mut less = view.clone();
        change(&mut less);
        views.push(less);
    };
    for query in simpler_query(&view.query) {
        with(&|less| less.query.clone_from(&query));
    }
    for param in 0..view.params.len() {
        with(&|less| drop(less.params.remove(param)));
    }
    views
}

/// Every query with one part less.
fn simpler_query(query: &Query) -> Vec<Query> {
    let mut queries = Vec::new();
    let mut with = |change: &dyn Fn(&mut Query)| {
        let mut less = query.clone();
        change(&mut less);
        queries.push(less);
    };
    for at in 0..query.children.len() {
        with(&|less| drop(less.children.remove(at)));
        with(&|less| less.children[at].first = false);
        for simpler in simpler_query(&query.children[at].query) {
            with(&|less| less.children[at].query.clone_from(&simpler));
        }
    }
    for conjunct in 0..query.conjuncts.len() {
        with(&|less| drop(less.conjuncts.remove(conjunct)));
    }
    for key in 0..query.order.len() {
        with(&|less| drop(less.order.remove(key)));
    }
    if query.limit.is_some() {
        with(&|less| less.limit = None);
    }
    if query.start.is_some() {
        with(&|less| less.start = None);
    }
    if query.source.is_some() {
        with(&|less| less.source = None);
    }
    if query.group.is_some() {
        with(&|less| {
            "count()".clone_into(&mut less.shown);
            less.group = Some("ALL".to_owned());
        });
    }
    if query.shown != "*" {
        with(&|less| {
            "*".clone_into(&mut less.shown);
            less.group = None;
        });
    }
    queries
}
