//! What one processor is configured with: a plain struct, so that `spky dev`, rigs and tests make it in code.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use service::Secret;
use service::config::kind::{CaptureMode, Mode, Setting};
use service::config::{self, Errors, Invalid, Settings};
use service::environment::masked;
use surreal::names::RefMode;
use surreal::schema::Way;

const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// One processor's settings. `Default` is what `docs/configuration.md` says.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its name; empty takes `ssp-` and a UUID.
    pub id: String,
    /// Where it listens, `host:port`; port 0 takes any that is free.
    pub listen: String,
    /// Where others reach it, if not there.
    pub advertise: Option<String>,
    /// What guarded routes ask for as the bearer; without it they answer this machine only.
    pub secret: Option<Secret>,
    /// Which database, and as whom.
    pub database: surreal::Options,
    /// Where edges stand.
    pub ref_mode: RefMode,
    /// How long a busy writer gathers deltas.
    pub linger: Duration,
    /// Rows in a page of a load.
    pub page_rows: usize,
    /// How often views that nobody touched for their ttl are ended.
    pub ttl_sweep: Duration,
    /// How often edges and tables of nobody are looked for.
    pub sweep: Duration,
    /// What concerns capture.
    pub capture: Capture,
    /// The settings by their variables as `/info` shows them, private ones masked.
    pub shown: BTreeMap<String, String>,
}

/// What concerns capture.
#[derive(Clone, Debug)]
pub struct Capture {
    /// How changes are read.
    pub mode: CaptureMode,
    /// How long the database keeps its changefeed.
    pub retention: Duration,
    /// How late an older commit may become visible after a newer one.
    pub overlap: Duration,
    /// How often the definitions are read.
    pub schema_poll: Duration,
    /// How many rows a second the auditor compares with the database.
    pub audit_rows_per_second: usize,
    /// Tables with COMPUTED fields that are captured nevertheless.
    pub computed: BTreeSet<String>,
    /// Tables that are not captured.
    pub exclude: BTreeSet<String>,
}

impl Capture {
    /// Says which tables are captured, and how.
    pub(crate) fn tables(&self, way: Way) -> surreal::schema::Settings {
        let (exclude, computed) = (self.exclude.clone(), self.computed.clone());
        surreal::schema::Settings { exclude, computed, way }
    }
}

impl Default for Config {
    fn default() -> Config {
        let settings = config::load_defaults();
        Config::from_settings(&settings).expect("the defaults run a single processor")
    }
}

impl Config {
    /// Gives it a name, `ssp-` and a UUID, unless it has one.
    pub fn named(mut self) -> Config {
        if self.id.is_empty() {
            self.id = format!("ssp-{}", uuid::Uuid::new_v4());
        }
        self
    }

    /// Takes a processor's part of the settings; refuses what a single processor cannot do.
    pub fn from_settings(settings: &Settings) -> Result<Config, Errors> {
        let mut errors = Vec::new();
        if settings.ssp.scheduler_url.is_some() || settings.project.mode == Mode::Cluster {
            errors.push(unsupported(
                settings,
                ["ssp.scheduler_url", "mode"],
                "this version has no pool: unset it to run a single SSP",
            ));
        }
        if !errors.is_empty() {
            return Err(Errors(errors));
        }
        let shown = settings.in_force.iter().filter_map(|setting| {
            let name = setting.variable?.to_owned();
            let value = masked(&name, &setting.value).to_owned();
            Some((name, value))
        });
        Ok(Config {
            id: settings.ssp.id.clone().unwrap_or_default(),
            listen: settings.ssp.listen_addr.to_string(),
            advertise: settings.ssp.advertise_addr.as_ref().map(Setting::print),
            secret: settings.ssp.auth_secret.clone(),
            database: surreal::Options {
                ws: settings.database_ws.clone(),
                ns: settings.database.namespace.clone(),
                db: settings.database.database.clone(),
                user: settings.database.username.clone(),
                pass: settings.database.password.reveal().to_owned(),
            },
            ref_mode: match settings.project.ref_mode {
                config::kind::RefMode::Dedicated => RefMode::Dedicated,
                config::kind::RefMode::Single => RefMode::Single,
            },
            linger: settings.ssp.query_update_throttle_ms.duration(),
            page_rows: settings.ssp.bootstrap_page_size.0,
            ttl_sweep: settings.ssp.ttl_cleanup_interval_secs.duration(),
            sweep: SWEEP_EVERY,
            capture: Capture {
                mode: settings.capture.mode,
                retention: settings.capture.retention.0,
                overlap: settings.capture.overlap_ms.duration(),
                schema_poll: settings.capture.schema_poll_ms.duration(),
                audit_rows_per_second: settings.capture.audit_rows_per_second.0,
                computed: settings.capture.computed.0.iter().cloned().collect(),
                exclude: settings.capture.exclude.0.iter().cloned().collect(),
            },
            shown: shown.collect(),
        })
    }
}

/// Says that a setting, given by the first of these paths that is not its default, is not possible here.
fn unsupported<const N: usize>(settings: &Settings, paths: [&str; N], reason: &str) -> Invalid {
    let given = settings
        .in_force
        .iter()
        .find(|setting| paths.contains(&setting.path) && setting.origin != config::Origin::Default);
    match given {
        Some(setting) => {
            Invalid(format!("{}: {}: {}: {reason}", setting.origin, setting.path, setting.value))
        }
        None => Invalid(format!("{}: {reason}", paths.join(", "))),
    }
}
