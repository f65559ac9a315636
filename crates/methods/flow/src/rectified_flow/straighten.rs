//! Where a flow takes its source, and how straight it goes.

use thalweg_core::{Context, Coupling, Error, Measure, Pairs, Points, Result, Snapshots, Stream, VectorField};
use thalweg_solve::{Integrate, SaveAt, integrate};

/// Points on which straightness is measured: its Monte-Carlo error is then a few per cent.
const PROBES: usize = 2048;

/// Equal parts of the span in the time integral of the straightness (Simpson's rule).
const PARTS: usize = 64;

/// What became of a source.
#[derive(Clone, Debug)]
pub(crate) struct Rectified {
    /// Where each point of the source ended.
    pub end: Points,
    /// `E |Z1 - Z0|²`.
    pub cost: f64,
    /// `∫ E |(Z1 - Z0) - v(Z_t, t)|² dt` with time counted from 0 to 1 over the span.
    pub straightness: f64,
}

/// Bytes that [`rectify`] takes on each interval of `snapshots` in turn, with the ends of all of them: an adaptive scheme
/// keeps some twenty copies of its points, the straightness a copy of its probes for each part of the span.
pub(crate) fn bytes(snapshots: &Snapshots) -> u64 {
    const STAGES: usize = 20;
    let largest = snapshots.items().iter().map(|s| s.measure.len()).max().unwrap_or(0);
    let rows = snapshots.total_points() + STAGES * largest + (PARTS + STAGES) * PROBES.min(largest);
    8 * (rows * snapshots.dim()) as u64
}

/// Moves `source` along `field` over `span` by an adaptive scheme of this tolerance.
///
/// Straightness is measured on the first [`PROBES`] points that have a weight.
pub(crate) fn rectify(
    field: &dyn VectorField,
    source: &Measure,
    span: (f64, f64),
    tolerance: f64,
    ctx: &Context,
) -> Result<Rectified> {
    let end = arrive(field, source.points(), span, &Integrate::adaptive(tolerance), ctx)?.pop();
    let end = end.ok_or_else(|| Error::failed("The integration kept no state."))?;
    let p = source.probabilities();
    let cost = p.iter().zip(source.points().rows().zip(end.rows())).map(|(p, (a, b))| p * squared(a, b)).sum();
    let probes: Vec<usize> = (0..source.len()).filter(|&i| source.weights()[i] > 0.0).take(PROBES).collect();
    let straightness = straightness(field, &source.select(&probes)?, span, tolerance, ctx)?;
    Ok(Rectified { end, cost, straightness })
}

fn straightness(
    field: &dyn VectorField,
    source: &Measure,
    span: (f64, f64),
    tolerance: f64,
    ctx: &Context,
) -> Result<f64> {
    let options = Integrate::adaptive(tolerance).saving(SaveAt::Even(PARTS + 1));
    let states = arrive(field, source.points(), span, &options, ctx)?;
    let (start, end) = (source.points(), &states[states.len() - 1]);
    let length = span.1 - span.0;
    let weights = source.probabilities();
    let mut velocity = vec![0.0; start.values().len()];
    let mut total = 0.0;
    for (k, state) in states.iter().enumerate() {
        field.velocity(span.0 + length * k as f64 / PARTS as f64, state.values(), &mut velocity);
        let bend = |i: usize| -> f64 {
            let v = &velocity[i * start.dim()..];
            let ends = start.row(i).iter().zip(end.row(i)).zip(v);
            ends.map(|((a, b), v)| (b - a - length * v).powi(2)).sum()
        };
        let mean: f64 = weights.iter().enumerate().map(|(i, p)| p * bend(i)).sum();
        let simpson = if k == 0 || k == PARTS {
            1.0
        } else if k % 2 == 1 {
            4.0
        } else {
            2.0
        };
        total += simpson * mean / (3 * PARTS) as f64;
    }
    Ok(total)
}

/// The states of an integration that must reach its end.
fn arrive(
    field: &dyn VectorField,
    start: &Points,
    span: (f64, f64),
    options: &Integrate,
    ctx: &Context,
) -> Result<Vec<Points>> {
    let path = integrate(field, start, None, span, options, ctx)?;
    if path.report.converged() {
        return Ok(path.states);
    }
    let error = Error::failed(format!("The flow from {} to {} could not be followed to its end.", span.0, span.1));
    Err(error.advise(path.report.advice.unwrap_or_default()))
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// Point `i` of the source with point `i` of the target, drawn by weight.
#[derive(Clone, Debug)]
pub(crate) struct Paired {
    cumulative: Vec<f64>,
}

impl Paired {
    /// Pairs of these weights, which are not negative and not all zero.
    pub(crate) fn new(weights: &[f64]) -> Self {
        let mut total = 0.0;
        let mut add = |w: &f64| {
            total += w;
            total
        };
        Self { cumulative: weights.iter().map(&mut add).collect() }
    }
}

impl Coupling for Paired {
    fn draw(&self, batch: usize, stream: &mut Stream) -> Result<Pairs> {
        let last = self.cumulative.len() - 1;
        let mut one = || {
            let level = stream.uniform() * self.cumulative[last];
            self.cumulative.partition_point(|c| *c <= level).min(last)
        };
        let source: Vec<usize> = (0..batch).map(|_| one()).collect();
        Ok(Pairs { target: source.clone(), weight: vec![1.0; batch], source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_by_weight_and_stay_together() {
        let coupling = Paired::new(&[1.0, 0.0, 3.0]);
        for seed in 0..3 {
            let pairs = coupling.draw(4000, &mut Stream::new(seed, "pairs", 0)).unwrap();
            assert_eq!(pairs.source, pairs.target);
            let count = |k: usize| pairs.source.iter().filter(|i| **i == k).count() as f64;
            assert_eq!(count(1), 0.0);
            // Binomial(4000, 1/4): sd 27.4, four standard errors.
            assert!((count(0) - 1000.0).abs() < 110.0, "{}", count(0));
        }
    }
}
