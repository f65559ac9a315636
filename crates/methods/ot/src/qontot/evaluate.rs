//! From angles to a plan, and from slopes in the plan to slopes in the angles.

use super::readout::Readout;
use crate::Matrix;
use rayon::prelude::*;
use thalweg_core::{Context, Error, Result};
use thalweg_quantum::{Circuit, State};

/// Start states of one task; a constant, so that the work is cut the same way whatever the threads.
const BLOCK: usize = 8;

/// What the circuit leaves of each start state; parallel in the calling pool.
pub(super) fn run(ctx: &Context, circuit: &Circuit, angles: &[f64], readout: &Readout) -> Result<Vec<State>> {
    let blocks: Vec<Vec<State>> = readout
        .starts
        .par_chunks(BLOCK)
        .map(|starts| {
            ctx.check_stop()?;
            let one = |index: usize| -> Result<State> {
                let mut state = State::basis(circuit.qubits(), index)?;
                circuit.run(angles, &mut state)?;
                Ok(state)
            };
            starts.iter().map(|start| one(start.index)).collect()
        })
        .collect::<Result<_>>()?;
    Ok(blocks.into_iter().flatten().collect())
}

/// The plan that the final states make.
pub(super) fn plan(readout: &Readout, states: &[State]) -> Result<Matrix> {
    let mut values = vec![0.0; readout.rows * readout.cols];
    for (start, state) in readout.starts.iter().zip(states) {
        let row = &mut values[start.bin * readout.cols..(start.bin + 1) * readout.cols];
        for outcomes in state.amplitudes().chunks_exact(readout.bins.len()) {
            for (bin, amplitude) in readout.bins.iter().zip(outcomes) {
                row[*bin] += start.mass * amplitude.norm_sqr();
            }
        }
    }
    Matrix::new(readout.rows, readout.cols, values)
}

/// The slopes in the angles of a function of the plan whose slopes in the plan are `cotangent`; parallel in the calling pool.
pub(super) fn slopes(
    ctx: &Context,
    circuit: &Circuit,
    angles: &[f64],
    readout: &Readout,
    states: Vec<State>,
    cotangent: &Matrix,
) -> Result<Vec<f64>> {
    let copies = (1 << circuit.qubits()) / readout.bins.len();
    let blocks: Vec<Vec<f64>> = readout
        .starts
        .par_chunks(BLOCK)
        .zip(states.par_chunks(BLOCK))
        .map(|(starts, states)| {
            ctx.check_stop()?;
            let mut gradient = vec![0.0; circuit.angles()];
            for (start, state) in starts.iter().zip(states) {
                let row = cotangent.row(start.bin);
                let outcomes: Vec<f64> = readout.bins.iter().map(|bin| 2.0 * start.mass * row[*bin]).collect();
                let back = state.weighted(&outcomes.repeat(copies))?;
                circuit.backward(angles, state.clone(), back, &mut gradient)?;
            }
            Ok(gradient)
        })
        .collect::<Result<_>>()?;
    let mut gradient = vec![0.0; circuit.angles()];
    for block in blocks {
        gradient.iter_mut().zip(block).for_each(|(g, b)| *g += b);
    }
    Ok(gradient)
}

/// The doubly stochastic matrix of a circuit, `2^system` squared: entry (k, l) is the mean over the other qubits' basis
/// states, as ancillas, of the probability to find the first `system` qubits in state l after a start in state k.
///
/// # Errors
/// No system qubits or more than the circuit has; another number of angles; a memory budget below the final states;
/// interruption.
pub fn stochastic(ctx: &Context, circuit: &Circuit, angles: &[f64], system: usize) -> Result<Matrix> {
    if !(1..=circuit.qubits()).contains(&system) {
        let sentence = format!("{system} system qubits were asked of a circuit of {}.", circuit.qubits());
        return Err(Error::input(sentence));
    }
    let ones = vec![1; 1 << system];
    let readout = Readout::shared(circuit.qubits() - system, &ones, &ones);
    readout.require(ctx, circuit.qubits())?;
    let states = ctx.install(|| run(ctx, circuit, angles, &readout))?;
    Ok(plan(&readout, &states)?.map(|p| p * ones.len() as f64))
}
