//! Commits that wait one behind the other are taken in as one.
//!
//! Views are answered at marks, not at commits: what stood between two commits that both wait is nothing that anybody
//! has to be told. A record that changes faster than its views can be told is stepped with its newest content only.

use crossbeam_channel::Receiver;
use surreal::capture::Captured;

use crate::core::Core;

/// Changes that are taken in together, at most.
const CHANGES_MAX: usize = 1_024;

/// Returns what was told with the commits that wait directly behind it, as one commit; and what came then, if it was
/// taken out and belongs to none.
pub(super) fn together(
    core: &Core,
    said: Captured,
    waiting: &Receiver<Captured>,
) -> (Captured, Option<Captured>) {
    let Captured::Changes(mut changes) = said else { return (said, None) };
    if waiting.is_empty() || !core.may_merge(&changes) {
        return (Captured::Changes(changes), None);
    }
    while changes.len() < CHANGES_MAX {
        match waiting.try_recv() {
            Ok(Captured::Changes(more)) if core.may_merge(&more) => changes.extend(more),
            behind => return (Captured::Changes(changes), behind.ok()),
        }
    }
    (Captured::Changes(changes), None)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use protocol::{Change, ChangeId, RowVersion, Stamp};
    use service::Moment;
    use surreal::schema::Schema;
    use surrealdb_types::{RecordId, ToSql};

    use super::*;
    use crate::core::{Input, Rules};

    fn change(record: &str, stamp: u64) -> Change {
        let (table, key) = record.split_once(':').expect("table:key");
        let id = ChangeId { era: 0, stamp: Stamp(stamp), position: 0 };
        Change { record: RecordId::new(table, key), after: None, id, version: RowVersion(stamp) }
    }

    /// What was taken together of commits that wait, and what it took out behind them.
    fn taken(commits: &[&[&str]]) -> (Vec<String>, Option<Vec<String>>, usize) {
        let rules = Rules { dedicated: true, views_per_user_max: 9, posts_only: false, memory: 0 };
        let mut core = Core::new(rules);
        let user_tables = BTreeSet::from(["user".to_owned()]);
        let schema = Arc::new(Schema { user_tables, ..Schema::default() });
        let definitions = Input::Captured(Captured::Definitions(schema));
        core.step(Moment::default(), definitions, &mut Vec::new());
        let commit = |records: &&[&str]| {
            let changes = (0..).zip(*records).map(|(stamp, record)| change(record, stamp));
            Captured::Changes(changes.collect())
        };
        let (send, waiting) = crossbeam_channel::unbounded();
        commits.iter().map(commit).for_each(|said| send.send(said).expect("it is taken"));
        let first = waiting.recv().expect("one at least");
        let (said, behind) = together(&core, first, &waiting);
        let records = |said: Captured| match said {
            Captured::Changes(changes) => {
                changes.iter().map(|change| change.record.to_sql()).collect()
            }
            other => panic!("{other:?}"),
        };
        (records(said), behind.map(records), waiting.len())
    }

    #[test]
    fn plain_commits_that_wait_are_one() {
        let (together, behind, left) = taken(&[&["task:a", "task:b"], &["task:a"], &["note:c"]]);
        assert_eq!(together, ["task:a", "task:b", "task:a", "note:c"]);
        assert_eq!((behind, left), (None, 0));
    }

    #[test]
    fn registrations_marks_and_users_stand_alone() {
        for alone in ["_00_query:q", "_00_mark:m", "user:ann"] {
            let (together, behind, left) = taken(&[&["task:a"], &["task:b", alone], &["task:c"]]);
            assert_eq!(together, ["task:a"], "{alone}");
            assert_eq!((behind.map(|behind| behind.len()), left), (Some(2), 1), "{alone}");
            let (together, behind, left) = taken(&[&[alone], &["task:b"]]);
            assert_eq!((together.len(), behind, left), (1, None, 1), "{alone}");
        }
    }

    #[test]
    fn a_step_is_bounded() {
        let commit: &[&str] = &["task:a"; 400];
        let (together, behind, left) = taken(&[commit; 5]);
        assert_eq!((together.len(), behind, left), (1_200, None, 2));
    }
}
