//! Work without the interpreter lock, with an ear for Ctrl-C and a line to the user.

use crate::errors::{FailedError, raise};
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thalweg_core::{Context, Error, Progress, Result};

/// How often signals are looked at and progress is told.
const TICK: Duration = Duration::from_millis(50);

/// What a call may use; read from the attributes of a Python object.
#[derive(FromPyObject)]
pub struct Resources {
    seed: u64,
    threads: usize,
    memory: Option<u64>,
    /// `progress(phase, done, total, note)`, called in the thread that called.
    progress: Option<Py<PyAny>>,
}

/// Runs `job` on a thread of its own. The calling thread waits, lets other Python threads run, looks for signals
/// and tells progress; a signal or an exception of the callback stops the job at its next safe point.
///
/// # Errors
/// What a signal handler or the callback raised; the job's error; a job that panicked, which is a bug.
pub fn work<R: Send>(
    py: Python<'_>,
    resources: &Resources,
    job: impl FnOnce(&Context) -> Result<R> + Send,
) -> PyResult<R> {
    let stop = Arc::new(AtomicBool::new(false));
    let board = Arc::new(Board::default());
    let ctx = Context::new(resources.seed, resources.threads)
        .map_err(raise)?
        .with_memory(resources.memory)
        .with_stop(Arc::clone(&stop))
        .with_progress(Arc::clone(&board) as Arc<dyn Progress>);
    py.detach(|| {
        std::thread::scope(|scope| {
            let (busy, idle) = channel::<()>();
            let worker = std::thread::Builder::new()
                .name("thalweg".into())
                .spawn_scoped(scope, move || {
                    // Dropped when the job ends, however it ends; that wakes the waiting thread.
                    let _busy = busy;
                    job(&ctx)
                })
                .map_err(|e| raise(Error::system("start a thread", e)))?;
            let mut refusal = None;
            while idle.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                if refusal.is_none()
                    && let Err(raised) = Python::attach(|py| look(py, &board, resources))
                {
                    stop.store(true, Ordering::Relaxed);
                    refusal = Some(raised);
                }
            }
            let outcome = worker.join();
            match (refusal, outcome) {
                (Some(raised), _) => Err(raised),
                (None, Ok(result)) => {
                    Python::attach(|py| look(py, &board, resources))?;
                    result.map_err(raise)
                }
                (None, Err(_)) => Err(FailedError::new_err((
                    "thalweg stopped in a way it should not have.",
                    "Please report it with the message above.",
                ))),
            }
        })
    })
}

/// Handles signals and tells the newest progress.
fn look(py: Python<'_>, board: &Board, resources: &Resources) -> PyResult<()> {
    py.check_signals()?;
    if let Some(callback) = &resources.progress
        && let Some(Line { phase, done, total, note }) = board.take()
    {
        callback.call1(py, (phase, done, total, note))?;
    }
    Ok(())
}

struct Line {
    phase: String,
    done: u64,
    total: u64,
    note: String,
}

/// The newest line of progress, until it is told.
#[derive(Default)]
struct Board(Mutex<Option<Line>>);

impl Board {
    fn take(&self) -> Option<Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Progress for Board {
    fn update(&self, phase: &str, done: u64, total: u64, note: &str) {
        let line = Line { phase: phase.to_owned(), done, total, note: note.to_owned() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
    }
}
