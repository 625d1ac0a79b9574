//! `spky scenario`: runs transcripts and prints what happened.

use std::process::ExitCode;

use crate::args::Scenario;
use crate::failure::{Exit, Failure};
use crate::scenario::{self, Error, Report, Server};
use crate::screen::{self, DIM, GREEN, RED};
use crate::server::{self, Embedded};

/// Runs the files on their rig.
pub async fn run(args: &Scenario) -> Result<ExitCode, Failure> {
    let server = match args.rig.needs_server() {
        true => Some(start().await?),
        false => None,
    };
    let at = server.as_ref().map(|server| Server {
        ws: server.ws(),
        user: server::USER.to_owned(),
        pass: server::PASS.to_owned(),
    });
    let reports = scenario::run(&args.files, args.rig, args.check, at.as_ref()).await;
    if let Some(server) = server {
        server.stop().await;
    }
    let reports = reports.map_err(failure)?;
    reports.iter().for_each(|report| show(report, args.check));
    let differing = reports.iter().filter(|report| !report.agrees).count();
    if args.check {
        let colour = if differing == 0 { GREEN } else { RED };
        let agreeing = reports.len() - differing;
        screen::note(format_args!("{colour}{agreeing} of {} agree{colour:#}", reports.len()));
    }
    Ok(if args.check && differing > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn start() -> Result<Embedded, Failure> {
    let started = Embedded::start(&server::Options::memory()).await;
    started.map_err(|error| Failure::new(Exit::Unavailable, error.to_string()))
}

fn show(report: &Report, check: bool) {
    if !check || !report.agrees {
        if check {
            screen::note(format_args!("{DIM}{}{DIM:#}", report.path.display()));
        }
        screen::text(&report.text);
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::File { .. } | Error::Parse(_) => Failure::new(Exit::Usage, error.to_string()),
        Error::Stopped { .. } | Error::Disputed { .. } => {
            Failure::new(Exit::Difference, error.to_string())
        }
    }
}
