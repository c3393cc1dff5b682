//! Lends every call a thread pool of one thread and the buffers of a forward pass.
//!
//! The matrix product spreads over the thread pool it is called in. A pool of one thread keeps a call on one core, so that
//! the threads of the query engine alone decide how many cores are used.

use std::sync::{Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::ModelError;
use crate::runtime::encoder::Buffers;

struct Worker {
    pool: ThreadPool,
    buffers: Buffers,
}

/// Keeps idle workers; there are as many as there ever were calls at the same time.
#[derive(Default)]
pub(crate) struct Workers {
    idle: Mutex<Vec<Worker>>,
}

impl Workers {
    /// Runs `work` on a worker.
    ///
    /// # Errors
    /// Fails if the operating system gives no thread, or `work` fails.
    pub(crate) fn run<R: Send>(
        &self,
        work: impl FnOnce(&mut Buffers) -> Result<R, ModelError> + Send,
    ) -> Result<R, ModelError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut worker = match idle {
            Some(worker) => worker,
            None => Worker { pool: single_thread()?, buffers: Buffers::default() },
        };
        let buffers = &mut worker.buffers;
        let result = worker.pool.install(|| work(buffers));
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        result
    }
}

/// Starts a pool of one thread.
///
/// # Errors
/// Fails if the operating system gives no thread.
pub(crate) fn single_thread() -> Result<ThreadPool, ModelError> {
    ThreadPoolBuilder::new().num_threads(1).thread_name(|_| "encoder".to_owned()).build().map_err(
        |error| ModelError::Invalid(format!("cannot start a thread: {error}; free memory")),
    )
}
