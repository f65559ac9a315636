//! What the measures of series share: moments, lines, and refusals.

use thalweg_core::{Error, Points, Result};

/// Refuses a series that is shorter than `least`, or has a number that is not finite.
pub(crate) fn check(x: &[f64], least: usize, what: &str) -> Result<()> {
    if x.len() < least {
        return Err(too_short(x.len(), least, what));
    }
    match x.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(i) => Err(Error::input(format!("Value {i} of the series is {}, but every value must be finite.", x[i]))
            .advise("Remove or impute what is missing.")),
    }
}

pub(crate) fn too_short(n: usize, least: usize, what: &str) -> Error {
    Error::input(format!("The series has {n} points, but {what} needs at least {least}."))
        .advise("Give a longer series, or ask for less of it.")
}

/// As [`check`] for rows.
pub(crate) fn check_rows(x: &Points, least: usize, what: &str) -> Result<()> {
    x.check_finite()?;
    if x.len() < least { Err(too_short(x.len(), least, what)) } else { Ok(()) }
}

/// Refuses the setting `name` unless `holds`; `range` completes "it must be".
pub(crate) fn demand(holds: bool, name: &str, value: impl std::fmt::Display, range: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::input(format!("The setting {name} is {value}, but it must be {range}."))) }
}

pub(crate) fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// The mean and the standard deviation (of the population).
pub(crate) fn moments(x: &[f64]) -> (f64, f64) {
    let middle = mean(x);
    (middle, (x.iter().map(|v| (v - middle).powi(2)).sum::<f64>() / x.len() as f64).sqrt())
}

/// One column of rows.
pub(crate) fn column(x: &Points, k: usize) -> Vec<f64> {
    x.rows().map(|row| row[k]).collect()
}

/// The root of the mean over the columns of the variance.
pub(crate) fn scale(x: &Points) -> f64 {
    let total: f64 = (0..x.dim()).map(|k| moments(&column(x, k)).1.powi(2)).sum();
    (total / x.dim() as f64).sqrt()
}

/// A straight line through points, by least squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Change of `y` per unit of `x`.
    pub slope: f64,
    /// `y` at `x = 0`.
    pub intercept: f64,
    /// Standard error of the slope, as if the deviations from the line were independent.
    pub error: f64,
}

impl Line {
    /// The line through at least two points; not a number where all `x` are equal.
    pub fn through(x: &[f64], y: &[f64]) -> Self {
        let (mx, my) = (mean(x), mean(y));
        let (mut xx, mut xy) = (0.0, 0.0);
        for (x, y) in x.iter().zip(y) {
            xx += (x - mx) * (x - mx);
            xy += (x - mx) * (y - my);
        }
        let slope = xy / xx;
        let rest: f64 = x.iter().zip(y).map(|(x, y)| (y - my - slope * (x - mx)).powi(2)).sum();
        let error = if x.len() > 2 { (rest / (x.len() - 2) as f64 / xx).sqrt() } else { f64::NAN };
        Self { slope, intercept: my - slope * mx, error }
    }
}

/// The mean of figures of parts and its standard error.
pub(crate) fn mean_of_parts(parts: &[f64]) -> (f64, f64) {
    let (middle, spread) = moments(parts);
    (middle, spread / ((parts.len() as f64) - 1.0).max(1.0).sqrt())
}
