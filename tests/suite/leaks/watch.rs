//! What was written into users' edge tables, and what each user might have selected meanwhile.
//!
//! The edge tables say themselves what is written, by an event that runs in the transaction of the write: nothing is
//! missed, and nothing depends on when somebody looks.

use std::collections::{BTreeMap, BTreeSet};

use surreal::{Database, vars};
use surrealdb_types::{SurrealValue, Value};

/// Where the events write.
const WRITTEN: &str = "written";

/// An edge that was created or changed: whose table, which view, which record.
#[derive(Clone, Debug)]
pub struct Written {
    pub user: String,
    pub view: String,
    pub record: String,
}

/// What was allowed since the last mark.
#[derive(Default)]
pub struct Watch {
    /// For each user, each record that he could select in one of the states since then.
    selectable: BTreeMap<String, BTreeSet<String>>,
    /// For each user, the views that he had since then.
    views: BTreeMap<String, BTreeSet<String>>,
}

impl Watch {
    /// Has a user's edge table tell what is written there.
    pub async fn listen(root: &Database, user: &str) {
        let text = format!(
            "DEFINE EVENT IF NOT EXISTS watch ON _00_list_ref_user_{user} WHEN $event != 'DELETE' THEN {{
                CREATE {WRITTEN} SET user = '{user}', view = record::id($after.id)[0],
                    record = <string>$after.out
            }}"
        );
        // Whoever sees to the table writes its definition, too.
        root.repeat(&text, vars([])).await.expect("an event");
    }

    /// Notes what a user can select in the present state.
    pub async fn may(&mut self, user: &str, database: &Database) {
        let selected = database.query_one("SELECT VALUE <string>id FROM task", vars([])).await;
        let records = self.selectable.entry(user.to_owned()).or_default();
        records.extend(texts(selected.expect("a select")));
    }

    /// Notes a view that a user has registered.
    pub fn has(&mut self, user: &str, view: &str) {
        self.views.entry(user.to_owned()).or_default().insert(view.to_owned());
    }

    /// What was written since the last mark although no state since then allowed it; forgets those states.
    pub async fn leaks(
        &mut self,
        root: &Database,
        still: BTreeMap<String, BTreeSet<String>>,
    ) -> (usize, Vec<Written>) {
        let (selectable, views) =
            (std::mem::take(&mut self.selectable), std::mem::replace(&mut self.views, still));
        // Everything has settled: between the two nothing is written.
        let text = format!("SELECT VALUE [user, view, record] FROM {WRITTEN}");
        let told = root.query_one(&text, vars([])).await.expect("a look");
        let delete = format!("DELETE {WRITTEN}");
        root.query_one(&delete, vars([])).await.expect("a deletion");
        let Value::Array(rows) = told else { panic!("{told:?}") };
        let written = rows.into_iter().map(|row| {
            let row: [String; 3] = texts(row).try_into().expect("three texts");
            let [user, view, record] = row;
            Written { user, view, record }
        });
        let written: Vec<Written> = written.collect();
        let holds = |sets: &BTreeMap<String, BTreeSet<String>>, user: &str, one: &str| {
            sets.get(user).is_some_and(|set| set.contains(one))
        };
        let count = written.len();
        let leaked = written.into_iter().filter(|edge| {
            !holds(&selectable, &edge.user, &edge.record) || !holds(&views, &edge.user, &edge.view)
        });
        (count, leaked.collect())
    }
}

/// The strings of an array.
pub fn texts(value: Value) -> Vec<String> {
    let Value::Array(values) = value else { return Vec::new() };
    values.into_iter().filter_map(|value| String::from_value(value).ok()).collect()
}
