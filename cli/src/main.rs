//! `spky`, the binary: becomes the database if it was executed to be it, else reads the arguments and runs a command.

use std::process::ExitCode;

use clap::Parser;
use cli::args::{Command, Spky};
use cli::failure::Failure;
use cli::{dev, doctor, explain, rehearse, screen, status, uninstall, verify, watch};

/// The parser of SurrealQL is recursive.
const STACK_BYTES: usize = 16 * 1024 * 1024;

fn main() -> ExitCode {
    #[cfg(feature = "embedded")]
    cli::server::run_if_asked();
    let spky = Spky::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            screen::note(format_args!("start the runtime: {error}"));
            return ExitCode::from(service::exit::SOFTWARE);
        }
    };
    match runtime.block_on(async { tokio::spawn(run(spky.command)).await }) {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => {
            screen::failure(&failure);
            ExitCode::from(failure.exit as u8)
        }
        Err(_panicked) => ExitCode::from(service::exit::SOFTWARE),
    }
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Dev(args) => dev::run(&args).await,
        Command::Watch(args) => watch::run(&args).await,
        Command::Explain(args) => explain::run(&args).await,
        Command::Doctor(args) => doctor::run(&args).await,
        Command::Status(args) => status::run(&args).await,
        Command::Verify(args) => verify::run(&args).await,
        Command::Uninstall(args) => uninstall::run(&args).await,
        Command::Scenario(args) => rehearse::run(&args).await,
    }
}
