//! Sequences of gates, run forward and differentiated backward.

use crate::state::check_qubits;
use crate::{Axis, Complex64, Gate, State};
use thalweg_core::{Error, Result};

/// One step of a circuit.
#[derive(Clone, Copy, Debug)]
enum Step {
    Fixed(Gate),
    /// A rotation by the next angle; of the gate, target and controls count.
    Rotation(Axis, Gate),
}

/// A sequence of gates and of rotations; the angles of the rotations, in their order, come with each run.
#[derive(Clone, Debug)]
pub struct Circuit {
    qubits: usize,
    steps: Vec<Step>,
    angles: usize,
}

impl Circuit {
    /// A circuit on `qubits` that does nothing.
    ///
    /// # Errors
    /// No qubits or more than 26.
    pub fn new(qubits: usize) -> Result<Self> {
        check_qubits(qubits)?;
        Ok(Self { qubits, steps: Vec::new(), angles: 0 })
    }

    /// The usual trainable circuit: `layers` times rotations about z, y and z of every qubit and a controlled Z between
    /// neighbours, then the rotations once more. It has `3 qubits (layers + 1)` angles.
    ///
    /// # Errors
    /// No qubits or more than 26.
    pub fn layered(qubits: usize, layers: usize) -> Result<Self> {
        let mut circuit = Self::new(qubits)?;
        for layer in 0..=layers {
            for (axis, qubit) in [Axis::Z, Axis::Y, Axis::Z].into_iter().flat_map(|a| (0..qubits).map(move |q| (a, q)))
            {
                circuit.rotation(axis, qubit)?;
            }
            let entangled = if layer < layers { qubits } else { 1 };
            for qubit in 1..entangled {
                circuit.gate(Gate::cz(qubit - 1, qubit)?)?;
            }
        }
        Ok(circuit)
    }

    /// Appends a gate.
    ///
    /// # Errors
    /// A gate on qubits that the circuit does not have.
    pub fn gate(&mut self, gate: Gate) -> Result<()> {
        gate.check(self.qubits)?;
        self.steps.push(Step::Fixed(gate));
        Ok(())
    }

    /// Appends a rotation by an angle that comes with each run.
    ///
    /// # Errors
    /// A qubit that the circuit does not have.
    pub fn rotation(&mut self, axis: Axis, target: usize) -> Result<()> {
        self.push(axis, Gate::x(target))
    }

    /// As [`Circuit::rotation`], where the qubit `control` is 1.
    ///
    /// # Errors
    /// A qubit that the circuit does not have, or one that controls itself.
    pub fn controlled_rotation(&mut self, axis: Axis, control: usize, target: usize) -> Result<()> {
        self.push(axis, Gate::cx(control, target)?)
    }

    fn push(&mut self, axis: Axis, place: Gate) -> Result<()> {
        place.check(self.qubits)?;
        self.steps.push(Step::Rotation(axis, place));
        self.angles += 1;
        Ok(())
    }

    /// Number of qubits.
    pub fn qubits(&self) -> usize {
        self.qubits
    }

    /// Number of angles that a run takes.
    pub fn angles(&self) -> usize {
        self.angles
    }

    /// Number of gates, rotations included.
    pub fn gates(&self) -> usize {
        self.steps.len()
    }

    /// Runs the circuit on a state. Costs `2^n` multiplications a gate.
    ///
    /// # Errors
    /// A state of another number of qubits, or another number of angles.
    pub fn run(&self, angles: &[f64], state: &mut State) -> Result<()> {
        self.check(angles.len(), state)?;
        let mut angles = angles.iter();
        for step in &self.steps {
            match step {
                Step::Fixed(gate) => state.transform(gate),
                Step::Rotation(axis, place) => state.transform(&turned(*axis, place, *angles.next().unwrap_or(&0.0))),
            }
        }
        Ok(())
    }

    /// Adds to `gradient` the slopes of a function L of the final state in the angles, one an angle.
    ///
    /// `state` is what [`Circuit::run`] left, and `cotangent` says how L answers to it: `dL = Re sum conj(c_k) da_k`, which
    /// for a function of probabilities is [`State::weighted`] with twice its slopes. Both are carried back through the
    /// inverse gates, so the cost is about twice a run and the memory two states, whatever the number of angles.
    ///
    /// # Errors
    /// A state of another number of qubits, or another number of angles or slopes.
    pub fn backward(&self, angles: &[f64], mut state: State, mut cotangent: State, gradient: &mut [f64]) -> Result<()> {
        self.check(angles.len(), &state)?;
        self.check(gradient.len(), &cotangent)?;
        let mut left = self.angles;
        for step in self.steps.iter().rev() {
            let inverse = match step {
                Step::Fixed(gate) => gate.inverse(),
                Step::Rotation(axis, place) => {
                    left -= 1;
                    // d/d angle exp(-i angle P / 2) = (-i / 2) P exp(-i angle P / 2).
                    let matrix = axis.pauli().map(|row| row.map(|p| Complex64::new(0.0, -0.5) * p));
                    gradient[left] += state.slope(&cotangent, &Gate { matrix, ..*place });
                    turned(*axis, place, -angles[left])
                }
            };
            state.transform(&inverse);
            cotangent.transform(&inverse);
        }
        Ok(())
    }

