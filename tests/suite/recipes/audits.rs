//! Without the recipes that see to it that the feed is not believed blindly: eras, sets too large, definitions, the auditor.

use super::{DATABASE, PROCESSOR, SURREAL, VIEW, Without};

const CLOCK: &str = "M1: the database comes back with an older clock";
const LARGE: &str = "M1: a set that is too large to be read";
const TIGHTENED: &str = "M6: a permission is tightened while edges are on their way";
const SILENT: &str = "M16: the feed does not tell";

const BACK: &str =
    "capture::core::tests::eras::after_a_step_back_of_the_clock_loads_take_the_feeds_place";
const NOT_JUDGED: &str = "store::tests::what_the_feed_will_tell_or_has_told_since_is_not_judged";

pub const FAULTS: &[Without] = &[
    Without {
        history: CLOCK,
        lacks: "the loads in the feed's place",
        file: "surreal/src/capture/core/eras.rs",
        with: "self.rounds = Some(Rounds {",
        without: "let _ = Some(Rounds {",
        target: SURREAL,
        test: BACK,
    },
    Without {
        history: CLOCK,
        lacks: "an era for each load",
        file: "surreal/src/capture/core/eras.rs",
        with: "self.era += 1;",
        without: "",
        target: SURREAL,
        test: BACK,
    },
    Without {
        history: CLOCK,
        lacks: "the marks at a round's beginning",
        file: "surreal/src/capture/core/eras.rs",
        with: "ours.map(str::to_owned).into_iter().chain(others.cloned()).collect()",
        without: "others.cloned().chain(ours.map(str::to_owned)).collect()",
        target: SURREAL,
        test: BACK,
    },
    Without {
        history: CLOCK,
        lacks: "a mark's wait for the whole round",
        file: "surreal/src/capture/core/reading.rs",
        with: "if self.rounds.is_none() {",
        without: "if true {",
        target: SURREAL,
        test: BACK,
    },
    Without {
        history: LARGE,
        lacks: "the loads behind it",
        file: "surreal/src/capture/core/beginning.rs",
        with: "self.tables.follow_all();",
        without: "",
        target: DATABASE,
        test: "capture::a_set_too_large_to_be_read_is_passed_over",
    },
    Without {
        history: TIGHTENED,
        lacks: "the wait for just those definitions that were read",
        file: "surreal/src/capture/vitals.rs",
        with: "digest.clone_into(&mut self.definitions().applied);",
        without: "let mut known = self.definitions(); known.applied = known.read.clone(); let _ = digest;",
        target: SURREAL,
        test: "capture::vitals::tests::definitions_wait_until_just_these_are_applied",
    },
    Without {
        history: TIGHTENED,
        lacks: "the lanes' wait for it",
        file: "ssp/src/shell/writing.rs",
        with: "while self.capture.has_unapplied_definitions() {",
        without: "while self.capture.lag_ms() == u64::MAX {",
        target: PROCESSOR,
        test: "definitions::nothing_is_written_between_reading_a_tightened_permission_and_applying_it",
    },
    Without {
        history: SILENT,
        lacks: "the look for what no look found",
        file: "surreal/src/capture/core/auditor.rs",
        with: "Some(known) if known.no == pass => known.unmet = records,",
        without: "Some(known) if known.no == pass => drop(records),",
        target: SURREAL,
        test: "capture::core::tests::audits::what_the_feed_does_not_tell_is_found",
    },
    Without {
        history: SILENT,
        lacks: "the memory of deletions until a look is told",
        file: "surreal/src/capture/core/reading.rs",
        with: "self.auditor.floor().map_or(stamp, |look| look.min(stamp))",
        without: "stamp",
        target: SURREAL,
        test: "capture::core::tests::audits::what_is_told_late_of_a_look_brings_no_deleted_row_back",
    },
    Without {
        history: SILENT,
        lacks: "the definitions of the look's moment",
        file: "surreal/src/capture/core/auditor.rs",
        with: "held.began <= read || pass.second_look",
        without: "held.began >= read || pass.second_look || held.began < read",
        target: SURREAL,
        test: "capture::core::tests::audits::what_a_table_without_a_feed_got_is_loaded_and_not_missed",
    },
    Without {
        history: SILENT,
        lacks: "the silence about what is still to be told",
        file: "view/src/store/audit.rs",
        with: "Some(known) if shown => known == found.id,",
        without: "Some(known) if shown => known <= found.id,",
        target: VIEW,
        test: NOT_JUDGED,
    },
    Without {
        history: SILENT,
        lacks: "the silence about what was changed since",
        file: "view/src/store/audit.rs",
        with: "Some(known) => known <= found.id,",
        without: "Some(known) => known != found.id,",
        target: VIEW,
        test: NOT_JUDGED,
    },
    Without {
        history: SILENT,
        lacks: "the look at what came since the pass began",
        file: "view/src/store/audit.rs",
        with: "held.load != self.load && held.change <= since",
        without: "held.load != self.load && held.change >= ChangeId::default()",
        target: VIEW,
        test: "store::tests::a_pass_knows_which_rows_no_look_found",
    },
    Without {
        history: SILENT,
        lacks: "the silence about what may have been deleted since",
        file: "view/src/store/audit.rs",
        with: "None => !shown && found.id >= self.forgotten,",
        without: "None => !shown,",
        target: VIEW,
        test: "store::tests::a_look_from_before_what_is_remembered_brings_no_deleted_row_back",
    },
];
