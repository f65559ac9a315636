//! Refusing buffers whose lengths do not fit the network, before any work.

use crate::{ActionTerm, Loss, NetSpec};
use thalweg_core::{Error, Result};

/// Refuses a parameter buffer of the wrong length.
pub(super) fn parameters(expected: usize, given: usize) -> Result<()> {
    if expected == given {
        return Ok(());
    }
    Err(Error::input(format!("The network has {expected} parameters, but the buffer holds {given}.")))
}

/// Refuses a buffer that is not `rows x cols`.
pub(super) fn matrix(what: &str, given: usize, rows: usize, cols: usize) -> Result<()> {
    if given == rows * cols {
        return Ok(());
    }
    Err(Error::input(format!("The {what} must have {rows} rows of {cols} numbers each, but the buffer holds {given}.")))
}

/// Number of rows of a buffer with `cols` columns.
pub(super) fn rows(what: &str, given: usize, cols: usize) -> Result<usize> {
    if cols > 0 && given.is_multiple_of(cols) {
        return Ok(given / cols);
    }
    Err(Error::input(format!("The {what} must be rows of {cols} numbers each, but the buffer holds {given}.")))
}

/// Refuses a loss that does not fit the network.
pub(super) fn loss(spec: &NetSpec, loss: &Loss<'_>) -> Result<()> {
    let outputs = spec.outputs()?;
    match *loss {
        Loss::Regression { inputs, targets, weights } => {
            let n = rows("inputs", inputs.len(), spec.inputs)?;
            if n == 0 {
                return Err(Error::input("A regression needs at least one row."));
            }
            matrix("targets", targets.len(), n, outputs)?;
            weights.map_or(Ok(()), |w| matrix("weights", w.len(), n, 1))
        }
        Loss::Linear { inputs, cotangents } => {
            let n = rows("inputs", inputs.len(), spec.inputs)?;
            matrix("cotangents", cotangents.len(), n, outputs)
        }
        Loss::Action { boundary, coefficients, interior, weights, term } => {
            if outputs != 1 {
                return Err(Error::input(format!(
                    "Action matching learns a potential, so the network must have one output, not {outputs}."
                )));
            }
            let (m, n) = (coefficients.len(), weights.len());
            matrix("boundary rows", boundary.len(), m, spec.inputs)?;
            matrix("interior rows", interior.len(), n, spec.inputs)?;
            match term {
                ActionTerm::Entropic { probes, .. } => matrix("probes", probes.len(), n, spec.inputs - 1),
                ActionTerm::Plain | ActionTerm::Unbalanced => Ok(()),
            }
        }
    }
}
