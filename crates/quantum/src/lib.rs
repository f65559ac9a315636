//! State vectors of qubits, circuits of small gates, and exact gradients in the angles.
//!
//! A [`State`] has `2^n` amplitudes; bit `q` of an index is the value of qubit `q`. A [`Gate`] is a 2 x 2 unitary on one
//! qubit under any number of controls. A [`Circuit`] is a sequence of gates and of rotations whose angles come when it is
//! run; [`Circuit::backward`] differentiates a function of its final state by running it in reverse (Jones and Gacon 2020),
//! which costs about three runs whatever the number of angles.
//!
//! ```
//! use thalweg_quantum::{Axis, Circuit, State};
//!
//! let mut circuit = Circuit::new(1)?;
//! circuit.rotation(Axis::Y, 0)?;
//! let mut state = State::basis(1, 0)?;
//! circuit.run(&[0.8], &mut state)?;
//! let one = state.probabilities()[1];
//! assert!((one - 0.4_f64.sin().powi(2)).abs() < 1e-15);
//!
//! // The slope of that probability: the cotangent of |a_k|^2 is 2 a_k.
//! let cotangent = state.weighted(&[0.0, 2.0])?;
//! let mut gradient = [0.0];
//! circuit.backward(&[0.8], state, cotangent, &mut gradient)?;
//! assert!((gradient[0] - 0.8_f64.sin() / 2.0).abs() < 1e-15);
//! # Ok::<(), thalweg_core::Error>(())
//! ```

mod circuit;
mod gate;
mod state;

pub use circuit::Circuit;
pub use gate::{Axis, Gate};
pub use num_complex::Complex64;
pub use state::State;
