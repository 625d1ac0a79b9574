//! What `spky dev` says when everything is up: where things are, and what to type next.

use std::path::Path;
use std::time::Duration;

use super::stage::Stage;
use crate::args::Dev;
use crate::doctor::additions::Additions;
use crate::schema::{Applied, File};
use crate::screen::{self, BOLD, CYAN, DIM};
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
    /// What the SSP added to a database that is not our own.
    pub added: Option<&'a Additions>,
    /// Where they are.
    pub schema: &'a Path,
}

impl Summary<'_> {
    /// Prints it.
    pub fn print(&self) {
        let options = self.stage.options();
        let pass = if self.added.is_some() { "" } else { ":root" };
        let signed =
            format!("namespace {}, database {}, {}{pass}", options.ns, options.db, options.user);
        screen::note(format_args!(
            "\n{BOLD}sp00ky is up{BOLD:#} {DIM}after {:.1} s{DIM:#}\n",
            self.took.as_secs_f64()
        ));
        if !self.project.has_file {
            self.row("project", &format!("{DIM}no sp00ky.yml here: everything by default{DIM:#}"));
        }
        self.row("database", &format!("{CYAN}{}{CYAN:#}  {signed}", self.stage.ground().ws()));
        self.row("", &format!("{DIM}{}{DIM:#}", self.rows()));
        self.row("SSP", &format!("{CYAN}http://{}{CYAN:#}", self.stage.ssp_address()));
        self.row("schema", &self.schema());
        for (name, app) in &self.project.settings.apps {
            if let Some(dev) = app.dev.as_ref().filter(|_| !self.args.no_apps) {
                self.row("app", &format!("{name}  {DIM}{dev}{DIM:#}"));
            }
        }
        self.added();
        screen::note(format_args!("\n  Beside this, type"));
        let fed = self.added.and_then(|added| added.feeds.first()).map(String::as_str);
        let table = fed.or_else(|| self.tables().next()).unwrap_or("thread");
        let example = format!("SELECT * FROM {table}");
        let spky = typed();
        screen::note(format_args!("    {CYAN}{spky} watch \"{example}\"{CYAN:#}"));
        screen::note(format_args!("    {CYAN}{spky} explain \"{example}\"{CYAN:#}"));
        screen::note(format_args!("  {DIM}Ctrl-C stops everything.{DIM:#}\n"));
    }

    fn rows(&self) -> String {
        if self.added.is_some() {
            return "somebody else's: it stays as it is when this ends".to_owned();
        }
        self.args.data.as_ref().map_or_else(
            || "in memory: the rows end with Ctrl-C, --data DIR keeps them".to_owned(),
            |directory| format!("rows in {}", directory.display()),
        )
    }

    /// Says what stands in somebody else's database that did not stand there before.
    fn added(&self) {
        let Some(added) = self.added else { return };
        if added.is_empty() {
            return self.row("added", "nothing: all of it stood there");
        }
        screen::note(format_args!("\n  Added to the database"));
        let rows = added.rows().to_string();
        rows.lines().for_each(|line| screen::note(format_args!("    {line}")));
        let spky = typed();
        screen::note(format_args!(
            "  {DIM}`{spky} uninstall` takes it off again, once this has ended{DIM:#}"
        ));
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
