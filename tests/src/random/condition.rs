//! Conditions and permissions.

use rand::Rng;
use rand::rngs::StdRng;

use super::features::Features;
use super::values::pick;

/// Draws a condition, at most `depth` connectives deep.
pub fn condition(chance: &mut StdRng, features: Features, depth: u32) -> String {
    if features.disjunction && depth > 0 && chance.random_bool(0.3) {
        let (a, b) =
            (condition(chance, features, depth - 1), condition(chance, features, depth - 1));
        return match chance.random_range(0..3) {
            0 => format!("({a} OR {b})"),
            1 => format!("({a} AND {b})"),
            _ => format!("!({a})"),
        };
    }
    let mut kinds: Vec<fn(&mut StdRng, Features) -> String> =
        vec![equality, equality, comparison, truth];
    if features.membership {
        kinds.extend([membership as fn(&mut StdRng, Features) -> String, quantified]);
    }
    if features.raising {
        kinds.extend([arithmetic as fn(&mut StdRng, Features) -> String, function]);
    }
    if features.nested {
        kinds.push(nested);
    }
    let kind = kinds[chance.random_range(0..kinds.len())];
    kind(chance, features)
}

fn column(chance: &mut StdRng) -> &'static str {
    pick(chance, &["n", "k", "n", "k", "s", "owner", "tags", "public", "missing", "id"])
}

fn operand(chance: &mut StdRng, features: Features) -> String {
    match chance.random_range(0..7) {
        0 => "$p".to_owned(),
        1 => "$q".to_owned(),
        2 => "$auth".to_owned(),
        3 => pick(chance, &["$auth.level", "$auth.id", "$auth.words", "$p.x"]).to_owned(),
        _ => features.pool.any(chance).to_owned(),
    }
}

fn equality(chance: &mut StdRng, features: Features) -> String {
    let operator = pick(chance, &["=", "=", "=", "==", "!=", "?=", "*="]);
    if chance.random_bool(0.1) {
        return format!("{} {operator} {}", operand(chance, features), column(chance));
    }
    format!("{} {operator} {}", column(chance), operand(chance, features))
}

fn comparison(chance: &mut StdRng, features: Features) -> String {
    let operator = pick(chance, &["<", "<=", ">", ">="]);
    format!("{} {operator} {}", column(chance), operand(chance, features))
}

fn truth(chance: &mut StdRng, _: Features) -> String {
    let column = column(chance);
    if chance.random_bool(0.4) { format!("!{column}") } else { column.to_owned() }
}

fn membership(chance: &mut StdRng, features: Features) -> String {
    match chance.random_range(0..6) {
        0 => format!("{} IN {}", column(chance), features.pool.list(chance)),
        1 => format!("tags CONTAINS {}", operand(chance, features)),
        2 => format!("{} IN tags", operand(chance, features)),
        3 => format!("{} NOT IN {}", column(chance), features.pool.list(chance)),
        4 => format!("id IN [{}, {}]", features.pool.record(chance), features.pool.record(chance)),
        _ => format!("{} IN $list", column(chance)),
    }
}

fn quantified(chance: &mut StdRng, features: Features) -> String {
    let operators = [
        "CONTAINSANY",
        "CONTAINSALL",
        "CONTAINSNONE",
        "CONTAINSNOT",
        "ALLINSIDE",
        "ANYINSIDE",
        "NONEINSIDE",
    ];
    format!("tags {} {}", pick(chance, &operators), features.pool.list(chance))
}

fn arithmetic(chance: &mut StdRng, features: Features) -> String {
    let operator = pick(chance, &["+", "-", "*"]);
    let relation = pick(chance, &["=", ">", "<="]);
    let (a, b) = (features.pool.number(chance), features.pool.number(chance));
    format!("n {operator} {a} {relation} {b}")
}

fn function(chance: &mut StdRng, features: Features) -> String {
    match chance.random_range(0..5) {
        0 => "string::lowercase(k) = 'a'".to_owned(),
        1 => "type::is_number(n)".to_owned(),
        2 => "array::len(tags) > 0".to_owned(),
        3 => format!("(k ?? n) = {}", features.pool.scalar(chance)),
        _ => "string::len(type::string(n)) = 1".to_owned(),
    }
}

fn nested(chance: &mut StdRng, features: Features) -> String {
    let operator = pick(chance, &["=", "!=", "<"]);
    format!("o.{} {operator} {}", pick(chance, &["x", "y"]), operand(chance, features))
}

/// Select permissions of the table.
pub const PERMISSIONS: &[&str] = &[
    "FULL",
    "NONE",
    "FOR select WHERE owner = $auth",
    "FOR select WHERE owner = $auth.id",
    "FOR select WHERE owner = $auth OR public = true",
    "FOR select WHERE owner = $auth OR !public",
    "FOR select WHERE tags CONTAINS $auth",
    "FOR select WHERE owner = $auth AND n != 3",
    "FOR select WHERE n <= $auth.level",
    "FOR select WHERE n < $auth.level OR owner = $auth",
    "FOR select WHERE $auth.admin = true OR owner = $auth",
    "FOR select WHERE $auth.admin = true OR owner = $auth OR public",
    "FOR select WHERE k IN $auth.words",
    "FOR select WHERE $auth.words CONTAINS k",
    "FOR select WHERE !(k = 'a') AND owner = $auth",
    "FOR select WHERE $access = 'account' AND owner != user:bob",
    "FOR select WHERE string::len(k) > 0 OR owner = $auth",
];

/// Draws a table's select permission.
pub fn permission(chance: &mut StdRng) -> String {
    pick(chance, PERMISSIONS).to_owned()
}

/// Select permissions of the users' own table.
pub const USER_PERMISSIONS: &[&str] = &[
    "FULL",
    "FOR select WHERE id = $auth",
    "FOR select WHERE admin = true",
    "FOR select WHERE level > 0",
    "NONE",
];
