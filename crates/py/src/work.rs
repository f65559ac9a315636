//! Work without the interpreter lock, with an ear for Ctrl-C and a line to the user.

use crate::errors::{FailedError, raise};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
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

impl Resources {
    /// The seed of the call.
    pub fn seed(&self) -> u64 {
        self.seed
    }
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
    match labour(py, resources, job)? {
        (_, Some(raised)) => Err(raised),
        (result, None) => result.map_err(raise),
    }
}

/// As [`work`] for a job that keeps what it did when it is stopped: after Ctrl-C its result is given and nothing is raised.
///
/// # Errors
/// As [`work`], but for an interruption that left a result.
pub fn work_kept<R: Send>(
    py: Python<'_>,
    resources: &Resources,
    job: impl FnOnce(&Context) -> Result<R> + Send,
) -> PyResult<R> {
    match labour(py, resources, job)? {
        (Ok(result), Some(raised)) if raised.is_instance_of::<PyKeyboardInterrupt>(py) => Ok(result),
        (_, Some(raised)) => Err(raised),
        (result, None) => result.map_err(raise),
    }
}

/// What the job gave, and what was raised meanwhile by a signal or the callback of progress.
fn labour<R: Send>(
    py: Python<'_>,
    resources: &Resources,
    job: impl FnOnce(&Context) -> Result<R> + Send,
) -> PyResult<(Result<R>, Option<PyErr>)> {
    let stop = Arc::new(AtomicBool::new(false));
    let board = Arc::new(Board::default());
    py.detach(|| {
        let crew = Crew::take(resources.threads).map_err(raise)?;
        let ctx = crew
            .ctx
            .with_seed(resources.seed)
            .with_memory(resources.memory)
            .with_stop(Arc::clone(&stop))
            .with_progress(Arc::clone(&board) as Arc<dyn Progress>);
        let (busy, idle) = channel::<()>();
        let (mut outcome, mut refusal) = (None, None);
        crew.foreman.in_place_scope(|scope| {
            scope.spawn(|_| {
                // Dropped when the job ends, however it ends; that wakes the waiting thread.
                let _busy = busy;
                outcome = Some(catch_unwind(AssertUnwindSafe(|| job(&ctx))));
            });
            while idle.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                if refusal.is_none()
                    && let Err(raised) = Python::attach(|py| look(py, &board, resources))
                {
                    stop.store(true, Ordering::Relaxed);
                    refusal = Some(raised);
                }
            }
        });
        let ended = outcome.and_then(std::result::Result::ok);
        if ended.is_some() {
            crew.give_back();
        }
        match (refusal, ended) {
            (Some(raised), Some(result)) => Ok((result, Some(raised))),
            (Some(raised), None) => Err(raised),
            (None, Some(result)) => {
                Python::attach(|py| look(py, &board, resources))?;
                Ok((result, None))
            }
            (None, None) => Err(FailedError::new_err((
                "thalweg stopped in a way it should not have.",
                "Please report it with the message above.",
            ))),
        }
    })
}

/// As [`work`] for a job of about `operations` elementary ones: one that ends before anyone could interrupt it runs on the
/// calling thread, because waking another would take longer.
pub fn work_of<R: Send>(
    py: Python<'_>,
    resources: &Resources,
    operations: u64,
    job: impl FnOnce(&Context) -> Result<R> + Send,
) -> PyResult<R> {
    if operations > BRIEF || resources.progress.is_some() {
        return work(py, resources, job);
    }
    py.detach(|| {
        // One thread: results do not depend on how many there are.
        let crew = Crew::take(1)?;
        let result = job(&crew.ctx.with_seed(resources.seed).with_memory(resources.memory));
        crew.give_back();
        result
    })
    .map_err(raise)
}

/// A few milliseconds, well below a tick on any machine. On a busy one waking a thread takes longer than that.
const BRIEF: u64 = 1 << 23;

/// The threads of a call: those of its context, and one that runs the job. Starting them takes longer than many a job does,
/// so that they are kept for the next call; calls at the same time have one each.
struct Crew {
    process: u32,
    threads: usize,
    ctx: Context,
    foreman: rayon::ThreadPool,
}

/// Crews without a job, the last one used last.
static IDLE: Mutex<Vec<Crew>> = Mutex::new(Vec::new());
/// How many may wait.
const KEPT: usize = 4;

impl Crew {
    fn take(threads: usize) -> Result<Self> {
        let process = std::process::id();
        // A lock that is held, perhaps by a thread that a fork has left behind, is not waited for.
        if let Ok(mut idle) = IDLE.try_lock() {
            if idle.iter().any(|crew| crew.process != process) {
                // Threads do not survive a fork, and to end what is left of them would wait for them.
                std::mem::take(&mut *idle).into_iter().for_each(std::mem::forget);
            }
            if let Some(k) = idle.iter().rposition(|crew| crew.threads == threads) {
                return Ok(idle.remove(k));
            }
        }
        let foreman = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .thread_name(|_| "thalweg".into())
            .build()
            .map_err(|e| Error::system("start a thread", e))?;
        Ok(Self { process, threads, ctx: Context::new(0, threads)?, foreman })
    }

    fn give_back(self) {
        if let Ok(mut idle) = IDLE.try_lock() {
            if idle.len() >= KEPT {
                idle.remove(0);
            }
            idle.push(self);
        }
    }
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
