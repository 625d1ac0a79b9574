//! The settings of every process, by section: the one place where a key, a variable or a default is written.

use super::kind::{
    Address, CaptureMode, Collector, Count, Endpoint, LogFilter, LogFormat, Millis, Mode, Names,
    RefMode, Seconds, Span,
};
use super::section::section;
use crate::Secret;

section! {
    /// What concerns the whole project.
    Project {
        /// What is run: `singlenode` (one SSP that captures for itself) or `cluster`.
        mode: Mode = "singlenode", "mode";
        /// The folder of the application's `.surql` files, which `spky dev` applies; hidden files are none.
        schema: String = "schema", "schema";
        /// Where edges stand: `dedicated` (a table for each user) or `single` (one table for all).
        ref_mode: RefMode = "dedicated", "refMode", "SPKY_SSP_REF_MODE";
        /// Which events are logged: a level, or directives like `info,surreal=debug`.
        log_level: LogFilter = "info", "logLevel", "RUST_LOG";
        /// How they are written: `text` or `json`.
        log_format: LogFormat = "text", "logFormat", "SPKY_LOG_FORMAT";
        /// Where traces are sent, by OTLP over gRPC: the collector's URL. Without it nothing is traced.
        otlp_endpoint: Option<Collector> = "", "otlpEndpoint", "OTEL_EXPORTER_OTLP_ENDPOINT";
    }
}

section! {
    /// Which database, and as whom: a system user of the root, the namespace or the database.
    Database {
        /// The namespace.
        namespace: String = "test", "surrealdb.namespace", "SPKY_DB_NS";
        /// The database.
        database: String = "test", "surrealdb.database", "SPKY_DB_NAME";
        /// The system user.
        username: String = "root", "surrealdb.username", "SPKY_DB_USER";
        /// His password.
        password: Secret = "root", "surrealdb.password", "SPKY_DB_PASS";
        /// Who runs the database: a word for deployment tools, which no process reads.
        hosting: Option<String> = "", "surrealdb.hosting";
        /// The database's URL; the WebSocket is derived from it (`http` becomes `ws`, `/rpc` is added).
        endpoint: Option<Endpoint> = "", "surrealdb.endpoint", "SPKY_DB_URL";
        /// The WebSocket, `ws://127.0.0.1:8000` where the URL is not set either. Both set must agree.
        ws: Option<Endpoint> = "", "surrealdb.ws", "SPKY_DB_WS";
    }
}

section! {
    /// What concerns whoever captures.
    Capture {
        /// How changes are read: `changefeed`, `events` or `none`.
        mode: CaptureMode = "changefeed", "capture.mode";
        /// How long the database keeps its changefeed: the longest time away that needs no new load.
        retention: Span = "3d", "capture.retention";
        /// How late an older commit may become visible after a newer one.
        overlap_ms: Millis = "5000", "capture.overlap_ms";
        /// How often the definitions are read: the time in which a changed permission takes effect.
        schema_poll_ms: Millis = "1000", "capture.schema_poll_ms";
        /// How many rows a second the auditor compares with the database.
        audit_rows_per_second: Count = "2000", "capture.audit_rows_per_second";
        /// Tables with COMPUTED fields that are captured nevertheless.
        computed: Names = "", "capture.computed";
        /// Tables that are not captured.
        exclude: Names = "", "capture.exclude";
    }
}

section! {
    /// One processor.
    Ssp {
        /// Where it listens.
        listen_addr: Address = "0.0.0.0:8667", "ssp.listen_addr", "SPKY_SSP_LISTEN_ADDR";
        /// What every route but the public ones asks for as the bearer. Without it they answer this machine only.
        auth_secret: Option<Secret> = "", "ssp.auth_secret", "SPKY_AUTH_SECRET";
        /// Its name; `ssp-` and a UUID where it has none.
        id: Option<String> = "", "ssp.id", "SPKY_SSP_ID";
        /// Where others reach it, if not where it listens.
        advertise_addr: Option<Address> = "", "ssp.advertise_addr", "SPKY_SSP_ADVERTISE_ADDR";
        /// The scheduler of the pool that it belongs to.
        scheduler_url: Option<String> = "", "ssp.scheduler_url", "SPKY_SCHEDULER_URL";
        /// How long a busy writer gathers deltas; 0 writes what is pending as soon as the writer is free.
        query_update_throttle_ms: Millis =
            "100", "ssp.query_update_throttle_ms", "SPKY_SSP_QUERY_UPDATE_THROTTLE_MS";
        /// Rows in a page of a load.
        bootstrap_page_size: Count =
            "500", "ssp.bootstrap_page_size", "SPKY_SSP_BOOTSTRAP_PAGE_SIZE";
        /// How often a member says that it lives.
        heartbeat_interval_ms: Millis =
            "5000", "ssp.heartbeat_interval_ms", "HEARTBEAT_INTERVAL_MS";
        /// How often views that nobody touched for their ttl are ended.
        ttl_cleanup_interval_secs: Seconds =
            "60", "ssp.ttl_cleanup_interval_secs", "TTL_CLEANUP_INTERVAL_SECS";
    }
}

/// The settings of every section, in the order of the documents.
pub fn keys() -> impl Iterator<Item = &'static super::Key> {
    [Project::KEYS, Database::KEYS, Capture::KEYS, Ssp::KEYS].into_iter().flatten()
}
