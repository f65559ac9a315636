//! Measures along the way, and a reference in the middle.

use super::{Config, Embedding, check_alike, embed_all};
use thalweg_core::{Budget, Context, Error, Measure, Points, Report, Result, Status};

/// The measure at `time` in [0, 1] on the way from the reference to a measure: mass that moves is on its way, mass of the
/// reference that does not fades, and mass of the measure that comes from nowhere appears. Points of mass 0 are left out.
///
/// # Errors
/// A time outside [0, 1], an embedding of another shape than the reference or the measure, or no mass at all.
pub fn interpolate(reference: &Measure, embedding: &Embedding, measure: &Measure, time: f64) -> Result<Measure> {
    check(reference, embedding, time)?;
    if embedding.left.len() != measure.len() || measure.dim() != reference.dim() {
        return Err(Error::input(format!(
            "The embedding is of a measure with {} points, but this one has {}.",
            embedding.left.len(),
            measure.len()
        )));
    }
    let mut parts = Parts::new(reference.dim());
    for (k, x) in reference.points().rows().enumerate() {
        parts.push(moved(x, embedding.displacement.row(k), time), embedding.kept[k]);
        parts.push(x.to_vec(), (1.0 - time) * (reference.weights()[k] - embedding.kept[k]));
    }
    for (y, left) in measure.points().rows().zip(&embedding.left) {
        parts.push(y.to_vec(), time * left);
    }
    parts.measure()
}

/// The measure at `time` in [0, 1] between two embeddings: displacements and moving masses are mixed at each reference
/// point. What neither moves is left out.
///
/// # Errors
/// A time outside [0, 1], embeddings of another shape than the reference, or no mass at all.
pub fn between(reference: &Measure, a: &Embedding, b: &Embedding, time: f64) -> Result<Measure> {
    check(reference, a, time)?;
    check_alike(a, b)?;
    let mut parts = Parts::new(reference.dim());
    for (k, x) in reference.points().rows().enumerate() {
        let (u, v) = (a.displacement.row(k), b.displacement.row(k));
        let mixed: Vec<f64> = u.iter().zip(v).map(|(u, v)| (1.0 - time) * u + time * v).collect();
        parts.push(moved(x, &mixed, 1.0), (1.0 - time) * a.kept[k] + time * b.kept[k]);
    }
    parts.measure()
}

/// Moves the points of `start` to the weighted mean of their images in all measures until they rest: a reference in the
/// middle. Each round is one exact solve a measure. Weights are those of `start`.
///
/// # Errors
/// As [`embed_all`]; no measures; weights that are not one a measure, negative or all zero.
pub fn barycentre(
    ctx: &Context,
    start: &Measure,
    measures: &[Measure],
    weights: &[f64],
    config: &Config,
) -> Result<(Measure, Report)> {
    let mass: f64 = weights.iter().sum();
    if weights.len() != measures.len() || weights.iter().any(|w| *w < 0.0) || !(mass > 0.0 && mass.is_finite()) {
        return Err(Error::input(format!(
            "{} measures need as many weights, not negative and not all zero, and got {weights:?}.",
            measures.len()
        )));
    }
    let mut reference = start.clone();
    let (mut furthest, mut rounds) = (f64::INFINITY, 0);
    while rounds < config.max_rounds && furthest > config.tolerance {
        ctx.check_stop()?;
        let embeddings = embed_all(ctx, &reference, measures, config)?;
        let mut points = reference.points().clone();
        furthest = 0.0;
        for k in 0..points.len() {
            let mut step = vec![0.0; points.dim()];
            for (embedding, w) in embeddings.iter().zip(weights) {
                step.iter_mut().zip(embedding.displacement.row(k)).for_each(|(s, u)| *s += w / mass * u);
            }
            points.row_mut(k).iter_mut().zip(&step).for_each(|(x, s)| *x += s);
            furthest = furthest.max(step.iter().map(|s| s * s).sum::<f64>().sqrt());
        }
        reference = Measure::new(points, start.weights().to_vec())?;
        rounds += 1;
    }
    let settled = furthest <= config.tolerance;
    let status = if settled { Status::Converged } else { Status::Exhausted { budget: Budget::Iterations } };
    let report = Report::new(status, rounds).residual("furthest move", furthest);
    let report = if settled { report } else { report.advise(format!("Raise max_rounds above {}.", config.max_rounds)) };
    Ok((reference, report))
}

fn check(reference: &Measure, embedding: &Embedding, time: f64) -> Result<()> {
    if !(0.0..=1.0).contains(&time) {
        return Err(Error::input(format!("The time of an interpolation is {time}, but it must be from 0 to 1.")));
    }
    let shape = (embedding.displacement.len(), embedding.displacement.dim());
    if shape != (reference.len(), reference.dim()) || embedding.kept.len() != reference.len() {
        return Err(Error::input(format!(
            "The embedding has the shape {shape:?}, but the reference has {:?}.",
            (reference.len(), reference.dim())
        )));
    }
    Ok(())
}

fn moved(x: &[f64], displacement: &[f64], time: f64) -> Vec<f64> {
    x.iter().zip(displacement).map(|(x, u)| x + time * u).collect()
}

/// Points with positive mass, collected.
struct Parts {
    dim: usize,
    values: Vec<f64>,
    weights: Vec<f64>,
}

impl Parts {
    fn new(dim: usize) -> Self {
        Self { dim, values: Vec::new(), weights: Vec::new() }
    }

    fn push(&mut self, point: Vec<f64>, mass: f64) {
        if mass > 0.0 {
            self.values.extend(point);
            self.weights.push(mass);
        }
    }

    fn measure(self) -> Result<Measure> {
        Measure::new(Points::new(self.dim, self.values)?, self.weights)
    }
}
