//! Steps that tell many views of one row.

use std::collections::HashMap;

use protocol::limits::HOT_RECORD_EDGES;
use view::delta::{RowDelta, ViewDelta};
use view::digest::Digest;
use view::row::Row;

/// The row that changed, if that is all that happened to a view: of that nothing is said in the view's own row.
pub(super) fn changed(delta: &ViewDelta) -> Option<&Row> {
    match &delta.rows[..] {
        [RowDelta::Change(row)] if delta.children.is_empty() && delta.state.is_none() => Some(row),
        _ => None,
    }
}

/// Takes apart from everything else what many views are told of one row that changed.
pub(super) fn apart(views: Vec<ViewDelta>) -> (Vec<ViewDelta>, Vec<ViewDelta>) {
    let many = HOT_RECORD_EDGES as usize;
    // A view whose state changes may stand there twice, and in this order.
    if views.len() <= many || views.iter().any(|delta| delta.state.is_some()) {
        return (views, Vec::new());
    }
    let mut told: HashMap<Digest, usize> = HashMap::new();
    for row in views.iter().filter_map(changed) {
        *told.entry(row.digest()).or_default() += 1;
    }
    let narrow = |delta: &ViewDelta| changed(delta).is_none_or(|row| told[&row.digest()] <= many);
    views.into_iter().partition(narrow)
}

#[cfg(test)]
mod tests {
    use protocol::RowVersion;
    use surrealdb_types::{Object, RecordId};
    use view::delta::{StateChange, ViewNo};

    use super::*;

    const MANY: u32 = HOT_RECORD_EDGES + 1;

    fn row(key: i64) -> Row {
        Row::new(&RecordId::new("task", key), &Object::new(), RowVersion(1), 1)
    }

    fn told(views: impl Iterator<Item = u32>, delta: &RowDelta) -> Vec<ViewDelta> {
        let told = |no| ViewDelta {
            view: ViewNo(no),
            rows: vec![delta.clone()],
            children: Vec::new(),
            state: None,
        };
        views.map(told).collect()
    }

    fn numbers(views: &[ViewDelta]) -> Vec<u32> {
        views.iter().map(|delta| delta.view.0).collect()
    }

    #[test]
    fn what_many_are_told_goes_apart_from_the_others() {
        let mut views = told(0..MANY, &RowDelta::Change(row(1)));
        views.extend(told(MANY..MANY + 3, &RowDelta::Change(row(2))));
        views.extend(told(MANY + 3..MANY + 4, &RowDelta::Enter(row(1))));
        let (narrow, wide) = apart(views);
        assert_eq!(numbers(&narrow), (MANY..MANY + 4).collect::<Vec<_>>());
        assert_eq!(numbers(&wide), (0..MANY).collect::<Vec<_>>());
    }

    #[test]
    fn what_enters_or_leaves_is_never_put_off() {
        let gone = RowDelta::Leave { record: RecordId::new("task", 1), revoked: true };
        let (narrow, wide) = apart(told(0..2 * MANY, &gone));
        assert_eq!((narrow.len(), wide.len()), (2 * MANY as usize, 0));
    }

    #[test]
    fn a_step_in_which_a_state_changes_stays_in_order() {
        let mut views = told(0..MANY, &RowDelta::Change(row(1)));
        views.push(ViewDelta::only(ViewNo(0), StateChange::Ended));
        let (narrow, wide) = apart(views);
        assert_eq!((narrow.len(), wide.len()), (MANY as usize + 1, 0));
    }
}
