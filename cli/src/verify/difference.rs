//! What can differ.

use protocol::ViewKey;
use serde_json::{Value, json};
use surrealdb_types::{RecordId, ToSql};

/// One difference. Two looks found the same where these are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// A row: the digest on each side that has it.
    Row {
        /// Its record.
        record: RecordId,
        /// The database's.
        database: Option<String>,
        /// The SSP's.
        ssp: Option<String>,
    },
    /// A record of the view's answer has no edge.
    Missing {
        /// The view.
        view: ViewKey,
        /// The record, as its literal.
        record: String,
        /// Its row's version: where that rises from look to look, the edge may be on its way each time.
        version: i64,
    },
    /// An edge whose record is not in the view's answer.
    Superfluous {
        /// The view.
        view: ViewKey,
        /// The record, as its literal.
        record: String,
        /// The edge's version.
        version: i64,
    },
    /// An edge with another version or hash than its row can have.
    Wrong {
        /// The view.
        view: ViewKey,
        /// The record, as its literal.
        record: String,
        /// The edge's version and hash.
        edge: (i64, i64),
        /// The row's version and hash.
        row: (i64, i64),
    },
    /// An edge of a group that shows another value than its group, or one of a record that shows any.
    Shown {
        /// The view.
        view: ViewKey,
        /// The record, as its literal.
        record: String,
        /// What the edge shows, as its literal.
        edge: Option<String>,
        /// What the group shows.
        group: Option<String>,
    },
    /// A row of the edge table that names the view and is no edge of ours, by its id.
    Foreign {
        /// The view.
        view: ViewKey,
        /// The row of the edge table.
        edge: RecordId,
    },
    /// The database's own answer has, or lacks, a record.
    Answer {
        /// The view.
        view: ViewKey,
        /// The record, as its literal.
        record: String,
        /// Whether the database has it in its answer.
        in_database: bool,
        /// Of all that our answer had: the database's is asked for a moment later, so that an answer which moves from look
        /// to look says nothing.
        ours: u64,
    },
    /// Rows of an edge table that name no view.
    Nameless {
        /// The edge table.
        table: String,
        /// How many.
        rows: u64,
    },
    /// Edges of a view that nobody registered.
    Stray {
        /// The edge table.
        table: String,
        /// What they name as their view.
        of: String,
        /// How many.
        edges: u64,
    },
}

impl Difference {
    /// The table whose row it is about.
    pub fn table(&self) -> Option<&str> {
        match self {
            Difference::Row { record, .. } => Some(record.table.as_str()),
            _ => None,
        }
    }

    /// The view that it is about.
    pub fn view(&self) -> Option<&ViewKey> {
        match self {
            Difference::Missing { view, .. }
            | Difference::Superfluous { view, .. }
            | Difference::Wrong { view, .. }
            | Difference::Shown { view, .. }
            | Difference::Foreign { view, .. }
            | Difference::Answer { view, .. } => Some(view),
            Difference::Row { .. } | Difference::Nameless { .. } | Difference::Stray { .. } => None,
        }
    }

    /// What it is, without what it is about: one line.
    pub fn told(&self) -> String {
        let short = |digest: &String| digest.chars().take(16).collect::<String>();
        match self {
            Difference::Row { record, database: Some(database), ssp: Some(ssp) } => {
                let (database, ssp) = (short(database), short(ssp));
                format!("differs      {}  database {database}, SSP {ssp}", record.to_sql())
            }
            Difference::Row { record, database: Some(_), ssp: None } => {
                format!("missing      {}  the SSP does not have it", record.to_sql())
            }
            Difference::Row { record, .. } => {
                format!("superfluous  {}  the database does not have it", record.to_sql())
            }
            Difference::Missing { record, .. } => format!("missing      edge of {record}"),
            Difference::Superfluous { record, .. } => format!("superfluous  edge of {record}"),
            Difference::Wrong { record, edge, row, .. } if edge.1 == row.1 => {
                format!("version      edge of {record} has v{}, its row v{}", edge.0, row.0)
            }
            Difference::Wrong { record, edge, row, .. } => {
                format!("hash         edge of {record} has {}, its row {}", edge.1, row.1)
            }
            Difference::Shown { record, edge, group, .. } => {
                let [edge, group] = [edge, group].map(|it| it.as_deref().unwrap_or("nothing"));
                format!("value        edge of {record} shows {edge}, and should show {group}")
            }
            Difference::Foreign { edge, .. } => {
                format!("foreign      {}  no edge has such an id", edge.to_sql())
            }
            Difference::Nameless { table, rows } => {
                format!("foreign      {rows} rows of {table}  they name no view")
            }
            Difference::Answer { record, in_database: true, .. } => {
                format!("answer       {record} is in the database's answer, and not in ours")
            }
            Difference::Answer { record, .. } => {
                format!("answer       {record} is in our answer, and not in the database's")
            }
            Difference::Stray { table, of, edges } => {
                format!("stray        {edges} edges of {of} in {table}: nobody registered it")
            }
        }
    }

    /// As a script reads it.
    pub fn json(&self) -> Value {
        let view = self
            .view()
            .map(|view| json!({ "id": view.id, "auth": view.auth.as_ref().map(ToSql::to_sql) }));
        match self {
            Difference::Row { record, database, ssp } => json!({
                "kind": "row", "table": record.table.as_str(), "record": record.to_sql(),
                "database": database, "ssp": ssp,
            }),
            Difference::Missing { record, .. } => {
                json!({ "kind": "missing", "view": view, "record": record })
            }
            Difference::Superfluous { record, .. } => {
                json!({ "kind": "superfluous", "view": view, "record": record })
            }
            Difference::Wrong { record, edge, row, .. } => json!({
                "kind": "wrong", "view": view, "record": record,
                "edge": { "version": edge.0, "hash": edge.1 },
                "row": { "version": row.0, "hash": row.1 },
            }),
            Difference::Shown { record, edge, group, .. } => json!({
                "kind": "value", "view": view, "record": record, "edge": edge, "group": group,
            }),
            Difference::Foreign { edge, .. } => {
                json!({ "kind": "foreign", "view": view, "edge": edge.to_sql() })
            }
            Difference::Answer { record, in_database, .. } => json!({
                "kind": "answer", "view": view, "record": record, "inDatabase": in_database,
            }),
            Difference::Nameless { table, rows } => {
                json!({ "kind": "foreign", "table": table, "rows": rows })
            }
            Difference::Stray { table, of, edges } => {
                json!({ "kind": "stray", "table": table, "of": of, "edges": edges })
            }
        }
    }
}
