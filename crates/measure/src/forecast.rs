//! How good a forecast is, and for how long.

use crate::series::{check_rows, column, demand, mean, moments};
use thalweg_core::{Error, Points, Result};

fn check(truth: &Points, forecast: &Points) -> Result<()> {
    check_rows(truth, 1, "the score of a forecast")?;
    if truth.dim() == forecast.dim() && truth.len() == forecast.len() {
        return Ok(());
    }
    Err(Error::input(format!(
        "The truth is {} rows of {} and the forecast {} rows of {}, but both must have the same shape.",
        truth.len(),
        truth.dim(),
        forecast.len(),
        forecast.dim()
    )))
}

/// The first time at which the error of `forecast` (`n x d`, rows `dt` apart, the first at time `dt`) exceeds `threshold`:
/// the root of the mean over the columns of `((forecast - truth) / sd)^2`, with the standard deviations `sd` (`d`), those of
/// the truth where none are given. The whole time where it never does. A value that is not finite exceeds.
///
/// # Errors
/// Different shapes; a truth that is not finite; a threshold or a standard deviation that is not positive.
pub fn valid_time(truth: &Points, forecast: &Points, dt: f64, threshold: f64, sd: Option<&[f64]>) -> Result<f64> {
    check(truth, forecast)?;
    demand(threshold > 0.0, "threshold", threshold, "positive")?;
    let own: Vec<f64>;
    let sd = match sd {
        Some(sd) => sd,
        None => {
            own = (0..truth.dim()).map(|k| moments(&column(truth, k)).1).collect();
            &own
        }
    };
    if sd.len() != truth.dim() || sd.iter().any(|s| !(*s > 0.0 && s.is_finite())) {
        return Err(Error::input(format!(
            "The standard deviations are {sd:?}, but each of {} columns needs a positive one.",
            truth.dim()
        ))
        .advise("Leave constant columns out."));
    }
    let error = |(a, b): (&[f64], &[f64])| {
        let squares = a.iter().zip(b).zip(sd).map(|((a, b), s)| ((a - b) / s).powi(2));
        (squares.sum::<f64>() / truth.dim() as f64).sqrt()
    };
    // Not "greater than": what is not a number is no valid forecast.
    let valid = truth.rows().zip(forecast.rows()).take_while(|pair| error(*pair) <= threshold).count();
    Ok(valid as f64 * dt)
}

/// Symmetric mean absolute percentage error, from 0 to 200: the mean of `200 |forecast - truth| / (|forecast| + |truth|)`,
/// 0 where both are zero.
///
/// # Errors
/// Different shapes; a truth that is not finite.
pub fn smape(truth: &Points, forecast: &Points) -> Result<f64> {
    check(truth, forecast)?;
    let one = |(a, b): (&f64, &f64)| if a == b { 0.0 } else { 200.0 * (a - b).abs() / (a.abs() + b.abs()) };
    Ok(mean(&truth.values().iter().zip(forecast.values()).map(one).collect::<Vec<_>>()))
}

/// Mean absolute scaled error: that of the forecast over that of repeating the value `season` points ago within `history`
/// (Hyndman and Koehler, Int. J. Forecast. 22, 2006), averaged over the columns. Below 1 is better than repeating.
///
/// # Errors
/// Different shapes; a history not longer than a season, or constant; values that are not finite.
pub fn mase(truth: &Points, forecast: &Points, history: &Points, season: usize) -> Result<f64> {
    check(truth, forecast)?;
    demand(season >= 1, "season", season, "at least 1")?;
    check_rows(history, season + 1, "a scaled error")?;
    if history.dim() != truth.dim() {
        return Err(Error::input(format!("The history has {} columns and the truth {}.", history.dim(), truth.dim())));
    }
    let one = |k: usize| {
        let (past, a, b) = (column(history, k), column(truth, k), column(forecast, k));
        let naive: Vec<f64> = past.iter().zip(&past[season..]).map(|(a, b)| (a - b).abs()).collect();
        let made: Vec<f64> = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).collect();
        mean(&made) / mean(&naive)
    };
    let score = mean(&(0..truth.dim()).map(one).collect::<Vec<_>>());
    if score.is_nan() || score == f64::INFINITY {
        return Err(Error::input("A column of the history is constant, so that there is no error to compare with.")
            .advise("Leave constant columns out."));
    }
    Ok(score)
}

/// How far a quantity that ought to be conserved moves along a series of its values, `dt` apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// The largest deviation from the first value.
    pub largest: f64,
    /// The same as a share of the largest absolute value.
    pub relative: f64,
    /// The slope of the line through the values, per unit of time: what remains of it where an integrator is symplectic is
    /// oscillation alone.
    pub rate: f64,
}

/// The drift of a conserved quantity from its values.
///
/// # Errors
/// Fewer than two values, or one that is not finite; `dt` is not positive.
pub fn drift(values: &[f64], dt: f64) -> Result<Drift> {
    crate::series::check(values, 2, "a drift")?;
    demand(dt > 0.0 && dt.is_finite(), "dt", dt, "positive")?;
    let largest = values.iter().map(|v| (v - values[0]).abs()).fold(0.0, f64::max);
    let size = values.iter().map(|v| v.abs()).fold(0.0, f64::max);
    let times: Vec<f64> = (0..values.len()).map(|k| k as f64 * dt).collect();
    let relative = if size > 0.0 { largest / size } else { 0.0 };
    Ok(Drift { largest, relative, rate: crate::Line::through(&times, values).slope })
}
