//! Announcements on their way from HTTP to the core. Putting one in never waits: a writer's transaction is open meanwhile.
//!
//! # Invariants
//! - Whatever was put in before the core takes any input is told before that input. So what was acknowledged before a mark
//!   was raised is known before the mark is.
//! - It is bounded: of what does not fit only the tables are kept.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use protocol::limits::ANNOUNCED_MAX;

use super::core::{Announcement, Input};

#[derive(Debug, Default)]
pub(super) struct Mailbox(Mutex<Letters>);

#[derive(Debug, Default)]
struct Letters {
    said: Vec<Announcement>,
    flooded: BTreeSet<String>,
}

impl Mailbox {
    /// Puts one in. Returns whether nothing lay there before.
    pub(super) fn put(&self, said: Announcement) -> bool {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = letters.said.is_empty() && letters.flooded.is_empty();
        if letters.said.len() < ANNOUNCED_MAX {
            letters.said.push(said);
        } else {
            letters.flooded.insert(said.record.table.as_str().to_owned());
        }
        was_empty
    }

    /// Takes everything out.
    pub(super) fn take(&self) -> Option<Input> {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Letters { said, flooded } = std::mem::take(&mut *letters);
        let flooded: Vec<String> = flooded.into_iter().collect();
        (!said.is_empty() || !flooded.is_empty()).then_some(Input::Announced { said, flooded })
    }
}

#[cfg(test)]
mod tests {
    use surrealdb_types::RecordId;

    use super::super::core::{Announcement, Input};
    use super::{ANNOUNCED_MAX, Mailbox};

    #[test]
    fn of_what_does_not_fit_the_table_is_kept() {
        let mailbox = Mailbox::default();
        assert!(mailbox.take().is_none());
        for n in 0..ANNOUNCED_MAX + 3 {
            let record = RecordId::new("t", i64::try_from(n).expect("a small number"));
            let was_empty = mailbox.put(Announcement { record, deletes: false, version: Some(1) });
            assert_eq!(was_empty, n == 0, "whoever takes is woken once");
        }
        match mailbox.take() {
            Some(Input::Announced { said, flooded }) => {
                assert_eq!((said.len(), flooded), (ANNOUNCED_MAX, vec!["t".to_owned()]));
            }
            other => panic!("{other:?}"),
        }
        assert!(mailbox.take().is_none());
    }
}
