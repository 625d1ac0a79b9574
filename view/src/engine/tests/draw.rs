//! Drawing plans, rows and changes.

/// A small generator: the same seed draws the same run.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Draw {
        Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

const LISTS: &[&str] = &["'a'", "'b'", "'c'", "list:1", "list:2", "1", "1.0", "1dec", "NONE"];
const NUMBERS: &[&str] =
    &["0", "1", "2", "3", "1.5", "2dec", "-0.0", "NONE", "NULL", "'x'", "9007199254740993"];
const TAGS: &[&str] =
    &["[]", "['x']", "['x', 'y']", "['y', 'y', 1]", "[1.0]", "'xy'", "NONE", "['z', ['x']]"];
const META: &[&str] = &[
    "{ k: 'a' }",
    "{ k: 'b' }",
    "{ k: 1 }",
    "{}",
    "NONE",
    "list:1",
    "[{ k: 'a' }]",
    "{ k: list:2 }",
];
const OWNERS: &[&str] = &["user:ann", "user:bob", "user:cid", "NONE"];
const TITLES: &[&str] = &[
    "'Paint'",
    "'wash'",
    "'Ärger'",
    "''",
    "'paint the wall'",
    "'paint the w'",
    "'paint 9'",
    "'paint 10'",
    "'arger'",
];

/// A row of the table, without its id. `wild` rows have the values that make functions raise.
pub fn row(draw: &mut Draw, wild: bool) -> String {
    let title = if wild && draw.one_in(9) { "7" } else { draw.of(TITLES) };
    let meta = if wild || !draw.one_in(3) { draw.of(META) } else { META[0] };
    format!(
        "{{ list: {}, n: {}, m: {}, tags: {}, meta: {}, owner: {}, title: {}, open: {} }}",
        draw.of(LISTS),
        draw.of(NUMBERS),
        draw.of(&["1", "2", "3", "4"]),
        draw.of(TAGS),
        meta,
        draw.of(OWNERS),
        title,
        draw.of(&["true", "false"]),
    )
}

pub fn user(draw: &mut Draw) -> String {
    format!(
        "{{ role: {}, level: {}, lists: {}, open: {} }}",
        draw.of(&["'admin'", "'guest'", "NONE", "list:1"]),
        draw.of(&["0", "1", "2", "-1", "'x'"]),
        draw.of(&["['a', 'b']", "['c', 1]", "[]", "'abc'", "[list:1]"]),
        draw.of(&["true", "false"]),
    )
}

pub const PERMISSIONS: &[&str] = &[
    "",
    "",
    "owner = $auth",
    "owner = $auth.id OR open = true",
    "owner = $auth OR open",
    "owner = $auth OR !open",
    "$auth.role = 'admin' OR owner = $auth",
    "list IN $auth.lists",
    "m <= $auth.level + 1",
    "string::lowercase(title) != 'wash' OR owner = $auth",
    "meta.k = 'a' OR owner = $auth",
];

pub const USER_PERMISSIONS: &[&str] = &["", "open = true", "id = $auth", "role != 'guest'"];

const ATOMS: &[&str] = &[
    "list = $l",
    "list = 'a'",
    "list = list:1",
    "n = $n",
    "$n = n",
    "n < $n",
    "n >= 1",
    "m = 2",
    "m != $n",
    "tags CONTAINS $t",
    "$t IN tags",
    "tags CONTAINSANY $ts",
    "tags ANYINSIDE $ts",
    "list IN $ts",
    "list NOT IN $ts",
    "id IN $ids",
    "id = t:1",
    "owner = $auth",
    "owner = $auth.id",
    "open = true",
    "open",
    "!open",
    "(!meta.k OR meta.k)",
    "meta.k",
    "meta.k = $l",
    "meta.k = 'a'",
    "!(list = 'b')",
    "$flag",
    "$auth.role = 'admin'",
    "m < $auth.level",
    "string::len(title) > 4",
    "string::lowercase(title) = 'paint'",
    "m + 1 = 3",
    "m = $n + 1",
    "list = $auth.lists[0]",
    "tags CONTAINS 'x'",
    "title CONTAINS 'paint'",
    "list IN $auth.lists",
    "$auth.role.x = NONE",
];

