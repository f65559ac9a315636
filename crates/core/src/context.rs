//! What a call owns: its seed, its threads, its budgets and its line to the user.

use crate::{Error, Result, machine};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Receives progress. Implementations must be cheap: they are called once per unit of work.
pub trait Progress: Send + Sync {
    /// `done` of `total` units of `phase` are done; `note` is a short figure such as a loss.
    fn update(&self, phase: &str, done: u64, total: u64, note: &str);
}

/// Progress that goes nowhere.
pub struct Silent;

impl Progress for Silent {
    fn update(&self, _phase: &str, _done: u64, _total: u64, _note: &str) {}
}

/// More threads than any machine of today has cores for; beyond it, a number is a slip.
const MOST_THREADS: usize = 1024;

/// Seed, threads, memory budget, interruption and progress of one call.
#[derive(Clone)]
pub struct Context {
    seed: u64,
    threads: usize,
    /// Started by the first work that wants it: a small problem is solved before threads would have been born. `None` if
    /// the operating system did not start them.
    pool: Arc<OnceLock<Option<rayon::ThreadPool>>>,
    memory: Option<u64>,
    /// Bytes of the budget that the caller holds itself.
    held: u64,
    stop: Arc<AtomicBool>,
    progress: Arc<dyn Progress>,
}

impl Context {
    /// A context with its own pool of `threads` threads; 0 means all the cores this process may use.
    ///
    /// # Errors
    /// More than 1024 threads.
    pub fn new(seed: u64, threads: usize) -> Result<Self> {
        if threads > MOST_THREADS {
            return Err(Error::input(format!("{threads} threads are more than the {MOST_THREADS} that are allowed."))
                .advise("Leave --threads out to use every core."));
        }
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            seed,
            threads: if threads == 0 { cores() } else { threads },
            pool: Arc::default(),
            memory: None,
            held: 0,
            stop: Arc::new(AtomicBool::new(false)),
            progress: Arc::new(Silent),
        })
    }

    /// The same context under another seed (threads, budgets and progress shared).
    #[must_use]
    pub fn with_seed(&self, seed: u64) -> Self {
        Self { seed, ..self.clone() }
    }

    /// Limits the memory of the call to `bytes`.
    #[must_use]
    pub fn with_memory(mut self, bytes: Option<u64>) -> Self {
        self.memory = bytes;
        self
    }

    /// The same context for work beside which `bytes` of the budget are held: what is left is the budget of the work, and
    /// a refusal names the sum.
    #[must_use]
    pub fn beside(&self, bytes: u64) -> Self {
        Self { held: self.held.saturating_add(bytes), ..self.clone() }
    }

    /// Sends progress to `progress`.
    #[must_use]
    pub fn with_progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = progress;
        self
    }

    /// Stops the call when `stop` becomes true.
    #[must_use]
    pub fn with_stop(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = stop;
        self
    }

    /// The seed of every random stream of the call.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs `work` inside the call's pool, so that rayon's parallel iterators use the call's threads.
    ///
    /// Where the operating system does not start the threads, `work` runs on whatever rayon has.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let start = || {
            let named = rayon::ThreadPoolBuilder::new().thread_name(|i| format!("thalweg-{i}"));
            named.num_threads(self.threads).build().ok()
        };
        match self.pool.get_or_init(start) {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// The memory budget in bytes, if one was set, less what is held beside.
    pub fn memory(&self) -> Option<u64> {
        self.memory.map(|budget| budget.saturating_sub(self.held))
    }

    /// Refuses work that would take more than the memory budget or, where none was set, than the machine has: it would be
    /// killed on the way.
    ///
    /// # Errors
    /// `bytes` for `what` exceed the budget or the machine; the message names both figures.
    pub fn require_memory(&self, bytes: u64, what: &str) -> Result<()> {
        let bytes = bytes.saturating_add(self.held);
        match (self.memory, machine::memory()) {
            (None, Some(all)) if bytes > all => Err(Error::input(format!(
                "{what} needs about {} and this machine has {}.",
                human_bytes(bytes),
                human_bytes(all)
            ))
            .advise("Ask for less: fewer points, a smaller batch or network.")),
            (Some(budget), _) if bytes > budget => Err(Error::input(format!(
                "{what} needs about {} and the memory budget is {}.",
                human_bytes(bytes),
                human_bytes(budget)
            ))
            .advise(format!(
                "Raise --memory to at least {}, or ask for less: fewer points, a smaller batch or network.",
                human_bytes(bytes)
            ))),
            _ => Ok(()),
        }
    }

    /// Fails with [`crate::Class::Interrupted`] once the caller asked to stop. Call it in every outer loop.
    pub fn check_stop(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) { Err(Error::interrupted()) } else { Ok(()) }
    }

    /// Reports progress.
    pub fn progress(&self, phase: &str, done: u64, total: u64, note: &str) {
        self.progress.update(phase, done, total, note);
    }
}

/// Bytes as a person writes them: `1.5 GiB`, rounded up, so that what is advised is enough.
fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{:.1} {}", (value * 10.0).ceil() / 10.0, UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_beyond_the_budget_or_the_machine_is_refused_with_both_figures() {
        let ctx = Context::new(0, 1).unwrap();
        let tight = ctx.clone().with_memory(Some(1 << 20));
        let said = tight.beside(1 << 19).require_memory(1 << 20, "A plan").unwrap_err().to_string();
        assert!(said.contains("1.5 MiB") && said.contains("1.0 MiB"), "{said}");
        assert!(tight.require_memory(1 << 20, "A plan").is_ok());
        // Without a budget the machine is the limit, where it is known; an explicit budget is believed.
        let Some(all) = machine::memory() else { return };
        assert!(ctx.require_memory(all, "A plan").is_ok());
        let said = ctx.require_memory(all + 1, "A plan").unwrap_err().to_string();
        assert!(said.contains("this machine has"), "{said}");
        assert!(ctx.with_memory(Some(u64::MAX)).require_memory(all + 1, "A plan").is_ok());
    }
}
