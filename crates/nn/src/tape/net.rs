//! Networks written in operations of the tape.

use super::{Scalar, Tape, Var};
use crate::{Layer, Layout, NetSpec, Output};
use thalweg_core::{Error, Result};

/// Added to the variance by a normalisation.
const EPS: f64 = 1e-5;

/// The parameters of a network as one variable a slot, in the order of its layout.
pub fn net_params<T: Scalar>(tape: &Tape<T>, layout: &Layout, flat: &[T]) -> Vec<Var> {
    let slots = layout.slots.iter().map(|slot| {
        let (rows, cols) = match slot.shape[..] {
            [rows, cols] => (rows, cols),
            _ => (1, slot.shape.iter().product()),
        };
        tape.leaf(rows, cols, &flat[slot.offset..slot.offset + rows * cols])
    });
    slots.collect()
}

/// The network on the rows of `x` (`n x inputs`): `n x outputs`, differentiable in `x` and in `params`, which are
/// those of [`net_params`].
///
/// # Errors
/// `x` or `params` do not fit the network.
pub fn net_forward<T: Scalar>(tape: &Tape<T>, spec: &NetSpec, params: &[Var], x: Var) -> Result<Var> {
    if x.cols() != spec.inputs {
        return Err(Error::input(format!("The network reads {} columns, but it was given {}.", spec.inputs, x.cols())));
    }
    spec.outputs()?;
    let mut rest = params.iter().copied();
    let y = stack(tape, &spec.layers, &mut rest, x)?;
    Ok(match spec.output {
        Output::Plain => y,
        Output::HalfSquaredDistance => {
            let gap = tape.sub(tape.slice(x, 0, y.cols()), y);
            tape.scale(tape.sum_cols(tape.square(gap)), T::of(0.5))
        }
    })
}

fn stack<T: Scalar>(tape: &Tape<T>, layers: &[Layer], params: &mut dyn Iterator<Item = Var>, x: Var) -> Result<Var> {
    let mut y = x;
    for layer in layers {
        let mut next = || params.next().ok_or_else(|| Error::input("The network has more parameters than were given."));
        y = match layer {
            Layer::Linear { .. } => tape.linear(y, next()?, next()?),
            Layer::Act { function } => tape.act(*function, y),
            Layer::LayerNorm { .. } => layer_norm(tape, y, next()?, next()?),
            Layer::Residual { layers } => tape.add(y, stack(tape, layers, params, y)?),
            Layer::TimeFeatures { frequencies, .. } => time_features(tape, y, *frequencies),
        };
    }
    Ok(y)
}

fn layer_norm<T: Scalar>(tape: &Tape<T>, x: Var, scale: Var, shift: Var) -> Var {
    let (n, d) = (x.rows(), x.cols());
    let mean = |v: Var| tape.scale(tape.sum_cols(v), T::of(1.0 / d as f64));
    let centred = tape.sub(x, tape.repeat_col(mean(x), d));
    let spread = tape.sqrt(tape.shift(mean(tape.square(centred)), T::of(EPS)));
    let standard = tape.mul(centred, tape.repeat_col(tape.recip(spread), d));
    tape.add_row(tape.mul(standard, tape.repeat_row(scale, n)), shift)
}

/// `x, t, sin(2^k pi t) for all k, cos(2^k pi t) for all k`.
fn time_features<T: Scalar>(tape: &Tape<T>, x: Var, frequencies: usize) -> Var {
    let t = tape.slice(x, x.cols() - 1, 1);
    let octaves: Vec<T> = (0..frequencies).map(|k| T::of(std::f64::consts::PI * 2.0_f64.powi(k as i32))).collect();
    if octaves.is_empty() {
        return x;
    }
    let angles = tape.matmul(t, tape.leaf(1, frequencies, &octaves));
    tape.concat(x, tape.concat(tape.sin(angles), tape.cos(angles)))
}
