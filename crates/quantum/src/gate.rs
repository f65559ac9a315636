//! Gates: 2 x 2 unitaries under controls.

use crate::Complex64;
use std::f64::consts::FRAC_1_SQRT_2;
use thalweg_core::{Error, Result};

const ZERO: Complex64 = Complex64::ZERO;
const ONE: Complex64 = Complex64::ONE;
const I: Complex64 = Complex64::I;

/// The axis of a rotation `exp(-i angle P / 2)`, P the Pauli matrix of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// `[[0, 1], [1, 0]]`.
    X,
    /// `[[0, -i], [i, 0]]`.
    Y,
    /// `[[1, 0], [0, -1]]`.
    Z,
}

impl Axis {
    /// The Pauli matrix.
    pub(crate) fn pauli(self) -> [[Complex64; 2]; 2] {
        match self {
            Self::X => [[ZERO, ONE], [ONE, ZERO]],
            Self::Y => [[ZERO, -I], [I, ZERO]],
            Self::Z => [[ONE, ZERO], [ZERO, -ONE]],
        }
    }
}

/// A 2 x 2 unitary on one qubit, applied where all controls are 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    pub(crate) matrix: [[Complex64; 2]; 2],
    pub(crate) target: usize,
    /// Bits of the controlling qubits.
    pub(crate) controls: usize,
}

impl Gate {
    fn on(target: usize, matrix: [[Complex64; 2]; 2]) -> Self {
        Self { matrix, target, controls: 0 }
    }

    /// Pauli X: not.
    pub fn x(target: usize) -> Self {
        Self::on(target, Axis::X.pauli())
    }

    /// Pauli Y.
    pub fn y(target: usize) -> Self {
        Self::on(target, Axis::Y.pauli())
    }

    /// Pauli Z.
    pub fn z(target: usize) -> Self {
        Self::on(target, Axis::Z.pauli())
    }

    /// Hadamard.
    pub fn h(target: usize) -> Self {
        let h = Complex64::new(FRAC_1_SQRT_2, 0.0);
        Self::on(target, [[h, h], [h, -h]])
    }

    /// The rotation `exp(-i angle P / 2)` about an axis.
    pub fn rotation(axis: Axis, target: usize, angle: f64) -> Self {
        let (sin, cos) = (angle / 2.0).sin_cos();
        let turned = |r: usize, c: usize| {
            let identity = if r == c { cos } else { 0.0 };
            identity - I * sin * axis.pauli()[r][c]
        };
        Self::on(target, [[turned(0, 0), turned(0, 1)], [turned(1, 0), turned(1, 1)]])
    }

    /// The gate under one control more.
    ///
    /// # Errors
    /// The control is the target, or beyond the 26 qubits that a state may have.
    pub fn controlled(mut self, control: usize) -> Result<Self> {
        if control == self.target || control >= 26 {
            return Err(Error::input(format!("Qubit {control} cannot control a gate on qubit {}.", self.target)));
        }
        self.controls |= 1 << control;
        Ok(self)
    }

    /// Controlled not.
    ///
    /// # Errors
    /// As [`Gate::controlled`].
    pub fn cx(control: usize, target: usize) -> Result<Self> {
        Self::x(target).controlled(control)
    }

    /// Controlled Z.
    ///
    /// # Errors
    /// As [`Gate::controlled`].
    pub fn cz(control: usize, target: usize) -> Result<Self> {
        Self::z(target).controlled(control)
    }

