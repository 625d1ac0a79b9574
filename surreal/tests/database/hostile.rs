//! Names and ids that mean something else where they are put into a statement as they stand.

use std::time::Duration;

use surreal::meta::feed;
use surreal::names::{edge_table, quoted};
use surreal::user_table::{self, UserTable};
use surreal::{Database, vars};
use surrealdb_types::{Array, Object, RecordId, RecordIdKey, SurrealValue, ToSql, Uuid, Value};

use crate::people::{ask, installed, told};

const NAMES: [&str; 17] = [
    "a b",
    "⟨a b⟩",
    "a⟩b",
    "a`b",
    "a\\b",
    "a\\`b",
    "\\",
    "a'b\"c",
    "a; DELETE user; --",
    "$auth",
    "select",
    "NaN",
    "value",
    "7",
    "user:ann",
    "ä€𝄞\u{202e}\u{200b}",
    "a\nb\t/*",
];

/// Keys of every kind, each with hostile texts in it.
fn records() -> Vec<RecordId> {
    let of = |key: RecordIdKey| NAMES.map(|name| RecordId::new(name, key.clone()));
    let text = |name: &str| RecordIdKey::String(name.to_owned());
    let mut records: Vec<RecordId> = NAMES.iter().flat_map(|name| of(text(name))).collect();
    records.extend(of(RecordIdKey::Number(i64::MIN)));
    records.extend(of(RecordIdKey::Uuid(Uuid::new_v7())));
    records.extend(of(text("018f0000-0000-7000-8000-000000000000")));
    for name in NAMES {
        let inner = RecordId::new(name, name).into_value();
        let list = vec![name.into_value(), inner.clone(), Value::None, 1.5f64.into_value()];
        records.extend(of(RecordIdKey::Array(Array::from(list.clone()))));
        let mut fields = Object::new();
        fields.insert(name, inner);
        fields.insert("list", Value::Array(Array::from(list)));
        records.extend(of(RecordIdKey::Object(fields)));
    }
    records
}

async fn is(database: &Database, text: &str, value: Value) -> bool {
    let outcome = database.query(text, vars([("value", value)])).await;
    let mut results = outcome.unwrap_or_else(|error| panic!("{text}: {error}"));
    results.pop() == Some(Value::Bool(true))
}

/// The database prints a user as we do, or his edges would go where he does not look for them; and it reads what we
/// print, in the rule of his table.
#[tokio::test]
async fn a_printed_record_is_that_record() {
    let database = installed().await;
    for record in records() {
        let text = "RETURN <string> $value";
        let bound = vars([("value", record.clone().into_value())]);
        let Some(Value::String(theirs)) = database.query(text, bound).await.unwrap().pop() else {
            panic!("no text")
        };
        let text = format!("RETURN {theirs} = $value");
        assert!(is(&database, &text, record.clone().into_value()).await, "{text}");
        let digits: String = theirs.bytes().map(|byte| format!("{byte:02x}")).collect();
        let name = edge_table(&record).name;
        let hash = blake3::hash(theirs.as_bytes()).to_hex().to_string();
        assert!(name.ends_with(&digits) || name.ends_with(&hash), "{theirs} is not {name}");
    }
}

#[tokio::test]
async fn a_quoted_name_is_that_name() {
    let database = installed().await;
    for name in NAMES {
        let table = quoted(name);
        ask(&database, &format!("DEFINE TABLE {table}; CREATE {table}:1")).await;
        let text = format!("RETURN record::tb((SELECT VALUE id FROM {table})[0]) = $value");
        assert!(is(&database, &text, name.into_value()).await, "{text}");
    }
    let Value::Object(told) = ask(&database, "INFO FOR DB").await else { panic!() };
    let Some(Value::Object(tables)) = told.get("tables") else { panic!() };
    let named = |name: &&String| NAMES.contains(&name.as_str());
    let mut expected = NAMES.map(str::to_owned);
    expected.sort();
    assert_eq!(tables.keys().filter(named).cloned().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_feed_is_given_to_the_table_of_that_name_and_taken_from_it() {
    let database = installed().await;
    let fed = async || {
        let Value::Object(told) = ask(&database, "INFO FOR DB").await else { panic!() };
        let Some(Value::Object(tables)) = told.get("tables") else { panic!() };
        let fed = tables.iter().filter(|(name, text)| {
            !name.starts_with("_00_") && text.to_sql().contains("CHANGEFEED")
        });
        fed.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    for name in NAMES {
        ask(&database, &format!("DEFINE TABLE {}", quoted(name))).await;
    }
    for name in NAMES {
        feed::give(&database, name, Duration::from_secs(3600)).await.unwrap();
        assert_eq!(fed().await, [name]);
        assert!(feed::given(&database).await.unwrap().contains(name));
        assert_eq!(feed::take(&database, name).await, Ok(true), "{name}");
        assert_eq!(fed().await, [""; 0]);
    }
}

#[tokio::test]
async fn a_users_table_has_the_rule_of_that_user() {
    let database = installed().await;
    let access = "DEFINE ACCESS any ON DATABASE TYPE RECORD SIGNUP (CREATE $record)";
    ask(&database, access).await;
    let other = crate::people::user(&database, "other").await;
    let named = NAMES.map(|name| RecordId::new("user", name));
    // The database itself does not read the token of one whose table is called NaN.
    let own = NAMES.into_iter().filter(|name| *name != "NaN").map(|name| RecordId::new(name, name));
    let plain = ["NaN", "Infinity"].map(|key| RecordId::new("user", key));
    for user in named.into_iter().chain(plain).chain(own) {
        let table = edge_table(&user).name;
        let bound = || vars([("user", user.clone().into_value())]);
        assert_eq!(user_table::make(&database, &user).await, Ok(UserTable::NoUser), "{table}");
        let mut params = Object::new();
        params.insert("record", user.clone());
        let token = database.sign_up("any", params).await.unwrap();
        let himself = database.as_user(&token).await.unwrap();
        assert_eq!(user_table::make(&database, &user).await, Ok(UserTable::Stands), "{table}");
        ask(&database, &format!("CREATE {table} SET a = 1")).await;
        let seen = format!("SELECT VALUE a FROM {table}");
        assert_eq!(told(&himself, &seen).await, "[1]", "{}", user.to_sql());
        assert_eq!(told(&himself, "fn::query::table()").await, format!("'{table}'"));
        assert_eq!(told(&other, &seen).await, "[]", "{}", user.to_sql());
        database.query("DELETE $user", bound()).await.unwrap();
        assert_eq!(user_table::drop_if_gone(&database, &user).await, Ok(UserTable::NoUser));
    }
}
