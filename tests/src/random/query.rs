//! Queries and permissions.

use rand::Rng;
use rand::rngs::StdRng;

use super::values::{self, TABLE, pick};

/// A query in parts that can be left out.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// What is shown.
    pub shown: String,
    /// Where the rows come from, where that is not the whole table.
    pub source: Option<String>,
    /// Joined by AND.
    pub conjuncts: Vec<String>,
    /// Keys of ORDER BY.
    pub order: Vec<String>,
    /// LIMIT.
    pub limit: Option<String>,
    /// START.
    pub start: Option<String>,
}

/// Which kinds of clauses a case draws from (swarm: each case leaves some out).
#[derive(Clone, Copy, Debug)]
pub struct Features {
    /// Functions and arithmetic, which can raise.
    pub raising: bool,
    /// Lists and membership.
    pub membership: bool,
    /// Disjunctions and negations.
    pub disjunction: bool,
    /// ORDER BY, LIMIT, START.
    pub window: bool,
    /// Nested paths.
    pub nested: bool,
    /// Projections other than `*`.
    pub projection: bool,
    /// Permissions and users.
    pub permission: bool,
}

impl Features {
    /// Draws which there are.
    pub fn draw(chance: &mut StdRng) -> Features {
        let mut on = || chance.random_bool(0.6);
        Features {
            raising: on(),
            membership: on(),
            disjunction: on(),
            window: on(),
            nested: on(),
            projection: on(),
            permission: on(),
        }
    }
}

impl Query {
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
            let mut records: Vec<String> = (0..4).map(|_| values::record(chance)).collect();
            records.sort();
            records.dedup();
            records.join(", ")
        });
        let mut query = Query {
            source,
            conjuncts: (0..conjuncts).map(|_| condition(chance, features, 2)).collect(),
            shown,
            ..Query::default()
        };
        if features.window && chance.random_bool(0.7) {
            let known: &[&str] = if query.shown.starts_with('*') {
                &["n", "k", "id", "tags", "owner", "o.x"]
            } else {
                &["n", "k"]
            };
            for _ in 0..chance.random_range(1..3) {
                let key = pick(chance, known);
                if query.order.iter().all(|other: &String| other.split(' ').next() != Some(key)) {
                    let way = pick(chance, &["", " DESC", " ASC"]);
                    query.order.push(format!("{key}{way}"));
                }
            }
        }
        if features.window && chance.random_bool(0.6) {
            query.limit = Some(pick(chance, &["0", "1", "2", "3", "$limit"]).to_owned());
            if chance.random_bool(0.3) {
                query.start = Some(pick(chance, &["1", "2", "$start"]).to_owned());
            }
        }
        query
    }

    /// Prints it.
    pub fn print(&self) -> String {
        let source = self.source.as_deref().unwrap_or(TABLE);
        let mut text = format!("SELECT {} FROM {source}", self.shown);
        if !self.conjuncts.is_empty() {
            text.push_str(&format!(" WHERE {}", self.conjuncts.join(" AND ")));
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
    let plain =
        ["n, k", "n, k, id", "k, n, tags AS list", "n, k, o.x AS x", "*, n AS m", "n, k, owner"];
    let raising = ["n + 1 AS more, n, k", "*, string::concat(k, 'x') AS text"];
    if features.raising && chance.random_bool(0.3) {
        pick(chance, &raising).to_owned()
    } else {
        pick(chance, &plain).to_owned()
    }
}

/// Draws a condition, at most `depth` connectives deep.
fn condition(chance: &mut StdRng, features: Features, depth: u32) -> String {
    if features.disjunction && depth > 0 && chance.random_bool(0.3) {
        let (a, b) =
            (condition(chance, features, depth - 1), condition(chance, features, depth - 1));
        return match chance.random_range(0..3) {
            0 => format!("({a} OR {b})"),
            1 => format!("({a} AND {b})"),
            _ => format!("!({a})"),
        };
    }
    let mut kinds: Vec<fn(&mut StdRng) -> String> = vec![equality, equality, comparison];
    if features.membership {
        kinds.extend([membership as fn(&mut StdRng) -> String, quantified]);
    }
    if features.raising {
        kinds.extend([arithmetic as fn(&mut StdRng) -> String, function]);
    }
    if features.nested {
        kinds.push(nested);
    }
    let kind = kinds[chance.random_range(0..kinds.len())];
    kind(chance)
}

fn column(chance: &mut StdRng) -> &'static str {
    pick(chance, &["n", "k", "n", "k", "owner", "tags", "public", "missing", "id"])
}

