//! Listens to the database: what stands in the followed tables, and what becomes of it.
//!
//! The changefeed is the truth: it is written in the row's own transaction. How it is read without losing a commit that
//! becomes visible late, how a load meets it, and how definitions are noticed that it does not tell: mechanisms M1, M2, M6.
//!
//! [`core`] decides and [`shell`] asks: the tail, the sweep, the loads and the definitions each have a socket.
//!
//! # Invariants
//! - Everything is told over one bounded channel, in order; who does not take it slows reading down, and nobody's write.
//! - Whoever applies what is told by M3 (a change that is not newer than its record's is dropped) holds, once
//!   [`Captured::CaughtUp`] was told for a table, what the database holds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use protocol::wire::Ingested;
use protocol::{Change, ChangeId, Code, Problem, Sighting, limits};
use surrealdb_types::RecordId;
use tokio::sync::{Notify, mpsc};

mod core;
mod feed;
mod mailbox;
mod receipt;
mod shell;
mod vitals;
mod weight;

use crate::connection::Database;
use crate::error::Error;
use crate::schema::{self, Schema};
pub use core::Announcement;
use core::{AskedFor, Input};
use mailbox::Mailbox;
pub use receipt::{Post, Receipt};

/// What a reader's behaviour depends on.
#[derive(Clone, Debug)]
pub struct Options {
    /// The reader's name: its resume point is `_00_capture:<reader>`.
    pub reader: String,
    /// W: how long a commit may take from its stamp to its visibility.
    pub overlap: Duration,
    /// How often the definitions are read.
    pub schema_poll: Duration,
    /// How long feeds that we give are kept.
    pub retention: Duration,
    /// Rows in one page of a load.
    pub page_rows: usize,
    /// Rows that a load reads in one transaction.
    pub range_rows: usize,
    /// What the auditor reads at most, in a second.
    pub audit_rows_per_second: usize,
    /// Which tables are captured.
    pub settings: schema::Settings,
    /// Microseconds of Unix time, now: where the clock of versions begins.
    pub unix_micros: u64,
    /// Bytes of one message.
    pub message_bytes_max: usize,
}

impl Options {
    /// The documented defaults, for a reader that starts at that Unix time.
    pub fn starting_at(unix_micros: u64) -> Options {
        Options {
            reader: "single".to_owned(),
            overlap: Duration::from_secs(5),
            schema_poll: Duration::from_secs(1),
            retention: Duration::from_secs(3 * 24 * 3600),
            page_rows: limits::LOAD_PAGE_ROWS,
            range_rows: limits::LOAD_RANGE_ROWS,
            audit_rows_per_second: limits::AUDIT_LOOK_ROWS,
            settings: schema::Settings::default(),
            unix_micros,
            message_bytes_max: limits::MESSAGE_BYTES_MAX,
        }
    }
}

/// What is told, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Captured {
    /// The definitions, first of all and whenever they changed; every captured table has its feed.
    Definitions(Arc<Schema>),
    /// A load begins: the first one, or one by difference. It may begin again before it ended.
    LoadBegin {
        /// Of this table.
        table: String,
    },
    /// Some of its rows.
    LoadRows {
        /// The table.
        table: String,
        /// Each with content.
        rows: Vec<Change>,
    },
    /// All its rows were told: records that it did not tell, and whose change is older than `at`, are gone.
    LoadEnd {
        /// The table.
        table: String,
        /// What the deletions are known by.
        at: ChangeId,
    },
    /// What one commit did to followed tables, in its order.
    Changes(Vec<Change>),
    /// Rows that somebody posted, of tables that nobody captures, in the order in which they came.
    Posted {
        /// What they became.
        changes: Vec<Change>,
        /// How many more were posted of captured tables: they come as [`Captured::Changes`].
        captured: usize,
        /// Given back when they are applied.
        receipt: Receipt,
    },
    /// Everything that the load's transaction saw of other tables was told too: views may be hydrated.
    CaughtUp {
        /// The table.
        table: String,
    },
    /// Nothing older comes again: deletions below it can be forgotten.
    Floor(ChangeId),
    /// For every mark up to here: all that was acknowledged before it was told, and the definitions with it.
    Swept {
        /// The change that raised the mark.
        upto: ChangeId,
    },
    /// The auditor goes over a table that stands.
    AuditBegin {
        /// The table.
        table: String,
    },
    /// What it found of some records: whoever holds their rows compares.
    Sighted {
        /// The table.
        table: String,
        /// What was found.
        sightings: Vec<Sighting>,
        /// Whether differences were to be expected: the table was given its feed lately (M2).
        expected: bool,
    },
    /// It has gone over all rows: it wants to know, by [`Handle::unmet`], what is held and was not found.
    AuditEnd {
        /// The table.
        table: String,
        /// What the answer has to name.
        pass: u64,
        /// What had been told when it began: a row that was made by something newer need not have been found.
        since: ChangeId,
    },
    /// Records that somebody asked for were looked at ([`Handle::look_at`]): what was found is told.
    LookedAt {
        /// The number that he gave.
        no: u64,
    },
    /// The reader's own mark does not come back: the feed cannot be trusted (`FEED_BEHIND`).
    Behind,
    /// It came back: the feed is begun anew.
    Recovered,
    /// The database has lost commits that were told: whatever was written to it may be lost too. The feed is begun anew.
    Undone,
    /// It cannot go on (`SET_TOO_LARGE`).
    Failed(Problem),
}