    /// The inverse: the conjugate transpose.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let [[a, b], [c, d]] = self.matrix;
        Self { matrix: [[a.conj(), c.conj()], [b.conj(), d.conj()]], ..*self }
    }

    /// Refuses a gate on qubits that are not there.
    pub(crate) fn check(&self, qubits: usize) -> Result<()> {
        if self.target < qubits && self.controls >> qubits == 0 {
            return Ok(());
        }
        let last = self.target.max(self.controls.checked_ilog2().unwrap_or(0) as usize);
        Err(Error::input(format!("A gate acts on qubit {last}, but there are {qubits} qubits, counted from 0.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    fn apply(qubits: usize, index: usize, gates: &[Gate]) -> State {
        let mut state = State::basis(qubits, index).unwrap();
        gates.iter().for_each(|g| state.apply(g).unwrap());
        state
    }

    fn near(state: &State, truth: &[Complex64]) {
        let far = state.amplitudes().iter().zip(truth).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
        assert!(far < 1e-15, "{:?} is not {truth:?}", state.amplitudes());
    }

    #[test]
    fn gates_do_what_they_are_named_for() {
        let h = Complex64::new(FRAC_1_SQRT_2, 0.0);
        near(&apply(1, 0, &[Gate::h(0)]), &[h, h]);
        near(&apply(1, 1, &[Gate::h(0)]), &[h, -h]);
        near(&apply(1, 0, &[Gate::y(0)]), &[ZERO, I]);
        near(&apply(1, 1, &[Gate::z(0)]), &[ZERO, -ONE]);
        near(&apply(2, 1, &[Gate::cx(0, 1).unwrap()]), &[ZERO, ZERO, ZERO, ONE]);
        near(&apply(2, 2, &[Gate::cx(0, 1).unwrap()]), &[ZERO, ZERO, ONE, ZERO]);
        near(&apply(2, 3, &[Gate::cz(0, 1).unwrap()]), &[ZERO, ZERO, ZERO, -ONE]);
        // Toffoli: only 011 and 111 change places.
        let toffoli = Gate::cx(0, 2).unwrap().controlled(1).unwrap();
        for k in 0..8 {
            let truth = if k & 3 == 3 { k ^ 4 } else { k };
            assert_eq!(apply(3, k, &[toffoli]).probabilities()[truth], 1.0);
        }
    }

    /// `exp(-i angle P / 2)` at the angles where it is known: a full turn is -1, half a turn -iP, and a turn about y by
    /// an angle has cosine and sine of its half.
    #[test]
    fn rotations_turn_by_their_angle() {
        let turn = std::f64::consts::TAU;
        for axis in [Axis::X, Axis::Y, Axis::Z] {
            for k in 0..2 {
                let full = apply(1, k, &[Gate::rotation(axis, 0, turn)]);
                assert!((full.amplitudes()[k] + ONE).norm() < 1e-15);
                let half = apply(1, k, &[Gate::rotation(axis, 0, turn / 2.0)]);
                let truth = [0, 1].map(|r| -I * axis.pauli()[r][k]);
                near(&half, &truth);
            }
        }
        let (sin, cos) = 0.3_f64.sin_cos();
        near(&apply(1, 0, &[Gate::rotation(Axis::Y, 0, 0.6)]), &[Complex64::new(cos, 0.0), Complex64::new(sin, 0.0)]);
    }

    #[test]
    fn ten_qubits_can_be_one_of_two_things() {
        let mut gates = vec![Gate::h(0)];
        gates.extend((0..9).map(|q| Gate::cx(q, q + 1).unwrap()));
        let state = apply(10, 0, &gates);
        let h = Complex64::new(FRAC_1_SQRT_2, 0.0);
        for (k, a) in state.amplitudes().iter().enumerate() {
            assert_eq!(*a, if k == 0 || k == 1023 { h } else { ZERO });
        }
    }

    #[test]
    fn gates_that_do_not_fit_are_refused() {
        let mut state = State::basis(2, 0).unwrap();
        assert!(state.apply(&Gate::x(2)).unwrap_err().to_string().contains("qubit 2"));
        assert!(state.apply(&Gate::cx(5, 1).unwrap()).unwrap_err().to_string().contains("qubit 5"));
        assert!(Gate::cx(1, 1).is_err() && Gate::cx(64, 1).is_err());
        assert!(State::basis(2, 4).is_err() && State::basis(0, 0).is_err() && State::basis(40, 0).is_err());
        assert!(
            State::new(vec![ONE; 3]).is_err() && State::new(vec![ONE]).is_err() && State::new(vec![ONE; 4]).is_ok()
        );
    }
}
