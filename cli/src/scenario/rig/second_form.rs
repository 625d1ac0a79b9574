//! The query that shows the same and says of which record.
//!
//! `SELECT n FROM task` does not tell whose `n` it is. The second form asks for the id beside it; it differs from the
//! original in what it shows, and in nothing else.

use surrealdb_types::{RecordId, Value};

use crate::scenario::words;

const ID: &str = "_00_id";
const VALUE: &str = "_00_value";

/// A query with the id added, in its subqueries too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondForm {
    /// The text.
    pub text: String,
    one_value: bool,
    children: Vec<(String, SecondForm)>,
}

/// A row of the second form, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The record.
    pub id: RecordId,
    /// What the original shows of it, but for what its subqueries show.
    pub shown: Value,
    /// The rows of its subqueries.
    pub children: Vec<(String, Split)>,
}

/// Makes the second form; `None` for a text that is no `SELECT … FROM …`.
pub fn second_form(query: &str) -> Option<SecondForm> {
    let (select, rest) = words::first_word(query);
    if !select.eq_ignore_ascii_case("SELECT") {
        return None;
    }
    let ends = ["OMIT", "FROM"].map(|word| words::find_keyword(rest, word));
    let end = ends.into_iter().flatten().min()?;
    let (shown, source) = (rest[..end].trim_end(), &rest[end..]);
    let (word, value) = words::first_word(shown);
    if word.eq_ignore_ascii_case("VALUE") {
        // `*` makes every field known to ORDER BY, which insists on that.
        let text = format!("SELECT *, id AS {ID}, {value} AS {VALUE} {source}");
        return Some(SecondForm { text, one_value: true, children: Vec::new() });
    }
    let mut children = Vec::new();
    let mut fields = Vec::new();
    for field in words::split(shown, ",") {
        match subquery(field) {
            Some((alias, form, field)) => {
                children.push((alias, form));
                fields.push(field);
            }
            None => fields.push(field.to_owned()),
        }
    }
    let text = format!("SELECT {}, id AS {ID} {source}", fields.join(", "));
    Some(SecondForm { text, one_value: false, children })
}

/// Of a field that is a subquery: its name, its second form, and the field with that.
fn subquery(field: &str) -> Option<(String, SecondForm, String)> {
    let as_at = words::find_keyword(field, "AS")?;
    let (asked, alias) = (field[..as_at].trim(), field[as_at + "AS".len()..].trim());
    let (asked, first) = match asked.strip_suffix("[0]") {
        Some(asked) => (asked.trim_end(), "[0]"),
        None => (asked, ""),
    };
    let form = second_form(asked.strip_prefix('(')?.strip_suffix(')')?.trim())?;
    let text = format!("({}){first} AS {alias}", form.text);
    Some((alias.trim_matches('`').to_owned(), form, text))
}

impl SecondForm {
    /// What it reads from, and the same over some of its records, given as a parameter.
    pub fn over_records(&self, parameter: &str) -> Option<(&str, String)> {
        over_records(&self.text, parameter)
    }

    /// Takes a row of the second form apart.
    pub fn split(&self, row: Value) -> Option<Split> {
        let Value::Object(mut row) = row else { return None };
        let Some(Value::RecordId(id)) = row.remove(ID) else { return None };
        let mut children = Vec::new();
        for (alias, form) in &self.children {
            let rows = match row.remove(alias.as_str()) {
                Some(Value::Array(rows)) => rows.into_iter().collect(),
                other => other.into_iter().collect(),
            };
            let rows: Vec<Value> = rows;
            let split = rows.into_iter().filter_map(|row| form.split(row));
            children.extend(split.map(|split| (alias.clone(), split)));
        }
        let shown = match self.one_value {
            true => row.remove(VALUE).unwrap_or_default(),
            false => Value::Object(row),
        };
        Some(Split { id, shown, children })
    }
}

impl Split {
    /// Visits the rows of its subqueries, from the outside in: the record around, the name, the record.
    pub fn each_below(&self, visit: &mut dyn FnMut(&RecordId, &str, &RecordId)) {
        for (alias, child) in &self.children {
            visit(&self.id, alias, &child.id);
            child.each_below(visit);
        }
    }
}

/// What a query reads from, and the same query over some records of that, given as a parameter.
pub fn over_records<'a>(query: &'a str, parameter: &str) -> Option<(&'a str, String)> {
    let from = words::find_keyword(query, "FROM")? + "FROM".len();
    let rest = &query[from..];
    let clauses = ["WHERE", "GROUP", "ORDER", "LIMIT", "START"];
    let ends = clauses.into_iter().filter_map(|word| words::find_keyword(rest, word));
    let end = ends.min().unwrap_or(rest.len());
    let text = format!("{} ${parameter} {}", &query[..from], &rest[end..]);
    Some((rest[..end].trim().trim_end_matches(';'), text.trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(query: &str) -> String {
        second_form(query).expect(query).text
    }

    #[test]
    fn the_id_stands_beside_what_is_shown() {
        assert_eq!(text("SELECT a, b FROM t"), "SELECT a, b, id AS _00_id FROM t");
        assert_eq!(text("SELECT * OMIT a FROM t"), "SELECT *, id AS _00_id OMIT a FROM t");
        assert_eq!(
            text("select value a.b from t order by a"),
            "SELECT *, id AS _00_id, a.b AS _00_value from t order by a"
        );
    }

    #[test]
    fn subqueries_say_of_which_records_too() {
        let asked = "SELECT *, (SELECT a FROM u WHERE t = $parent.id LIMIT 1)[0] AS one FROM t";
        let form = "SELECT *, (SELECT a, id AS _00_id FROM u WHERE t = $parent.id LIMIT 1)[0] \
                    AS one, id AS _00_id FROM t";
        assert_eq!(text(asked), form);
    }

    #[test]
    fn what_it_reads_from_can_be_replaced_by_records() {
        let over = |query| {
            second_form(query)
                .expect(query)
                .over_records("rows")
                .map(|over| (over.0.to_owned(), over.1))
        };
        let text = "SELECT a, id AS _00_id FROM $rows WHERE a = 1".to_owned();
        assert_eq!(over("SELECT a FROM t WHERE a = 1"), Some(("t".to_owned(), text)));
        let text = "SELECT *, id AS _00_id FROM $rows".to_owned();
        assert_eq!(over("SELECT * FROM t:1, t:2"), Some(("t:1, t:2".to_owned(), text)));
    }

    #[test]
    fn other_statements_have_none() {
        assert_eq!(second_form("CREATE t"), None);
    }
}
