//! The screen, and the same as JSON.

use protocol::wire::{Audit, DatabaseStatus, Health, Info, Status as Phase};
use serde_json::{Value, json};

use super::{Present, Told};
use crate::failure::Failure;
use crate::screen::{self, DIM, GREEN, RED, Rows, YELLOW, audited, counted, length};

impl Present {
    pub(super) fn print(&self) {
        let mut rows = Rows::default();
        self.database_rows(&mut rows);
        self.ssp_rows(&mut rows);
        if let Ok(info) = &self.about {
            table_rows(info, self.audit.as_ref(), &mut rows);
        }
        if let Ok(told) = &self.database {
            view_rows(told, &mut rows);
        }
        screen::text(rows);
    }

    fn database_rows(&self, rows: &mut Rows) {
        match &self.database {
            Ok(told) => {
                let version = &told.version;
                rows.add("database", format!("{}  {DIM}SurrealDB {version}{DIM:#}", self.named));
            }
            Err(failure) => {
                rows.add("database", self.named.clone());
                rows.add("", bad(failure));
            }
        }
    }

    fn ssp_rows(&self, rows: &mut Rows) {
        let health = match &self.health {
            Ok(health) => health,
            Err(failure) => return rows.add("SSP", bad(failure)),
        };
        let colour = if health.status == Phase::Ready { GREEN } else { YELLOW };
        let named = self.about.as_ref().map(|info| info.id.clone()).unwrap_or_default();
        let at = &self.ssp_url;
        let status = health.status.as_str();
        rows.add("SSP", format!("{colour}{status}{colour:#}  {named} at {at}"));
        if let Some(problem) = &health.problem {
            rows.add("", format!("{RED}{problem}{RED:#}"));
            problem.hint.iter().for_each(|hint| rows.add("", format!("{DIM}{hint}{DIM:#}")));
        }
        if health.db.status == DatabaseStatus::Stalled {
            rows.add("", format!("{RED}the database's changes do not come through{RED:#}"));
        }
        if let Ok(info) = &self.about {
            let (version, up) = (&info.version, length(info.uptime_seconds));
            let mode = &info.ref_mode;
            rows.add("", format!("{DIM}version {version}, up {up}, refMode {mode}{DIM:#}"));
        }
        let Health { views, tables, lag_ms, schema_poll_ms, .. } = health;
        let (views, tables) = (counted(*views, "view"), counted(*tables, "table"));
        rows.add("", format!("{views}, {tables}, {lag_ms} ms behind the feed"));
        rows.add("", format!("{DIM}definitions are read every {schema_poll_ms} ms{DIM:#}"));
    }

    pub(super) fn json(&self) -> Value {
        let database = match &self.database {
            Ok(told) => json!({ "at": self.named, "reached": true, "version": told.version }),
            Err(failure) => json!({ "at": self.named, "reached": false, "error": failure.message }),
        };
        let ssp = match (&self.health, &self.about) {
            (Ok(health), Ok(info)) => json!({
                "at": self.ssp_url, "reached": true, "id": info.id, "version": info.version,
                "uptimeSeconds": info.uptime_seconds, "refMode": info.ref_mode, "health": health,
            }),
            (Ok(health), Err(_)) => {
                json!({ "at": self.ssp_url, "reached": true, "health": health })
            }
            (Err(failure), _) => {
                json!({ "at": self.ssp_url, "reached": false, "error": failure.message })
            }
        };
        let tables: Vec<Value> = self.about.as_ref().map(tables_of).unwrap_or_default();
        let mut all = json!({
            "ready": self.is_ready(), "database": database, "ssp": ssp, "tables": tables,
            "audit": self.audit,
        });
        if let Ok(Told { census, inventory, .. }) = &self.database {
            let troubled = census.troubled.iter().map(|view| {
                json!({ "view": view.view, "state": view.state, "code": view.code,
                    "message": view.message })
            });
            all["views"] = json!(census.by_state);
            all["troubled"] = troubled.collect();
            all["users"] = json!({
                "withViews": census.users, "edgeTables": inventory.edge_tables().count(),
            });
            all["installed"] = json!(inventory.is_installed());
        }
        all
    }
}

fn tables_of(info: &Info) -> Vec<Value> {
    let digest = |table: &str| info.circuit_hashes.get(table);
    let tables = info.circuit_tables.iter();
    tables
        .map(|(table, rows)| json!({ "table": table, "rows": rows, "digest": digest(table) }))
        .collect()
}

fn table_rows(info: &Info, audit: Option<&Audit>, rows: &mut Rows) {
    let width = info.circuit_tables.keys().map(|table| table.chars().count()).max().unwrap_or(0);
    let mut name = "tables";
    for (table, count) in &info.circuit_tables {
        let digest = info.circuit_hashes.get(table).map(String::as_str).unwrap_or_default();
        let digest: String = digest.chars().take(16).collect();
        let count = counted(*count, "row");
        let audited = audited(table, audit);
        rows.add(name, format!("{table:<width$}  {count:>12}  {DIM}{digest}{DIM:#}{audited}"));
        name = "";
    }
}

fn view_rows(told: &Told, rows: &mut Rows) {
    let Told { inventory, census, .. } = told;
    if !inventory.is_installed() {
        return rows.add("views", "sp00ky is not installed in this database".to_owned());
    }
    let states: Vec<String> =
        census.by_state.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let states = if states.is_empty() { "none".to_owned() } else { states.join(", ") };
    rows.add("views", states);
    for view in &census.troubled {
        let (state, view, code) = (&view.state, &view.view, &view.code);
        rows.add("", format!("{RED}{state}{RED:#}  {view}  {code}"));
    }
    let edge_tables = inventory.edge_tables().count();
    let users = usize::try_from(census.users).unwrap_or(usize::MAX);
    let users = counted(users, "user");
    rows.add("users", format!("{users} with views, {}", counted(edge_tables, "edge table")));
}

fn bad(failure: &Failure) -> String {
    format!("{RED}{failure}{RED:#}")
}
