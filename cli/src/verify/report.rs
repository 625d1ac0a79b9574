//! What was compared, and what differs.

use std::collections::{BTreeMap, BTreeSet};

use protocol::ViewKey;
use protocol::wire::Audit;
use serde_json::{Value, json};
use surreal::query_row::QueryRow;
use surrealdb_types::ToSql;

use super::difference::Difference;
use crate::screen::{self, BOLD, DIM, GREEN, RED, YELLOW, counted};

/// Differences of one table or view that are printed; JSON has them all.
const SHOWN_MAX: usize = 20;

/// A table that was compared.
#[derive(Clone, Debug)]
pub struct Table {
    pub table: String,
    /// The database's rows.
    pub rows: usize,
    /// The SSP's.
    pub held: usize,
    /// Why it was not compared row by row.
    pub skipped: Option<&'static str>,
}

/// A view that was compared.
#[derive(Clone, Debug)]
pub struct View {
    pub view: ViewKey,
    /// Whether the database's own answer was asked for.
    pub asked: bool,
    /// Why it was not.
    pub not_asked: Option<String>,
    /// Why it was not compared at all.
    pub skipped: Option<&'static str>,
}

/// All of it.
#[derive(Debug)]
pub struct Report {
    pub found: BTreeSet<Difference>,
    /// What differed otherwise with every look: too much is written.
    pub moving: usize,
    pub tables: Vec<Table>,
    pub views: Vec<View>,
    /// What the SSP's auditor has gone over.
    pub audit: Audit,
    /// What differs still, after it was mended.
    pub left: Option<BTreeSet<Difference>>,
}

impl View {
    pub fn of(row: &QueryRow) -> View {
        View { view: row.view.clone(), asked: false, not_asked: None, skipped: None }
    }
}

impl Report {
    /// A table that was too different to be listed differs.
    pub fn judge(&mut self) {
        for table in self.tables.iter_mut().filter(|table| table.skipped.is_none()) {
            let differs = self.found.iter().any(|it| it.table() == Some(table.table.as_str()));
            if !differs && table.rows != table.held {
                // It was written between the two counts.
                table.held = table.rows;
            }
        }
    }

    /// Whether everything that was compared is equal.
    pub fn is_equal(&self) -> bool {
        self.found.is_empty() && self.tables.iter().all(|table| table.skipped.is_none())
    }

    pub fn print(&self) {
        for Table { table, rows, held, skipped } in &self.tables {
            let its: Vec<&Difference> =
                self.found.iter().filter(|it| it.table() == Some(table.as_str())).collect();
            let (colour, verdict) = verdict(&its, *skipped);
            let rows = match rows == held {
                true => counted(*rows, "row"),
                false => format!("{}, SSP {held}", counted(*rows, "row")),
            };
            screen::result(format_args!(
                "table {BOLD}{table}{BOLD:#}  {rows}  {colour}{verdict}{colour:#}{}",
                screen::audited(table, Some(&self.audit))
            ));
            show(&its);
        }
        for view in &self.views {
            let its: Vec<&Difference> =
                self.found.iter().filter(|it| it.view() == Some(&view.view)).collect();
            if its.is_empty() && view.skipped.is_none() {
                continue;
            }
            let (colour, verdict) = verdict(&its, view.skipped);
            screen::result(format_args!(
                "view {BOLD}{}{BOLD:#}  {colour}{verdict}{colour:#}",
                view.view
            ));
            show(&its);
        }
        let strays: Vec<&Difference> =
            self.found.iter().filter(|it| matches!(it, Difference::Stray { .. })).collect();
        show(&strays);
        self.print_what_was_compared();
        self.print_end();
    }

    fn print_what_was_compared(&self) {
        let compared = self.views.iter().filter(|view| view.skipped.is_none());
        let asked = compared.clone().filter(|view| view.asked).count();
        let views = counted(compared.count(), "view");
        screen::note(format_args!(
            "{DIM}{views} compared with the edges, {asked} with the database's own answer too{DIM:#}"
        ));
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for why in self.views.iter().filter_map(|view| view.not_asked.as_deref()) {
            *reasons.entry(why).or_default() += 1;
        }
        for (why, views) in reasons {
            let views = counted(views, "view");
            screen::note(format_args!("{DIM}  not with it: {views}: {why}{DIM:#}"));
        }
        if self.moving > 0 {
            let moving = counted(self.moving, "difference");
            screen::note(format_args!(
                "{YELLOW}{moving} moved with every look: too much is written to say{YELLOW:#}"
            ));
        }
    }

    fn print_end(&self) {
        let found = counted(self.found.len(), "difference");
        match &self.left {
            _ if self.is_equal() => {
                screen::note(format_args!("{GREEN}nothing differs{GREEN:#}"));
            }
            None => screen::note(format_args!(
                "{RED}{found}{RED:#}  {DIM}--fix has them read again and mended{DIM:#}"
            )),
            Some(left) if left.is_empty() => {
                screen::note(format_args!("{GREEN}{found}, mended{GREEN:#}"));
            }
            Some(left) => {
                let left: Vec<&Difference> = left.iter().collect();
                screen::note(format_args!("{RED}{found}, {} left{RED:#}", left.len()));
                show(&left);
                screen::note(format_args!(
                    "{DIM}POST /reset has the SSP begin anew; report it, with these lines{DIM:#}"
                ));
            }
        }
    }

    pub fn json(&self) -> Value {
        let all =
            |found: &BTreeSet<Difference>| found.iter().map(Difference::json).collect::<Vec<_>>();
        let tables = self.tables.iter().map(|it| {
            json!({ "table": it.table, "rows": it.rows, "held": it.held, "skipped": it.skipped })
        });
        let views = self.views.iter().map(|it| {
            json!({
                "id": it.view.id, "auth": it.view.auth.as_ref().map(ToSql::to_sql),
                "comparedWithOwnAnswer": it.asked, "notBecause": it.not_asked, "skipped": it.skipped,
            })
        });
        json!({
            "equal": self.is_equal(), "differences": all(&self.found), "moving": self.moving,
            "tables": tables.collect::<Vec<_>>(), "views": views.collect::<Vec<_>>(),
            "audit": self.audit, "left": self.left.as_ref().map(all),
        })
    }
}

fn verdict(its: &[&Difference], skipped: Option<&str>) -> (anstyle::Style, String) {
    match (skipped, its.len()) {
        (Some(why), _) => (YELLOW, format!("not compared: {why}")),
        (None, 0) => (GREEN, "equal".to_owned()),
        (None, many) => (RED, counted(many, "difference")),
    }
}

fn show(its: &[&Difference]) {
    for difference in its.iter().take(SHOWN_MAX) {
        screen::result(format_args!("  {}", difference.told()));
    }
    if its.len() > SHOWN_MAX {
        screen::result(format_args!("  … and {} more", its.len() - SHOWN_MAX));
    }
}
