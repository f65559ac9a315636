//! Jumps of the state: at given times, and at random ones.

use crate::Value;
use thalweg_core::{Error, Result, Stream};

type Map<'a> = Box<dyn Fn(f64, &mut [f64]) + Send + Sync + 'a>;
type Draw<'a> = Box<dyn Fn(f64, &mut [f64], &mut Stream) + Send + Sync + 'a>;

/// A map of every row at given times.
pub struct Kick<'a> {
    times: Vec<f64>,
    map: Map<'a>,
}

impl<'a> Kick<'a> {
    /// Maps every row at each of `times` by `map(t, row)`. Steps end there; a state saved at such a time is that after the
    /// map. Times at the start of a span, or outside, do not count.
    pub fn new(times: Vec<f64>, map: impl Fn(f64, &mut [f64]) + Send + Sync + 'a) -> Self {
        Self { times, map: Box::new(map) }
    }

    /// Its times.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Maps a row.
    pub fn apply(&self, t: f64, x: &mut [f64]) {
        (self.map)(t, x);
    }
}

/// Jumps of each row at the times of a Poisson process whose rate may depend on time and state.
///
/// The times are exact for the path that is computed, by thinning: candidates come at the rate `bound`, and one counts with
/// the probability `rate / bound`. Steps end at candidates, so a block is followed in the steps of all of its rows:
/// [`crate::Share::Row`] is cheaper where jumps are many.
pub struct Poisson<'a> {
    bound: f64,
    rate: Value<'a>,
    map: Draw<'a>,
}

impl<'a> Poisson<'a> {
    /// Jumps at `rate(t, row)`, never above `bound`, by `map(t, row, stream)`; sizes are drawn from the stream, which is the
    /// row's own.
    ///
    /// # Errors
    /// The bound is negative or not finite.
    pub fn new(
        bound: f64,
        rate: impl Fn(f64, &[f64]) -> f64 + Send + Sync + 'a,
        map: impl Fn(f64, &mut [f64], &mut Stream) + Send + Sync + 'a,
    ) -> Result<Self> {
        if !(bound.is_finite() && bound >= 0.0) {
            return Err(Error::input(format!(
                "The bound of the rate of jumps is {bound}, but must be finite and not negative."
            )));
        }
        Ok(Self { bound, rate: Box::new(rate), map: Box::new(map) })
    }
}

/// When each row of a block may jump next.
pub struct Clocks {
    /// Candidate times and streams, process after process, row after row.
    next: Vec<f64>,
    streams: Vec<Stream>,
    rows: usize,
}

impl Clocks {
    /// The clocks of the rows `first..first + rows` from time `t` on.
    pub fn new(processes: &[Poisson<'_>], seed: u64, first: usize, rows: usize, t: f64) -> Self {
        let mut clocks = Self { next: Vec::new(), streams: Vec::new(), rows };
        for (k, process) in processes.iter().enumerate() {
            for row in first..first + rows {
                let mut stream = Stream::new(seed, &format!("jumps {k}"), row as u64);
                clocks.next.push(t + wait(process.bound, &mut stream));
                clocks.streams.push(stream);
            }
        }
        clocks
    }

    /// The first candidate of all.
    pub fn soonest(&self) -> f64 {
        self.next.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// Deals with the candidates at `t`: rows (`dim` numbers each) for which `moves` holds jump or do not. Whether any did, or
    /// the rate of a row is above its bound or no number.
    pub fn strike(
        &mut self,
        processes: &[Poisson<'_>],
        t: f64,
        states: &mut [f64],
        dim: usize,
        moves: impl Fn(usize) -> bool,
    ) -> std::result::Result<bool, usize> {
        let mut jumped = false;
        for k in (0..self.next.len()).filter(|&k| self.next[k] <= t).collect::<Vec<_>>() {
            let (process, row) = (&processes[k / self.rows], k % self.rows);
            let (stream, x) = (&mut self.streams[k], &mut states[row * dim..(row + 1) * dim]);
            let rate = (process.rate)(t, x);
            if rate.is_nan() || rate > process.bound {
                return Err(row);
            }
            if stream.uniform() * process.bound < rate && moves(row) {
                (process.map)(t, x, stream);
                jumped = true;
            }
            self.next[k] = t + wait(process.bound, stream);
        }
        Ok(jumped)
    }
}

/// An exponential time of this rate.
fn wait(rate: f64, stream: &mut Stream) -> f64 {
    if rate == 0.0 { f64::INFINITY } else { -(1.0 - stream.uniform()).ln() / rate }
}
