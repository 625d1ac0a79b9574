//! Where the database and the SSP are.

use std::path::PathBuf;

use clap::Args;

/// Where the database is; what is left out comes from the environment and from sp00ky.yml.
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

/// Where the database and the SSP are.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Connection")]
pub struct Site {
    /// The SSP [default: SPKY_SSP_ADDR, or 127.0.0.1:8667].
    #[arg(long, value_name = "HOST:PORT", env = "SPKY_SSP_ADDR", hide_env = true)]
    pub ssp: Option<String>,
    /// The service's secret [default: SPKY_AUTH_SECRET, ssp.auth_secret].
    #[arg(
        long,
        value_name = "TEXT",
        env = "SPKY_AUTH_SECRET",
        hide_env = true,
        hide_env_values = true
    )]
    pub secret: Option<String>,
    /// The database.
    #[command(flatten)]
    pub target: Target,
}
