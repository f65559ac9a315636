//! Chains that are driven from outside: by a phase that is part of the state, or by an order that is not.

use thalweg_core::{Error, Result};
use thalweg_measure::Chain;

/// The chain on states and phases, state `x` in phase `p` being number `x * phases + p`: with probability `pace` the phase moves
/// by `phase`, otherwise the state by the kernel of its phase.
///
/// If the phase and all kernels are reversible, the kernels with one stationary law, the whole is reversible, and so is
/// whatever is seen of it.
///
/// # Errors
/// A pace outside 0 to 1; another number of kernels than of phases; kernels on different numbers of states.
pub fn with_phase(phase: &Chain, kernels: &[Chain], pace: f64) -> Result<Chain> {
    let (m, n) = (phase.states(), kernels.first().map_or(0, Chain::states));
    if !(0.0..=1.0).contains(&pace) {
        return Err(Error::input(format!("The pace of the phase is {pace}, but a probability lies between 0 and 1.")));
    }
    if kernels.len() != m || kernels.iter().any(|k| k.states() != n) {
        let sizes: Vec<_> = kernels.iter().map(Chain::states).collect();
        return Err(Error::input(format!("{m} phases need as many kernels on equal states and got sizes {sizes:?}.")));
    }
    let size = n * m;
    let mut rows = vec![0.0; size * size];
    for from in 0..size {
        let (x, p) = (from / m, from % m);
        let row = &mut rows[from * size..(from + 1) * size];
        (0..m).for_each(|q| row[x * m + q] += pace * phase.row(p)[q]);
        (0..n).for_each(|y| row[y * m + p] += (1.0 - pace) * kernels[p].row(x)[y]);
    }
    Chain::new(size, rows)
}

/// The chain of two steps by an outside clock that reads well with probability `certainty`: in the first step `first` is used with
/// that probability and `second` otherwise, in the second step the other way round.
///
/// Reversible kernels of one stationary law in a fixed order are in general not reversible: the clock does the work. At
/// one half the clock is useless, and the two steps are alike and reversible.
///
/// # Errors
/// A certainty outside 0 to 1; kernels on different numbers of states.
pub fn alternated(first: &Chain, second: &Chain, certainty: f64) -> Result<Chain> {
    if !(0.0..=1.0).contains(&certainty) {
        let sentence = format!("The certainty of the clock is {certainty}, but a probability lies between 0 and 1.");
        return Err(Error::input(sentence));
    }
    if first.states() != second.states() {
        let sentence = format!("Kernels on {} and {} states cannot alternate.", first.states(), second.states());
        return Err(Error::input(sentence));
    }
    let mixed = |weight: f64| {
        let rows = first.rows().iter().zip(second.rows()).map(|(a, b)| weight * a + (1.0 - weight) * b).collect();
        Chain::new(first.states(), rows)
    };
    mixed(certainty)?.then(&mixed(1.0 - certainty)?)
}
