//! What the checks of this family share: populations to learn from, and figures of what was learned.

use thalweg_core::{Context, Error, Measure, Points, Result, Snapshot, Snapshots, Stream, VectorField};
use thalweg_nn::FitConfig;
use thalweg_path::{Gaussian, Mixture};
use thalweg_solve::{Integrate, integrate};

/// `source` at time 0 and `target` at time 1.
pub(crate) fn pair(source: Points, target: Points) -> Result<Snapshots> {
    let features = (0..source.dim()).map(|k| format!("x{k}")).collect();
    let at = |time, points| Ok(Snapshot { time, measure: Measure::uniform(points)? });
    Snapshots::new(vec![at(0.0, source)?, at(1.0, target)?], features)
}

/// The training of a check: on clean two-dimensional data a high rate is safe and saves half the steps.
pub(crate) fn brisk(steps: u64) -> FitConfig {
    FitConfig { steps, learning_rate: 1e-2, ..crate::train::default_fit() }
}

/// `n` standard normal points.
pub(crate) fn noise(n: usize, dim: usize, seed: u64, purpose: &str) -> Points {
    Gaussian::standard(dim).sample(n, &mut Stream::new(seed, purpose, 0))
}

/// Log-density of the standard normal law.
pub(crate) fn standard_log_density(x: &[f64]) -> f64 {
    -0.5 * x.iter().map(|v| v * v + std::f64::consts::TAU.ln()).sum::<f64>()
}

/// Where `field` takes `start` from time 0 to time 1.
pub(crate) fn push(field: &dyn VectorField, start: &Points, options: &Integrate, ctx: &Context) -> Result<Points> {
    push_to(field, start, 1.0, options, ctx)
}

/// Where `field` takes `start` from time 0 to `time`.
pub(crate) fn push_to(
    field: &dyn VectorField,
    start: &Points,
    time: f64,
    options: &Integrate,
    ctx: &Context,
) -> Result<Points> {
    let mut path = integrate(field, start, None, (0.0, time), options, ctx)?;
    match (path.states.pop(), path.report.converged()) {
        (Some(end), true) => Ok(end),
        _ => {
            let error = Error::failed(format!("The flow from 0 to {time} could not be followed to its end."));
            Err(error.advise(path.report.advice.unwrap_or_default()))
        }
    }
}

/// The mean of `values` and its standard error.
pub(crate) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Relative error of the mean (in units of the root of the trace of the covariance) and of the covariance
/// (Frobenius) of `points` against those of `law`.
pub(crate) fn moment_errors(points: &Points, law: &Mixture) -> (f64, f64) {
    let (d, n) = (points.dim(), points.len() as f64);
    let (mean, covariance) = (law.mean(), law.covariance());
    let found: Vec<f64> = (0..d).map(|k| points.rows().map(|x| x[k]).sum::<f64>() / n).collect();
    let spread = |k: usize| {
        let (i, j) = (k / d, k % d);
        points.rows().map(|x| (x[i] - found[i]) * (x[j] - found[j])).sum::<f64>() / n
    };
    let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>().sqrt();
    let trace: f64 = (0..d).map(|k| covariance[k * (d + 1)]).sum();
    let shift = norm(&mut mean.iter().zip(&found).map(|(a, b)| a - b));
    let change = norm(&mut (0..d * d).map(|k| spread(k) - covariance[k]));
    (shift / trace.sqrt(), change / norm(&mut covariance.iter().copied()))
}
