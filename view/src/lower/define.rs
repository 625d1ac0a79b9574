//! Definitions as text: what a DEFINE, ALTER or REMOVE changes in a [`Catalog`].
//!
//! Whoever has a database reads its definitions from there; this door is for scenarios without one, and for trying a
//! query against a schema file. It refuses what the database refuses: a table that is defined twice, say.
//!
//! # Absent on purpose
//! Everything that no plan depends on: types, assertions, indexes, events, functions, accesses. They are parsed and
//! change nothing.

use std::collections::BTreeMap;

use protocol::{Code, Problem};
use surrealdb_sql::statements::alter::{
    AlterFieldStatement, AlterKind, AlterStatement, AlterTableStatement,
};
use surrealdb_sql::statements::define::{
    DefineFieldStatement, DefineKind, DefineStatement, DefineTableStatement,
};
use surrealdb_sql::statements::remove::RemoveStatement;
use surrealdb_sql::{Expr, Permission as Given, TopLevelExpr};
use surrealdb_types::ToSql;

use crate::catalog::{Capture, Catalog, Field, Permission, Table};

/// What a definition concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defined {
    /// A table, or one of its fields.
    Table(String),
    /// A table that is gone, with its rows.
    Removed(String),
    /// Nothing that a plan depends on.
    Elsewhere,
}

/// Applies one DEFINE, ALTER or REMOVE to the catalog.
pub fn define(text: &str, catalog: &mut Catalog) -> Result<Defined, Problem> {
    let ast = surrealdb_syn::parse(text)
        .map_err(|error| Problem::new(Code::SyntaxError, error.to_string()))?;
    let [TopLevelExpr::Expr(statement)] = &ast.expressions[..] else {
        return Err(refused("one DEFINE, ALTER or REMOVE statement is needed"));
    };
    match statement {
        Expr::Define(define) => match &**define {
            DefineStatement::Table(table) => define_table(table, catalog),
            DefineStatement::Field(field) => define_field(field, catalog),
            _ => Ok(Defined::Elsewhere),
        },
        Expr::Alter(alter) => match &**alter {
            AlterStatement::Table(table) => alter_table(table, catalog),
            AlterStatement::Field(field) => alter_field(field, catalog),
            _ => Ok(Defined::Elsewhere),
        },
        Expr::Remove(remove) => match &**remove {
            RemoveStatement::Table(table) => {
                let name = table.name.to_sql();
                let known = catalog.tables.remove(&plain(&name)).is_some();
                exists(known || table.if_exists, "table", &name)?;
                Ok(Defined::Removed(plain(&name)))
            }
            RemoveStatement::Field(field) => {
                let (name, table) = (field.name.to_sql(), plain(&field.what.to_sql()));
                let found = catalog.tables.get_mut(&table);
                let known = found.and_then(|found| found.fields.remove(&name)).is_some();
                exists(known || field.if_exists, "field", &name)?;
                settle(&table, catalog);
                Ok(Defined::Table(table))
            }
            _ => Ok(Defined::Elsewhere),
        },
        _ => Err(refused("only DEFINE, ALTER and REMOVE define something")),
    }
}

fn define_table(define: &DefineTableStatement, catalog: &mut Catalog) -> Result<Defined, Problem> {
    let name = plain(&define.name.to_sql());
    let before = catalog.tables.get(&name);
    match (&define.kind, before) {
        (DefineKind::Default, Some(_)) => return Err(twice("table", &name)),
        (DefineKind::IfNotExists, Some(_)) => return Ok(Defined::Elsewhere),
        _ => {}
    }
    let fields = before.map_or_else(BTreeMap::new, |table| table.fields.clone());
    let capture = if name.starts_with("_00_") {
        Capture::Ours
    } else if define.view.is_some() {
        Capture::View
    } else {
        Capture::Captured
    };
    let select = permission(&define.permissions.select);
    catalog.tables.insert(name.clone(), Table { capture, select, fields });
    settle(&name, catalog);
    Ok(Defined::Table(name))
}

fn alter_table(alter: &AlterTableStatement, catalog: &mut Catalog) -> Result<Defined, Problem> {
    let name = plain(&alter.name.to_sql());
    let Some(table) = catalog.tables.get_mut(&name) else {
        return exists(alter.if_exists, "table", &name).map(|()| Defined::Elsewhere);
    };
    if let Some(permissions) = &alter.permissions {
        table.select = permission(&permissions.select);
    }
    Ok(Defined::Table(name))
}

