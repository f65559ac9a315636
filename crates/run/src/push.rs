//! Moving new points with a learned run.

use crate::predict::simulate;
use thalweg_core::{Context, Error, Points, Result, Status, VectorField};
use thalweg_nn::Model;
use thalweg_solve::SaveAt;

/// The points moved from the first to the second time of `span`, in the same order, and the weight each has grown
/// to (1 at the start) where the model has growth.
///
/// # Errors
/// A dimension that is not the model's; times that are not finite or further outside the training times than their
/// whole span (a network says nothing there); an integration that did not reach the end.
pub fn push(model: &Model, points: &Points, span: (f64, f64), ctx: &Context) -> Result<(Points, Option<Vec<f64>>)> {
    if points.dim() != model.dim() {
        return Err(Error::input(format!(
            "The points have {} coordinates and the run was learned on {} ({}).",
            points.dim(),
            model.dim(),
            model.law().features.join(", ")
        )));
    }
    points.check_finite()?;
    check_span(&model.law().times, span)?;
    let path = simulate(model, points, span, SaveAt::End, ctx)?;
    match (path.report.status, path.states.into_iter().next_back()) {
        (Status::Converged, Some(moved)) => {
            let weights = path.log_weights.last().map(|logs| logs.iter().map(|w| w.exp()).collect());
            Ok((moved, weights))
        }
        _ => Err(Error::failed(format!("Moving the points from {} to {} did not finish.", span.0, span.1))
            .advise(path.report.advice.unwrap_or_else(|| "Push over a shorter time.".into()))),
    }
}

fn check_span(times: &[f64], span: (f64, f64)) -> Result<()> {
    let (first, last) = match times {
        [first, .., last] => (*first, *last),
        _ => return Err(Error::failed("The model does not say over which times it was learned.")),
    };
    let reach = last - first;
    for t in [span.0, span.1] {
        if !t.is_finite() || t < first - reach || t > last + reach {
            return Err(Error::input(format!(
                "Time {t} is too far from the times {first} to {last} the run was learned on."
            ))
            .advise(format!("Stay between {} and {}.", first - reach, last + reach)));
        }
    }
    Ok(())
}
