//! The SSP: whether there is one, of this database, of this version, with a secret; and whether there are two.

use protocol::wire::{DatabaseStatus, Health, Status};
use service::config::kind::Setting;
use surreal::writer::Other;

use super::finding::{Finding, sign};
use crate::connection::Site;
use crate::failure::{Exit, Failure};

/// Judges what answers, and who writes.
pub(super) async fn judge(site: &Site, writers: &[Other]) -> Vec<Finding> {
    let mut found = Vec::new();
    match site.ssp.health().await {
        Ok(health) => {
            found.extend(state(&health));
            found.extend(identity(site));
            if let Err(failure) = site.ssp.may_be_asked().await {
                found.push(guarded(&failure));
            }
        }
        Err(failure) => found.push(silent(&failure, writers)),
    }
    if writers.len() > 1 {
        let names: Vec<&str> = writers.iter().map(|writer| writer.owner.as_str()).collect();
        let message = format!("{} hold open writers in this database", names.join(" and "));
        found.push(
            Finding::warning(sign::SEVERAL_SSPS, message)
                .advice("run one SSP for a database: the one that starts last closes the others"),
        );
    }
    found.extend(secret(site));
    found
}

fn state(health: &Health) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(problem) = &health.problem {
        let says = Finding::error(Exit::Difference, problem.code.as_str(), problem.message.clone());
        found.push(match &problem.hint {
            Some(hint) => says.advice(hint.clone()),
            None => says,
        });
    } else if health.status != Status::Ready {
        let message = format!("the SSP is {}", health.status.as_str());
        found.push(
            Finding::note(protocol::Code::SspNotReady.as_str(), message)
                .advice("wait: `spky status` shows how far it is"),
        );
    }
    if health.db.status == DatabaseStatus::Stalled && health.problem.is_none() {
        let message = "the SSP does not hear the database's changes";
        found.push(Finding::warning(protocol::Code::FeedBehind.as_str(), message));
    }
    found
}

fn identity(site: &Site) -> Vec<Finding> {
    let Ok(info) = &site.about else { return Vec::new() };
    let mut found = Vec::new();
    if let Err(failure) = site.is_followed() {
        let elsewhere = Finding::warning(sign::SSP_ELSEWHERE, failure.message);
        found.push(elsewhere.advice(failure.hint.unwrap_or_default()));
    }
    let ours = env!("CARGO_PKG_VERSION");
    if info.version != ours {
        let message = format!("the SSP is of version {}, and this is {ours}", info.version);
        found.push(Finding::warning(sign::SSP_VERSION, message).advice("update both together"));
    }
    found
}

fn guarded(failure: &Failure) -> Finding {
    let code = match failure.message.starts_with(protocol::Code::LoopbackOnly.as_str()) {
        true => protocol::Code::LoopbackOnly,
        false => protocol::Code::Unauthorized,
    };
    let found = Finding::warning(code.as_str(), format!("the SSP's routes: {failure}"));
    match &failure.hint {
        Some(hint) => found.advice(hint.clone()),
        None => found,
    }
}

fn silent(failure: &Failure, writers: &[Other]) -> Finding {
    match writers.first() {
        Some(writer) => {
            let message = format!(
                "{failure}, but SSP {} holds an open writer: it runs elsewhere, or was killed",
                writer.owner
            );
            Finding::note(sign::SSP_SILENT, message).advice("name where it listens with --ssp")
        }
        None => Finding::note(sign::SSP_SILENT, failure.message.clone())
            .advice("start one: `ssp`, or `spky dev --db URL` on this machine"),
    }
}

fn secret(site: &Site) -> Option<Finding> {
    let ssp = &site.project.settings.ssp;
    let address = ssp.listen_addr.print();
    let this_machine = ["127.", "localhost", "[::1]"].iter().any(|own| address.starts_with(own));
    if ssp.auth_secret.is_some() || this_machine {
        return None;
    }
    let message = format!("no secret is set: an SSP on {address} answers its own machine only");
    let advice = "set SPKY_AUTH_SECRET where the SSP and its callers run";
    Some(Finding::note(sign::SECRET_MISSING, message).advice(advice))
}
