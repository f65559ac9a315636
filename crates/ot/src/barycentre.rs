//! Entropic barycentres of histograms on one support.

use crate::CostMatrix;
use crate::gibbs::Gibbs;
use crate::line::check_weights;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Report, Result, Status};

/// The spread of the marginals is looked at once in so many iterations.
const LOOK: usize = 10;

/// `min_b sum_k weight_k OT_epsilon(a_k, b)` over histograms `b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Barycentre {
    /// Strength of the entropy, absolute, in units of the cost.
    pub epsilon: f64,
    /// Stops once the standard deviations, over the histograms, of what each asks of a bin add up to less than this.
    pub tolerance: f64,
    /// Budget of iterations.
    pub max_iterations: usize,
}

impl Barycentre {
    /// The barycentre on the `m` columns of `cost` (`n x m`) of histograms on its `n` rows, one a slice, and how the
    /// iteration ended.
    ///
    /// Bregman projections in the log domain: Benamou, Carlier, Cuturi, Nenna, Peyré, SIAM J. Sci. Comput. 37 (2015).
    /// `O(k n m)` an iteration.
    ///
    /// # Errors
    /// No histograms, lengths or weights that do not fit, an epsilon that is not positive, interruption.
    pub fn solve(
        &self,
        ctx: &Context,
        histograms: &[&[f64]],
        weights: &[f64],
        cost: &CostMatrix,
    ) -> Result<(Vec<f64>, Report)> {
        self.check(histograms, weights, cost)?;
        ctx.require_memory(16 * cost.values().len() as u64, "An entropic barycentre")?;
        let begun = Instant::now();
        let (n, m) = (cost.rows(), cost.cols());
        ctx.install(|| {
            let kernel = Gibbs::new(cost, self.epsilon);
            let logs: Vec<Vec<f64>> = histograms.iter().map(|a| a.iter().map(|v| v.ln()).collect()).collect();
            let mut u = vec![vec![0.0; m]; logs.len()];
            let mut asked = vec![vec![0.0; m]; logs.len()];
            let mut rows = vec![0.0; n];
            let mut log_b = vec![0.0; m];
            let mut spread = f64::INFINITY;
            let mut iterations = 0;
            while iterations < self.max_iterations.max(1) && (spread >= self.tolerance || spread.is_nan()) {
                ctx.check_stop()?;
                for (k, log_a) in logs.iter().enumerate() {
                    kernel.row_sums(&u[k], &mut rows);
                    rows.iter_mut().zip(log_a).for_each(|(r, a)| *r = a - *r);
                    kernel.column_sums(&rows, &mut asked[k]);
                }
                // What each histogram asks of a bin is exp(u + asked); the barycentre is their geometric mean.
                for (j, log_b) in log_b.iter_mut().enumerate() {
                    *log_b = (0..u.len()).map(|k| weights[k] * (u[k][j] + asked[k][j])).sum();
                }
                if iterations % LOOK == 1 {
                    spread = deviation(&u, &asked);
                }
                for (u, asked) in u.iter_mut().zip(&asked) {
                    u.iter_mut().zip(asked).zip(&log_b).for_each(|((u, s), b)| *u = b - s);
                }
                iterations += 1;
            }
            let barycentre = log_b.iter().map(|b| b.exp()).collect();
            Ok((barycentre, self.report(spread, iterations).timed(begun)))
        })
    }

    fn check(&self, histograms: &[&[f64]], weights: &[f64], cost: &CostMatrix) -> Result<()> {
        if histograms.is_empty() || weights.len() != histograms.len() {
            return Err(Error::input(format!("{} weights came with {} histograms.", weights.len(), histograms.len())));
        }
        check_weights(weights)?;
        for histogram in histograms {
            check_weights(histogram)?;
            if histogram.len() != cost.rows() {
                return Err(Error::input(format!(
                    "A histogram has {} bins, but the cost has {} rows.",
                    histogram.len(),
                    cost.rows()
                )));
            }
        }
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            return Err(Error::input(format!(
                "The epsilon of a barycentre is {}, but it must be positive and finite.",
                self.epsilon
            )));
        }
        Ok(())
    }

    fn report(&self, spread: f64, iterations: usize) -> Report {
        let report = |status| Report::new(status, iterations).residual("spread of the marginals", spread);
        if spread < self.tolerance {
            return report(Status::Converged);
        }
        report(Status::Exhausted { budget: Budget::Iterations }).advise(format!(
            "The marginals still differ by {spread:e}; raise the iterations above {iterations} or epsilon above {:e}.",
            self.epsilon
        ))
    }
}

/// The sum over bins of the standard deviation of what the histograms ask for.
fn deviation(u: &[Vec<f64>], asked: &[Vec<f64>]) -> f64 {
    let count = u.len() as f64;
    let bin = |j: usize| {
        let masses: Vec<f64> = u.iter().zip(asked).map(|(u, s)| (u[j] + s[j]).exp()).collect();
        let mean = masses.iter().sum::<f64>() / count;
        (masses.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt()
    };
    (0..u[0].len()).map(bin).sum()
}
