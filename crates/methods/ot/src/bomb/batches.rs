//! Batches of indices, without repeats inside a batch.

use super::Config;
use thalweg_core::{Error, Result, Stream};

/// Indices of the batches of each side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batches {
    /// Batches of the source.
    pub source: Vec<Vec<usize>>,
    /// Batches of the target.
    pub target: Vec<Vec<usize>>,
}

impl Batches {
    /// `config.batches` batches of `config.size` points from clouds of `n` and `m`: a pure function of the seed and the
    /// number of the draw.
    ///
    /// # Errors
    /// A setting out of range, or batches larger than a cloud.
    pub fn draw(seed: u64, draw: u64, n: usize, m: usize, config: &Config) -> Result<Self> {
        config.check()?;
        if config.size > n.min(m) {
            return Err(Error::input(format!(
                "Batches of {} points cannot be drawn without repeats from clouds of {n} and {m}.",
                config.size
            ))
            .advise(format!("Set size to at most {}.", n.min(m))));
        }
        let side = |purpose: &str, count: usize| {
            let mut stream = Stream::new(seed, purpose, draw);
            (0..config.batches).map(|_| batch(count, config.size, &mut stream)).collect()
        };
        Ok(Self { source: side("bomb-source", n), target: side("bomb-target", m) })
    }

    /// Refuses indices beyond clouds of `n` and `m` points, and batches that are missing or empty.
    pub(super) fn check(&self, n: usize, m: usize) -> Result<()> {
        if self.source.len().checked_mul(self.target.len()).is_none() {
            return Err(Error::input("There are more pairs of batches than can be counted."));
        }
        for (what, batches, count) in [("source", &self.source, n), ("target", &self.target, m)] {
            if batches.is_empty() || batches.iter().any(Vec::is_empty) {
                return Err(Error::input(format!("The {what} has no batches, or one without points.")));
            }
            if let Some(i) = batches.iter().flatten().find(|i| **i >= count) {
                let sentence = format!("A batch of the {what} names point {i}, but there are {count}, counted from 0.");
                return Err(Error::input(sentence));
            }
        }
        Ok(())
    }

    /// Points of the largest batch.
    pub(super) fn largest(&self) -> usize {
        self.source.iter().chain(&self.target).map(Vec::len).max().unwrap_or(0)
    }
}

/// `size` of `0..count` without repeats: the head of a shuffle.
fn batch(count: usize, size: usize, stream: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for i in 0..size {
        order.swap(i, i + stream.below(count - i));
    }
    order.truncate(size);
    order
}
