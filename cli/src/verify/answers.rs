//! The database's own answer to the original query, run by the view's user.
//!
//! The system's views are asked by the system user. A record user's token can be made only where his access lets him in
//! with what is known of him: `--sign-in account="{ user: $user }"` says with what.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use protocol::wire::ViewHeld;
use surreal::edge::EdgeKey;
use surreal::query_row::QueryRow;
use surreal::{Database, Error, vars};
use surrealdb_types::{RecordId, SurrealValue, ToSql, Value, Variables};
use view::value::as_stored;

use super::Comparison;
use super::difference::Difference;
use crate::connection::lost;
use crate::failure::{Exit, Failure};
use crate::scenario::rig::database::or_empty;
use crate::scenario::rig::second_form::{SecondForm, second_form};
use crate::scenario::words;

/// How users are signed in, and those who are.
#[derive(Default)]
pub(super) struct SignIns {
    /// The parameters' expression, by access.
    ways: BTreeMap<String, String>,
    signed_in: BTreeMap<(RecordId, String), Database>,
}

impl SignIns {
    /// Reads `ACCESS=PARAMETERS`.
    pub(super) fn parse(given: &[String]) -> Result<SignIns, Failure> {
        let mut ways = BTreeMap::new();
        for pair in given {
            let Some((access, params)) = pair.split_once('=') else {
                return Err(Failure::new(Exit::Usage, format!("--sign-in {pair}: no `=`"))
                    .hint("write --sign-in account=\"{ user: $user }\""));
            };
            ways.insert(access.trim().to_owned(), params.trim().to_owned());
        }
        Ok(SignIns { ways, signed_in: BTreeMap::new() })
    }
}

/// Says which records, or groups, are in one answer only.
pub(super) fn compare(
    row: &QueryRow,
    held: &ViewHeld,
    answer: &BTreeSet<String>,
) -> Vec<Difference> {
    let ours: BTreeSet<String> =
        held.rows.iter().map(|edge| edge.value.clone().unwrap_or_else(|| edge.place())).collect();
    let mut state = DefaultHasher::new();
    held.rows.iter().for_each(|edge| (&edge.out, edge.version, edge.hash).hash(&mut state));
    let only = |record: &String, in_database| Difference::Answer {
        view: row.view.clone(),
        record: record.clone(),
        in_database,
        ours: state.finish(),
    };
    let lacking = answer.iter().filter(|record| !ours.contains(*record));
    let extra = ours.iter().filter(|record| !answer.contains(*record));
    lacking
        .map(|record| only(record, true))
        .chain(extra.map(|record| only(record, false)))
        .collect()
}

impl Comparison {
    /// Runs a view's query as its user; the reason where that cannot be.
    pub(super) async fn own_answer(
        &mut self,
        row: &QueryRow,
    ) -> Result<Result<BTreeSet<String>, String>, Failure> {
        // Groups are what they show: the query itself tells them.
        let grouped = words::find_keyword(&row.surql, "GROUP").is_some();
        let second = match second_form(&row.surql) {
            Some(second) if !grouped => Some(second),
            None if !grouped => {
                return Ok(Err("its query has no form that says of which record".to_owned()));
            }
            _ => None,
        };
        let text = second.as_ref().map_or_else(|| row.surql.clone(), in_order_of_ids);
        let connection = match self.connection(row).await? {
            Ok(connection) => connection,
            Err(why) => return Ok(Err(why)),
        };
        let params: Variables = row.params.clone().into_inner().into_iter().collect();
        match or_empty(connection.query_one(&text, params).await) {
            Ok(Value::Array(answer)) => {
                let mut told = BTreeSet::new();
                for row in answer {
                    match (&second, row) {
                        (Some(second), row) => {
                            let Some(split) = second.split(row) else { continue };
                            told.insert(split.id.to_sql());
                            split.each_below(&mut |parent, alias, record| {
                                let key = EdgeKey {
                                    parent: Some(parent.clone()),
                                    alias: Some(alias.to_owned()),
                                    record: record.clone(),
                                };
                                told.insert(key.to_string());
                            });
                        }
                        (None, Value::Object(shown)) => {
                            told.insert(as_stored(shown).to_sql());
                        }
                        (None, _) => {}
                    }
                }
                Ok(Ok(told))
            }
            Ok(_) => Ok(Err("the database's answer is no list".to_owned())),
            Err(Error::Refused { message }) => {
                Ok(Err(format!("the database's query fails: {message}")))
            }
            Err(error) => Err(lost(error)),
        }
    }

    async fn connection(&mut self, row: &QueryRow) -> Result<Result<Database, String>, Failure> {
        let Some(user) = &row.view.auth else { return Ok(Ok(self.database.clone())) };
        let accesses = &self.schema.accesses;
        let only = if let [access] = &accesses[..] { Some(access.name.clone()) } else { None };
        let Some(access) = row.access.clone().or(only) else {
            return Ok(Err("it does not say by which access its user came".to_owned()));
        };
        let key = (user.clone(), access.clone());
        if let Some(known) = self.sign_ins.signed_in.get(&key) {
            return Ok(Ok(known.clone()));
        }
        let Some(way) = self.sign_ins.ways.get(&access) else {
            return Ok(Err(format!(
                "no token: --sign-in {access}=\"{{ … }}\" says how to get one"
            )));
        };
        let asked = format!("RETURN {way}");
        let named = vars([("user", user.clone().into_value())]);
        let params = self.database.query_one(&asked, named).await.map_err(lost)?;
        let Value::Object(params) = params else {
            return Err(Failure::new(
                Exit::Usage,
                format!("--sign-in {access}: `{way}` is no object"),
            ));
        };
        let signed = match self.database.sign_in(&access, params).await {
            Ok(token) => self.database.as_user(&token).await.map_err(lost)?,
            Err(Error::Refused { message }) => {
                return Ok(Err(format!("{} is not let in: {message}", user.to_sql())));
            }
            Err(error) => return Err(lost(error)),
        };
        self.sign_ins.signed_in.insert(key, signed.clone());
        Ok(Ok(signed))
    }
}

/// A window's ties, and a window without an order, are in the order of ids: an index of the database's may say otherwise.
fn in_order_of_ids(second: &SecondForm) -> String {
    let text = second.text.trim_end().trim_end_matches(';');
    let window = ["LIMIT", "START"].map(|word| words::find_keyword(text, word));
    let Some(window) = window.into_iter().flatten().min() else { return text.to_owned() };
    let (before, window) = text.split_at(window);
    let tie = match words::find_keyword(before, "ORDER") {
        Some(_) => ", _00_id",
        None => " ORDER BY _00_id",
    };
    format!("{}{tie} {window}", before.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_in_the_order_of_ids() {
        let ordered = |query| in_order_of_ids(&second_form(query).expect(query));
        assert_eq!(ordered("SELECT * FROM t"), "SELECT *, id AS _00_id FROM t");
        assert_eq!(
            ordered("SELECT * FROM t WHERE a = 1 LIMIT 3;"),
            "SELECT *, id AS _00_id FROM t WHERE a = 1 ORDER BY _00_id LIMIT 3"
        );
        assert_eq!(
            ordered("SELECT a FROM t ORDER BY a DESC LIMIT 3 START 1"),
            "SELECT a, id AS _00_id FROM t ORDER BY a DESC, _00_id LIMIT 3 START 1"
        );
    }
}
