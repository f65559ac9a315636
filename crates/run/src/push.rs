//! Moving new points with a learned run.

use crate::predict::{diffuse, simulate, stopped};
use thalweg_core::{Context, Error, Points, Result, Status, Trajectory, VectorField};
use thalweg_flow::stochastic_interpolants::score;
use thalweg_nn::Model;
use thalweg_solve::{NoisyField, SaveAt};

/// The points moved from the first to the second time of `span`, in the same order, and the weight each has grown
/// to (1 at the start) where the model has growth.
///
/// With `epsilon`, of a law that has a score, along `dx = (v + epsilon s) dt + sqrt(2 epsilon) dW` (backward in time with
/// `v - epsilon s`) in place of `dx = v dt`: other paths, with the same snapshots. Its unit is that of the features,
/// squared, a unit of time.
///
/// # Errors
/// A dimension that is not the model's; times that are not finite or further outside the training times than their
/// whole span (a network says nothing there); an `epsilon` that is negative or too large to be followed, or for a law
/// without score; an integration that did not reach the end.
pub fn push(
    model: &Model,
    points: &Points,
    span: (f64, f64),
    epsilon: Option<f64>,
    ctx: &Context,
) -> Result<(Points, Option<Vec<f64>>)> {
    let path = along(model, points, &[span.0, span.1], epsilon, SaveAt::End, ctx)?;
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
pub fn follow(
    model: &Model,
    points: &Points,
    times: &[f64],
    epsilon: Option<f64>,
    ctx: &Context,
) -> Result<Trajectory> {
    let ordered = |before: fn(&f64, &f64) -> bool| times.windows(2).all(|pair| before(&pair[0], &pair[1]));
    if times.len() < 2 || !(ordered(|a, b| a < b) || ordered(|a, b| a > b)) {
        return Err(Error::input(format!("The times {times:?} are not two or more in strict order."))
            .advise("Give the time of the points first, then the times to see them at, all upward or all downward."));
    }
    along(model, points, times, epsilon, SaveAt::Times(times.to_vec()), ctx)
}

/// A checked integration from the first to the last of `times`.
fn along(
    model: &Model,
    points: &Points,
    times: &[f64],
    epsilon: Option<f64>,
    save: SaveAt,
    ctx: &Context,
) -> Result<Trajectory> {
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
    let path = match epsilon {
        None => simulate(model, points, span, save, ctx)?,
        Some(epsilon) => noisy(model, points, span, epsilon, save, ctx)?,
    };
    ctx.check_stop()?;
    if path.report.status != Status::Converged {
        return Err(stopped(&path, span).advise("Push over a shorter time."));
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

/// Along the SDE of noise `epsilon` that has the snapshots of the law.
fn noisy(
    model: &Model,
    points: &Points,
    span: (f64, f64),
    epsilon: f64,
    save: SaveAt,
    ctx: &Context,
) -> Result<Trajectory> {
    let score = score(model)?;
    // The variance of the data over the span: noise of this size forgets within it where a point started.
    let variance = (0..model.dim()).map(|k| model.law().scaling.scale_of(k)).fold(f64::INFINITY, f64::min).powi(2);
    let natural = variance / (span.1 - span.0).abs();
    let limit = LOUDEST * natural;
    if !(0.0..=limit).contains(&epsilon) {
        return Err(Error::input(format!("The epsilon is {epsilon}, but it must lie between 0 and {limit:.3e} here."))
            .advise(format!("A value near {natural:.1e} lets points forget within the span where they started.")));
    }
    if span.1 >= span.0 {
        diffuse(&NoisyField::forward(model, &score, |_| epsilon)?, points, span, save, ctx)
    } else {
        diffuse(&NoisyField::backward(model, &score, |_| epsilon)?, points, span, save, ctx)
    }
}

/// Largest `epsilon` that is followed, in units of variance over span: the score pulls at this rate, which no step may
/// overshoot.
const LOUDEST: f64 = 100.0;

/// The sentence for a move beyond the times that training saw, where the law is a guess.
pub fn beyond(model: &Model, times: &[f64]) -> Option<String> {
    let [first, .., last] = model.law().times[..] else { return None };
    let outside: Vec<String> = times.iter().filter(|t| !(first..=last).contains(*t)).map(f64::to_string).collect();
    (!outside.is_empty()).then(|| {
        format!(
            "Beyond the times {first} to {last} the run was learned on the law is a guess, and the points are moved to or \
             from {}.",
            outside.join(" and ")
        )
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A law at rest whose snapshots are normal about 5 with standard deviation 3: velocity 0, score `(5 - x) / 9`, as
    /// linear networks over `z = (x - 5) / 3`.
    fn at_rest(score: bool) -> Model {
        let linear = |offset: usize| {
            json!({
                "spec": {"inputs": 2, "layers": [{"layer": "linear", "inputs": 2, "outputs": 1}]},
                "offset": offset, "reading": {"kind": "direct"},
            })
        };
        let law = json!({
            "method": "by-hand", "features": ["x"], "times": [0.0, 2.0],
            "scaling": {"mean": [5.0], "scale": [3.0], "clock": {"times": [0.0, 2.0], "taus": [0.0, 1.0]}},
            "velocity": linear(0), "score": score.then(|| linear(3)), "diffusion": {"kind": "none"}, "meta": {},
        });
        // Weights of state and time, then the bias.
        Model::new(serde_json::from_value(law).unwrap(), vec![0.0, 0.0, 0.0, -1.0, 0.0, 0.0]).unwrap()
    }

    /// The SDE is an Ornstein-Uhlenbeck process, forward and backward: the mean decays at the rate epsilon / 9 towards 5
    /// and the variance is `9 (1 - exp(-2 epsilon t / 9))`.
    #[test]
    fn noise_moves_points_as_the_closed_form_says() {
        let start = Points::new(1, vec![11.0; 20_000]).unwrap();
        for (seed, span, epsilon) in [(0, (0.0, 2.0), 1.5), (1, (2.0, 0.0), 4.5), (2, (0.0, 2.0), 45.0)] {
            let ctx = Context::new(seed, 1).unwrap();
            let (end, _) = push(&at_rest(true), &start, span, Some(epsilon), &ctx).unwrap();
            let mean = end.values().iter().sum::<f64>() / 20_000.0;
            let variance = end.values().iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
            let decay = (-epsilon * 2.0_f64 / 9.0).exp();
            let truth = (5.0 + 6.0 * decay, 9.0 * (1.0 - decay * decay));
            // Four standard errors of 20,000 draws.
            assert!((mean - truth.0).abs() < 4.0 * (truth.1 / 20_000.0).sqrt(), "{mean} {truth:?}");
            assert!((variance - truth.1).abs() < 4.0 * truth.1 * (2.0_f64 / 20_000.0).sqrt(), "{variance} {truth:?}");
        }
    }

    #[test]
    fn noise_needs_a_score_and_a_size() {
        let (start, ctx) = (Points::new(1, vec![1.0]).unwrap(), Context::new(0, 1).unwrap());
        let push = |score, epsilon| push(&at_rest(score), &start, (0.0, 2.0), Some(epsilon), &ctx);
        assert_eq!(push(true, 0.0).unwrap().0, start);
        for (score, epsilon, part) in
            [(false, 1.0, "has no score"), (true, -1.0, "-1"), (true, f64::NAN, "NaN"), (true, 1e9, "4.500e2")]
        {
            let said = push(score, epsilon).unwrap_err();
            assert!(said.exit_code() == 2 && said.to_string().contains(part), "{said}");
        }
    }

    #[test]
    fn a_guess_is_called_one() {
        let law = at_rest(false);
        assert_eq!(beyond(&law, &[0.0, 2.0]), None);
        let said = beyond(&law, &[-0.5, 3.0]).unwrap();
        assert!(said.contains("0 to 2") && said.contains("-0.5 and 3"), "{said}");
    }
}
