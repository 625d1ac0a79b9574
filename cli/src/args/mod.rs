//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::scenario::RigName;

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
        1   the query is refused, the scenario differs\n  \
        2   the arguments are wrong\n  \
        64  the configuration or the schema is wrong\n  \
        69  something that should listen does not, or a port is taken\n\n\
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
    /// Runs scenarios: transcripts that are input and expectation at once.
    ///
    /// Prints each transcript with what really happened; with --check only the differences.
    Scenario(Scenario),
}

/// `spky dev`.
#[derive(Debug, Args)]
pub struct Dev {
    /// The project's file [default: sp00ky.yml here, if there is one].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keeps the rows in this directory; without it they are in memory and end with Ctrl-C.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The database's port.
    #[arg(long, value_name = "PORT", default_value_t = 8666)]
    pub port: u16,
    /// The SSP's port.
    #[arg(long, value_name = "PORT", default_value_t = 8667)]
    pub ssp_port: u16,
    /// Runs no app.
    #[arg(long, conflicts_with = "exit_with_apps")]
    pub no_apps: bool,
    /// Ends when the apps have ended, with exit code 1 if one of them failed.
    #[arg(long)]
    pub exit_with_apps: bool,
}

/// Where the database and the SSP are; what is left out comes from the environment and from sp00ky.yml.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Connection")]
pub struct Target {
    /// The project's file [default: sp00ky.yml here, if there is one].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The database [default: SPKY_DB_URL, or http://127.0.0.1:8666 as `spky dev` runs it].
    #[arg(long, value_name = "URL")]
    pub db_url: Option<String>,
    /// The namespace [default: SPKY_DB_NS, surrealdb.namespace, test].
    #[arg(long, value_name = "NAME")]
    pub ns: Option<String>,
    /// The database's name [default: SPKY_DB_NAME, surrealdb.database, test].
    #[arg(long, value_name = "NAME")]
    pub db: Option<String>,
    /// The system user [default: SPKY_DB_USER, surrealdb.username, root].
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// His password [default: SPKY_DB_PASS, surrealdb.password, root].
    #[arg(long, value_name = "TEXT")]
    pub pass: Option<String>,
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
    /// The SSP [default: SPKY_SSP_ADDR, or 127.0.0.1:8667].
    #[arg(long, value_name = "HOST:PORT", env = "SPKY_SSP_ADDR", help_heading = "Connection")]
    pub ssp: Option<String>,
    /// The service's secret.
    #[arg(
        long,
        value_name = "TEXT",
        env = "SPKY_AUTH_SECRET",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    pub secret: Option<String>,
    /// Where.
    #[command(flatten)]
    pub target: Target,
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
    pub target: Target,
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
