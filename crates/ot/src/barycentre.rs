//! Entropic barycentres of histograms on one support.

use crate::CostMatrix;
use crate::absorbed::Absorbed;
use crate::gibbs::Gibbs;
use crate::line::check_weights;
use rayon::prelude::*;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Report, Result, Status};

/// The spread of the marginals is looked at once in so many iterations.
const LOOK: usize = 10;
/// Every histogram may absorb its potentials into a kernel of its own while all of them fit into so many bytes.
const OWN: u64 = 1 << 30;
/// Kernels of so few bytes are passed over before threads have woken up.
const SMALL: u64 = 1 << 20;

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
    /// Bregman projections: Benamou, Carlier, Cuturi, Nenna, Peyré, SIAM J. Sci. Comput. 37 (2015). `O(k n m)` an
    /// iteration; potentials are logarithms, and products are of kernels that absorbed them.
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
        let kernel = 8 * cost.values().len() as u64;
        let held = kernel * histograms.len() as u64;
        ctx.require_memory(3 * kernel + if held <= OWN { held } else { 0 }, "An entropic barycentre")?;
        let begun = Instant::now();
        ctx.install(|| {
            let gibbs = Gibbs::new(cost, self.epsilon);
            let shared = Absorbed::new(&gibbs, &vec![0.0; cost.cols()]);
            let mut marginals: Vec<Marginal<'_>> =
                histograms.iter().map(|a| Marginal::new(a, cost.cols(), held <= OWN)).collect();
            let mut log_b = vec![0.0; cost.cols()];
            let mut spread = f64::INFINITY;
            let mut iterations = 0;
            while iterations < self.max_iterations.max(1) && (spread >= self.tolerance || spread.is_nan()) {
                ctx.check_stop()?;
                if held < SMALL {
                    marginals.iter_mut().for_each(|marginal| marginal.ask(&gibbs, &shared));
                } else {
                    marginals.par_iter_mut().for_each(|marginal| marginal.ask(&gibbs, &shared));
                }
                // What each histogram asks of a bin is exp(u + asked); the barycentre is their geometric mean.
                for (j, log_b) in log_b.iter_mut().enumerate() {
                    *log_b = marginals.iter().zip(weights).map(|(m, w)| w * (m.u[j] + m.asked[j])).sum();
                }
                if iterations % LOOK == 1 {
                    spread = deviation(&marginals);
                }
                for Marginal { u, asked, .. } in &mut marginals {
                    u.iter_mut().zip(asked).zip(&log_b).for_each(|((u, s), b)| *u = b - *s);
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

/// One histogram on its way to the barycentre.
struct Marginal<'a> {
    a: &'a [f64],
    u: Vec<f64>,
    asked: Vec<f64>,
    /// The kernel that absorbed `u`, from the first time that it had to.
    own: Option<Absorbed>,
    may_own: bool,
}

impl<'a> Marginal<'a> {
    fn new(a: &'a [f64], m: usize, may_own: bool) -> Self {
        Self { a, u: vec![0.0; m], asked: vec![0.0; m], own: None, may_own }
    }

    fn ask(&mut self, gibbs: &Gibbs, shared: &Absorbed) {
        let Self { a, u, asked, own, may_own } = self;
        let near = own.as_ref().unwrap_or(shared);
        if near.reaches(u) {
            near.ask(gibbs, a, u, asked);
        } else if *may_own {
            own.insert(Absorbed::new(gibbs, u)).ask(gibbs, a, u, asked);
        } else {
            let mut rows = vec![0.0; a.len()];
            gibbs.row_sums(u, &mut rows);
            rows.iter_mut().zip(*a).for_each(|(r, a)| *r = a.ln() - *r);
            gibbs.column_sums(&rows, asked);
        }
    }
}

/// The sum over bins of the standard deviation of what the histograms ask for.
fn deviation(marginals: &[Marginal<'_>]) -> f64 {
    let count = marginals.len() as f64;
    let bin = |j: usize| {
        let masses: Vec<f64> = marginals.iter().map(|m| (m.u[j] + m.asked[j]).exp()).collect();
        let mean = masses.iter().sum::<f64>() / count;
        (masses.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt()
    };
    (0..marginals[0].u.len()).map(bin).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kernels that absorbed potentials, and columns that underflow in them, against sums of logarithms. Strengths go
    /// from one that fits into a shared kernel to one under which `exp(-C / epsilon)` is zero two bins away.
    #[test]
    fn absorbed_kernels_ask_what_logarithms_ask() {
        let n = 41;
        let place = |i: usize| i as f64 / (n - 1) as f64;
        let costs = (0..n * n).map(|e| (place(e / n) - place(e % n)).powi(2)).collect();
        let cost = CostMatrix::new(n, n, costs).unwrap();
        let hill = |centre: f64| -> Vec<f64> {
            let heights: Vec<f64> = (0..n).map(|i| (-200.0 * (place(i) - centre).powi(2)).exp()).collect();
            let total: f64 = heights.iter().sum();
            heights.iter().map(|h| if *h < 1e-9 { 0.0 } else { h / total }).collect()
        };
        for epsilon in [0.1, 2e-3, 2e-4, 3e-6] {
            let gibbs = Gibbs::new(&cost, epsilon);
            let shared = Absorbed::new(&gibbs, &vec![0.0; n]);
            let hills = [hill(0.2), hill(0.7)];
            let mut absorbing: Vec<_> = hills.iter().map(|a| Marginal::new(a, n, true)).collect();
            let mut by_logs: Vec<_> = hills.iter().map(|a| Marginal::new(a, n, false)).collect();
            let out_of_reach = Absorbed::new(&gibbs, &vec![1e9; n]);
            for _ in 0..30 {
                for (kernels, logs) in absorbing.iter_mut().zip(&mut by_logs) {
                    kernels.ask(&gibbs, &shared);
                    logs.ask(&gibbs, &out_of_reach);
                    for (one, other) in kernels.asked.iter().zip(&logs.asked) {
                        assert!((one - other).abs() <= 1e-9 * other.abs().max(1.0), "{one} {other} {epsilon}");
                    }
                    // Both go on from the same place, so that only this step differs.
                    kernels.asked.clone_from(&logs.asked);
                }
                let mean: Vec<f64> =
                    (0..n).map(|j| by_logs.iter().map(|m| 0.5 * (m.u[j] + m.asked[j])).sum()).collect();
                for m in absorbing.iter_mut().chain(&mut by_logs) {
                    m.u.iter_mut().zip(&m.asked).zip(&mean).for_each(|((u, s), b)| *u = b - s);
                }
            }
        }
    }
}
