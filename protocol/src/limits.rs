//! Everything has a limit; they all stand here, and what one owes another is checked when this file compiles.

/// Entries that one `SHOW CHANGES` asks for: the database's own maximum.
pub const FEED_PAGE_ENTRIES: usize = 1_000;

/// What the answer to one `SHOW CHANGES` should weigh at most: an entry is everything that a commit did to a table.
pub const FEED_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Entries of a followed table that are kept while its load runs; over it the load starts again.
pub const LOAD_KEPT_CHANGES_MAX: usize = 200_000;

/// Rows in one page of a load, unless configured.
pub const LOAD_PAGE_ROWS: usize = 500;

/// Rows that a load reads in one transaction: a larger table is read by ranges, so that no snapshot stands for long.
pub const LOAD_RANGE_ROWS: usize = 1_000_000;

/// Rows of a load's first page, whose weight nobody knows.
pub const LOAD_FIRST_ROWS: usize = 50;

/// Rows that the auditor reads in one transaction.
pub const AUDIT_LOOK_ROWS: usize = 2_000;

/// Rows that the auditor has read and that wait for the definitions of their moment; beyond, it waits too.
pub const AUDIT_HELD_ROWS_MAX: usize = 20_000;

/// Records that one pass of the auditor looks for because no page showed them; more of them wait for the next pass.
pub const AUDIT_UNMET_MAX: usize = 10_000;

/// Edges in one transaction: below what a client's default LIVE queue was seen to hold.
pub const EDGE_ROWS_PER_FLUSH: usize = 400;

/// Pending edges of one view, above which the view is reconciled instead.
pub const PENDING_PER_VIEW_MAX: usize = 200_000;

/// Milliseconds between removing an edge and creating it again.
pub const EDGE_RECREATE_PAUSE_MS: u64 = 100;

/// Milliseconds that a hydration waits for others after one was written: a client that starts registers view after view.
pub const HYDRATIONS_GATHER_MS: u64 = 20;

/// Edges that one record's change waits in, above which its changes are written last and seldom.
pub const HOT_RECORD_EDGES: u32 = 1_000;

/// Milliseconds between two writes of an edge whose record changes in so many.
pub const HOT_RECORD_PAUSE_MS: u64 = 1_000;

/// Views that one user may hold.
pub const VIEWS_PER_USER_MAX: usize = 500;

/// Bytes of a view's id, and of a client's: every edge of the view repeats them.
pub const ID_BYTES_MAX: usize = 512;

/// Clients of one view.
pub const CLIENTS_PER_VIEW_MAX: usize = 1_000;

/// Bytes of a query's text.
pub const QUERY_BYTES_MAX: usize = 64 * 1024;

/// Depth of an expression.
pub const EXPRESSION_DEPTH_MAX: usize = 64;

/// Nodes of an expression.
pub const EXPRESSION_NODES_MAX: usize = 2_000;

/// Subqueries that one query shows of each row, those inside of them not counted.
pub const CHILDREN_PER_QUERY_MAX: usize = 16;

/// Rows that the subqueries of one view may show, each counted with every row that it is shown under; and subqueries
/// that its rows may ask, each row's counted.
pub const CHILDREN_PER_VIEW_MAX: usize = 200_000;

/// Bytes of what one call of a function makes of its arguments, where the function multiplies them.
pub const CALL_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Pairs of elements that one call compares, where the function compares each with each.
pub const CALL_PAIRS_MAX: usize = 10_000_000;

/// Bytes of a view's parameters.
pub const PARAMS_BYTES_MAX: usize = 256 * 1024;

/// Arms that a condition may have after its disjunctions were multiplied out; above that it is one residual.
pub const FAMILY_ARMS_MAX: usize = 16;

/// Distinct elements of a list under each of which a row or a view stands in the router; above that, the residual.
pub const MEMBERSHIP_ELEMENTS_MAX: usize = 1_024;

