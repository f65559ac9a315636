//! Moving new points with a learned run.

use crate::predict::simulate;
use thalweg_core::{Context, Error, Points, Result, Status, Trajectory, VectorField};
use thalweg_nn::Model;
use thalweg_solve::SaveAt;

/// The points moved from the first to the second time of `span`, in the same order, and the weight each has grown
/// to (1 at the start) where the model has growth.
///
/// # Errors
/// A dimension that is not the model's; times that are not finite or further outside the training times than their
/// whole span (a network says nothing there); an integration that did not reach the end.
pub fn push(model: &Model, points: &Points, span: (f64, f64), ctx: &Context) -> Result<(Points, Option<Vec<f64>>)> {
    let path = along(model, points, &[span.0, span.1], SaveAt::End, ctx)?;
    let weights = path.log_weights.last().map(|logs| logs.iter().map(|w| w.exp()).collect());
    match path.states.into_iter().next_back() {
        Some(moved) => Ok((moved, weights)),
        None => Err(Error::failed(format!("Moving the points from {} to {} left nothing.", span.0, span.1))),
    }
}

/// The points at each of `times`, which increase or decrease strictly; they start at the first.
///
/// # Errors
/// As [`push`]; fewer than two times, or times in no order.
pub fn follow(model: &Model, points: &Points, times: &[f64], ctx: &Context) -> Result<Trajectory> {
    let ordered = |before: fn(&f64, &f64) -> bool| times.windows(2).all(|pair| before(&pair[0], &pair[1]));
    if times.len() < 2 || !(ordered(|a, b| a < b) || ordered(|a, b| a > b)) {
        return Err(Error::input(format!("The times {times:?} are not two or more in strict order."))
            .advise("Give the time of the points first, then the times to see them at, all upward or all downward."));
    }
    along(model, points, times, SaveAt::Times(times.to_vec()), ctx)
}

/// A checked integration from the first to the last of `times`.
fn along(model: &Model, points: &Points, times: &[f64], save: SaveAt, ctx: &Context) -> Result<Trajectory> {
    if points.dim() != model.dim() {
        return Err(Error::input(format!(
            "The points have {} coordinates and the run was learned on {} ({}).",
            points.dim(),
            model.dim(),
            model.law().features.join(", ")
        ))
        .advise("Choose the same ones with --features."));
    }
    points.check_finite()?;
    times.iter().try_for_each(|t| check_time(&model.law().times, *t))?;
    let span = (times[0], times[times.len() - 1]);
    let path = simulate(model, points, span, save, ctx)?;
    ctx.check_stop()?;
    if path.report.status != Status::Converged {
        return Err(Error::failed(format!("Moving the points from {} to {} did not finish.", span.0, span.1))
            .advise(path.report.advice.unwrap_or_else(|| "Push over a shorter time.".into())));
    }
    for (k, (time, state)) in path.times.iter().zip(&path.states).enumerate() {
        let grown = |i: usize| path.log_weights.get(k).is_none_or(|logs| logs[i].exp().is_finite());
        if let Some(i) = (0..state.len()).find(|i| !grown(*i) || state.row(*i).iter().any(|v| !v.is_finite())) {
            return Err(Error::failed(format!("Row {i} (counted from 0) left the finite range before time {time}."))
                .advise("Push over a shorter time, or leave the row out."));
        }
    }
    Ok(path)
}

/// A network says nothing further from the times it has seen than their whole span.
fn check_time(times: &[f64], t: f64) -> Result<()> {
    let (first, last) = match times {
        [first, .., last] => (*first, *last),
        _ => return Err(Error::failed("The model does not say over which times it was learned.")),
    };
    let reach = last - first;
    if !t.is_finite() || t < first - reach || t > last + reach {
        return Err(Error::input(format!(
            "Time {t} is too far from the times {first} to {last} the run was learned on."
        ))
        .advise(format!("Stay between {} and {}.", first - reach, last + reach)));
    }
    Ok(())
}
