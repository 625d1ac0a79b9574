//! What an operator's commands take.

use clap::Args;

use super::Site;

/// `spky doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Prints one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Where.
    #[command(flatten)]
    pub site: Site,
}

/// `spky status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Prints one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Where.
    #[command(flatten)]
    pub site: Site,
}

/// `spky uninstall`.
#[derive(Debug, Args)]
pub struct Uninstall {
    /// Says what would go, and changes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Does not wait to see whether an SSP is running: closes its writers first.
    #[arg(long, conflicts_with = "dry_run")]
    pub force: bool,
    /// Prints one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Where.
    #[command(flatten)]
    pub site: Site,
}

/// `spky verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Has what differs read again and mended.
    #[arg(long)]
    pub fix: bool,
    /// How a record user gets a token, so that his views are compared with the database's own answer: the parameters of
    /// the access' SIGNIN as an expression over $user.
    #[arg(long, value_name = "ACCESS=PARAMETERS")]
    pub sign_in: Vec<String>,
    /// Prints one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Where.
    #[command(flatten)]
    pub site: Site,
}
