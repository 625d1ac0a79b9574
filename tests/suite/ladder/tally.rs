//! What a walk over many cases came to.

use std::fmt;
use std::ops::AddAssign;

use cli::scenario::rig::surrealdb::Excluded;
use cli::scenario::{Outcome, Script, Step};

/// Counts of cases, and of what happened in them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Cases.
    pub cases: u64,
    /// Transactions, definitions, restarts, views that begin, change or end.
    pub steps: u64,
    /// Of these: the transactions that took place.
    pub commits: u64,
    /// The definitions and the restarts.
    pub upheavals: u64,
    /// The views that began or asked something else.
    pub views: u64,
    /// Those that were refused.
    pub refused: u64,
    /// The lines that were told and compared.
    pub lines: u64,
    /// What the database could not be asked as it is.
    pub excluded: Excluded,
}

impl Tally {
    /// Counts a case.
    pub fn case(&mut self, script: &Script) {
        self.cases += 1;
        let counted = |step: &&Step| !matches!(step, Step::Given(_) | Step::Show(_));
        self.steps += script.steps().filter(counted).count() as u64;
    }

    /// Counts what a step did.
    pub fn step(&mut self, step: &Step, outcome: &Outcome) {
        let lines = outcome.lines();
        self.lines += lines.iter().filter(|line| *line != "nothing").count() as u64;
        match step {
            Step::Commit(_) if !matches!(outcome, Outcome::Rejected(_)) => self.commits += 1,
            Step::Define(_) | Step::Restart => self.upheavals += 1,
            Step::View(_) | Step::Replace(_) => {
                self.views += 1;
                self.refused += u64::from(matches!(outcome, Outcome::Refused(_)));
            }
            _ => {}
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.cases += other.cases;
        self.steps += other.steps;
        self.commits += other.commits;
        self.upheavals += other.upheavals;
        self.views += other.views;
        self.refused += other.refused;
        self.lines += other.lines;
        self.excluded.rows += other.excluded.rows;
        self.excluded.alone += other.excluded.alone;
        self.excluded.links += other.excluded.links;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { cases, steps, commits, upheavals, views, refused, lines, excluded } = self;
        write!(
            f,
            "{cases} cases, {steps} steps: {commits} commits, {upheavals} definitions and restarts, {views} views \
             ({refused} refused); {lines} lines; asked without failing rows {}, about a row alone {}, links {}",
            excluded.rows, excluded.alone, excluded.links
        )
    }
}
