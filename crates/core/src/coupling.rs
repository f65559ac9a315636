//! Couplings: who is paired with whom in a batch.

use crate::{Result, Stream};

/// Pairs of indices into a source and a target, with an importance weight each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairs {
    /// Index into the source, one a pair.
    pub source: Vec<usize>,
    /// Index into the target, one a pair.
    pub target: Vec<usize>,
    /// Importance weight of the pair; weights average to 1 over many draws.
    pub weight: Vec<f64>,
}

impl Pairs {
    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.source.len()
    }

    /// Whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }
}

/// Draws pairs between a fixed source and a fixed target.
///
/// A coupling is a pure function of the stream: the same stream gives the same pairs, whatever the threads.
pub trait Coupling: Send + Sync {
    /// Draws `batch` pairs.
    fn draw(&self, batch: usize, stream: &mut Stream) -> Result<Pairs>;
}
