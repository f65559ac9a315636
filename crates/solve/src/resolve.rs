//! How finely a law with noise has to be followed.

use crate::{BLOCK, Integrate, Scheme, integrate};
use thalweg_core::{Context, Points, Result, VectorField};

/// Equal parts of a span at whose ends noise is looked for.
const LOOKS: usize = 64;
/// Fewest and most steps that are tried.
const RANGE: (usize, usize) = (16, 1 << 14);

/// Where in a span, its ends included, the field first has noise, and how much.
///
/// Looks at 65 even times: noise may vanish at the ends and in the middle, as that of a bridge does.
pub fn noise_within(field: &dyn VectorField, (start, end): (f64, f64)) -> Option<(f64, f64)> {
    let at = |k: usize| start + (end - start) * k as f64 / LOOKS as f64;
    (0..=LOOKS).map(|k| (at(k), field.diffusion(at(k)))).find(|(_, sigma)| *sigma != 0.0)
}

/// Steps of [`Scheme::StochasticHeun`] that follow `field` from `start` over `span`.
///
/// The rule: the least of 16, 32, 64, ... for which Euler-Maruyama and stochastic Heun, on the same noise, end within
/// `tolerance` of each other, in the root mean square and relative to the spread of the points there.
/// For additive noise this distance falls with order 1 in the step, and is what the second order of Heun corrects: the
/// error in law of Heun itself is of the order of its square. It grows with the length of the span, with how steep the
/// drift is and with the noise, so the steps follow all of them.
///
/// Tries [`BLOCK`] rows, spread evenly over those of `start` (a row several times where there are fewer), and at most
/// 16,384 steps; costs about three times what the result costs on those rows.
///
/// # Errors
/// As [`integrate`].
pub fn steps_for_noise(
    field: &dyn VectorField,
    start: &Points,
    span: (f64, f64),
    tolerance: f64,
    ctx: &Context,
) -> Result<usize> {
    if start.is_empty() {
        return Ok(RANGE.0);
    }
    let pilot = start.select(&(0..BLOCK).map(|k| k * start.len() / BLOCK).collect::<Vec<_>>());
    let mut steps = RANGE.0;
    while steps < RANGE.1 && distance(field, &pilot, span, steps, ctx)? > tolerance {
        steps *= 2;
    }
    Ok(steps)
}

/// How far apart the two schemes end, relative to the spread of the points; infinite where one leaves the finite
/// range.
fn distance(field: &dyn VectorField, start: &Points, span: (f64, f64), steps: usize, ctx: &Context) -> Result<f64> {
    let end = |scheme| -> Result<Option<Points>> {
        let path = integrate(field, start, None, span, &Integrate::fixed(scheme, steps), ctx)?;
        Ok(path.report.converged().then(|| path.states.into_iter().next_back()).flatten())
    };
    let (Some(one), Some(two)) = (end(Scheme::EulerMaruyama)?, end(Scheme::StochasticHeun)?) else {
        return Ok(f64::INFINITY);
    };
    let squares = one.values().iter().zip(two.values()).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let scale = variance(&two);
    Ok((squares / start.len() as f64 / if scale > 0.0 { scale } else { 1.0 }).sqrt())
}

/// Mean squared distance from the mean.
fn variance(points: &Points) -> f64 {
    let n = points.len() as f64;
    let column = |k: usize| points.rows().map(move |x| x[k]);
    let part = |k: usize| {
        let mean = column(k).sum::<f64>() / n;
        column(k).map(|v| (v - mean) * (v - mean)).sum::<f64>() / n
    };
    (0..points.dim()).map(part).sum()
}
