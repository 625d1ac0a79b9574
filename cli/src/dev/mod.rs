//! `spky dev`: a whole project on this machine.
//!
//! Up: database, namespace, schema, SSP, apps. Down, on Ctrl-C: the same in reverse. With `--db` the database is
//! somebody else's: it is neither started nor stopped.
//!
//! # Invariants
//! - What was started is stopped, in order, whatever the reason for the end.
//! - A mistake in the schema stops nothing: it is said with file and line, and applied again once it is mended.

mod apps;
mod changes;
mod ground;
mod stage;
mod summary;
mod telemetry;

use std::process::ExitCode;
use std::time::Instant;

use crate::args::Dev;
use crate::failure::Failure;
use crate::schema::{self, Applied, File};
use crate::screen::{self, DIM, GREEN, RED};
use crate::settings;

use apps::{Apps, Ended};
use changes::Changes;
use stage::Stage;

/// Runs a project until Ctrl-C, or until something of it cannot go on.
pub async fn run(args: &Dev) -> Result<ExitCode, Failure> {
    let began = Instant::now();
    let endpoint = args.db.iter();
    let endpoint = endpoint.map(|url| ("surrealdb.endpoint".into(), url.clone(), "--db".into()));
    let project = settings::project(args.config.as_deref(), endpoint.collect())?;
    let traces = telemetry::install(&project)?;
    let outcome = Box::pin(play(args, &project, began)).await;
    traces.end().await;
    outcome
}

async fn play(
    args: &Dev,
    project: &settings::Project,
    began: Instant,
) -> Result<ExitCode, Failure> {
    project.settings.warnings.iter().for_each(screen::note);
    let directory = project.directory.join(&project.settings.project.schema);
    let files = if directory.is_dir() { schema::read(&directory)? } else { Vec::new() };

    let mut stage = Box::pin(Stage::up(args, project)).await?;
    let outcome = async {
        // Watched before it is applied: what is saved meanwhile is not missed.
        let mut changes = match directory.is_dir() {
            true => Some(Changes::watch(&directory, files.clone())?),
            false => None,
        };
        let applied = stage.apply(&files).await?;
        show_mistakes(&applied);
        let added = stage.additions(project).await?;
        stage.start_ssp(project).await?;
        // Whoever reads the summary may interrupt what it speaks of.
        let interrupted = service::tasks::interrupted();
        summary::Summary {
            took: began.elapsed(),
            project,
            stage: &stage,
            args,
            files: &files,
            applied: &applied,
            added: added.as_ref(),
            schema: &directory,
        }
        .print();
        let mut apps = start_apps(args, project, &stage)?;
        let outcome =
            until_the_end(args, &mut stage, &mut apps, changes.as_mut(), interrupted).await;
        screen::note(format_args!("\n{DIM}stopping{DIM:#}"));
        apps.stop().await;
        outcome
    };
    let outcome = Box::pin(outcome).await;
    stage.down().await;
    outcome
}

fn start_apps(args: &Dev, project: &settings::Project, stage: &Stage) -> Result<Apps, Failure> {
    if args.no_apps {
        return Ok(Apps::default());
    }
    Apps::start(&project.settings.apps, &project.directory, &stage.variables())
}

async fn until_the_end(
    args: &Dev,
    stage: &mut Stage,
    apps: &mut Apps,
    mut changes: Option<&mut Changes>,
    interrupted: impl Future<Output = ()>,
) -> Result<ExitCode, Failure> {
    let mut failed = false;
    tokio::pin!(interrupted);
    loop {
        let saved = async {
            match changes.as_mut() {
                Some(changes) => changes.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = &mut interrupted => return Ok(ExitCode::SUCCESS),
            failure = stage.broken() => return Err(failure),
            saved = saved => match saved {
                Ok(files) => apply_again(stage, &files).await?,
                Err(unreadable) => show_unreadable(&unreadable),
            },
            ended = apps.next_ended() => {
                failed |= !ended.well();
                show_ended(&ended);
                if args.exit_with_apps && !apps.any() {
                    return Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS });
                }
            }
        }
    }
}

async fn apply_again(stage: &Stage, files: &[File]) -> Result<(), Failure> {
    let applied = stage.apply(files).await?;
    stage.refresh().await;
    let names: Vec<String> = files.iter().map(|file| file.path.display().to_string()).collect();
    let (count, names) = (applied.statements, names.join(", "));
    screen::note(format_args!("{GREEN}applied{GREEN:#} {names} {DIM}({count} statements){DIM:#}"));
    show_mistakes(&applied);
    Ok(())
}

/// Nothing of the folder is applied until it can be read: files build on each other.
fn show_unreadable(failure: &Failure) {
    screen::note(format_args!("{RED}schema:{RED:#} {failure}"));
    screen::note("  hint: nothing that is saved is applied until this is mended");
}

fn show_mistakes(applied: &Applied) {
    for mistake in &applied.mistakes {
        screen::note(format_args!("{RED}schema:{RED:#} {mistake}"));
        if let Some(hint) = &mistake.hint {
            screen::note(format_args!("  hint: {hint}"));
        }
    }
}

fn show_ended(ended: &Ended) {
    let how = match ended.status {
        Some(status) if status.success() => "done".to_owned(),
        Some(status) => status.to_string(),
        None => "lost".to_owned(),
    };
    let colour = if ended.well() { DIM } else { RED };
    screen::note(format_args!("{colour}app {} ended: {how}{colour:#}", ended.name));
}
