//! What is logged and traced of the SSP while one develops.

use service::config::Origin;
use service::config::kind::{LogFilter, Setting};
use service::telemetry::{Export, Traces};

use crate::failure::{Exit, Failure};
use crate::settings::Project;

/// Sends logs to standard error, and traces where the project says.
pub fn install(project: &Project) -> Result<Traces, Failure> {
    let settings = &project.settings;
    let export =
        |collector| Export { collector, service: "ssp", instance: settings.ssp.id.clone() };
    let export = settings.project.otlp_endpoint.clone().map(export);
    service::telemetry::install(&filter(project), settings.project.log_format, export)
        .map_err(|error| Failure::new(Exit::Config, error.to_string()))
}

/// Logs of the SSP belong to who operates it: here only what is wrong, unless RUST_LOG asks for more.
fn filter(project: &Project) -> LogFilter {
    let quiet = LogFilter::parse("warn").expect("a level");
    let asked = project.settings.in_force.iter().find(|set| set.path == "logLevel");
    let by_default = asked.is_none_or(|set| set.origin == Origin::Default);
    if by_default { quiet } else { project.settings.project.log_level.clone() }
}
