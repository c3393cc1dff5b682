//! The program: parses the command line, runs one command, prints the chain of an error, chooses the exit code.
//!
//! Results go to standard output; progress, warnings and errors to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage.
#![expect(clippy::print_stdout, reason = "results of a program go to standard output")]

mod cli;
mod commands;
mod config;
mod output;
mod progress;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    start_logging(arguments.verbose);
    // Two cryptographic back ends are linked; whoever opens a connection needs to know which one to use.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        tracing::debug!("a cryptographic provider was installed before");
    }
    let config = match config::Config::load(arguments.config.as_deref()) {
        Ok(config) => config,
        Err(error) => return fail(&error, 2),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(8 * 1024 * 1024)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into(), 1),
    };
    let ended = runtime.block_on(commands::run(arguments, config));
    // A killed query may still hold a thread; the process does not wait for it.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<commands::UsageError>() => fail(&error, 2),
        Err(error) => fail(&error, 1),
    }
}

/// Prints an error and its causes, each once.
fn fail(error: &anyhow::Error, code: u8) -> ExitCode {
    let mut message = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !message.contains(&cause) {
            message.push_str(": ");
            message.push_str(&cause);
        }
    }
    eprintln!("error: {message}");
    ExitCode::from(code)
}

/// A reader such as `head` closed the pipe: that is its right, not our failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let broken = std::io::ErrorKind::BrokenPipe;
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == broken)
    })
}

fn start_logging(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info,groundswell=debug",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| format!("{level},deltalake_core=error,buoyant_kernel=error").into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
