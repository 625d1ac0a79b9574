//! Where events post to, what they bring, and whether they can (`capture: events`).
//!
//! # Invariants
//! - What stands in an event's text is read by every system user of the database: so it is not the service's secret, but a
//!   hash of it, which opens nothing but announcing.
//! - A processor whose database cannot reach it does not start in this mode: every write would fail.

use std::net::SocketAddr;

use protocol::Problem;
use service::Secret;
use service::config::kind::CaptureMode;
use surreal::Database;
use surreal::meta::announce;
use surreal::schema::{Announcing, Way};

use crate::config::Config;

/// What the hash is for.
const CONTEXT: &str = "sp00ky 2026 bearer of announcing events";

/// Returns what events bring as the bearer.
pub(crate) fn bearer(secret: &Secret) -> String {
    blake3::Hash::from(blake3::derive_key(CONTEXT, secret.reveal().as_bytes())).to_hex().to_string()
}

/// Says where the database reaches a processor that listens there.
pub(crate) fn of(config: &Config, listening: SocketAddr) -> Announcing {
    let own = || match listening.ip() {
        ip if ip.is_unspecified() => format!("127.0.0.1:{}", listening.port()),
        _ => listening.to_string(),
    };
    let address = config.advertise.clone().unwrap_or_else(own);
    Announcing {
        url: format!("http://{address}/ingest"),
        bearer: config.secret.as_ref().map(bearer),
    }
}

/// Says how changes reach a processor that listens there.
pub fn way(config: &Config, listening: SocketAddr) -> Way {
    match config.capture.mode {
        CaptureMode::Changefeed => Way::Feed,
        CaptureMode::Events => Way::Events(of(config, listening)),
        CaptureMode::None => Way::Posts,
    }
}

/// Finds out whether events can post to us, if they are to.
pub(crate) async fn check(database: &Database, way: &Way) -> Result<(), Problem> {
    let Some(to) = way.announcing() else { return Ok(()) };
    let tried = async {
        announce::install_versions(database).await?;
        announce::try_on_probe(database, to).await
    };
    tried.await.map_err(|error| error.problem())
}

#[cfg(test)]
mod tests {
    use service::Secret;

    use super::{bearer, of};
    use crate::config::Config;

    #[test]
    fn events_post_to_where_the_database_reaches_us_and_bring_no_secret() {
        let config = Config { secret: Some(Secret::new("s3cret")), ..Config::default() };
        let to = of(&config, ([0, 0, 0, 0], 8667).into());
        assert_eq!(to.url, "http://127.0.0.1:8667/ingest");
        let brought = to.bearer.expect("there is a secret");
        assert_eq!(brought, bearer(&Secret::new("s3cret")));
        assert!(!brought.contains("s3cret") && brought != bearer(&Secret::new("s3cret2")));
        let config = Config { advertise: Some("ssp:9".into()), ..config };
        assert_eq!(of(&config, ([127, 0, 0, 1], 1).into()).url, "http://ssp:9/ingest");
    }
}