/// Record ids that a view may select from.
pub const SOURCE_RECORDS_MAX: usize = 1_024;

/// START + LIMIT of a window that has a residual: twice that many matches are kept.
pub const WINDOW_KEPT_MAX: usize = 50_000;

/// Index entries that a refill walks in one step.
pub const REFILL_ENTRIES_PER_STEP: usize = 1_000;

/// Records that a view's query fails on, of which is known what is raised.
pub const FAULTS_KEPT_MAX: usize = 1_024;

/// Rows that are fed to a circuit of groups in one piece.
pub const GROUPS_FED_MAX: usize = 10_000;

/// Secondary indexes on one table.
pub const INDEXES_PER_TABLE_MAX: usize = 64;

/// Windows of one step that share the time that was measured of it.
pub const COST_WINDOWS_MAX: usize = 1_024;

/// Rows in the reply of a registration.
pub const REGISTER_REPLY_ROWS_MAX: usize = 1_000;

/// Rows in one reply to `spky verify`.
pub const VERIFY_ROWS_MAX: usize = 200_000;

/// Buckets that a table's rows are divided into when they are compared.
pub const VERIFY_BUCKETS_MAX: u32 = 4_096;

/// Bytes of a request's body.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Levels that a body's values may be nested.
pub const BODY_DEPTH_MAX: usize = 100;

/// Changes in one body of `/ingest`.
pub const INGEST_BATCH_MAX: usize = 10_000;

/// Tables that only `/ingest` fills.
pub const INGEST_TABLES_MAX: usize = 1_000;

/// Rows that only `/ingest` made, of all tables together.
pub const INGEST_ROWS_MAX: usize = 1_000_000;

/// Bytes of a table's name, or of a record's id as it prints, that `/ingest` takes.
pub const INGEST_NAME_BYTES_MAX: usize = 1_024;

/// Announcements of events that wait for their commit, or for a load; over it their tables are loaded again.
pub const ANNOUNCED_MAX: usize = 100_000;

/// Milliseconds after which an announcement that is not due is dropped: its transaction was rolled back.
pub const ANNOUNCED_MS: u64 = 30_000;

/// Milliseconds without an answer of the feed, after which the database counts as unreachable.
pub const FEED_SILENT_MS: u64 = 5_000;

/// Announced records that one question asks for.
pub const ANNOUNCED_READ_MAX: usize = 200;

/// Bytes of one message from the database.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024 * 1024;

const _: () =
    assert!(EDGE_ROWS_PER_FLUSH <= PENDING_PER_VIEW_MAX, "a flush fits into what may be pending");
const _: () =
    assert!(LOAD_PAGE_ROWS <= LOAD_KEPT_CHANGES_MAX, "a page fits into what a load may keep");
const _: () = assert!(ANNOUNCED_READ_MAX <= ANNOUNCED_MAX, "a question fits into what may wait");
const _: () = assert!(INGEST_BATCH_MAX <= INGEST_ROWS_MAX, "a batch fits into what may be held");
const _: () = assert!(PARAMS_BYTES_MAX <= BODY_BYTES_MAX, "parameters fit into a body");
const _: () = assert!(QUERY_BYTES_MAX <= BODY_BYTES_MAX, "a query fits into a body");

#[cfg(test)]
mod tests {
    #[test]
    fn every_limit_is_documented() {
        // Tests run in the directory of their package.
        let source = std::fs::read_to_string("src/limits.rs").expect("this file");
        let document = std::fs::read_to_string("../docs/limits.md").expect("the document exists");
        let names = source.lines().filter_map(|line| line.strip_prefix("pub const "));
        let names: Vec<&str> = names.filter_map(|rest| rest.split(':').next()).collect();
        assert!(names.len() > 20, "{names:?}");
        for name in names {
            assert!(document.contains(&format!("| `{name}` |")), "docs/limits.md lacks {name}");
        }
    }
}
