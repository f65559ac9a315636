//! Amplitudes, and what a 2 x 2 matrix does to them.

use crate::{Complex64, Gate};
use thalweg_core::{Error, Result};

/// Most qubits of a state: 2^26 amplitudes are a gibibyte.
const MOST: usize = 26;

/// The state of `n` qubits: `2^n` amplitudes. Bit `q` of an index is the value of qubit `q`.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    qubits: usize,
    amplitudes: Vec<Complex64>,
}

/// Refuses numbers of qubits that no state has.
pub(crate) fn check_qubits(qubits: usize) -> Result<()> {
    if (1..=MOST).contains(&qubits) {
        return Ok(());
    }
    Err(Error::input(format!("A state of {qubits} qubits was asked for, but 1 to {MOST} can be held.")))
}

impl State {
    /// The basis state number `index`.
    ///
    /// # Errors
    /// No qubits or more than 26, or an index of `2^qubits` or more.
    pub fn basis(qubits: usize, index: usize) -> Result<Self> {
        check_qubits(qubits)?;
        if index >> qubits != 0 {
            return Err(Error::input(format!(
                "{qubits} qubits have no basis state {index}; the last is {}.",
                (1_u64 << qubits) - 1
            )));
        }
        let mut amplitudes = vec![Complex64::ZERO; 1 << qubits];
        amplitudes[index] = Complex64::ONE;
        Ok(Self { qubits, amplitudes })
    }

    /// A state of given amplitudes, which need not be normalised: a cotangent is not.
    ///
    /// # Errors
    /// Another number of amplitudes than 2, 4, 8, ..., or amplitudes that are not finite.
    pub fn new(amplitudes: Vec<Complex64>) -> Result<Self> {
        let qubits = amplitudes.len().checked_ilog2().unwrap_or(0) as usize;
        if amplitudes.len() != 1 << qubits || amplitudes.iter().any(|a| !a.is_finite()) {
            let sentence = format!("{} amplitudes came; a state has 2, 4, 8, ... that are finite.", amplitudes.len());
            return Err(Error::input(sentence));
        }
        check_qubits(qubits)?;
        Ok(Self { qubits, amplitudes })
    }

    /// Number of qubits.
    pub fn qubits(&self) -> usize {
        self.qubits
    }

    /// The amplitudes.
    pub fn amplitudes(&self) -> &[Complex64] {
        &self.amplitudes
    }

    /// The probability of each basis state.
    pub fn probabilities(&self) -> Vec<f64> {
        self.amplitudes.iter().map(Complex64::norm_sqr).collect()
    }

    /// The inner product `<self|other>` with a state of as many qubits.
    ///
    /// # Errors
    /// Another number of qubits.
    pub fn inner(&self, other: &Self) -> Result<Complex64> {
        self.check_fits(other)?;
        Ok(self.amplitudes.iter().zip(&other.amplitudes).map(|(a, b)| a.conj() * b).sum())
    }

    /// Each amplitude times a number: with twice the slopes of a function of the probabilities, the cotangent that
    /// [`Circuit::backward`](crate::Circuit::backward) takes.
    ///
    /// # Errors
    /// Another number of weights than amplitudes.
    pub fn weighted(&self, weights: &[f64]) -> Result<Self> {
        if weights.len() != self.amplitudes.len() {
            let sentence = format!("{} weights came for {} amplitudes.", weights.len(), self.amplitudes.len());
            return Err(Error::input(sentence));
        }
        let amplitudes = self.amplitudes.iter().zip(weights).map(|(a, w)| a * w).collect();
        Ok(Self { qubits: self.qubits, amplitudes })
    }

    /// Applies a gate. Costs `2^n` multiplications.
    ///
    /// # Errors
    /// A gate on qubits that the state does not have.
    pub fn apply(&mut self, gate: &Gate) -> Result<()> {
        gate.check(self.qubits)?;
        self.transform(gate);
        Ok(())
    }

    /// As [`State::apply`] for a gate that is known to fit.
    pub(crate) fn transform(&mut self, gate: &Gate) {
        let [[a, b], [c, d]] = gate.matrix;
        for_pairs(&mut self.amplitudes, gate, |low, high| {
            (*low, *high) = (a * *low + b * *high, c * *low + d * *high);
        });
    }

    /// `Re <cotangent| M |self>`, with `M` the matrix of a gate where its controls are set and zero elsewhere.
    pub(crate) fn slope(&self, cotangent: &Self, gate: &Gate) -> f64 {
        let [[a, b], [c, d]] = gate.matrix;
        let stride = 1 << gate.target;
        let mut sum = 0.0;
        let chunks = self.amplitudes.chunks_exact(2 * stride).zip(cotangent.amplitudes.chunks_exact(2 * stride));
        for (block, (state, cotangent)) in chunks.enumerate() {
            for k in 0..stride {
                if (block * 2 * stride + k) & gate.controls == gate.controls {
                    let (low, high) = (state[k], state[k + stride]);
                    sum += (cotangent[k].conj() * (a * low + b * high)).re
                        + (cotangent[k + stride].conj() * (c * low + d * high)).re;
                }
            }
        }
        sum
    }

    fn check_fits(&self, other: &Self) -> Result<()> {
        if self.qubits == other.qubits {
            return Ok(());
        }
        Err(Error::input(format!("A state of {} qubits meets one of {}.", self.qubits, other.qubits)))
    }
}

/// Calls `act` on the two amplitudes that differ in the target of a gate alone, wherever its controls are set.
fn for_pairs(amplitudes: &mut [Complex64], gate: &Gate, act: impl Fn(&mut Complex64, &mut Complex64)) {
    let stride = 1 << gate.target;
    for (block, chunk) in amplitudes.chunks_exact_mut(2 * stride).enumerate() {
        let (low, high) = chunk.split_at_mut(stride);
        for (k, (low, high)) in low.iter_mut().zip(high).enumerate() {
            if (block * 2 * stride + k) & gate.controls == gate.controls {
                act(low, high);
            }
        }
    }
}
