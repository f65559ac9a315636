//! The declared losses in operations of the tape, and losses of one's own.

use super::{Scalar, Tape, Var, check, net_forward, net_params};
use crate::{ActionTerm, Loss, NetSpec};
use thalweg_core::Result;

/// Value and flat gradient, with respect to the parameters of `spec`, of a loss written on the tape.
///
/// `loss` receives the tape and one variable a parameter slot (see [`net_params`]) and returns a `1 x 1`
/// variable; inside it, [`Tape::grad`] and [`Tape::jvp`] may be nested to any order. The tape is reset first, so
/// that a loop which keeps it reuses its buffers.
///
/// # Errors
/// `params` or `grad` do not have the length of the layout, or `loss` fails.
pub fn value_and_grad<T: Scalar>(
    tape: &mut Tape<T>,
    spec: &NetSpec,
    params: &[T],
    grad: &mut [T],
    loss: impl FnOnce(&Tape<T>, &[Var]) -> Result<Var>,
) -> Result<T> {
    let layout = spec.layout()?;
    check::parameters(layout.len, params.len())?;
    check::parameters(layout.len, grad.len())?;
    tape.reset();
    let vars = net_params(tape, &layout, params);
    let value = loss(tape, &vars)?;
    let slots = tape.last_grad(value, &vars);
    for (slot, g) in layout.slots.iter().zip(slots) {
        grad[slot.offset..slot.offset + g.len()].copy_from_slice(&g);
    }
    Ok(tape.scalar(value))
}

/// A declared loss as a `1 x 1` variable of the tape.
///
/// # Errors
/// The shapes of the loss do not fit the network.
pub fn batch_loss<T: Scalar>(tape: &Tape<T>, spec: &NetSpec, params: &[Var], loss: &Loss<'_>) -> Result<Var> {
    check::loss(spec, loss)?;
    let net = |x: Var| net_forward(tape, spec, params, x);
    let data = |cols: usize, values: &[f32]| {
        let values: Vec<T> = values.iter().map(|&v| T::of(f64::from(v))).collect();
        tape.leaf(values.len() / cols, cols, &values)
    };
    let (inputs, outputs) = (spec.inputs, spec.outputs()?);
    match *loss {
        Loss::Regression { inputs: x, targets, weights } => {
            let gap = tape.sub(net(data(inputs, x))?, data(outputs, targets));
            let squares = tape.square(gap);
            let weighted = match weights {
                None => squares,
                Some(w) => tape.mul(tape.sum_cols(squares), data(1, w)),
            };
            Ok(tape.scale(tape.sum(weighted), T::of(1.0 / targets.len() as f64)))
        }
        Loss::Linear { inputs: x, cotangents } => {
            Ok(tape.sum(tape.mul(net(data(inputs, x))?, data(outputs, cotangents))))
        }
        Loss::Action { boundary, coefficients, interior, weights, term } => {
            let ends = (!coefficients.is_empty())
                .then(|| Ok(tape.sum(tape.mul(net(data(inputs, boundary))?, data(1, coefficients)))))
                .transpose()?;
            let inside = (!weights.is_empty())
                .then(|| {
                    let rows = action_rows(tape, &net, data(inputs, interior), term, &data)?;
                    Ok(tape.sum(tape.mul(rows, data(1, weights))))
                })
                .transpose()?;
            Ok(match (ends, inside) {
                (Some(ends), Some(inside)) => tape.add(ends, inside),
                (ends, inside) => ends.or(inside).unwrap_or_else(|| tape.constant(1, 1, T::of(0.0))),
            })
        }
    }
}

/// `½ |∂_x s|² + ∂_t s + R` at each row of `x` (`n x 1`).
fn action_rows<T: Scalar>(
    tape: &Tape<T>,
    net: &dyn Fn(Var) -> Result<Var>,
    x: Var,
    term: ActionTerm<'_>,
    data: &dyn Fn(usize, &[f32]) -> Var,
) -> Result<Var> {
    let d = x.cols() - 1;
    let s = net(x)?;
    // Rows do not mix, so the gradient of the sum holds the gradient of every row.
    let slope = tape.vjp(s, tape.constant(s.rows(), 1, T::of(1.0)), &[x])[0];
    let in_time = tape.slice(slope, d, 1);
    let plain = match d {
        0 => in_time,
        _ => {
            let kinetic = tape.sum_cols(tape.square(tape.slice(slope, 0, d)));
            tape.add(tape.scale(kinetic, T::of(0.5)), in_time)
        }
    };
    Ok(match term {
        ActionTerm::Plain => plain,
        ActionTerm::Unbalanced => tape.add(plain, tape.scale(tape.square(s), T::of(0.5))),
        ActionTerm::Entropic { variance, probes } => {
            let probe = tape.pad(data(d, probes), 0, d + 1);
            let curved = tape.jvp(&[slope], &[(x, probe)])[0];
            let laplacian = tape.sum_cols(tape.mul(probe, curved));
            tape.add(plain, tape.scale(laplacian, T::of(0.5 * f64::from(variance))))
        }
    })
}
