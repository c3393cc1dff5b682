//! `scheduler` and `executor`: the processes of a cluster.

use super::{Surroundings, UsageError};
use crate::cli::{Executor, Scheduler};
use anyhow::Result;
use groundswell_cluster::{ExecutorOptions, SchedulerOptions, run_executor, run_scheduler};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

pub(crate) async fn scheduler(surroundings: &Surroundings, options: Scheduler) -> Result<()> {
    let listen = address(&options.listen)?;
    eprintln!("scheduler on {listen}; stop it with ctrl-c");
    let mut scheduler = SchedulerOptions::new(listen);
    scheduler.stores = Arc::clone(&surroundings.workspace.stores);
    Ok(run_scheduler(scheduler, stopped()).await?)
}

pub(crate) async fn executor(surroundings: &Surroundings, options: Executor) -> Result<()> {
    let listen = address(&options.listen)?;
    let temporary = std::env::temp_dir().join(format!("groundswell-executor-{}", listen.port()));
    let work = options.work.unwrap_or(temporary);
    eprintln!("executor on {listen} of {}; stop it with ctrl-c", options.scheduler);
    let mut executor = ExecutorOptions::new(&options.scheduler, listen, work);
    executor.vcores = options.threads.unwrap_or(surroundings.config.engine.threads);
    executor.memory_bytes = surroundings.session_options().memory_bytes;
    executor.advertise = options.advertise;
    executor.stores = Arc::clone(&surroundings.workspace.stores);
    Ok(run_executor(executor, stopped()).await?)
}

fn address(text: &str) -> Result<SocketAddr> {
    let refuse = |reason: String| {
        UsageError(format!(
            "`{text}` is no address: {reason}; write HOST:PORT, e.g. 127.0.0.1:50050"
        ))
    };
    let mut addresses = text.to_socket_addrs().map_err(|error| refuse(error.to_string()))?;
    Ok(addresses.next().ok_or_else(|| refuse("the name has no address".to_owned()))?)
}

/// Ends when the process is asked to stop, by ctrl-c or by its service manager.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let kind = tokio::signal::unix::SignalKind::terminate();
        if let Ok(mut terminated) = tokio::signal::unix::signal(kind) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}
