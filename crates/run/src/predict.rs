//! Moving a weighted cloud with a learned law.

use thalweg_core::{Context, Error, Measure, Points, Result, Status, Trajectory, VectorField};
use thalweg_solve::{Integrate, SaveAt, Scheme, integrate, noise_within, steps_for_noise};

/// The cloud `start` moved from the first to the second time of `span`.
///
/// A law without noise moves each point once. A law with noise moves copies, as many as fit into `most` points,
/// because one draw a point would throw away what the law says about its spread.
///
/// # Errors
/// The integration did not reach the end of the span; the mass vanished or overflowed.
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
    let weights: Vec<f64> = indices
        .iter()
        .enumerate()
        .map(|(k, &i)| start.weights()[i] / copies as f64 * log_weights.map_or(1.0, |w| w[k].exp()))
        .collect();
    let mass: f64 = weights.iter().sum();
    if !mass.is_normal() {
        let said = format!("The mass that is predicted from time {} to {} is {mass}.", span.0, span.1);
        return Err(Error::failed(said).advise(GENTLER));
    }
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
        _ => Err(stopped(path, span).advise(GENTLER)),
    }
}

/// What a learned law needs that cannot be followed. The advice of the integrator names its own settings, which nobody
/// can reach from here.
const GENTLER: &str =
    "Learn again with a smaller fit.learning_rate or more fit.steps, or with another method of `thalweg methods`.";

/// The error for a trajectory that did not reach the end of its span, without advice.
pub(crate) fn stopped(path: &Trajectory, span: (f64, f64)) -> Error {
    let why = match path.report.status {
        Status::Diverged => "a point left the finite range",
        _ => "the law is too steep there to be followed in any reasonable number of steps",
    };
    let reached = path.times.last().copied().unwrap_or(span.0);
    Error::failed(format!("Moving the points from time {} to {} stopped at time {reached}: {why}.", span.0, span.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything moves by 2 a unit of time and grows at rate `log 3`, with noise or without.
    struct Drift {
        noise: f64,
    }

    impl VectorField for Drift {
        fn dim(&self) -> usize {
            1
        }

        fn velocity(&self, _t: f64, _x: &[f64], out: &mut [f64]) {
            out.fill(2.0);
        }

        fn growth(&self, _t: f64, _x: &[f64], out: &mut [f64]) {
            out.fill(3_f64.ln());
        }

        fn has_growth(&self) -> bool {
            true
        }

        fn diffusion(&self, _t: f64) -> f64 {
            self.noise
        }
    }

    #[test]
    fn a_point_keeps_its_weight_and_its_copies_share_it() {
        let start = Measure::new(Points::new(1, vec![0.0, 10.0]).unwrap(), vec![1.0, 5.0]).unwrap();
        let ctx = Context::new(0, 1).unwrap();
        for (noise, copies) in [(0.0, 1), (1e-3, 4)] {
            let end = predict(&Drift { noise }, &start, (0.0, 1.0), 8, &ctx).unwrap();
            assert_eq!(end.len(), 2 * copies);
            let near = |place: f64| {
                let rows = end.points().rows().zip(end.weights());
                rows.filter(|(x, _)| (x[0] - place).abs() < 1.0).map(|(_, w)| w).sum::<f64>()
            };
            assert!((near(2.0) - 3.0).abs() < 1e-3 && (near(12.0) - 15.0).abs() < 1e-3, "{end:?}");
        }
    }
}
