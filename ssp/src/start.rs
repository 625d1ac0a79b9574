//! Starting and stopping one processor. Several may run in one process: nothing here is global.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::Problem;
use protocol::wire::Status;
use service::tasks::{Trigger, shutdown};
use service::{Clock, Tasks};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};

use crate::announcing;
use crate::config::Config;
use crate::error::Error;
use crate::http::{self, Door, Identity};
use crate::life;
use crate::pulse::Pulse;

/// How long a processor may take to write what is pending, when it is told to stop.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// A processor that was started.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    pulse: watch::Receiver<Pulse>,
    stop: Trigger,
    tasks: Mutex<Tasks>,
}

/// Starts a processor: it listens when this returns, and becomes ready by itself, however long the database takes.
pub async fn start(config: Config) -> Result<Running, Error> {
    let clock = Clock::start();
    let config = config.named();
    let listening = |reason| Error::Listen { address: config.listen.clone(), reason };
    let listener = TcpListener::bind(&config.listen).await.map_err(listening)?;
    let addr = listener.local_addr().map_err(listening)?;
    let (beat, pulse) = watch::channel(Pulse::beginning());
    let (stop, told) = shutdown();
    let door = Arc::new(Door::new(
        config.secret.clone(),
        Identity::of(&config, addr),
        pulse.clone(),
        clock,
    ));
    let mut tasks = Tasks::default();
    let routes = http::routes(Arc::clone(&door));
    let mut ending = told.clone();
    tasks.spawn("http", async move {
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, service);
        served.with_graceful_shutdown(async move { ending.told().await }).await?;
        Ok(())
    });
    tracing::info!(id = config.id, %addr, "listening");
    tasks.spawn("life", async move {
        let failing = beat.clone();
        let way = announcing::way(&config, addr);
        if let Err(problem) = life::run(config, way, clock, door, beat, told).await {
            failing.send_modify(|pulse| pulse.fail(problem));
        }
        Ok(())
    });
    Ok(Running { addr, pulse, stop, tasks: Mutex::new(tasks) })
}

impl Running {
    /// Waits until every view is maintained.
    pub async fn ready(&self) -> Result<(), Problem> {
        let settled = |pulse: &Pulse| matches!(pulse.status, Status::Ready | Status::Failed);
        self.wait_for(settled).await
    }

    /// Waits until the processor can no longer go on, and says why. One that was superseded only stands by: it goes on
    /// answering, and says so.
    pub async fn failed(&self) -> Problem {
        let ended = |pulse: &Pulse| pulse.is_over();
        match self.wait_for(ended).await {
            Err(problem) => problem,
            Ok(()) => std::future::pending().await,
        }
    }

    async fn wait_for(&self, holds: impl FnMut(&Pulse) -> bool) -> Result<(), Problem> {
        let mut pulse = self.pulse.clone();
        let problem = match pulse.wait_for(holds).await {
            Ok(pulse) => pulse.problem.clone(),
            Err(_) => Some(Problem::new(protocol::Code::SspNotReady, "the processor has ended")),
        };
        problem.map_or(Ok(()), Err)
    }

    /// Stops it: what is pending is written, the writer's records are closed, and the address is free again.
    pub async fn stop(self) {
        self.stop.fire();
        if let Err(ended) = self.tasks.into_inner().stop(STOP_WITHIN).await {
            tracing::error!(error = %ended, "stopped out of turn");
        }
    }
}
