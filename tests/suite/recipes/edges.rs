//! Without the recipes of the edges' fence, order and tables: M11.

use super::{DATABASE, PROCESSOR, SURREAL, Without};

const PAUSED: &str = "M11: a paused SSP wakes up";
const STILL_RUNS: &str = "M11: the request of a killed process still runs in the server";
const ORDER: &str = "M11: the DELETE of an edge arrives after its new CREATE";
const TOGETHER: &str = "M11: of edges that are changed together somebody removed one";
const HOT: &str = "M11: one row in 10,000 views must not delay another user";
const TABLE: &str = "M11: a user's table goes in a shared flush";
const END: &str = "M11: a flush meets the end of its user's table";

const FLUSH: &str = "surreal/src/edge/flush.rs";
const WAKES: &str = "edge::a_paused_writer_wakes_up_after_it_was_closed_and_nothing_of_it_lands";
const MOMENTS: &str = "edge::who_takes_over_gives_later_moments_whatever_the_clock_says";
const VANISHES: &str = "edge::a_users_table_vanishes_in_a_shared_flush";
const PAUSE: &str = "edge::pending::tests::a_removed_edge_is_not_created_again_at_once";

pub const FAULTS: &[Without] = &[
    Without {
        history: PAUSED,
        lacks: "the closing of the others",
        file: "surreal/src/writer/mod.rs",
        with: "WHERE $close AND !closed RETURN NONE;",
        without: "WHERE $close AND false RETURN NONE;",
        target: DATABASE,
        test: WAKES,
    },
    Without {
        history: PAUSED,
        lacks: "the fence's look at `closed`",
        file: FLUSH,
        with: "IF $was = NONE OR $was.closed { THROW 'FENCED' };",
        without: "IF $was = NONE { THROW 'FENCED' };",
        target: DATABASE,
        test: WAKES,
    },
    Without {
        history: PAUSED,
        lacks: "UPDATE: what is missing is made, by UPSERT",
        file: FLUSH,
        with: "IF $was = NONE OR $was.closed { THROW 'FENCED' };
    IF $was.seq >= $seq { THROW 'APPLIED' };
    LET $at = time::max([time::now(), $was.updatedAt + 1us]);
    UPDATE $lane SET",
        without: "IF $was.closed { THROW 'FENCED' };
    IF $was.seq >= $seq { THROW 'APPLIED' };
    LET $at = time::max([time::now(), ($was.updatedAt ?? time::now()) + 1us]);
    UPSERT $lane SET",
        target: DATABASE,
        test: WAKES,
    },
    Without {
        history: PAUSED,
        lacks: "the end of one who was closed",
        file: "ssp/src/core/startup.rs",
        with: "if !matches!(self.stage, Stage::Failed(_)) {
            self.fail(Problem::new(Code::Superseded",
        without: "if matches!(self.stage, Stage::Failed(_)) {
            self.fail(Problem::new(Code::Superseded",
        target: PROCESSOR,
        test: "restarts::who_is_superseded_says_so_and_stops_writing",
    },
    Without {
        history: STILL_RUNS,
        lacks: "the fence's write: it is only read",
        file: FLUSH,
        with: "UPDATE $lane SET seq = $seq, updatedAt = $at, touchedAt = time::now() RETURN NONE;",
        without: "",
        target: DATABASE,
        test: "edge::a_flush_that_runs_while_its_writer_is_closed_is_refused_when_it_commits",
    },
    Without {
        history: STILL_RUNS,
        lacks: "the transaction's number",
        file: FLUSH,
        with: "IF $was.seq >= $seq { THROW 'APPLIED' };",
        without: "",
        target: DATABASE,
        test: "edge::a_transaction_that_is_sent_twice_is_written_once",
    },
    Without {
        history: ORDER,
        lacks: "the rise of `updatedAt`",
        file: FLUSH,
        with: "LET $at = time::max([time::now(), $was.updatedAt + 1us]);",
        without: "LET $at = time::now();",
        target: DATABASE,
        test: MOMENTS,
    },
    Without {
        history: ORDER,
        lacks: "the beginning above those who were closed",
        file: "surreal/src/writer/mod.rs",
        with: "updatedAt = time::max(array::append($last, time::now())) RETURN NONE;",
        without: "updatedAt = time::now() RETURN NONE;",
        target: DATABASE,
        test: MOMENTS,
    },
    Without {
        history: ORDER,
        lacks: "the pause before an edge is created again",
        file: "surreal/src/edge/pending/outcome.rs",
        with: "EdgeOp::Leave { .. } => (PauseKind::Removed, self.limits.recreate_pause),",
        without: "",
        target: SURREAL,
        test: PAUSE,
    },
    Without {
        history: ORDER,
        lacks: "the dropping of a creation that a removal follows",
        file: "surreal/src/edge/pending/mod.rs",
        with: "if !(leaves && removed) {",
        without: "if !(leaves && removed && false) {",
        target: SURREAL,
        test: PAUSE,
    },
    Without {
        history: TOGETHER,
        lacks: "the look for what is absent",
        file: FLUSH,
        with: "IF array::len($changed) < array::len($it.edges) {{ THROW 'ABSENT' }};",
        without: "",
        target: DATABASE,
        test: "edge::what_changes_in_many_views_is_there_afterwards_even_if_somebody_deleted_it",
    },
    Without {
        history: HOT,
        lacks: "the place behind the others",
        file: "surreal/src/edge/pending/counts.rs",
        with: "is_some_and(|&count| count > HOT_RECORD_EDGES)",
        without: "is_some_and(|&count| count > 100 * HOT_RECORD_EDGES)",
        target: SURREAL,
        test: "edge::pending::tests::a_record_that_changes_everywhere_delays_nobody_else",
    },
    Without {
        history: TABLE,
        lacks: "the going on without that table's edges",
        file: "surreal/src/edge/lane.rs",
        with: "table.filter(|table| batch.tables().contains(table.as_str()))",
        without: "table.filter(|_| false)",
        target: DATABASE,
        test: VANISHES,
    },
    Without {
        history: TABLE,
        lacks: "the look whether the table is there: an edge write makes it",
        file: FLUSH,
        with: "UPDATE $probes SET probe = true RETURN NONE;",
        without: "",
        target: DATABASE,
        test: VANISHES,
    },
    Without {
        history: END,
        lacks: "the wait for the edges before the table goes",
        file: "ssp/src/core/users.rs",
        with: "if !self.outstanding.is_leaving_of(user) && self.users.leaving.remove(user) {",
        without: "if self.users.leaving.remove(user) {",
        target: PROCESSOR,
        test: "people::who_comes_back_has_none_of_the_edges_that_were_under_way_when_she_went",
    },
    Without {
        history: END,
        lacks: "the emptying of the table before his first edge",
        file: "surreal/src/user_table.rs",
        with: "DELETE {table} RETURN NONE;",
        without: "",
        target: DATABASE,
        test: "edge::what_stands_in_a_table_before_its_users_first_edge_is_nobodys",
    },
];
