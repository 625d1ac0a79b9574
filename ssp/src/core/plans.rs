//! Plans, each made once for all views that ask the same.
//!
//! A hundred thousand views are of some dozens of texts: their plans are parsed once, and held once.
//!
//! # Invariants
//! - A plan is of the definitions under which it was made: when these change, all are forgotten.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use protocol::{Code, Problem};
use surreal::schema::Schema;
use view::caller::Caller;
use view::catalog::Principal;
use view::engine::Engine;
use view::lower;
use view::plan::Plan;

/// Texts whose plans are known at most; then all of them are made anew.
const TEXTS_MAX: usize = 4_096;

/// What is asked, and of the users of which table it is; of none: by the system.
type Asked = (Option<String>, String);

/// What a text comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    pub(crate) plan: Arc<Plan>,
    /// What must be loaded before a view of it can be hydrated.
    pub(crate) tables: Arc<BTreeSet<String>>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Plans(HashMap<Asked, Result<Query, Problem>>);

impl Plans {
    /// Finds or makes the plan of a text, as its caller may ask it.
    pub(crate) fn of(
        &mut self,
        schema: &Schema,
        caller: &Caller,
        surql: &str,
    ) -> Result<Query, Problem> {
        let table = caller.auth.as_ref().map(|user| user.table.as_str().to_owned());
        let asked = (table, surql.to_owned());
        if let Some(known) = self.0.get(&asked) {
            return known.clone();
        }
        if self.0.len() >= TEXTS_MAX {
            self.forget();
        }
        let query = query(schema, caller, surql);
        self.0.insert(asked, query.clone());
        query
    }

    /// The definitions changed.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}

fn query(schema: &Schema, caller: &Caller, surql: &str) -> Result<Query, Problem> {
    let principal = match &caller.auth {
        Some(user) => Principal::User { table: user.table.as_str() },
        None => Principal::System,
    };
    let plan = lower::plan(surql, &schema.catalog, principal)?;
    if plan.group.is_some() && !crate::KEEPS_GROUPS {
        let message = "groups are kept by the feature `relational`, which this build is without";
        let problem = Problem::new(Code::Unsupported, message);
        return Err(match lower::position(surql, "GROUP") {
            Some(position) => problem.at(position),
            None => problem,
        });
    }
    let tables = Engine::needs(&plan, caller);
    Ok(Query { plan: Arc::new(plan), tables: Arc::new(tables) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(table: &str, key: &str) -> Caller {
        let auth = Some(surrealdb_types::RecordId::new(table, key));
        Caller { auth, ..Caller::default() }
    }

    #[test]
    fn one_text_has_one_plan_for_all_users_of_a_table() {
        let (schema, mut plans) = (Schema::default(), Plans::default());
        let text = "SELECT * FROM task";
        let mut of = |caller: &Caller| plans.of(&schema, caller, text).expect("it is planned");
        let (ann, bob) = (of(&user("user", "ann")), of(&user("user", "bob")));
        assert!(Arc::ptr_eq(&ann.plan, &bob.plan) && Arc::ptr_eq(&ann.tables, &bob.tables));
        let (guest, system) = (of(&user("guest", "ann")), of(&Caller::default()));
        assert_eq!(ann.tables.iter().collect::<Vec<_>>(), ["task", "user"]);
        assert_eq!(guest.tables.iter().collect::<Vec<_>>(), ["guest", "task"]);
        assert_eq!(system.tables.iter().collect::<Vec<_>>(), ["task"]);
        plans.forget();
        let anew = plans.of(&schema, &user("user", "ann"), text).expect("it is planned");
        assert!(!Arc::ptr_eq(&ann.plan, &anew.plan));
    }

    #[test]
    fn what_is_refused_stays_refused_and_is_bounded() {
        let (schema, mut plans) = (Schema::default(), Plans::default());
        for n in 0..2 * TEXTS_MAX + 1 {
            let text = format!("SELECT * FROM task WHERE {n} SPLIT");
            assert!(plans.of(&schema, &Caller::default(), &text).is_err());
            assert!(plans.of(&schema, &Caller::default(), &text).is_err());
        }
        assert!(plans.0.len() <= TEXTS_MAX);
    }
}
