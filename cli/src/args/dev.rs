//! What `spky dev` takes.

use std::path::PathBuf;

use clap::Args;

/// `spky dev`.
#[derive(Debug, Args)]
pub struct Dev {
    /// The project's file [default: sp00ky.yml here, if there is one].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keeps the rows in this directory; without it they are in memory and end with Ctrl-C.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Starts no database: uses one that somebody else runs, signed in to as the settings say.
    ///
    /// Schema files are applied to it, and nothing is removed from it; what we add is said, and `spky uninstall` takes
    /// that off again.
    #[arg(long, value_name = "URL", visible_alias = "db-url", conflicts_with_all = ["data", "port"])]
    pub db: Option<String>,
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