    fn check(&self, angles: usize, state: &State) -> Result<()> {
        if state.qubits() != self.qubits {
            let sentence = format!("A state of {} qubits came to a circuit on {}.", state.qubits(), self.qubits);
            return Err(Error::input(sentence));
        }
        if angles != self.angles {
            return Err(Error::input(format!("{angles} angles came to a circuit that takes {}.", self.angles)));
        }
        Ok(())
    }
}

/// The rotation by `angle` at the place of another gate.
fn turned(axis: Axis, place: &Gate, angle: f64) -> Gate {
    Gate { controls: place.controls, ..Gate::rotation(axis, place.target, angle) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    /// Every kind of step, some under control.
    fn mixed() -> Circuit {
        let mut circuit = Circuit::layered(3, 2).unwrap();
        circuit.gate(Gate::h(1)).unwrap();
        circuit.controlled_rotation(Axis::X, 2, 0).unwrap();
        circuit.gate(Gate::cx(0, 2).unwrap()).unwrap();
        circuit.controlled_rotation(Axis::Z, 0, 1).unwrap();
        circuit.rotation(Axis::X, 2).unwrap();
        circuit
    }

    fn angles(circuit: &Circuit) -> Vec<f64> {
        let mut stream = Stream::new(0, "quantum-angles", 0);
        (0..circuit.angles()).map(|_| 3.0 * stream.normal()).collect()
    }

    fn column(circuit: &Circuit, angles: &[f64], index: usize) -> State {
        let mut state = State::basis(circuit.qubits(), index).unwrap();
        circuit.run(angles, &mut state).unwrap();
        state
    }

    #[test]
    fn a_circuit_is_unitary() {
        let circuit = mixed();
        let angles = angles(&circuit);
        let columns: Vec<State> = (0..8).map(|k| column(&circuit, &angles, k)).collect();
        for (k, l) in (0..64).map(|e| (e / 8, e % 8)) {
            let truth = if k == l { 1.0 } else { 0.0 };
            assert!((columns[k].inner(&columns[l]).unwrap() - truth).norm() < 1e-14);
        }
    }

    /// A function of amplitudes, phases included, and its cotangent.
    fn value(state: &State, weights: &[Complex64]) -> f64 {
        let a = state.amplitudes();
        let overlap: Complex64 = weights.iter().zip(a).map(|(w, a)| w.conj() * a).sum();
        overlap.re + a[1].norm_sqr()
    }

    #[test]
    fn slopes_are_those_of_finite_differences() {
        let circuit = mixed();
        let angles = angles(&circuit);
        let mut stream = Stream::new(0, "quantum-weights", 0);
        let weights: Vec<Complex64> = (0..8).map(|_| Complex64::new(stream.normal(), stream.normal())).collect();
        let state = column(&circuit, &angles, 5);
        // The cotangent of Re <w|a> is w, and of |a_1|^2 it is 2 a_1.
        let mut cotangent = weights.clone();
        cotangent[1] += 2.0 * state.amplitudes()[1];
        let cotangent = State::new(cotangent).unwrap();
        let mut gradient = vec![0.0; angles.len()];
        circuit.backward(&angles, state, cotangent, &mut gradient).unwrap();
        for (k, slope) in gradient.iter().enumerate() {
            let moved = |h: f64| {
                let mut angles = angles.clone();
                angles[k] += h;
                value(&column(&circuit, &angles, 5), &weights)
            };
            let measured = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((measured - slope).abs() < 1e-9, "angle {k}: {measured} {slope}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let circuit = Circuit::layered(2, 1).unwrap();
        assert_eq!((circuit.angles(), circuit.gates(), Circuit::layered(1, 3).unwrap().gates()), (12, 13, 12));
        let mut state = State::basis(2, 0).unwrap();
        assert!(circuit.run(&[0.0; 3], &mut state).unwrap_err().to_string().contains("takes 12"));
        assert!(circuit.run(&[0.0; 12], &mut State::basis(3, 0).unwrap()).is_err());
        assert!(circuit.backward(&[0.0; 12], state.clone(), state, &mut [0.0; 2]).is_err());
        assert!(Circuit::new(0).is_err() && Circuit::new(2).unwrap().rotation(Axis::X, 2).is_err());
    }
}
