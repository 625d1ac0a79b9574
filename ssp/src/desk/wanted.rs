//! Effects on their way from the engine's thread to whoever does them.
//!
//! # Invariants
//! - Nobody waits: neither the thread for whoever does effects, nor that one for the thread. Too many make the thread take
//!   in no changes, which is what makes effects; so what is under way is bounded by this and one step.
//! - One step may write into ten thousand views. Its edges are given out piece by piece, and what other views and marks
//!   want goes between the pieces; edges of one view keep their order, and so does whatever counts on what was written.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;
use view::delta::ViewNo;

use crate::core::{Edges, Effect};

/// Effects that are not begun, each view's edges counted for one, above which no change is taken in.
const WANTED_MAX: usize = 16_384;

/// Views whose edges are given out at once.
const PIECE: usize = 64;

/// The thread's end.
pub(crate) struct Sender {
    effects: mpsc::UnboundedSender<Effect>,
    waiting: Arc<AtomicUsize>,
}

/// The end of whoever does them.
pub(crate) struct Wanted {
    effects: mpsc::UnboundedReceiver<Effect>,
    waiting: Arc<AtomicUsize>,
    /// Edges that go piece by piece.
    rest: VecDeque<Edges>,
    /// How often each view stands in the rest.
    views: HashMap<ViewNo, usize>,
    /// Has to wait for the rest.
    then: Option<Effect>,
    /// Whether the rest has its turn.
    rests_turn: bool,
}

/// Makes both ends.
pub(crate) fn wanted() -> (Sender, Wanted) {
    let (send, effects) = mpsc::unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let wanted = Wanted {
        effects,
        waiting: Arc::clone(&waiting),
        rest: VecDeque::new(),
        views: HashMap::new(),
        then: None,
        rests_turn: false,
    };
    (Sender { effects: send, waiting }, wanted)
}

impl Sender {
    /// Hands one out; `false` if nobody does effects any more.
    pub(super) fn send(&self, effect: Effect) -> bool {
        self.waiting.fetch_add(weight(&effect), Ordering::Relaxed);
        self.effects.send(effect).is_ok()
    }

    /// Whether so many wait that no more should be made.
    pub(super) fn are_too_many(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > WANTED_MAX
    }
}

impl Wanted {
    /// What is to be done next; `None` when no more comes.
    pub(crate) async fn next(&mut self) -> Option<Effect> {
        let effect = self.choose().await?;
        self.waiting.fetch_sub(weight(&effect), Ordering::Relaxed);
        Some(effect)
    }

    async fn choose(&mut self) -> Option<Effect> {
        if self.rest.is_empty() {
            let next = match self.then.take() {
                Some(effect) => Some(effect),
                None => self.effects.recv().await,
            };
            return match next? {
                Effect::Write(edges) if edges.len() > PIECE => Some(self.begin(edges)),
                effect => Some(effect),
            };
        }
        // The lanes' writers want this thread, too.
        tokio::task::yield_now().await;
        self.rests_turn = !self.rests_turn;
        if self.rests_turn || self.then.is_some() {
            return Some(self.piece());
        }
        match self.effects.try_recv() {
            Ok(Effect::Write(edges)) if self.must_follow(&edges) => Some(self.begin(edges)),
            Ok(effect) if may_overtake(&effect) => Some(effect),
            Ok(effect) => {
                self.then = Some(effect);
                Some(self.piece())
            }
            Err(_) => Some(self.piece()),
        }
    }

    /// Whether edges have to go behind the rest.
    fn must_follow(&self, edges: &[Edges]) -> bool {
        edges.len() > PIECE || edges.iter().any(|edges| self.views.contains_key(&edges.no))
    }

    /// Puts edges behind the rest, and goes on with that.
    fn begin(&mut self, edges: Vec<Edges>) -> Effect {
        for edges in edges {
            *self.views.entry(edges.no).or_default() += 1;
            self.rest.push_back(edges);
        }
        self.piece()
    }

    fn piece(&mut self) -> Effect {
        let piece: Vec<Edges> = self.rest.drain(..self.rest.len().min(PIECE)).collect();
        for edges in &piece {
            let count = self.views.get_mut(&edges.no).expect("it stood in the rest");
            *count -= 1;
            if *count == 0 {
                self.views.remove(&edges.no);
            }
        }
        Effect::Write(piece)
    }
}

