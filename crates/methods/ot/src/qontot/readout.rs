//! Which states belong to which bins.

use super::{Config, NAME, Reading};
use thalweg_core::{Context, Error, Result};

/// A state from which the circuit starts.
pub(super) struct Start {
    /// Of the basis.
    pub(super) index: usize,
    /// The source bin that it belongs to.
    pub(super) bin: usize,
    /// Its share of the mass.
    pub(super) mass: f64,
}

/// Where the circuit starts for each source bin, and to which target bin each outcome counts.
pub(super) struct Readout {
    pub(super) starts: Vec<Start>,
    /// Of each outcome of the system qubits, which are the low bits of an index.
    pub(super) bins: Vec<usize>,
    pub(super) rows: usize,
    pub(super) cols: usize,
}

impl Readout {
    /// For the doubly stochastic reading of `qubits` and `ancillas`: `counts` say how many states each bin has.
    pub(super) fn shared(ancillas: usize, rows: &[usize], cols: &[usize]) -> Self {
        let (from, bins) = (groups(rows), groups(cols));
        let states = from.len();
        let mass = 1.0 / (states << ancillas) as f64;
        let start = |index: usize| Start { index, bin: from[index % states], mass };
        Self { starts: (0..states << ancillas).map(start).collect(), bins, rows: rows.len(), cols: cols.len() }
    }

    /// For the channel reading, to `cols` bins.
    pub(super) fn channel(qubits: usize, source: &[f64], cols: usize) -> Self {
        let (rows, states) = (source.len(), 1 << qubits);
        let start = |(bin, mass): (usize, &f64)| Start { index: bin * states / rows, bin, mass: *mass };
        let even = multiplicities(&vec![1.0 / cols as f64; cols], states);
        Self { starts: source.iter().enumerate().map(start).collect(), bins: groups(&even), rows, cols }
    }

    /// The reading of `config` between two histograms of mass 1.
    pub(super) fn new(config: &Config, source: &[f64], target: &[f64]) -> Self {
        let states = 1 << config.qubits;
        match config.reading {
            Reading::DoublyStochastic => {
                Self::shared(config.ancillas, &multiplicities(source, states), &multiplicities(target, states))
            }
            Reading::Channel => Self::channel(config.qubits, source, target.len()),
        }
    }

    /// Refuses what the memory budget does not hold: the final states, and two more on the way back.
    pub(super) fn require(&self, ctx: &Context, qubits: usize) -> Result<()> {
        let states = (self.starts.len() as u64).saturating_mul(48 << qubits);
        ctx.require_memory(states, "A circuit with its final states")
    }
}

/// How many of `total` states each of `weights` (of mass 1) is given: in proportion, what is left by largest remainder.
pub(super) fn multiplicities(weights: &[f64], total: usize) -> Vec<usize> {
    let exact: Vec<f64> = weights.iter().map(|w| w * total as f64).collect();
    let mut counts: Vec<usize> = exact.iter().map(|e| e.floor() as usize).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|i, j| exact[*j].fract().total_cmp(&exact[*i].fract()));
    let left = total.saturating_sub(counts.iter().sum());
    order.iter().cycle().take(left).for_each(|i| counts[*i] += 1);
    counts
}

/// The bin of each state, bins in order.
fn groups(counts: &[usize]) -> Vec<usize> {
    counts.iter().enumerate().flat_map(|(bin, count)| std::iter::repeat_n(bin, *count)).collect()
}

/// A histogram of mass 1 from weights.
pub(super) fn histogram(weights: &[f64], states: usize) -> Result<Vec<f64>> {
    let mass: f64 = weights.iter().sum();
    if weights.iter().any(|w| *w < 0.0 || !w.is_finite()) || mass <= 0.0 || !mass.is_finite() {
        return Err(Error::input("A histogram needs numbers that are finite, not negative and not all zero."));
    }
    if weights.len() > states {
        return Err(Error::input(format!(
            "A histogram has {} bins, but {NAME} has only {states} states.",
            weights.len()
        ))
        .advise("Raise qubits: the number of states is two to that power."));
    }
    Ok(weights.iter().map(|w| w / mass).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_shared_in_proportion_and_none_is_left() {
        assert_eq!(multiplicities(&[0.5, 0.3, 0.2], 8), [4, 2, 2]);
        assert_eq!(multiplicities(&[0.0, 0.9, 0.1], 4), [0, 4, 0]);
        assert_eq!(multiplicities(&[1.0 / 3.0; 3], 4), [2, 1, 1]);
        let readout = Readout::shared(1, &[1, 3], &[2, 2]);
        let from: Vec<_> = readout.starts.iter().map(|s| (s.index, s.bin)).collect();
        assert_eq!(from, [(0, 0), (1, 1), (2, 1), (3, 1), (4, 0), (5, 1), (6, 1), (7, 1)]);
        let readout = Readout::channel(2, &[0.2, 0.8], 2);
        assert_eq!((readout.starts[1].index, &readout.bins[..]), (2, &[0, 0, 1, 1][..]));
        assert!(histogram(&[0.5; 3], 2).unwrap_err().to_string().contains("only 2 states"));
        assert!(histogram(&[0.0], 2).is_err() && histogram(&[-1.0, 2.0], 2).is_err());
    }
}
