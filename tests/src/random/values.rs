//! Values, rows and parts of rows, as literals.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

/// The users who ask and write.
pub const USERS: &[&str] = &["user:ann", "user:bob"];

/// The table that the views are over.
pub const TABLE: &str = "task";

/// How many different records there are in it.
const RECORDS: usize = 9;

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

/// What is equal and does not look so, or looks equal and is not.
const STRANGE: &[&str] = &[
    "9007199254740993",
    "9007199254740992f",
    "9007199254740993dec",
    "0.1",
    "0.1dec",
    "0.11111",
    "0.11111dec",
    "NaN",
    "9223372036854775807",
    "'Ä'",
    "'ä'",
    "'A'",
    "'10'",
    "'9'",
    "'\\n'",
    "u'018f6b0a-0000-7000-8000-000000000001'",
    "b\"00FF\"",
    "task:['a', 1]",
    "task:⟨1⟩",
    "{1, 2}",
    "1..3",
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

const TEXTS: &[&str] = &["'a'", "'B'", "'b'", "'ä'", "'a10'", "'a9'", "'A9'", "''", "'ab'", "'-a'"];

/// Ids of every kind, of which some print nearly alike.
const KEYS: [&str; RECORDS] = [
    "1",
    "⟨1⟩",
    "a",
    "[1, 'a']",
    "[1.5, 'a']",
    "{ x: 1 }",
    "u'018f6b0a-0000-7000-8000-000000000001'",
    "-7",
    "⟨a b⟩",
];

/// Where values come from.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// Whether there are strange ones.
    pub strange: bool,
    /// Whether record ids are of every kind; else they are numbers.
    pub keys: bool,
}

impl Pool {
    /// Any value.
    pub fn any(self, chance: &mut StdRng) -> &'static str {
        if chance.random_bool(0.25) { pick(chance, LISTS) } else { self.scalar(chance) }
    }

    /// A value that is no list.
    pub fn scalar(self, chance: &mut StdRng) -> &'static str {
        let strange = self.strange && chance.random_bool(0.3);
        pick(chance, if strange { STRANGE } else { SCALARS })
    }

    /// A number.
    pub fn number(self, chance: &mut StdRng) -> &'static str {
        pick(chance, NUMBERS)
    }

    /// A list of some scalars.
    pub fn list(self, chance: &mut StdRng) -> String {
        let length = chance.random_range(0..4);
        let items: Vec<&str> = (0..length).map(|_| self.scalar(chance)).collect();
        format!("[{}]", items.join(", "))
    }

    /// A record of the table.
    pub fn record(self, chance: &mut StdRng) -> String {
        self.nth_record(chance.random_range(0..RECORDS))
    }

    /// One of the table's records.
    pub fn nth_record(self, at: usize) -> String {
        let at = at % RECORDS;
        if self.keys { format!("{TABLE}:{}", KEYS[at]) } else { format!("{TABLE}:{}", at + 1) }
    }

    /// The content of a row.
    pub fn content(self, chance: &mut StdRng) -> String {
        let mut fields = Vec::new();
        let mut add = |field: &str, value: String| fields.push(format!("{field}: {value}"));
        if chance.random_bool(0.9) {
            add("owner", pick(chance, USERS).to_owned());
        }
        if chance.random_bool(0.8) {
            // Mostly numbers, so that arithmetic succeeds often enough to be worth it.
            let number = chance.random_bool(0.85);
            add("n", if number { self.number(chance) } else { self.any(chance) }.to_owned());
        }
        if chance.random_bool(0.7) {
            add("k", self.scalar(chance).to_owned());
        }
        if chance.random_bool(0.6) {
            add("s", pick(chance, TEXTS).to_owned());
        }
        if chance.random_bool(0.5) {
            add("tags", self.any(chance).to_owned());
        }
        if chance.random_bool(0.4) {
            add("o", format!("{{ x: {}, y: {} }}", self.scalar(chance), self.number(chance)));
        }
        if chance.random_bool(0.3) {
            add("public", pick(chance, &["true", "false"]).to_owned());
        }
        format!("{{ {} }}", fields.join(", "))
    }

    /// A part of a row.
    pub fn patch(self, chance: &mut StdRng) -> String {
        let field = pick(chance, &["n", "k", "s", "tags", "owner", "public", "o"]);
        let value = match field {
            "owner" => pick(chance, USERS).to_owned(),
            "n" => self.number(chance).to_owned(),
            "s" => pick(chance, TEXTS).to_owned(),
            "o" => format!("{{ x: {} }}", self.scalar(chance)),
            _ => self.any(chance).to_owned(),
        };
        format!("{{ {field}: {value} }}")
    }
}

/// One of several.
pub fn pick<'a>(chance: &mut StdRng, from: &[&'a str]) -> &'a str {
    from.choose(chance).expect("there is something to choose from")
}