fn condition(draw: &mut Draw, depth: usize) -> String {
    if depth == 0 || draw.one_in(2) {
        return draw.of(ATOMS).to_owned();
    }
    let (a, b) = (condition(draw, depth - 1), condition(draw, depth - 1));
    format!("({a} {} {b})", draw.of(&["AND", "AND", "OR"]))
}

/// What is shown under each row: nothing, mostly.
fn below(draw: &mut Draw, depth: u32) -> String {
    if depth == 0 || !draw.one_in(3) {
        return String::new();
    }
    let tie = draw.of(&[
        "list = $parent.list",
        "m = $parent.m",
        "n > $parent.n",
        "open = $parent.open AND n != $parent.n",
        "id = $parent.id",
        "(m = $parent.m OR list = $parent.list)",
    ]);
    let also = if draw.one_in(2) { format!(" AND {}", condition(draw, 1)) } else { String::new() };
    let order = draw.of(&["", " ORDER BY n", " ORDER BY m DESC, n", " ORDER BY title"]);
    let limit = draw.of(&["", " LIMIT 1", " LIMIT 2", " LIMIT 2 START 1"]);
    let first = if limit == " LIMIT 1" { draw.of(&["", "[0]"]) } else { "" };
    let inner = below(draw, depth - 1);
    format!(", (SELECT *{inner} FROM t WHERE {tie}{also}{order}{limit}){first} AS kids{depth}")
}

pub fn query(draw: &mut Draw) -> String {
    let fields = draw.of(&[
        "*",
        "*",
        "*",
        "id, list",
        "VALUE title",
        "*, m + 1 AS k",
        "*, m * $n AS k",
        "*, string::uppercase(title) AS k",
        "* OMIT meta",
        "meta.k",
    ]);
    let source = draw.of(&["t", "t", "t", "t", "t", "t:1, t:5, t:3", "t:11, t:2"]);
    let alone = fields.starts_with("VALUE") || fields.contains("OMIT");
    let below = if alone { String::new() } else { below(draw, 2) };
    let mut text = format!("SELECT {fields}{below} FROM {source}");
    if !draw.one_in(5) {
        text.push_str(&format!(" WHERE {}", condition(draw, 3)));
    }
    let selected = fields.starts_with("*");
    let keys: &[&str] = match (selected, fields.ends_with(" AS k")) {
        (true, true) => {
            &["n", "m DESC", "k", "k DESC, title", "title", "title COLLATE", "open, n DESC"]
        }
        (true, false) => &[
            "n",
            "m DESC",
            "n DESC, m",
            "title",
            "list, m",
            "open, n DESC",
            "meta.k",
            "id DESC",
            "title COLLATE NUMERIC DESC, m",
            "list NUMERIC, title COLLATE DESC",
        ],
        _ => &[],
    };
    if !keys.is_empty() && !draw.one_in(3) {
        text.push_str(&format!(" ORDER BY {}", draw.of(keys)));
    }
    if !draw.one_in(3) {
        text.push_str(draw.of(&[
            " LIMIT 3",
            " LIMIT 1",
            " LIMIT $k",
            " LIMIT 2",
            " LIMIT $auth.level",
        ]));
    }
    if draw.one_in(3) {
        text.push_str(draw.of(&[" START 1", " START 2", " START $k"]));
    }
    text
}

pub fn params(draw: &mut Draw) -> String {
    format!(
        "{{ l: {}, n: {}, t: {}, ts: {}, ids: {}, flag: {}, k: {} }}",
        draw.of(LISTS),
        draw.of(NUMBERS),
        draw.of(&["'x'", "'y'", "1", "1.0", "['x']", "NONE", "/x.*/"]),
        draw.of(&["['x', 'y']", "['a', 'b']", "[]", "[1, 'z']", "'xyz'", "0..3", "['a', list:1]"]),
        draw.of(&["[t:1, t:2]", "[t:3]", "[]", "[t:9, t:1, t:4]"]),
        draw.of(&["true", "false"]),
        draw.of(&["0", "1", "2", "5", "NONE"]),
    )
}
