//! The update of four constants.

use super::{Config, NAME};
use crate::demand;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Report, Result, Status};

/// A smooth function to minimise.
pub trait Objective: Send + Sync {
    /// Number of variables.
    fn dim(&self) -> usize;

    /// The value at `x` (`dim`).
    fn value(&self, x: &[f64]) -> f64;

    /// Writes the gradient at `x` into `out` (`dim`).
    fn gradient(&self, x: &[f64], out: &mut [f64]);
}

/// Bounds of the curvature of a function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curvature {
    /// Strong convexity: the least curvature, not negative.
    pub least: f64,
    /// Smoothness: the largest curvature, positive and at least the least.
    pub largest: f64,
}

impl Curvature {
    /// Refuses bounds that no function has.
    pub(super) fn check(&self) -> Result<()> {
        let positive = self.largest > 0.0 && self.largest.is_finite();
        demand(positive, NAME, "curvature.largest", self.largest, "positive and finite")?;
        let range = format!("between 0 and the largest, {}", self.largest);
        demand((0.0..=self.largest).contains(&self.least), NAME, "curvature.least", self.least, &range)
    }
}

/// Published choices of the four constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Steps of `2 / (L + m)` along the gradient.
    GradientDescent,
    /// Polyak's heavy ball with the constants that are best on quadratics; may cycle on other functions.
    HeavyBall,
    /// Nesterov's method for strongly convex functions.
    Nesterov,
    /// Nesterov's method for convex functions, whose momentum grows as `(k - 1) / (k + 2)`.
    NesterovConvex,
    /// The triple momentum method of Van Scoy, Freeman and Lynch.
    TripleMomentum,
}

/// `next = x + b (x - before) - a grad f(x + c (x - before))`, output `x + d (x - before)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficients {
    /// Length of a step along the gradient.
    pub a: f64,
    /// Momentum.
    pub b: f64,
    /// How far ahead the gradient is taken.
    pub c: f64,
    /// How far ahead the output is.
    pub d: f64,
}

impl Coefficients {
    /// The size of the eigenvalues of the update on a quadratic of this curvature: an error shrinks by it in each step.
    pub fn contraction(&self, curvature: f64) -> f64 {
        // Roots of z^2 - trace z + determinant.
        let trace = 1.0 + self.b - self.a * curvature * (1.0 + self.c);
        let determinant = self.b - self.a * curvature * self.c;
        let discriminant = 0.25 * trace * trace - determinant;
        if discriminant <= 0.0 { determinant.max(0.0).sqrt() } else { 0.5 * trace.abs() + discriminant.sqrt() }
    }
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::GradientDescent, Self::HeavyBall, Self::Nesterov, Self::NesterovConvex, Self::TripleMomentum];

    /// The constants at step `k`, from 0.
    ///
    /// # Errors
    /// Bounds that no function has; no strong convexity for a scheme that is made of it.
    pub fn coefficients(self, curvature: &Curvature, k: usize) -> Result<Coefficients> {
        curvature.check()?;
        let (m, l) = (curvature.least, curvature.largest);
        if m == 0.0 && matches!(self, Self::Nesterov | Self::TripleMomentum | Self::HeavyBall) {
            return Err(Error::input(format!("{self:?} needs strong convexity, but the least curvature is 0."))
                .advise("Use nesterov-convex, or add a small quadratic."));
        }
        let root = (l / m).sqrt();
        Ok(match self {
            Self::GradientDescent => Coefficients { a: 2.0 / (l + m), b: 0.0, c: 0.0, d: 0.0 },
            Self::HeavyBall => {
                let b = ((root - 1.0) / (root + 1.0)).powi(2);
                Coefficients { a: 4.0 / (l.sqrt() + m.sqrt()).powi(2), b, c: 0.0, d: 0.0 }
            }
            Self::Nesterov => {
                let b = (root - 1.0) / (root + 1.0);
                Coefficients { a: 1.0 / l, b, c: b, d: 0.0 }
            }
            Self::NesterovConvex => {
                let b = (k as f64) / (k as f64 + 3.0);
                Coefficients { a: 1.0 / l, b, c: b, d: 0.0 }
            }
            Self::TripleMomentum => {
                let r = 1.0 - 1.0 / root;
                Coefficients {
                    a: (1.0 + r) / l,
                    b: r * r / (2.0 - r),
                    c: r * r / ((1.0 + r) * (2.0 - r)),
                    d: r * r / (1.0 - r * r),
                }
            }
        })
    }

    /// The factor by which the error shrinks a step in the long run: on every quadratic of these bounds for gradient descent and the
    /// heavy ball, on every function of these bounds for triple momentum, on quadratics for Nesterov's method.
    ///
    /// # Errors
    /// As [`Scheme::coefficients`]; growing momentum, which has no constant rate.
    pub fn rate(self, curvature: &Curvature) -> Result<f64> {
        let coefficients = self.coefficients(curvature, 0)?;
        let (m, l) = (curvature.least, curvature.largest);
        match self {
            Self::NesterovConvex => Err(Error::input("Growing momentum has no constant rate: values fall as 1 / k^2.")),
            Self::TripleMomentum => Ok(1.0 - (m / l).sqrt()),
            _ => Ok(coefficients.contraction(m).max(coefficients.contraction(l))),
        }
    }
}

