//! The choice of the strength: how sparse and how close, on held-out points.

use super::{Config, Prox, fit};
use std::sync::Arc;
use thalweg_core::{Context, Error, Measure, Result};
use thalweg_ot::{GroundCost, Sinkhorn};

/// What a strength gives on held-out points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// The strength.
    pub gamma: f64,
    /// Coordinates that move, mean a held-out source point.
    pub active: f64,
    /// Sinkhorn divergence (cost `|x - y|^2`) of the mapped held-out source from the held-out target, in squared units of
    /// the data.
    pub divergence: f64,
}

/// Fits on `train` (source, target) for each strength and judges on `test`. `regulariser` makes tau from a strength.
///
/// # Errors
/// As [`fit`]; no strengths; what `regulariser` refuses.
pub fn sweep(
    ctx: &Context,
    train: (&Measure, &Measure),
    test: (&Measure, &Measure),
    gammas: &[f64],
    regulariser: &dyn Fn(f64) -> Result<Arc<dyn Prox>>,
    config: &Config,
) -> Result<Vec<Trial>> {
    if gammas.is_empty() {
        return Err(Error::input("A sweep needs at least one strength gamma."));
    }
    let (source, target) = test;
    let ground = GroundCost::SquaredEuclidean;
    let mean = ctx.install(|| ground.mean(source.points(), source.weights(), target.points(), target.weights()))?;
    let aim = Arc::new(Measure::new(target.points().clone(), target.probabilities())?);
    gammas
        .iter()
        .map(|&gamma| {
            let map = fit(ctx, train.0, train.1, &regulariser(gamma)?, config)?.map;
            let moved = map.apply(ctx, source.points())?;
            let active = map.active(ctx, source.points())?.iter().sum();
            let moved = Arc::new(Measure::new(moved, source.probabilities())?);
            Ok(Trial { gamma, active, divergence: divergence(ctx, &moved, &aim, config.epsilon * mean)? })
        })
        .collect()
}

/// `OT(a, b) - OT(a, a) / 2 - OT(b, b) / 2` at one epsilon.
fn divergence(ctx: &Context, a: &Arc<Measure>, b: &Arc<Measure>, epsilon: f64) -> Result<f64> {
    let solver = Sinkhorn::balanced(epsilon);
    let value = |x: &Arc<Measure>, y: &Arc<Measure>| {
        Ok::<_, Error>(solver.solve(ctx, x, y, GroundCost::SquaredEuclidean, None)?.0.objective)
    };
    Ok(value(a, b)? - 0.5 * value(a, a)? - 0.5 * value(b, b)?)
}
