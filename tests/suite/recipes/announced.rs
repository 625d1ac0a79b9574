//! Without what an announcement waits for: events run inside of transactions that may be rolled back.

use super::{SURREAL, Without};

const EARLY: &str = "M1: an event announces a write that is not committed yet, or never";
const KILLED: &str = "M1: announced, and whoever heard it is killed before the commit";

const COMMITTED: &str =
    "capture::core::announced::tests::what_is_announced_is_told_once_it_is_committed";
const FILE: &str = "surreal/src/capture/core/announced.rs";

pub const FAULTS: &[Without] = &[
    Without {
        history: EARLY,
        lacks: "the wait for a write's version",
        file: FILE,
        with: "seen.version >= Some(self.version)",
        without: "seen.version >= None",
        target: SURREAL,
        test: COMMITTED,
    },
    Without {
        history: EARLY,
        lacks: "the wait for a row to be gone",
        file: FILE,
        with: "seen.there == Some(false) || seen.version > Some(self.version)",
        without: "seen.version >= Some(self.version)",
        target: SURREAL,
        test: COMMITTED,
    },
    Without {
        history: EARLY,
        lacks: "the question whether the row is there",
        file: FILE,
        with: "seen.there == Some(false) ||",
        without: "seen.there != Some(true) ||",
        target: SURREAL,
        test: "capture::core::announced::tests::\
               a_look_for_a_write_decides_no_deletion_that_is_announced_meanwhile",
    },
    Without {
        history: EARLY,
        lacks: "the end of patience",
        file: FILE,
        with: "began >= wait.since + self.patience;",
        without: "began > wait.since + self.patience * 1_000;",
        target: SURREAL,
        test: "capture::core::announced::tests::\
               what_is_never_committed_is_forgotten_in_time_and_delays_no_mark",
    },
    Without {
        history: KILLED,
        lacks: "the second load",
        file: "surreal/src/capture/core/mod.rs",
        with: "let loaded_again = tuning.way.announcing().map(|_| tuning.patience);",
        without: "let loaded_again = tuning.way.announcing().map(|_| tuning.patience * 1_000);",
        target: SURREAL,
        test: "capture::core::announced::tests::\
               what_was_announced_to_nobody_alive_is_found_by_the_second_load",
    },
];