/// Steps between two lines of progress.
const TOLD: usize = 256;

/// What [`minimise`] found.
#[derive(Clone, Debug)]
pub struct Minimised {
    /// The last output.
    pub x: Vec<f64>,
    /// Every output, the start first: `(steps + 1) x dim`.
    pub path: Vec<Vec<f64>>,
    /// Converged where the gradient at the output fell to the tolerance, exhausted where the steps ran out, diverged where
    /// numbers left the finite range, interrupted where the call was asked to stop. Residual "gradient norm".
    pub report: Report,
}

/// Minimises a function whose curvature is bounded, from rest at `start`.
///
/// Two gradients a step: one for the update, one at the output for the stopping rule.
///
/// # Errors
/// A setting out of range; a start of another dimension or that is not finite.
pub fn minimise(
    ctx: &Context,
    objective: &dyn Objective,
    start: &[f64],
    curvature: &Curvature,
    config: &Config,
) -> Result<Minimised> {
    let began = Instant::now();
    config.check()?;
    config.scheme.coefficients(curvature, 0)?;
    let dim = objective.dim();
    if start.len() != dim || start.iter().any(|v| !v.is_finite()) {
        let sentence = format!("The start has {} numbers, but the function takes {dim}, all finite.", start.len());
        return Err(Error::input(sentence));
    }
    ctx.require_memory((config.steps as u64 + 8).saturating_mul(8 * dim as u64), "Keeping every iterate")?;
    let (mut x, mut before) = (start.to_vec(), start.to_vec());
    let (mut path, mut gradient) = (vec![start.to_vec()], vec![0.0; dim]);
    let mut ahead = vec![0.0; dim];
    objective.gradient(&x, &mut gradient);
    let mut size = norm(&gradient);
    let mut status = Status::Converged;
    while size > config.tolerance {
        if ctx.check_stop().is_err() {
            status = Status::Interrupted;
            break;
        }
        let k = path.len() - 1;
        if k == config.steps {
            status = Status::Exhausted { budget: Budget::Iterations };
            break;
        }
        if k.is_multiple_of(TOLD) {
            ctx.progress("descent", k as u64, config.steps as u64, "");
        }
        let Coefficients { a, b, c, d } = config.scheme.coefficients(curvature, k)?;
        (0..dim).for_each(|i| ahead[i] = x[i] + c * (x[i] - before[i]));
        objective.gradient(&ahead, &mut gradient);
        for i in 0..dim {
            let next = x[i] + b * (x[i] - before[i]) - a * gradient[i];
            (before[i], x[i]) = (x[i], next);
        }
        let output: Vec<f64> = (0..dim).map(|i| x[i] + d * (x[i] - before[i])).collect();
        objective.gradient(&output, &mut gradient);
        size = norm(&gradient);
        if !size.is_finite() {
            status = Status::Diverged;
            break;
        }
        path.push(output);
    }
    let report = Report::new(status, path.len() - 1).residual("gradient norm", size).timed(began);
    let report = match status {
        Status::Diverged => report.advise("Check the largest curvature: it must bound that of the function."),
        Status::Exhausted { .. } => report.advise(format!("Raise steps above {}.", config.steps)),
        _ => report,
    };
    Ok(Minimised { x: path[path.len() - 1].clone(), path, report })
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}
