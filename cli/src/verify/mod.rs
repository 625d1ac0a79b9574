//! `spky verify`: the database, what the SSP holds, and the edges, compared.
//!
//! Everything is compared while it goes on changing. So a difference counts when it is found twice, alike, with a mark
//! between the two looks: the mark says that all which was committed before the first look has been acted upon, and the
//! second look shows that nothing of it was changed since.
//!
//! # Invariants
//! - Nothing is corrected by starting over: rows are looked at again, edges follow the answer that is held.
//! - What could not be compared is said.

mod answers;
mod difference;
mod edges;
mod mend;
mod report;
mod tables;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use protocol::wire::Status;
use surreal::names::RefMode;
use surreal::query_row::{self, QueryRow};
use surreal::schema::Schema;
use surreal::versions::Secret;
use surreal::{Database, mark};
use uuid::Uuid;

use crate::args::Verify;
use crate::connection::{Site, lost};
use crate::failure::{Exit, Failure};
use crate::processor::Ssp;
use crate::screen;

use answers::SignIns;
use difference::Difference;
use report::Report;

const MARK_WITHIN: Duration = Duration::from_secs(120);

/// Looks, before what still moves is left alone.
const LOOKS_MAX: usize = 6;

/// Compares, and with `--fix` corrects.
pub async fn run(args: &Verify) -> Result<ExitCode, Failure> {
    let site = Site::find(&args.site).await?;
    let about = site.about.clone()?;
    let health = site.ssp.health().await?;
    if health.status != Status::Ready {
        let message =
            format!("the SSP is {}, and only a ready one is compared", health.status.as_str());
        return Err(Failure::new(Exit::Unavailable, message).hint("`spky status` says why"));
    }
    let database = site.database().await?;
    site.is_followed()?;
    let schema = surreal::schema::read(&database, &site.project.captured()).await.map_err(lost)?;
    let mut comparison = Comparison {
        sign_ins: SignIns::parse(&args.sign_in)?,
        mode: if about.ref_mode == "single" { RefMode::Single } else { RefMode::Dedicated },
        asker: format!("verify-{}", Uuid::new_v4().simple()),
        ssp: site.ssp,
        secret: Secret::of(&database).await.map_err(lost)?,
        database,
        schema,
    };
    let outcome =
        Box::pin(comparison.run(about.circuit_tables.into_keys().collect(), args.fix)).await;
    let ended = mark::end(&comparison.database, &comparison.asker).await.map_err(lost);
    let report = outcome?;
    ended?;
    if args.json {
        screen::result(report.json());
    } else {
        report.print();
    }
    Ok(if report.is_equal() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is compared, and with what.
struct Comparison {
    database: Database,
    ssp: Ssp,
    schema: Schema,
    mode: RefMode,
    sign_ins: SignIns,
    asker: String,
    /// What hashes of rows are keyed with.
    secret: Secret,
}

/// What one look looks at.
#[derive(Clone, Debug, Default)]
struct Scope {
    tables: BTreeSet<String>,
    views: Vec<QueryRow>,
    /// Whether edges of no view are looked for.
    strays: bool,
}

/// What one look found.
#[derive(Debug, Default)]
struct Look {
    found: BTreeSet<Difference>,
    tables: Vec<report::Table>,
    views: Vec<report::View>,
}

impl Comparison {
    async fn run(&mut self, tables: BTreeSet<String>, fix: bool) -> Result<Report, Failure> {
        self.mark().await?;
        let views = self.registrations().await?;
        let scope = Scope { tables, views, strays: true };
        let Look { found, tables, views } = self.look(&scope).await?;
        let (found, moving) = self.settled(found, &scope).await?;
        let audit = self.ssp.audit().await?;
        let mut report = Report { found, moving, tables, views, audit, left: None };
        report.judge();
        if fix && !report.found.is_empty() {
            let scope = scope.about(&report.found);
            self.mend(&report.found).await?;
            self.mark().await?;
            let again = self.look(&scope).await?.found;
            report.left = Some(self.settled(again, &scope).await?.0);
        }
        Ok(report)
    }

    /// Looks again until what is found stands still.
    async fn settled(
        &mut self,
        mut found: BTreeSet<Difference>,
        whole: &Scope,
    ) -> Result<(BTreeSet<Difference>, usize), Failure> {
        for _ in 1..LOOKS_MAX {
            if found.is_empty() {
                return Ok((found, 0));
            }
            self.mark().await?;
            let again = self.look(&whole.about(&found)).await?.found;
            if again.is_subset(&found) {
                return Ok((again, 0));
            }
            found = again;
        }
        self.mark().await?;
        let last = self.look(&whole.about(&found)).await?.found;
        let stands: BTreeSet<Difference> = found.intersection(&last).cloned().collect();
        let moving = last.len() - stands.len();
        Ok((stands, moving))
    }

    async fn look(&mut self, scope: &Scope) -> Result<Look, Failure> {
        let mut look = Look::default();
        for table in &scope.tables {
            self.table(table, &mut look).await?;
        }
        for view in &scope.views {
            Box::pin(self.view(view, &mut look)).await?;
        }
        if scope.strays {
            self.strays(&mut look).await?;
        }
        Ok(look)
    }

    async fn view(&mut self, row: &QueryRow, look: &mut Look) -> Result<(), Failure> {
        let mut seen = report::View::of(row);
        // It ended meanwhile, or is not known yet.
        let Some(held) = self.ssp.view_held(&row.view).await? else { return Ok(()) };
        if !held.settled || held.truncated {
            seen.skipped = Some(if held.truncated { "too large" } else { "not settled" });
            look.views.push(seen);
            return Ok(());
        }
        let edges = self.edges(row).await?;
        look.found.extend(edges::compare(row, &held, &edges));
        if held.state == "ready" {
            match Box::pin(self.own_answer(row)).await? {
                Ok(answer) => {
                    seen.asked = true;
                    look.found.extend(answers::compare(row, &held, &answer));
                }
                Err(why) => seen.not_asked = Some(why),
            }
        }
        look.views.push(seen);
        Ok(())
    }

    /// Waits until everything that was acknowledged before has been acted upon.
    async fn mark(&self) -> Result<(), Failure> {
        let n = mark::raise(&self.database, &self.asker).await.map_err(lost)?;
        match mark::wait(&self.database, &self.asker, n, MARK_WITHIN).await.map_err(lost)? {
            true => Ok(()),
            false => Err(Failure::new(
                Exit::Unavailable,
                format!("the SSP did not answer a mark within {MARK_WITHIN:?}"),
            )),
        }
    }

    async fn registrations(&self) -> Result<Vec<QueryRow>, Failure> {
        let rows = query_row::all(&self.database).await.map_err(lost)?;
        Ok(rows.into_iter().filter_map(Result::ok).collect())
    }
}

impl Scope {
    /// The part of it that differences are about.
    fn about(&self, found: &BTreeSet<Difference>) -> Scope {
        let table = |table: &&String| found.iter().any(|it| it.table() == Some(table.as_str()));
        let view = |row: &&QueryRow| found.iter().any(|it| it.view() == Some(&row.view));
        Scope {
            tables: self.tables.iter().filter(table).cloned().collect(),
            views: self.views.iter().filter(view).cloned().collect(),
            strays: found
                .iter()
                .any(|it| matches!(it, Difference::Nameless { .. } | Difference::Stray { .. })),
        }
    }
}
