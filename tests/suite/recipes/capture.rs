//! Without the recipes by which the changefeed is read: M1, M2, M12.

use super::{DATABASE, SURREAL, Without};

const LATE: &str = "M1: a commit with an older stamp becomes visible late";
const UNDONE: &str = "M1: the database comes back without its newest commits";
const HUGE: &str = "M1: a huge commit is not transferred again with every poll";
const MEETS: &str = "M2: a load meets the feed";
const BARRIER: &str = "M2: turning a feed on is no barrier";
const RAISED: &str = "M12: a mark raised while nobody read";

const PLAYED: &str =
    "capture::core::tests::whatever_becomes_visible_late_or_beside_a_load_is_not_missed";

pub const FAULTS: &[Without] = &[
    Without {
        history: LATE,
        lacks: "the sweep's reading",
        file: "surreal/src/capture/core/reading.rs",
        with: "Some(self.sweep.at <= upto)",
        without: "Some(self.sweep.at > upto)",
        target: SURREAL,
        test: "capture::core::tests::a_late_older_stamp_is_found_by_the_sweep",
    },
    Without {
        history: LATE,
        lacks: "the overlap by which the floor stays behind",
        file: "surreal/src/capture/core/floor.rs",
        with: "history.at(before.min(overlap_ago))",
        without: "history.at(before.max(overlap_ago))",
        target: SURREAL,
        test: PLAYED,
    },
    Without {
        history: LATE,
        lacks: "the second sweep before the floor rises",
        file: "surreal/src/capture/core/floor.rs",
        with: "history.at(before.min(overlap_ago))",
        without: "history.at(overlap_ago.max(before.min(overlap_ago)))",
        target: SURREAL,
        test: "capture::core::floor::tests::a_late_reader_does_not_let_the_floor_jump",
    },
    Without {
        history: UNDONE,
        lacks: "the look for what was read before",
        file: "surreal/src/capture/core/reading.rs",
        with: "return self.undone(now, set, effects);",
        without: "let _ = set;",
        target: SURREAL,
        test: "capture::core::tests::undone::what_the_database_has_lost_is_loaded_again_before_a_mark_is_answered",
    },
    Without {
        history: LATE,
        lacks: "the wait before the first load",
        file: "surreal/src/capture/core/beginning.rs",
        with: "position.loads_from = now + self.tuning.overlap;",
        without: "position.loads_from = now;",
        target: SURREAL,
        test: "capture::core::tests::where_older_commits_may_be_under_way_the_load_waits",
    },
    Without {
        history: LATE,
        lacks: "a mark's wait for a sweep",
        file: "surreal/src/capture/core/marks.rs",
        with: "let (swept, defined, announced, held_back) = (false, false, false, None);",
        without: "let (swept, defined, announced, held_back) = (true, false, false, None);",
        target: SURREAL,
        test: "capture::core::tests::a_mark_waits_for_a_sweep_that_began_after_it_was_met",
    },
    Without {
        history: HUGE,
        lacks: "what the tail knows to have read twice",
        file: "surreal/src/capture/core/reading.rs",
        with: "if tail.twice >= Some(read) { read.next() } else { read }",
        without: "read",
        target: SURREAL,
        test: "capture::core::tests::a_set_that_was_read_twice_is_not_asked_for_again",
    },
    Without {
        history: HUGE,
        lacks: "what the sweep knows to have read twice",
        file: "surreal/src/capture/core/floor.rs",
        with: "Some(if self.passed { self.floor.next() } else { self.floor })",
        without: "Some(self.floor)",
        target: SURREAL,
        test: "capture::core::floor::tests::the_floor_rises_an_overlap_and_two_sweeps_later",
    },
    Without {
        history: HUGE,
        lacks: "the wait for the rest of a set that a page cut",
        file: "surreal/src/capture/core/pager.rs",
        with: "let rest = sets.pop().map(|set| set.stamp);",
        without: "let rest = sets.last().map(|set| set.stamp);",
        target: SURREAL,
        test: "capture::core::pager::tests::the_last_set_of_a_full_page_waits_for_its_rest",
    },
    Without {
        history: MEETS,
        lacks: "what came beside the load",
        file: "surreal/src/capture/core/tables.rs",
        with: "later.push(changes);",
        without: "drop(changes);",
        target: SURREAL,
        test: PLAYED,
    },
    Without {
        history: MEETS,
        lacks: "the list of what the load's feed showed: the newest stamp decides",
        file: "surreal/src/capture/core/tables.rs",
        with: "if !shown.stamps.contains(&stamp) {",
        without: "if stamp > shown.newest {",
        target: SURREAL,
        test: PLAYED,
    },
    Without {
        history: MEETS,
        lacks: "the keeping of changes until the pages stand",
        file: "surreal/src/capture/core/tables.rs",
        with: "Stage::Loading { .. } => Verdict::Keep,",
        without: "Stage::Loading { .. } => Verdict::Tell,",
        target: SURREAL,
        test: PLAYED,
    },
    Without {
        history: BARRIER,
        lacks: "the second look",
        file: "surreal/src/capture/core/loads.rs",
        with: "self.tables.look_again(table, *fed + self.settles_after());",
        without: "let _ = fed;",
        target: DATABASE,
        test: "capture::a_writer_from_before_the_feed_is_found_by_the_second_look",
    },
    Without {
        history: RAISED,
        lacks: "the look for marks in a load",
        file: "surreal/src/capture/core/loads.rs",
        with: "self.look_for_marks(now, &rows, effects);",
        without: "",
        target: DATABASE,
        test: "capture::a_mark_raised_while_nobody_read_is_met_in_the_load",
    },
];