impl Captured {
    /// Whether it holds changes, each with its version.
    pub(crate) fn carries_versions(&self) -> bool {
        use Captured::{Changes, LoadRows, Posted, Sighted};
        matches!(self, LoadRows { .. } | Changes(_) | Posted { .. } | Sighted { .. })
    }
}

/// Leads to a running reader, which ends with its last handle or when nobody takes what it tells.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: mpsc::UnboundedSender<Input>,
    wake: Arc<Notify>,
    mailbox: Arc<Mailbox>,
    posted: Arc<Notify>,
    vitals: Arc<vitals::Vitals>,
}

impl Handle {
    /// Follows a table: loads it, then tells its changes. One that is followed already is loaded again, by difference.
    pub fn follow(&self, table: impl Into<String>) {
        self.say(Input::Follow(table.into()));
    }

    /// Follows a table no longer.
    pub fn forget(&self, table: impl Into<String>) {
        self.say(Input::Forget(table.into()));
    }

    /// Says how many views exist: without any, the feed is asked less often.
    pub fn activity(&self, views: usize) {
        self.say(Input::Views(views));
    }

    /// Reads the definitions at once.
    pub fn refresh_definitions(&self) {
        self.say(Input::Refresh);
    }

    /// Takes in what an event announces. Never waits: a writer's transaction is open meanwhile.
    pub fn announce(&self, said: Announcement) {
        if self.mailbox.put(said) {
            self.posted.notify_one();
        }
    }

    /// Takes in rows that somebody posts, and waits until they are in memory.
    pub async fn post(&self, posts: Vec<Post>) -> Result<Ingested, Problem> {
        let (receipt, arrives) = Receipt::new();
        self.say(Input::Posted { posts, receipt });
        let ended = || Problem::new(Code::SspNotReady, "the processor is ending").hint("try again");
        arrives.await.map_err(|_| ended())?
    }

    /// Answers [`Captured::AuditEnd`]: these records are looked for.
    pub fn unmet(&self, pass: u64, records: Vec<RecordId>) {
        self.say(Input::Unmet { pass, records });
    }

    /// Has records of a table looked at, before anything else that the auditor would look at; [`Captured::LookedAt`]
    /// names the number when all that differs is told.
    pub fn look_at(&self, no: u64, table: String, records: Vec<RecordId>) {
        self.say(Input::LookAt(AskedFor { no, table, records }));
    }

    /// How long ago the last whole audit of each followed table ended; `None`: there was none yet.
    pub fn audits(&self) -> BTreeMap<String, Option<Duration>> {
        self.vitals.audits()
    }

    /// Whether definitions were read that differ from those that were applied last: until they are applied too, nobody
    /// may be shown anything more (M6).
    pub fn has_unapplied_definitions(&self) -> bool {
        self.vitals.has_unapplied_definitions()
    }

    /// Says that the definitions of this digest are applied: what they take away is on its way.
    pub fn definitions_applied(&self, digest: &str) {
        self.vitals.definitions_applied(digest);
    }

    /// What the auditor reads at most, in a second.
    pub fn audit_rows_per_second(&self) -> usize {
        self.vitals.audit_rows_per_second
    }

    /// Milliseconds since the newest answer of the tail was asked for.
    pub fn lag_ms(&self) -> u64 {
        self.vitals.lag_ms()
    }

    /// Takes how late commits became visible, after newer ones, since this was asked last.
    pub fn take_late(&self) -> Vec<Duration> {
        self.vitals.take_late()
    }

    /// Milliseconds between two readings of the definitions, as it is in force.
    pub fn schema_poll_ms(&self) -> u64 {
        self.vitals.schema_poll_ms()
    }

    fn say(&self, input: Input) {
        // A reader that has ended needs no telling.
        let _ = self.commands.send(input);
        self.wake.notify_one();
    }
}

/// Starts reading. Whoever captured before has to be closed (M11), and the meta tables installed.
pub async fn start(
    database: &Database,
    options: Options,
    told: mpsc::Sender<Captured>,
) -> Result<Handle, Error> {
    shell::start(database, options, told).await
}
