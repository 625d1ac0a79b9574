//! Versions of rows, and the hash by which an edge is known to show a row as it is (mechanism M4).
//!
//! # Invariants
//! - No version is given above the bound that stands in the database; a later clock begins above that bound. So over
//!   restarts and takeovers no version is given twice.
//! - The secret is made once, by CREATE, and never leaves the system's tables.

use std::time::Duration;

use protocol::RowVersion;
use rand::RngCore;
use surrealdb_types::{Bytes, Number, Object, RecordId, SurrealValue, Value};

use crate::connection::{Database, vars};
use crate::error::Error;
use crate::structure::whole;

/// How far ahead the bound is written.
const AHEAD: u64 = 1_000_000;

/// 53 bits: what JavaScript's numbers hold.
const HASH_BITS: u32 = 53;

/// Microseconds that never go back.
#[derive(Clone, Debug)]
pub struct Clock {
    base: u64,
    last: u64,
}

impl Clock {
    /// Begins at the greater of Unix time and the bound.
    pub fn begin(unix_micros: u64, bound: u64) -> Clock {
        let base = unix_micros.max(bound + 1);
        Clock { base, last: base - 1 }
    }

    /// Gives the next version; `now` is the time since the clock began, by a clock that is monotonic.
    pub fn next(&mut self, now: Duration) -> RowVersion {
        let micros = u64::try_from(now.as_micros()).unwrap_or(u64::MAX / 2);
        self.last = (self.last + 1).max(self.base + micros);
        RowVersion(self.last)
    }

    /// The greatest version that was given.
    pub fn last(&self) -> RowVersion {
        RowVersion(self.last)
    }
}

/// The bound below which versions may be given.
#[derive(Debug)]
pub struct Bound {
    database: Database,
    bound: u64,
}

impl Bound {
    /// Returns once the version lies below what stands in the database.
    pub async fn cover(&mut self, version: RowVersion) -> Result<(), Error> {
        if version.0 <= self.bound {
            return Ok(());
        }
        let to = version.0 + AHEAD;
        let text = "UPDATE _00_capture:versions SET bound = math::max([bound, $to]) RETURN NONE";
        self.database.repeat(text, vars([("to", int(to))])).await?;
        self.bound = to;
        Ok(())
    }
}

/// Begins the clock of one who captures. Everybody else has to be closed before (M11).
pub async fn open(database: &Database, unix_micros: u64) -> Result<(Clock, Bound), Error> {
    let row = kept(database).await?;
    let bound = match row.get("bound") {
        Some(Value::Number(Number::Int(bound))) => u64::try_from(*bound).unwrap_or(0),
        _ => 0,
    };
    Ok((Clock::begin(unix_micros, bound), Bound { database: database.clone(), bound }))
}

/// What edges' hashes are keyed with: they cover fields that the user may not select.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Reads it, or makes it.
    pub async fn of(database: &Database) -> Result<Secret, Error> {
        match kept(database).await?.get("secret") {
            Some(Value::Bytes(bytes)) => <[u8; 32]>::try_from(bytes.clone().into_inner().as_ref())
                .map(Secret)
                .map_err(|_| Error::refused("`_00_capture:versions` holds no secret of 32 bytes")),
            _ => Err(Error::refused("`_00_capture:versions` holds no secret")),
        }
    }

    /// Makes one of given bytes: for tests.
    pub fn from_bytes(bytes: [u8; 32]) -> Secret {
        Secret(bytes)
    }
}

/// Hashes a row: 53 bits of a keyed BLAKE3 over record and content.
pub fn row_hash(secret: &Secret, record: &RecordId, row: &Object) -> i64 {
    let mut bytes = Vec::with_capacity(256);
    view::value::write_bytes(&Value::RecordId(record.clone()), &mut bytes);
    view::value::write_bytes(&Value::Object(row.clone()), &mut bytes);
    let hash = blake3::keyed_hash(&secret.0, &bytes);
    let first: [u8; 8] = hash.as_bytes()[..8].try_into().expect("a hash has 32 bytes");
    i64::try_from(u64::from_le_bytes(first) >> (u64::BITS - HASH_BITS)).expect("53 bits fit")
}

/// Reads the row of clock and secret; whoever comes first makes it.
async fn kept(database: &Database) -> Result<Object, Error> {
    loop {
        let text = "SELECT * FROM ONLY _00_capture:versions";
        let row = whole(database.repeat(text, vars([])).await?.pop());
        if !row.is_empty() {
            return Ok(row);
        }
        let mut secret = vec![0; 32];
        rand::rng().fill_bytes(&mut secret);
        let secret = Value::Bytes(Bytes::from(secret));
        let text = "CREATE _00_capture:versions SET bound = 0, secret = $secret RETURN NONE";
        match database.query(text, vars([("secret", secret)])).await {
            // Somebody else was faster, or we were and did not hear of it: what stands is right.
            Ok(_) | Err(Error::Conflict { .. } | Error::Unknown { .. }) => {}
            Err(Error::Refused { message }) if message.contains("already exists") => {}
            Err(error) => return Err(error),
        }
    }
}

fn int(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into_value()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::RowVersion;
    use surrealdb_types::{Object, RecordId, SurrealValue};

    use super::{Clock, Secret, row_hash};

    #[test]
    fn a_clock_rises_and_begins_above_the_bound() {
        let mut clock = Clock::begin(1_000, 5_000);
        let moments = [0, 0, 7, 7, 3].map(Duration::from_micros);
        let given = moments.map(|now| clock.next(now));
        assert_eq!(given, [5_001, 5_002, 5_008, 5_009, 5_010].map(RowVersion));
        assert_eq!(Clock::begin(9_000, 5_000).next(Duration::ZERO), RowVersion(9_000));
    }

    #[test]
    fn a_hash_tells_rows_kinds_and_secrets_apart() {
        let row = |value: surrealdb_types::Value| {
            let mut row = Object::new();
            row.insert("n", value);
            row
        };
        let (one, two) = (RecordId::new("t", "1"), RecordId::new("t", 1));
        let secret = Secret::from_bytes([1; 32]);
        let int = row_hash(&secret, &one, &row(1i64.into_value()));
        assert_eq!(int, row_hash(&secret, &one, &row(1i64.into_value())));
        assert_ne!(int, row_hash(&secret, &one, &row(1f64.into_value())));
        assert_ne!(int, row_hash(&secret, &two, &row(1i64.into_value())));
        assert_ne!(int, row_hash(&Secret::from_bytes([2; 32]), &one, &row(1i64.into_value())));
        assert!((0..1 << 53).contains(&int));
    }
}