fn define_field(define: &DefineFieldStatement, catalog: &mut Catalog) -> Result<Defined, Problem> {
    let (name, of) = (define.name.to_sql(), plain(&define.what.to_sql()));
    let table =
        catalog.tables.entry(of.clone()).or_insert_with(|| Table::captured(Permission::None));
    match (&define.kind, table.fields.contains_key(&name)) {
        (DefineKind::Default, true) => return Err(twice("field", &name)),
        (DefineKind::IfNotExists, true) => return Ok(Defined::Elsewhere),
        _ => {}
    }
    let field = Field {
        select: permission(&define.permissions.select),
        computed: define.computed.is_some(),
        reference: define.reference.is_some(),
    };
    table.fields.insert(name, field);
    settle(&of, catalog);
    Ok(Defined::Table(of))
}

fn alter_field(alter: &AlterFieldStatement, catalog: &mut Catalog) -> Result<Defined, Problem> {
    let (name, of) = (alter.name.to_sql(), plain(&alter.what.to_sql()));
    let found = catalog.tables.get_mut(&of).and_then(|table| table.fields.get_mut(&name));
    let Some(field) = found else {
        return exists(alter.if_exists, "field", &name).map(|()| Defined::Elsewhere);
    };
    if let Some(permissions) = &alter.permissions {
        field.select = permission(&permissions.select);
    }
    match alter.reference {
        AlterKind::None => {}
        AlterKind::Set(_) => field.reference = true,
        AlterKind::Drop => field.reference = false,
    }
    Ok(Defined::Table(of))
}

/// A table with COMPUTED fields is not captured (mechanism M5).
fn settle(name: &str, catalog: &mut Catalog) {
    let Some(table) = catalog.tables.get_mut(name) else { return };
    let computed = table.fields.values().any(|field| field.computed);
    table.capture = match table.capture {
        Capture::Captured | Capture::Computed if computed => Capture::Computed,
        Capture::Captured | Capture::Computed => Capture::Captured,
        other => other,
    };
}

fn permission(given: &Given) -> Permission {
    match given {
        Given::None => Permission::None,
        Given::Full => Permission::Full,
        Given::Specific(condition) => Permission::Where(condition.to_sql()),
    }
}

/// A name as it is stored, without the quotes that it prints with.
fn plain(printed: &str) -> String {
    printed.trim_matches('`').to_owned()
}

fn exists(known: bool, kind: &str, name: &str) -> Result<(), Problem> {
    if known { Ok(()) } else { Err(refused(&format!("{kind} `{name}` does not exist"))) }
}

fn twice(kind: &str, name: &str) -> Problem {
    refused(&format!("{kind} `{name}` is defined already"))
        .hint("OVERWRITE replaces a definition, IF NOT EXISTS keeps it")
}

fn refused(message: &str) -> Problem {
    Problem::new(Code::DatabaseRefused, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defined(texts: &[&str]) -> Catalog {
        let mut catalog = Catalog::default();
        for text in texts {
            define(text, &mut catalog).expect(text);
        }
        catalog
    }

    #[test]
    fn a_select_permission_becomes_its_text() {
        let catalog = defined(&["DEFINE TABLE task PERMISSIONS FOR select WHERE owner = $auth"]);
        assert_eq!(catalog.tables["task"].select, Permission::Where("owner = $auth".into()));
    }

    #[test]
    fn a_table_without_a_select_permission_is_nobodys() {
        let catalog = defined(&["DEFINE TABLE a", "DEFINE TABLE b PERMISSIONS FOR create FULL"]);
        assert!(catalog.tables.values().all(|table| table.select == Permission::None));
    }

    #[test]
    fn a_table_with_a_computed_field_is_not_captured_until_the_field_goes() {
        let texts = ["DEFINE TABLE c PERMISSIONS FULL", "DEFINE FIELD twice ON c COMPUTED a * 2"];
        let mut catalog = defined(&texts);
        assert_eq!(catalog.tables["c"].capture, Capture::Computed);
        define("REMOVE FIELD twice ON c", &mut catalog).expect("it is there");
        assert_eq!(catalog.tables["c"].capture, Capture::Captured);
    }

    #[test]
    fn what_is_defined_twice_is_refused_as_the_database_does() {
        let mut catalog = defined(&["DEFINE TABLE a"]);
        assert!(define("DEFINE TABLE a", &mut catalog).is_err());
        assert!(define("ALTER TABLE b PERMISSIONS FULL", &mut catalog).is_err());
        define("DEFINE TABLE OVERWRITE a PERMISSIONS FULL", &mut catalog).expect("overwrite");
        assert_eq!(catalog.tables["a"].select, Permission::Full);
    }
}
