//! Queries, in parts.

use rand::Rng;
use rand::rngs::StdRng;

use super::condition::condition;
use super::features::Features;
use super::values::{TABLE, pick};

/// A query in parts that can be left out.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// What is shown.
    pub shown: String,
    /// Where the rows come from, where that is not the whole table.
    pub source: Option<String>,
    /// Joined by AND.
    pub conjuncts: Vec<String>,
    /// What follows GROUP.
    pub group: Option<String>,
    /// Keys of ORDER BY.
    pub order: Vec<String>,
    /// LIMIT.
    pub limit: Option<String>,
    /// START.
    pub start: Option<String>,
    /// The subqueries that are shown beside.
    pub children: Vec<Child>,
}

/// A subquery in parts.
#[derive(Clone, Debug)]
pub struct Child {
    /// As what it is shown.
    pub alias: String,
    /// Whether `[0]` stands behind it.
    pub first: bool,
    /// What is asked.
    pub query: Query,
}

impl Query {
    /// Every row of the table.
    pub fn all() -> Query {
        Query { shown: "*".to_owned(), ..Query::default() }
    }

    /// Draws a query.
    pub fn draw(chance: &mut StdRng, features: Features) -> Query {
        let shown = if features.projection && chance.random_bool(0.4) {
            projection(chance, features)
        } else {
            "*".to_owned()
        };
        let conjuncts = chance.random_range(0..3);
        let listed = chance.random_bool(0.1);
        let source = listed.then(|| {
            let mut records: Vec<String> = (0..4).map(|_| features.pool.record(chance)).collect();
            records.sort();
            records.dedup();
            records.join(", ")
        });
        let conjuncts = (0..conjuncts).map(|_| condition(chance, features, 2)).collect();
        let mut query = Query { source, conjuncts, shown, ..Query::default() };
        if features.window {
            query.draw_window(chance, features);
        }
        query
    }

    fn draw_window(&mut self, chance: &mut StdRng, features: Features) {
        if chance.random_bool(0.7) {
            // What is not selected cannot be ordered by: the parser insists.
            let known: &[&str] = if self.shown.starts_with('*') {
                &["n", "k", "s", "id", "tags", "owner", "o.x"]
            } else {
                &["n", "k"]
            };
            for _ in 0..chance.random_range(1..3) {
                let key = pick(chance, known);
                if self.order.iter().any(|other| other.split(' ').next() == Some(key)) {
                    continue;
                }
                let collation = match features.collation && chance.random_bool(0.6) {
                    true => pick(chance, &[" COLLATE", " NUMERIC", " COLLATE NUMERIC"]),
                    false => "",
                };
                let way = pick(chance, &["", " DESC", " ASC"]);
                self.order.push(format!("{key}{collation}{way}"));
            }
        }
        if chance.random_bool(0.6) {
            self.limit = Some(pick(chance, &["0", "1", "2", "3", "$limit"]).to_owned());
        }
        if chance.random_bool(0.25) {
            self.start = Some(pick(chance, &["1", "2", "$start"]).to_owned());
        }
    }

    /// Prints it.
    pub fn print(&self) -> String {
        let source = self.source.as_deref().unwrap_or(TABLE);
        let mut text = format!("SELECT {}", self.shown);
        for Child { alias, first, query } in &self.children {
            let first = if *first { "[0]" } else { "" };
            text.push_str(&format!(", ({}){first} AS {alias}", query.print()));
        }
        text.push_str(&format!(" FROM {source}"));
        if !self.conjuncts.is_empty() {
            text.push_str(&format!(" WHERE {}", self.conjuncts.join(" AND ")));
        }
        if let Some(group) = &self.group {
            text.push_str(&format!(" GROUP {group}"));
        }
        if !self.order.is_empty() {
            text.push_str(&format!(" ORDER BY {}", self.order.join(", ")));
        }
        for (word, count) in [("LIMIT", &self.limit), ("START", &self.start)] {
            if let Some(count) = count {
                text.push_str(&format!(" {word} {count}"));
            }
        }
        text
    }
}

fn projection(chance: &mut StdRng, features: Features) -> String {
    let plain = [
        "n, k",
        "n, k, id",
        "k, n, tags AS list",
        "n, k, o.x AS x",
        "*, n AS m",
        "n, k, owner",
        "* OMIT tags",
    ];
    let raising = ["n + 1 AS more, n, k", "*, string::concat(k, 'x') AS text"];
    if features.raising && chance.random_bool(0.3) {
        pick(chance, &raising).to_owned()
    } else {
        pick(chance, &plain).to_owned()
    }
}
