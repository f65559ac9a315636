//! Log-densities along a flow.

use crate::{Extra, Integrate, Law, Motion, SaveAt, driver};
use thalweg_core::{Context, Error, Points, Report, Result, VectorField};

/// Log-densities of points under the flow of a base density.
#[derive(Clone, Debug)]
pub struct Likelihood {
    /// `log p(t1, x)` of each point.
    pub values: Vec<f64>,
    /// Where each point came from at the time of the base.
    pub origin: Points,
    /// Effort of the integration.
    pub report: Report,
}

/// Log-density at `span.1` of the rows of `x`, when `base` is the log-density at `span.0` and mass moves along
/// `field`: `log p(t1, x(t1)) = base(x(t0)) - integral of div b dt` (Chen et al., "Neural Ordinary Differential
/// Equations", 2018, theorem 1), the trace exact by [`VectorField::divergence`].
///
/// Where the field has growth, `integral of g dt` is added: the result is then the log-density of the measure
/// with its mass. The divergence costs what the field makes it cost: differences take `2 dim` evaluations.
///
/// # Errors
/// As [`crate::integrate`]; also an integration that does not reach the base, with its advice.
pub fn log_likelihood(
    field: &dyn VectorField,
    x: &Points,
    base: &(dyn Fn(&[f64]) -> f64 + Sync),
    span: (f64, f64),
    options: &Integrate,
    ctx: &Context,
) -> Result<Likelihood> {
    if options.scheme.is_stochastic() {
        return Err(Error::input(format!(
            "Likelihoods need a scheme without noise, but the scheme is {:?}.",
            options.scheme
        ))
        .advise("Use dormand-prince."));
    }
    let options = options.clone().saving(SaveAt::End);
    let motion = Motion::of(Law::Field(field));
    let (mut path, _) = driver::drive(&motion, x, Extra::Divergence, None, (span.1, span.0), &options, ctx)?;
    let report = path.report;
    let (Some(origin), Some(change), true) = (path.states.pop(), path.log_weights.pop(), report.converged()) else {
        let error = Error::failed(format!("The flow from {} back to {} was not finished.", span.1, span.0));
        return Err(error.advise(report.advice.unwrap_or_default()));
    };
    let values = origin.rows().zip(&change).map(|(row, l)| base(row) + l).collect();
    Ok(Likelihood { values, origin, report })
}
