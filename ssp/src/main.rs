//! The processor as a program: configuration, telemetry, signals.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use protocol::{Code, Problem};
use service::config::{self, InForce, Origin, Settings, Sources};
use service::telemetry::{self, Export};
use service::{environment, exit, tasks};
use ssp::Config;

/// Sp00ky's processor: makes SurrealQL SELECTs live, beside one SurrealDB.
///
/// It reads sp00ky.yml, then SPKY_… variables, then these flags; see docs/configuration.md.
#[derive(Debug, Parser)]
#[command(name = "ssp", version)]
struct Flags {
    /// The configuration file [default: $SPKY_CONFIG, else ./sp00ky.yml if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sets one setting by its place in the file, such as `ssp.listen_addr=127.0.0.1:0`
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Checks the configuration, prints what is in force, and exits
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let check = flags.check;
    let read = sources(flags).and_then(|sources| {
        let settings = config::load(&sources).map_err(|errors| errors.to_string())?;
        let config = Config::from_settings(&settings).map_err(|errors| errors.to_string())?;
        Ok((settings, config))
    });
    let (settings, config) = match read {
        Ok(read) => read,
        Err(errors) => return exit::fatal("ssp", &errors, exit::USAGE),
    };
    if check {
        return print(&settings);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(observed(&settings, config)),
        Err(error) => exit::fatal("ssp", &error, exit::SOFTWARE),
    }
}

/// Runs with logs and, where they are asked for, traces.
async fn observed(settings: &Settings, config: Config) -> ExitCode {
    let config = config.named();
    let export =
        |collector| Export { collector, service: "ssp", instance: Some(config.id.clone()) };
    let project = &settings.project;
    let export = project.otlp_endpoint.clone().map(export);
    let traces = match telemetry::install(&project.log_level, project.log_format, export) {
        Ok(traces) => traces,
        Err(error @ telemetry::Error::Export(_)) => {
            return exit::fatal("ssp", &error, exit::USAGE);
        }
        Err(error) => return exit::fatal("ssp", &error, exit::SOFTWARE),
    };
    banner(settings);
    let code = run(config).await;
    traces.end().await;
    code
}

fn sources(flags: Flags) -> Result<Sources, String> {
    let split = |text: &String| {
        let (path, value) = text.split_once('=')?;
        Some((path.to_owned(), value.to_owned(), format!("--set {path}")))
    };
    let set: Result<Vec<_>, String> = flags
        .set
        .iter()
        .map(|text| split(text).ok_or_else(|| format!("--set {text}: not of the form KEY=VALUE")))
        .collect();
    let variables = environment::variables();
    Ok(Sources { file: flags.config, without_file: false, variables, flags: set? })
}

async fn run(config: Config) -> ExitCode {
    let running = match ssp::start(config).await {
        Ok(running) => running,
        Err(error) => return exit::fatal("ssp", &error, exit::UNAVAILABLE),
    };
    let failed = tokio::select! {
        problem = running.failed() => Some(problem),
        () = tasks::interrupted() => None,
    };
    tracing::info!("stopping");
    running.stop().await;
    match failed {
        Some(problem) => exit::fatal("ssp", &problem, code_of(&problem)),
        None => ExitCode::SUCCESS,
    }
}

/// The exit code of what ended it: a database that refuses us may let us in once somebody mended that.
fn code_of(problem: &Problem) -> u8 {
    match problem.code {
        Code::DatabaseRefused | Code::DatabaseUnreachable | Code::DatabaseMissing => {
            exit::UNAVAILABLE
        }
        _ => exit::SOFTWARE,
    }
}

/// Says who starts, with what: identity and addresses, then every setting that somebody set.
fn banner(settings: &Settings) {
    let (version, id) = (env!("CARGO_PKG_VERSION"), settings.ssp.id.as_deref());
    tracing::info!(
        version,
        id,
        listen = %settings.ssp.listen_addr,
        database = settings.database_ws,
        namespace = settings.database.namespace,
        name = settings.database.database,
        "ssp starts"
    );
    for InForce { path, value, origin, .. } in &settings.in_force {
        if *origin != Origin::Default {
            tracing::info!(%origin, "{path} = {value}");
        }
    }
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    if settings.ssp.auth_secret.is_none() {
        tracing::warn!("no SPKY_AUTH_SECRET: guarded routes answer this machine only");
    }
}

fn print(settings: &Settings) -> ExitCode {
    use std::io::Write;
    let mut lines = String::new();
    for InForce { path, value, origin, .. } in &settings.in_force {
        lines += &format!("{path} = {value}  ({origin})\n");
    }
    match std::io::stdout().write_all(lines.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::fatal("ssp", &error, exit::SOFTWARE),
    }
}
