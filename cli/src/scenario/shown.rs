//! What `show` prints: an answer as the tree that its query makes of it.

use protocol::Problem;
use view::catalog::{Catalog, Principal};
use view::lower;
use view::plan::Plan;
use view::value::address::compare_addresses;

use super::outcome::Subject;

/// The names under which a query shows what its subqueries answer, each with those of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names(Vec<(String, Names)>);

impl Names {
    /// Reads them from a query.
    pub fn of_query(query: &str) -> Names {
        let plan: Result<Plan, Problem> =
            lower::plan(query, &Catalog::default(), Principal::System);
        plan.map(|plan| Names::of_plan(&plan)).unwrap_or_default()
    }

    /// Takes them from a plan; in alphabetical order.
    pub fn of_plan(plan: &Plan) -> Names {
        let children = plan.children.iter();
        let mut names: Vec<(String, Names)> =
            children.map(|child| (child.alias.clone(), Names::of_plan(&child.plan))).collect();
        names.sort_by(|(a, _), (b, _)| a.cmp(b));
        Names(names)
    }
}

/// Prints an answer: each row, and under it those of its subqueries. What stands of a failed view may have answered
/// another question, so that it has no window order: it is printed by id.
pub fn lines(mut answer: Vec<Subject>, failed: bool, names: &Names) -> Vec<String> {
    if failed {
        answer.sort();
    }
    let mut printed = Vec::new();
    for subject in answer.iter().filter(|it| !matches!(it, Subject::Child { .. })) {
        printed.push(subject.text());
        below(subject, &answer, names, 1, &mut printed);
    }
    printed
}

fn below(
    parent: &Subject,
    answer: &[Subject],
    Names(names): &Names,
    depth: usize,
    printed: &mut Vec<String>,
) {
    let Some(parent) = parent.record() else { return };
    for (name, inner) in names {
        for subject in answer {
            let Subject::Child { record, parent: of, alias } = subject else { continue };
            if alias != name || compare_addresses(of, parent).is_ne() {
                continue;
            }
            let record = Subject::Record(record.clone());
            printed.push(format!("{}{name}: {}", "  ".repeat(depth), record.text()));
            below(&record, answer, inner, depth + 1, printed);
        }
    }
}
