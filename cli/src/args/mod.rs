//! What can be typed.

mod dev;
mod operate;
mod target;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::scenario::RigName;

pub use dev::Dev;
pub use operate::{Doctor, Status, Uninstall, Verify};
pub use target::{Site, Target};

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "spky",
    version,
    about = "Sp00ky makes any SurrealQL SELECT live.",
    long_about = "Sp00ky makes any SurrealQL SELECT live.\n\n\
        A client registers a query; from then on SurrealDB itself tells that client, through an ordinary LIVE \
        subscription, which records are in the answer. Nobody's write waits for it, and no query is run twice.",
    after_help = "Begin with `spky dev` in a folder with a sp00ky.yml, then `spky watch \"SELECT * FROM thread\"` \
        beside it.",
    after_long_help = "Begin with `spky dev` in a folder with a sp00ky.yml, then \
        `spky watch \"SELECT * FROM thread\"` beside it.\n\n\
        Exit codes:\n  \
        0   done\n  \
        1   the query is refused, the scenario differs, the SSP is not ready, something differs\n  \
        2   the arguments are wrong\n  \
        64  the configuration or the schema is wrong\n  \
        69  something that should listen does not or lets nobody in, or a port is taken\n\n\
        Colours are left out where no terminal is, and with NO_COLOR.",
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub struct Spky {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a project: the database, the sidecar, the schema, and the apps.
    ///
    /// Reads sp00ky.yml, starts SurrealDB (it is inside this binary) and one SSP on this machine, applies
    /// schema/*.surql and applies it again whenever a file changes, and runs each app's `dev` command with the
    /// variables that it needs to connect. Ctrl-C stops everything in order.
    #[command(after_help = "Examples:\n  \
        spky dev\n  \
        spky dev --data ./rows\n  \
        SPKY_DB_NS=app SPKY_DB_NAME=app spky dev --db http://127.0.0.1:8000 --no-apps")]
    Dev(Dev),
    /// Registers a query and prints what happens to its answer, live.
    ///
    /// One line for each record: `+` it enters the answer, `~` it stays with new content, `-` it leaves. Contents are
    /// read with the rights of the system user, the answer is that of the user named by --as. The registration is
    /// removed at the end.
    #[command(after_help = "Examples:\n  \
        spky watch \"SELECT * FROM thread\"\n  \
        spky watch \"SELECT * FROM thread WHERE board = \\$board ORDER BY at DESC LIMIT 10\" --param board=\"'rust'\"\n  \
        spky watch \"SELECT * FROM comment\" --as user:ann --json")]
    Watch(Watch),
    /// Says what would become of a query: accepted or refused, and why.
    ///
    /// Shows the family that it would share, the access path, the permission that becomes part of it, and what it
    /// costs. The table definitions come from the running database, from a folder of .surql files (--schema), or from
    /// nowhere (--no-schema).
    #[command(after_help = "Examples:\n  \
        spky explain \"SELECT * FROM thread WHERE board = \\$board\" --as user:ann\n  \
        spky explain --schema schema \"SELECT * FROM thread ORDER BY rand()\"")]
    Explain(Explain),
    /// Says what is wrong, what would be added to the database, and what to do.
    ///
    /// Looks at sp00ky.yml, the schema folder, the connection, the tables with their permissions, the accesses and the
    /// SSP, and changes nothing. Each finding is one line with a code that docs/errors.md explains. Exits with 0 where
    /// there is no error.
    #[command(after_help = "Examples:\n  \
        spky doctor\n  \
        spky doctor --db-url http://db:8000 --ns app --db app --user root --pass …\n  \
        spky doctor --json | jq '.findings[] | select(.severity == \"error\")'")]
    Doctor(Doctor),
    /// Shows how the database and its SSP are.
    ///
    /// One screen: the database, the SSP, its tables with rows and digests, the views by state, the users. Exits with 0
    /// only if the SSP is ready, so that a script can wait for it.
    #[command(after_help = "Examples:\n  \
        spky status\n  \
        until spky status > /dev/null 2>&1; do sleep 1; done\n  \
        spky status --json --db-url http://db:8000 --ns app --db app --ssp ssp:8667")]
    Status(Status),
    /// Compares the database, what the SSP holds, and the edges; --fix mends what differs.
    ///
    /// At a mark: each followed table's rows, and each view's edges with its answer in the SSP and, where its user can be
    /// signed in, with the database's own answer to the original query. Names what differs. Exits with 1 if anything
    /// differed, mended or not.
    #[command(after_help = "Examples:\n  \
        spky verify\n  \
        spky verify --sign-in \"account={ name: $user.name, pass: 'test' }\"\n  \
        spky verify --fix --json")]
    Verify(Verify),
    /// Takes everything of ours off the database again.
    ///
    /// Removes the sign-up's events, the feeds that we gave, our functions and tables, in this order. Rows, and feeds
    /// that the application defined itself, stay as they are. Refuses while an SSP is running.
    #[command(after_help = "Examples:\n  \
        spky uninstall --dry-run\n  \
        spky uninstall --db-url http://db:8000 --ns app --db app --user root --pass …")]
    Uninstall(Uninstall),
    /// Runs scenarios: transcripts that are input and expectation at once.
    ///
    /// Prints each transcript with what really happened; with --check only the differences.
    Scenario(Scenario),
}

/// `spky watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// A SurrealQL SELECT.
    pub query: String,
    /// Whose answer: a record, `user:ann`. Without it the system's, to whom everything is permitted.
    #[arg(long = "as", value_name = "RECORD")]
    pub auth: Option<String>,
    /// The access method by which the user signed in: `$access`.
    #[arg(long, value_name = "NAME", requires = "auth")]
    pub access: Option<String>,
    /// A parameter: the value is SurrealQL, `n=5`, `name="'ann'"`, `list=list:home`.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Prints the answer as it is now, and ends.
    #[arg(long)]
    pub once: bool,
    /// Prints one JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Where.
    #[command(flatten)]
    pub site: Site,
}

/// `spky explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A SurrealQL SELECT.
    pub query: String,
    /// For whom: a record, `user:ann`, or its table, `user`. Without it the system, to whom everything is permitted.
    #[arg(long = "as", value_name = "RECORD")]
    pub auth: Option<String>,
    /// Takes the definitions from the .surql files of this directory, without a running database.
    #[arg(long, value_name = "DIR", conflicts_with = "no_schema")]
    pub schema: Option<PathBuf>,
    /// Knows no definitions: only what the query says by itself is judged.
    #[arg(long)]
    pub no_schema: bool,
    /// Prints one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Where.
    #[command(flatten)]
    pub site: Site,
}

/// `spky scenario`.
#[derive(Debug, Args)]
pub struct Scenario {
    /// Files that end in .view.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Prints only what differs, and exits with 1 if anything does.
    #[arg(long)]
    pub check: bool,
    /// What runs them: reference, circuit, ssp or surrealdb.
    #[arg(long, value_name = "NAME", default_value = "circuit")]
    pub rig: RigName,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_consistent() {
        super::Spky::command().debug_assert();
    }
}