fn operand(chance: &mut StdRng) -> String {
    match chance.random_range(0..6) {
        0 => "$p".to_owned(),
        1 => "$q".to_owned(),
        2 => "$auth".to_owned(),
        _ => values::any(chance).to_owned(),
    }
}

fn equality(chance: &mut StdRng) -> String {
    let operator = pick(chance, &["=", "=", "=", "==", "!=", "?=", "*="]);
    if chance.random_bool(0.1) {
        return format!("{} {operator} {}", operand(chance), column(chance));
    }
    format!("{} {operator} {}", column(chance), operand(chance))
}

fn comparison(chance: &mut StdRng) -> String {
    let operator = pick(chance, &["<", "<=", ">", ">="]);
    format!("{} {operator} {}", column(chance), operand(chance))
}

fn membership(chance: &mut StdRng) -> String {
    match chance.random_range(0..5) {
        0 => format!("{} IN {}", column(chance), values::list(chance)),
        1 => format!("tags CONTAINS {}", operand(chance)),
        2 => format!("{} IN tags", operand(chance)),
        3 => format!("{} NOT IN {}", column(chance), values::list(chance)),
        _ => format!("{} IN $list", column(chance)),
    }
}

fn quantified(chance: &mut StdRng) -> String {
    let operators = [
        "CONTAINSANY",
        "CONTAINSALL",
        "CONTAINSNONE",
        "CONTAINSNOT",
        "ALLINSIDE",
        "ANYINSIDE",
        "NONEINSIDE",
    ];
    format!("tags {} {}", pick(chance, &operators), values::list(chance))
}

fn arithmetic(chance: &mut StdRng) -> String {
    let operator = pick(chance, &["+", "-", "*"]);
    let relation = pick(chance, &["=", ">", "<="]);
    format!("n {operator} {} {relation} {}", values::number(chance), values::number(chance))
}

fn function(chance: &mut StdRng) -> String {
    match chance.random_range(0..5) {
        0 => "string::lowercase(k) = 'a'".to_owned(),
        1 => "type::is_number(n)".to_owned(),
        2 => "array::len(tags) > 0".to_owned(),
        3 => format!("(k ?? n) = {}", values::scalar(chance)),
        _ => "string::len(<string> n) = 1".replace("<string> n", "type::string(n)"),
    }
}

fn nested(chance: &mut StdRng) -> String {
    let operator = pick(chance, &["=", "!=", "<"]);
    format!("o.{} {operator} {}", pick(chance, &["x", "y"]), operand(chance))
}

/// Draws a table's select permission.
pub fn permission(chance: &mut StdRng) -> String {
    let conditions = [
        "owner = $auth",
        "owner = $auth.id",
        "owner = $auth OR public = true",
        "tags CONTAINS $auth",
        "owner = $auth AND n != 3",
        "n <= $auth.level",
        "$auth.admin = true OR owner = $auth",
        "k IN $auth.words",
        "!(k = 'a') AND owner = $auth",
    ];
    match chance.random_range(0..10) {
        0 => "FULL".to_owned(),
        1 => "FOR select NONE".to_owned(),
        _ => format!("FOR select WHERE {}", pick(chance, &conditions)),
    }
}
