//! Values, rows and writes, as literals.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

/// The users of every case.
pub const USERS: &[&str] = &["user:ann", "user:bob"];

/// The table that the views are over.
pub const TABLE: &str = "task";

/// How many different records there are in it.
const RECORDS: u32 = 9;

const SCALARS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "1.0",
    "2dec",
    "1.5",
    "-1",
    "'a'",
    "'b'",
    "'ab'",
    "''",
    "true",
    "false",
    "NULL",
    "NONE",
    "user:ann",
    "user:bob",
    "task:1",
    "1h",
    "d'2024-01-01T00:00:00Z'",
];

const LISTS: &[&str] = &[
    "[]",
    "[1]",
    "[1, 2]",
    "[1.0, 'a']",
    "['a', 'b']",
    "['a', 'a']",
    "[user:ann]",
    "[user:ann, user:bob]",
    "[[1]]",
    "[NONE]",
    "{ x: 1 }",
    "{ x: 1.0, y: 'a' }",
];

const NUMBERS: &[&str] = &["0", "1", "2", "3", "1.0", "2.5", "2dec", "-1"];

/// Any value.
pub fn any(chance: &mut StdRng) -> &'static str {
    if chance.random_bool(0.25) { pick(chance, LISTS) } else { pick(chance, SCALARS) }
}

/// A value that is no list.
pub fn scalar(chance: &mut StdRng) -> &'static str {
    pick(chance, SCALARS)
}

/// A number.
pub fn number(chance: &mut StdRng) -> &'static str {
    pick(chance, NUMBERS)
}

/// A list of some scalars.
pub fn list(chance: &mut StdRng) -> String {
    let length = chance.random_range(0..4);
    let items: Vec<&str> = (0..length).map(|_| scalar(chance)).collect();
    format!("[{}]", items.join(", "))
}

/// A record of the table.
pub fn record(chance: &mut StdRng) -> String {
    format!("{TABLE}:{}", chance.random_range(1..=RECORDS))
}

/// The content of a row.
pub fn content(chance: &mut StdRng) -> String {
    let mut fields = Vec::new();
    if chance.random_bool(0.9) {
        fields.push(format!("owner: {}", pick(chance, USERS)));
    }
    if chance.random_bool(0.8) {
        // Mostly numbers, so that arithmetic succeeds often enough to be worth it.
        let n = if chance.random_bool(0.85) { number(chance) } else { any(chance) };
        fields.push(format!("n: {n}"));
    }
    if chance.random_bool(0.7) {
        fields.push(format!("k: {}", scalar(chance)));
    }
    if chance.random_bool(0.5) {
        fields.push(format!("tags: {}", any(chance)));
    }
    if chance.random_bool(0.4) {
        fields.push(format!("o: {{ x: {}, y: {} }}", scalar(chance), number(chance)));
    }
    if chance.random_bool(0.3) {
        fields.push(format!("public: {}", pick(chance, &["true", "false"])));
    }
    format!("{{ {} }}", fields.join(", "))
}

/// A part of a row.
pub fn patch(chance: &mut StdRng) -> String {
    let field = pick(chance, &["n", "k", "tags", "owner", "public", "o"]);
    let value = match field {
        "owner" => pick(chance, USERS).to_owned(),
        "n" => number(chance).to_owned(),
        "o" => format!("{{ x: {} }}", scalar(chance)),
        _ => any(chance).to_owned(),
    };
    format!("{{ {field}: {value} }}")
}

/// One of several.
pub fn pick<'a>(chance: &mut StdRng, from: &[&'a str]) -> &'a str {
    from.choose(chance).expect("there is something to choose from")
}
