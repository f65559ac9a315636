//! Moving a weighted cloud with a learned law.

use thalweg_core::{Context, Error, Measure, Points, Result, Status, Trajectory, VectorField};
use thalweg_solve::{Integrate, SaveAt, Scheme, integrate, noise_within, steps_for_noise};

/// The cloud `start` moved from the first to the second time of `span`.
///
/// A law without noise moves each point once. A law with noise moves copies, as many as fit into `most` points,
/// because one draw a point would throw away what the law says about its spread.
///
/// # Errors
/// The integration did not reach the end of the span.
pub fn predict(
    model: &dyn VectorField,
    start: &Measure,
    span: (f64, f64),
    most: usize,
    ctx: &Context,
) -> Result<Measure> {
    let copies = if noise_within(model, span).is_some() { (most / start.len()).max(1) } else { 1 };
    let indices: Vec<usize> = (0..copies).flat_map(|_| 0..start.len()).collect();
    let cloud = start.points().select(&indices);
    let path = simulate(model, &cloud, span, SaveAt::End, ctx)?;
    let points = finished(&path, span)?;
    let log_weights = path.log_weights.last();
    let weights = indices
        .iter()
        .enumerate()
        .map(|(k, &i)| start.weights()[i] / copies as f64 * log_weights.map_or(1.0, |w| w[k].exp()))
        .collect();
    Measure::new(points.clone(), weights)
}

/// Integrates a law with the scheme that fits it: an adaptive pair for an ODE, and for an SDE stochastic Heun in as many
/// steps as the law asks for over this span ([`steps_for_noise`]).
///
/// # Errors
/// Bad spans or save times; a law with noise backward in time; the caller asked to stop.
pub fn simulate(
    model: &dyn VectorField,
    start: &Points,
    span: (f64, f64),
    save: SaveAt,
    ctx: &Context,
) -> Result<Trajectory> {
    let noisy = noise_within(model, span).is_some();
    if noisy && span.1 < span.0 {
        return Err(Error::input(format!(
            "The law has noise, which cannot be run backward from time {} to {}.",
            span.0, span.1
        ))
        .advise("Push forward in time, or learn a law without noise, such as flow-matching, to go back."));
    }
    if noisy {
        return diffuse(model, start, span, save, ctx);
    }
    let options = Integrate { save, rtol: TOLERANCE, atol: TOLERANCE * spread(start), ..Integrate::default() };
    integrate(model, start, None, span, &options, ctx)
}

/// Integrates an SDE by stochastic Heun, in as many steps as the law asks for over this span ([`steps_for_noise`]).
pub(crate) fn diffuse(
    law: &dyn VectorField,
    start: &Points,
    span: (f64, f64),
    save: SaveAt,
    ctx: &Context,
) -> Result<Trajectory> {
    let steps = steps_for_noise(law, start, span, RESOLUTION, ctx)?;
    integrate(law, start, None, span, &Integrate { save, ..Integrate::fixed(Scheme::StochasticHeun, steps) }, ctx)
}

/// What a step of an SDE corrects, all steps together, relative to the spread of the points; what the result is still
/// off in law is of the order of its square.
const RESOLUTION: f64 = 0.02;
/// Relative to the spread of the points: far below what a network knows.
const TOLERANCE: f64 = 1e-4;

/// Root mean square distance from the mean; 1 for points in one place.
fn spread(points: &Points) -> f64 {
    let n = points.len() as f64;
    let mut total = 0.0;
    for k in 0..points.dim() {
        let mean = points.rows().map(|x| x[k]).sum::<f64>() / n;
        total += points.rows().map(|x| (x[k] - mean).powi(2)).sum::<f64>() / n;
    }
    if total > 0.0 && total.is_finite() { total.sqrt() } else { 1.0 }
}

/// The last cloud of a trajectory that reached the end of its span.
fn finished(path: &Trajectory, span: (f64, f64)) -> Result<&Points> {
    match (path.report.status, path.last()) {
        (Status::Converged, Some(points)) => Ok(points),
        _ => Err(Error::failed(format!(
            "Moving the points from time {} to {} stopped at time {}.",
            span.0,
            span.1,
            path.times.last().copied().unwrap_or(span.0)
        ))
        .advise(path.report.advice.clone().unwrap_or_else(|| "Train longer or with a smaller learning rate.".into()))),
    }
}
