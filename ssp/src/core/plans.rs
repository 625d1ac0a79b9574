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

/// What the texts whose plans are known are long together, at most; with one more all of them are made anew.
const TEXTS_BYTES_MAX: usize = 1024 * 1024;

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
pub(crate) struct Plans {
    known: HashMap<Asked, Result<Query, Problem>>,
    bytes: usize,
}

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
        if let Some(known) = self.known.get(&asked) {
            return known.clone();
        }
        if self.bytes + surql.len() > TEXTS_BYTES_MAX {
            self.forget();
        }
        self.bytes += surql.len();
        let query = query(schema, caller, surql);
        self.known.insert(asked, query.clone());
        query
    }

    /// The definitions changed.
    pub(crate) fn forget(&mut self) {
        *self = Plans::default();
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
        for n in 0..100 {
            let text = format!("SELECT * FROM task WHERE {n} SPLIT{}", " ".repeat(60_000));
            assert!(plans.of(&schema, &Caller::default(), &text).is_err());
            assert!(plans.of(&schema, &Caller::default(), &text).is_err());
            let held: usize = plans.known.keys().map(|(_, text)| text.len()).sum();
            assert!(held == plans.bytes && held <= TEXTS_BYTES_MAX && held > 0);
        }
    }
}
