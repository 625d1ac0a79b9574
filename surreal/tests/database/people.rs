//! A database with us installed, and people who sign up to it.

use surreal::meta::{self, Settings};
use surreal::{Database, vars};
use surrealdb_types::{Object, SurrealValue, Value};

use crate::support::fresh;

/// Installs us beside two accesses: `person` makes users, `member` makes accounts.
pub async fn installed() -> Database {
    installed_with(Settings::default()).await
}

pub async fn installed_with(settings: Settings) -> Database {
    let database = Database::connect(fresh().await).await.unwrap();
    meta::install(&database, &settings).await.unwrap();
    let text = "
        DEFINE TABLE user SCHEMALESS PERMISSIONS FOR select WHERE id = $auth.id;
        DEFINE TABLE account SCHEMALESS;
        DEFINE ACCESS person ON DATABASE TYPE RECORD
            SIGNUP (CREATE type::record('user', $key)) SIGNIN (SELECT * FROM type::record('user', $key));
        DEFINE ACCESS member ON DATABASE TYPE RECORD
            SIGNUP (CREATE type::record('account', $key));";
    database.query(text, vars([])).await.unwrap();
    database
}

/// Signs a user up and speaks as him.
pub async fn user(database: &Database, key: impl SurrealValue) -> Database {
    let token = token(database, "person", key).await;
    database.as_user(&token).await.unwrap()
}

pub async fn token(database: &Database, access: &str, key: impl SurrealValue) -> String {
    let mut params = Object::new();
    params.insert("key", key);
    database.sign_up(access, params).await.unwrap()
}

/// Asks one question.
pub async fn ask(database: &Database, text: &str) -> Value {
    database.query_one(text, vars([])).await.unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Asks one question and prints the answer.
pub async fn told(database: &Database, text: &str) -> String {
    use surrealdb_types::ToSql;
    match database.query_one(text, vars([])).await {
        Ok(value) => value.to_sql(),
        Err(error) => format!("error: {error}"),
    }
}
