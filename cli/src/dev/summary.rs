//! What `spky dev` says when everything is up: where things are, and what to type next.

use std::path::Path;
use std::time::Duration;

use super::stage::Stage;
use crate::args::Dev;
use crate::schema::{Applied, File};
use crate::screen::{self, BOLD, CYAN, DIM};
use crate::server;
use crate::settings::Project;

/// All that is summed up.
pub struct Summary<'a> {
    /// How long it took.
    pub took: Duration,
    /// The project.
    pub project: &'a Project,
    /// What runs.
    pub stage: &'a Stage,
    /// What was typed.
    pub args: &'a Dev,
    /// The schema's files.
    pub files: &'a [File],
    /// What became of them.
    pub applied: &'a Applied,
    /// Where they are.
    pub schema: &'a Path,
}

impl Summary<'_> {
    /// Prints it.
    pub fn print(&self) {
        let database = &self.project.settings.database;
        let rows = self.args.data.as_ref().map_or_else(
            || "in memory: the rows end with Ctrl-C, --data DIR keeps them".to_owned(),
            |directory| format!("rows in {}", directory.display()),
        );
        let signed = format!(
            "namespace {}, database {}, {}:{}",
            database.namespace,
            database.database,
            server::USER,
            server::PASS
        );
        screen::note(format_args!(
            "\n{BOLD}sp00ky is up{BOLD:#} {DIM}after {:.1} s{DIM:#}\n",
            self.took.as_secs_f64()
        ));
        if !self.project.has_file {
            self.row("project", &format!("{DIM}no sp00ky.yml here: everything by default{DIM:#}"));
        }
        self.row("database", &format!("{CYAN}{}{CYAN:#}  {signed}", self.stage.server().ws()));
        self.row("", &format!("{DIM}{rows}{DIM:#}"));
        self.row("SSP", &format!("{CYAN}http://{}{CYAN:#}", self.stage.ssp_address()));
        self.row("schema", &self.schema());
        for (name, app) in &self.project.settings.apps {
            if let Some(dev) = app.dev.as_ref().filter(|_| !self.args.no_apps) {
                self.row("app", &format!("{name}  {DIM}{dev}{DIM:#}"));
            }
        }
        screen::note(format_args!("\n  Beside this, type"));
        let table = self.tables().next().unwrap_or("thread");
        let example = format!("SELECT * FROM {table}");
        let spky = typed();
        screen::note(format_args!("    {CYAN}{spky} watch \"{example}\"{CYAN:#}"));
        screen::note(format_args!("    {CYAN}{spky} explain \"{example}\"{CYAN:#}"));
        screen::note(format_args!("  {DIM}Ctrl-C stops everything.{DIM:#}\n"));
    }

    fn row(&self, name: &str, value: &str) {
        screen::note(format_args!("  {name:<9} {value}"));
    }

    fn schema(&self) -> String {
        if self.files.is_empty() {
            return format!("nothing in {}: tables are made by writing", self.schema.display());
        }
        let refused = match self.applied.mistakes.len() {
            0 => String::new(),
            refused => format!(", {refused} refused"),
        };
        format!(
            "{} statements of {} files in {}{refused}  {DIM}applied again when saved{DIM:#}",
            self.applied.statements,
            self.files.len(),
            self.schema.display()
        )
    }

    /// The tables that the files define, for an example that works.
    fn tables(&self) -> impl Iterator<Item = &str> {
        let words = self.files.iter().flat_map(|file| file.text.lines()).filter_map(|line| {
            let mut words = line.split_whitespace().skip_while(|word| *word != "TABLE").skip(1);
            words.find(|word| !["OVERWRITE", "IF", "NOT", "EXISTS"].contains(word))
        });
        words.map(|word| word.trim_end_matches(';')).filter(|word| *word != "user")
    }
}

/// How this program was called, so that what is shown can be typed: it may not be in the PATH.
fn typed() -> String {
    let called = std::env::args().next().filter(|called| called.contains('/'));
    let Some(called) = called else { return "spky".to_owned() };
    match std::env::home_dir()
        .and_then(|home| called.strip_prefix(home.to_str()?).map(str::to_owned))
    {
        Some(below) => format!("~{below}"),
        None => called,
    }
}