fn weight(effect: &Effect) -> usize {
    match effect {
        Effect::Write(edges) => edges.len(),
        _ => 1,
    }
}

/// Whether it depends on no edge that is handed out and not begun: what is said of a view and of a mark has waited for
/// their edges already.
fn may_overtake(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Write(_)
            | Effect::Tell { .. }
            | Effect::Settle { .. }
            | Effect::LookAt { .. }
            | Effect::LookFor { .. }
            | Effect::CountMissed { .. }
            | Effect::CountRebuild
            | Effect::Activity { .. }
    )
}

#[cfg(test)]
mod tests {
    use protocol::ViewKey;
    use surrealdb_types::RecordId;

    use super::*;
    use crate::core::{EdgeWork, Ticket, Whose};

    fn write(views: impl IntoIterator<Item = u32>, ticket: u64) -> Effect {
        let edges = |no| {
            let view = ViewKey { auth: None, id: format!("v{no}") };
            let whose = Arc::new(Whose { view, client: "c".to_owned() });
            let what = EdgeWork::Reconcile;
            Edges { whose, no: ViewNo(no), what, hydrates: false, ticket: Ticket(ticket) }
        };
        Effect::Write(views.into_iter().map(edges).collect())
    }

    fn settle() -> Effect {
        Effect::Settle { asker: RecordId::new("_00_mark", "a"), n: 1 }
    }

    /// What comes out until nothing waits: of edges the first view, how many, and the ticket of the first.
    fn come(sender: Sender, mut wanted: Wanted) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let waiting = Arc::clone(&sender.waiting);
        drop(sender);
        let mut come = Vec::new();
        while let Some(effect) = runtime.block_on(wanted.next()) {
            come.push(match effect {
                Effect::Write(edges) => {
                    let (first, count) = (&edges[0], edges.len());
                    format!("{} ×{count} #{}", first.whose.view.id, first.ticket.0)
                }
                Effect::Settle { .. } => "settle".to_owned(),
                Effect::Adopted { .. } => "adopted".to_owned(),
                other => panic!("{other:?}"),
            });
        }
        assert_eq!(waiting.load(Ordering::Relaxed), 0, "everything was begun");
        come
    }

    #[test]
    fn others_go_between_the_pieces_of_a_large_step() {
        let (sender, wanted) = wanted();
        for effect in [write(0..150, 1), write([900], 2), settle(), write([901], 3)] {
            assert!(sender.send(effect));
        }
        let expected =
            ["v0 ×64 #1", "v64 ×64 #1", "v900 ×1 #2", "v128 ×22 #1", "settle", "v901 ×1 #3"];
        assert_eq!(come(sender, wanted), expected);
    }

    #[test]
    fn edges_of_one_view_keep_their_order() {
        let (sender, wanted) = wanted();
        for effect in [write(0..150, 1), write([149], 2), write([900], 3)] {
            assert!(sender.send(effect));
        }
        let expected = ["v0 ×64 #1", "v64 ×64 #1", "v128 ×23 #1", "v900 ×1 #3"];
        assert_eq!(come(sender, wanted), expected);
    }

    #[test]
    fn what_counts_on_the_edges_waits_for_all_of_them() {
        let (sender, wanted) = wanted();
        let adopted = Effect::Adopted { digest: "d".to_owned() };
        for effect in [write(0..150, 1), adopted, write([900], 2)] {
            assert!(sender.send(effect));
        }
        let expected = ["v0 ×64 #1", "v64 ×64 #1", "v128 ×22 #1", "adopted", "v900 ×1 #2"];
        assert_eq!(come(sender, wanted), expected);
    }

    #[test]
    fn no_change_is_taken_in_while_too_many_wait() {
        let (sender, mut wanted) = wanted();
        assert!(sender.send(write(0..17_000, 1)));
        assert!(sender.are_too_many());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        for _ in 0..20 {
            runtime.block_on(wanted.next());
        }
        assert!(!sender.are_too_many());
    }
}
